//! One of several galleries in one world.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{ACCOUNT, PageConfig, REGION, Run, World};

/// A gallery with a `gallery.yaml` of its own. Its resources have their default names.
#[derive(Debug)]
pub struct Gallery<'world> {
    pub world: &'world World,
    pub name: String,
    file: String,
}

impl<'world> Gallery<'world> {
    /// A gallery of this name, with nothing more in its `gallery.yaml`; not deployed yet.
    pub fn new(world: &'world World, name: &str) -> Self {
        let gallery = Self { world, name: name.to_owned(), file: String::new() };
        let file = gallery.configure("");
        Self { file, ..gallery }
    }

    /// Writes `gallery.yaml`: name, region and `more`. Returns its path.
    pub fn configure(&self, more: &str) -> String {
        self.file("gallery.yaml", format!("name: {}\nregion: {REGION}\n{more}", self.name))
    }

    /// Writes a file beside `gallery.yaml` and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        self.world.file(&format!("{}/{name}", self.name), bytes)
    }

    /// Runs the program for this gallery.
    #[must_use = "assert its exit code"]
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.world.run(&[&["--file", &self.file], arguments].concat())
    }

    /// What the `aws` command line answers.
    ///
    /// # Panics
    /// The call fails.
    #[track_caller]
    pub fn aws(&self, arguments: &[&str]) -> Value {
        self.world.aws.call(arguments)
    }

    /// What `run` changed for this gallery, as the proxy saw it: `s3:PutBucketCors RESOURCE`, in order.
    pub fn writes_of(&self, run: impl FnOnce()) -> Vec<String> {
        let before = self.world.proxy.writes().len();
        run();
        let writes = self.world.proxy.writes();
        writes[before..]
            .iter()
            .filter(|call| call.resource.contains(&self.name))
            .map(|call| format!("{} {}", call.name(), call.resource))
            .collect()
    }

    pub fn images_bucket(&self) -> String {
        format!("{}-images-{ACCOUNT}-{REGION}", self.name)
    }

    pub fn site_bucket(&self) -> String {
        format!("{}-site-{ACCOUNT}-{REGION}", self.name)
    }

    pub fn table(&self) -> String {
        format!("{}-index", self.name)
    }

    pub fn role(&self) -> String {
        format!("{}-indexer-{REGION}", self.name)
    }

    pub fn function(&self) -> String {
        format!("{}-indexer", self.name)
    }

    pub fn log_group(&self) -> String {
        format!("/aws/lambda/{}", self.function())
    }

    pub fn user(&self) -> String {
        format!("{}-client-{REGION}", self.name)
    }

    pub fn table_arn(&self) -> String {
        format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{}", self.table())
    }

    pub fn function_arn(&self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.function())
    }

    pub fn log_group_arn(&self) -> String {
        format!("arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{}", self.log_group())
    }

    /// Scheme, host and port of the page.
    pub fn site_origin(&self) -> String {
        format!("http://{}.s3.localhost:{}", self.site_bucket(), self.world.proxy.port())
    }

    pub fn page(&self) -> PageConfig {
        PageConfig::read(&self.world.http, &format!("{}/index.html", self.site_origin()))
    }
}

/// The lines of a plan that name a field: `bucket NAME: cors ! drift`, or `bucket NAME: cors (gallery.yaml)`.
pub fn planned_fields(plan: &str) -> BTreeSet<String> {
    let mut resource = String::new();
    let mut fields = BTreeSet::new();
    for line in plan.lines() {
        if let Some(field) = line.strip_prefix("      ").filter(|rest| !rest.starts_with(' ')) {
            let name = field.split_whitespace().next().unwrap_or_default();
            // The cause stands at the end, after two spaces.
            let cause = field.rsplit_once("  ").map_or("", |(_, cause)| cause);
            let cause = if cause.starts_with('(') || cause.starts_with('!') { cause } else { "" };
            fields.insert(format!("{resource}: {name} {cause}").trim_end().to_owned());
        } else if let Some(head) = ["  ~ ", "  + ", "  - "].iter().find_map(|sign| line.strip_prefix(sign)) {
            // "log group" is the one kind of two words.
            let (kind, name) = head.split_at(12.min(head.len()));
            let name = name.split_whitespace().next().unwrap_or_default();
            resource = format!("{} {name}", kind.trim_end());
            if !line.starts_with("  ~ ") {
                fields.insert(format!("{resource}: {}", line.trim_start().split(' ').next().unwrap_or_default()));
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_field_by_field() {
        let plan = "  ~ log group    /aws/lambda/f\n      retention_days         7 → 14  ! drift\n  ~ bucket       b\n      cors  (gallery.yaml)\n        -     \"a\"\n  \
                    + table        t  on demand\n  ~ key          u\n      access_key             none → new\n\nPlan: 1 to create\n";
        let expected = [
            "bucket b: cors (gallery.yaml)",
            "key u: access_key",
            "log group /aws/lambda/f: retention_days ! drift",
            "table t: +",
        ];
        assert_eq!(planned_fields(plan).into_iter().collect::<Vec<_>>(), expected);
    }
}

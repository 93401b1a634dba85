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

    /// [`World::run_killed`] for this gallery.
    pub fn run_killed(&self, arguments: &[&str], calls: usize) -> Option<Run> {
        self.world.run_killed(&[&["--file", &self.file], arguments].concat(), calls)
    }

    /// What the `aws` command line answers.
    ///
    /// # Panics
    /// The call fails.
    #[track_caller]
    pub fn aws(&self, arguments: &[&str]) -> Value {
        self.world.aws.call(arguments)
    }

    /// What `run` changed for this gallery, as the proxy saw it: `s3:PutBucketCors RESOURCE`, in order. A write on nothing that has a name may be of
    /// any gallery, so of this one.
    pub fn writes_of(&self, run: impl FnOnce()) -> Vec<String> {
        let before = self.world.proxy.writes().len();
        run();
        let writes = self.world.proxy.writes();
        writes[before..]
            .iter()
            .filter(|call| call.resource.is_empty() || call.resource.contains(&self.name))
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

/// The fields that a plan names, each with its cause: `bucket NAME: cors ! drift`, `function NAME: memory gallery.yaml:7`; and what is created or deleted:
/// `table NAME: +`.
pub fn planned_fields(plan: &str) -> BTreeSet<String> {
    let mut fields = BTreeSet::new();
    // Of the resource whose lines these are, and of the value whose lines follow.
    let (mut resource, mut waiting) = (None, None);
    for line in plan.lines() {
        // Causes stand at the end, after two spaces.
        let cause = line.trim_start().rsplit_once("  ").map_or("", |(_, cause)| cause);
        if let Some(head) = ["  ~ ", "  + ", "  - "].iter().find_map(|sign| line.strip_prefix(sign)) {
            // "log group" is the one kind of two words.
            let (kind, name) = head.split_at(12.min(head.len()));
            let name = name.split_whitespace().next().unwrap_or_default();
            let of = format!("{} {name}", kind.trim_end());
            if !line.starts_with("  ~ ") {
                fields.insert(format!("{of}: {}", &line.trim_start()[..1]));
            }
            resource = Some(of);
        } else if let (Some(of), Some(path)) =
            (&resource, line.strip_prefix("      ").filter(|rest| !rest.starts_with([' ', '('])))
        {
            let field = format!("{of}: {}", root(path));
            if path.contains(" → ") {
                fields.insert(format!("{field} {cause}"));
            } else {
                waiting = Some(field);
            }
        } else if let Some(field) = waiting.take() {
            fields.insert(format!("{field} {cause}"));
        } else if line.starts_with("  ! ") || line.starts_with("  = ") {
            resource = None;
        }
    }
    fields
}

/// The field in which a value lies: `cors` of `cors[0].allowed_origins`.
fn root(path: &str) -> &str {
    if path.starts_with("config.json") {
        return "config.json";
    }
    path.split(['.', '[', ' ']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_field_by_field() {
        let plan = "  ~ log group    /aws/lambda/f\n      retention_days 7 → 14                                 ! drift\n  ~ bucket       b\n      \
                    cors[0].allowed_origins\n        - \"a\"                                               gallery.yaml:7\n        + \"b  c\"\n      \
                    (cors[0]: 3 other fields unchanged)\n      policy[Read].Action  x → y  ! drift\n  + table        t  on demand\n  ~ key          u\n      \
                    config.json.title none → \"a b\"  cause unknown\n  ! role         r\n      tag `x` is not ours; it is kept\n\nPlan: 1 to create\n";
        let expected = [
            "bucket b: cors gallery.yaml:7",
            "bucket b: policy ! drift",
            "key u: config.json cause unknown",
            "log group /aws/lambda/f: retention_days ! drift",
            "table t: +",
        ];
        assert_eq!(planned_fields(plan).into_iter().collect::<Vec<_>>(), expected);
    }
}

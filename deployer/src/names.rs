//! The names of everything that belongs to a gallery: enough to look for it, to delete it and to print the outputs.

use sha2::{Digest as _, Sha256};

use crate::config::Config;
use crate::place::Place;
use crate::resource::role::StandIn;
use crate::resource::site::DeployedNames;
use crate::resource::tags::{Tags, hex};

/// Under which all our roles and users lie.
pub const IAM_ROOT: &str = "/gallery-deploy/";

/// The IAM path of a gallery, or of a stage of it: no other has the same.
fn iam_path(name: &str, stage: Option<&str>) -> String {
    stage.map_or_else(|| format!("{IAM_ROOT}{name}/"), |stage| format!("{IAM_ROOT}{name}/{stage}/"))
}

/// A name that AWS would refuse.
#[derive(Debug, thiserror::Error)]
#[error("the name `{name}` has {} characters, {longest} at most", name.len())]
pub struct NameTooLong {
    /// As it is written in `gallery.yaml`.
    pub key: &'static str,
    pub name: String,
    pub longest: usize,
}

/// Names, from `gallery.yaml` or derived from `name`, account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub place: Place,
    /// What the gallery is called: `NAME`, or `NAME-STAGE`.
    pub gallery: String,
    /// `None` is the main gallery.
    pub stage: Option<String>,
    pub images_bucket: String,
    pub site_bucket: String,
    pub table: String,
    pub role: String,
    pub function: String,
    pub log_group: String,
    pub user: String,
    /// `/gallery-deploy/NAME/` or `/gallery-deploy/NAME/STAGE/`: roles and users are told apart from strangers' by it.
    pub iam_path: String,
    /// The ownership tag and the tags of `gallery.yaml`.
    pub tags: Tags,
    /// The same for role and user, which lie in no region.
    pub iam_tags: Tags,
}

impl Names {
    pub fn new(config: &Config, place: Place) -> Self {
        let name = &config.full_name();
        let stage = config.stage.as_deref();
        let region = &place.region;
        let bucket = |kind: &str| format!("{name}-{kind}-{}-{region}", place.account);
        let function = config.indexer.function.clone().unwrap_or_else(|| format!("{name}-indexer"));
        let tags = Tags::new(&config.name, &config.tags).of_stage(stage);
        Self {
            gallery: name.clone(),
            stage: config.stage.clone(),
            images_bucket: config.images.bucket.clone().unwrap_or_else(|| bucket("images")),
            site_bucket: config.site.bucket.clone().unwrap_or_else(|| bucket("site")),
            table: config.index.table.clone().unwrap_or_else(|| format!("{name}-index")),
            // IAM is global: without the region two regions would fight over one role.
            role: config.indexer.role.clone().unwrap_or_else(|| format!("{name}-indexer-{region}")),
            log_group: format!("/aws/lambda/{function}"),
            function,
            user: config.client.user.clone().unwrap_or_else(|| format!("{name}-client-{region}")),
            iam_path: iam_path(&config.name, stage),
            iam_tags: tags.clone().in_region(region),
            tags,
            place,
        }
    }

    /// What may be longer than AWS takes: a name that is made of gallery, stage and region.
    ///
    /// # Errors
    /// The first such name, with the key of `gallery.yaml` that gives it another.
    pub fn check(&self) -> Result<(), NameTooLong> {
        const BUCKET: usize = 63;
        const IAM: usize = 64;
        let names = [
            ("images: { bucket: … }", &self.images_bucket, BUCKET),
            ("site: { bucket: … }", &self.site_bucket, BUCKET),
            ("indexer: { function: … }", &self.function, IAM),
            ("indexer: { role: … }", &self.role, IAM),
            ("client: { user: … }", &self.user, IAM),
        ];
        match names.into_iter().find(|(_, name, longest)| name.len() > *longest) {
            Some((key, name, longest)) => Err(NameTooLong { key, name: name.clone(), longest }),
            None => Ok(()),
        }
    }

    /// What a deploy records of them.
    pub fn to_record(&self) -> DeployedNames {
        DeployedNames {
            images_bucket: self.images_bucket.clone(),
            table: self.table.clone(),
            role: self.role.clone(),
            function: self.function.clone(),
            user: self.user.clone(),
        }
    }

    /// The role that stands in for a moment while the function is bound anew (L4).
    pub fn stand_in(&self) -> StandIn {
        StandIn { name: self.stand_in_role(), path: self.iam_path.clone(), tags: self.iam_tags.clone() }
    }

    /// With a hash, so that it is nobody else's and never too long, whatever the role is called.
    pub fn stand_in_role(&self) -> String {
        let hash = Sha256::digest(format!("{}{}", self.iam_path, self.role));
        format!("{}-stand-in-{}", self.gallery, hex(&hash[..4]))
    }

    pub fn table_arn(&self) -> String {
        self.place.arn("dynamodb", &format!("table/{}", self.table))
    }

    pub fn function_arn(&self) -> String {
        self.place.arn("lambda", &format!("function:{}", self.function))
    }

    /// Where Lambda leaves the events that the function failed on for good, in the images bucket. Lambda chooses it.
    pub fn failed_events_prefix(&self) -> String {
        format!("aws/lambda/async/{}/", self.function)
    }

    pub fn role_arn(&self) -> String {
        self.place.iam_arn(&format!("role{}{}", self.iam_path, self.role))
    }

    /// Without `:*` at the end (G6).
    pub fn log_group_arn(&self) -> String {
        self.place.arn("logs", &format!("log-group:{}", self.log_group))
    }

    pub fn site_url(&self) -> String {
        self.place.site_url(&self.site_bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_stage;

    fn names(yaml: &str, stage: Option<&str>, region: &str) -> Names {
        let config = parse_stage("gallery.yaml".as_ref(), yaml, stage).expect("a valid gallery.yaml");
        Names::new(&config, Place { account: "123456789012".into(), region: region.into(), endpoint: None })
    }

    #[test]
    fn a_stage_is_in_every_name() {
        let yaml = "name: holiday\nindex: { table: pictures }\nstages: { pr: { client: { user: page } } }\n";
        let names = names(yaml, Some("pr"), "us-west-2");
        assert_eq!(names.gallery, "holiday-pr");
        assert_eq!(names.images_bucket, "holiday-pr-images-123456789012-us-west-2");
        assert_eq!(names.role, "holiday-pr-indexer-us-west-2");
        assert_eq!(names.log_group, "/aws/lambda/holiday-pr-indexer");
        assert_eq!(names.iam_path, "/gallery-deploy/holiday/pr/");
        assert_eq!((names.table.as_str(), names.user.as_str()), ("pictures-pr", "page"));
    }

    #[test]
    fn the_longest_name_fits_the_longest_region_that_there_is() {
        let yaml = format!("name: {}\n", "g".repeat(20));
        let in_region = |region: &str| names(&yaml, Some("pr-1234"), region).check();
        assert!(in_region("ap-southeast-1").is_ok());
        let error = in_region("ap-southeast-10").expect_err("a bucket of 64 characters");
        assert_eq!((error.key, error.name.len()), ("images: { bucket: … }", 64));
    }
}

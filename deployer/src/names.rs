//! The names of everything that belongs to a gallery: enough to look for it, to delete it and to print the outputs.

use crate::config::Config;
use crate::place::Place;
use crate::resource::tags::Tags;

/// Names, from `gallery.yaml` or derived from `name`, account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub place: Place,
    /// The gallery's own name.
    pub gallery: String,
    pub images_bucket: String,
    pub site_bucket: String,
    pub table: String,
    pub role: String,
    pub function: String,
    pub log_group: String,
    pub user: String,
    /// `/gallery-deploy/NAME/`: roles and users are told apart from strangers' by it.
    pub iam_path: String,
    /// The ownership tag and the tags of `gallery.yaml`.
    pub tags: Tags,
    /// The same for role and user, which lie in no region.
    pub iam_tags: Tags,
}

impl Names {
    pub fn new(config: &Config, place: Place) -> Self {
        let name = &config.name;
        let region = &place.region;
        let bucket = |kind: &str| format!("{name}-{kind}-{}-{region}", place.account);
        let function = config.indexer.function.clone().unwrap_or_else(|| format!("{name}-indexer"));
        let tags = Tags::new(name, &config.tags);
        Self {
            gallery: name.clone(),
            images_bucket: config.images.bucket.clone().unwrap_or_else(|| bucket("images")),
            site_bucket: config.site.bucket.clone().unwrap_or_else(|| bucket("site")),
            table: config.index.table.clone().unwrap_or_else(|| format!("{name}-index")),
            // IAM is global: without the region two regions would fight over one role.
            role: config.indexer.role.clone().unwrap_or_else(|| format!("{name}-indexer-{region}")),
            log_group: format!("/aws/lambda/{function}"),
            function,
            user: config.client.user.clone().unwrap_or_else(|| format!("{name}-client-{region}")),
            iam_path: format!("/gallery-deploy/{name}/"),
            iam_tags: tags.clone().in_region(region),
            tags,
            place,
        }
    }

    pub fn table_arn(&self) -> String {
        self.place.arn("dynamodb", &format!("table/{}", self.table))
    }

    pub fn function_arn(&self) -> String {
        self.place.arn("lambda", &format!("function:{}", self.function))
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

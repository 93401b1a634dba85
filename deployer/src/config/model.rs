//! The checked configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::checks;
use super::lines::Lines;
use super::problem::Findings;
use super::reader::{Item, Reader};
use super::schema;
use super::stages::{self, Stage};
use super::tree::Tree;
use crate::architecture::Architecture;

/// `gallery.yaml`, checked and with its defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// 3 to 20 characters; fit to begin every derived name.
    pub name: String,
    /// `None` is the main gallery.
    pub stage: Option<String>,
    pub region: Option<String>,
    /// Twelve digits.
    pub account: Option<String>,
    pub images: Images,
    pub index: Index,
    pub indexer: Indexer,
    pub client: Client,
    pub site: Site,
    /// Without those that gallery-deploy adds.
    pub tags: BTreeMap<String, String>,
    /// Where its keys stand.
    pub lines: Lines,
}

/// The images bucket. Names that are `None`, here and below, are derived from the gallery's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Images {
    pub bucket: Option<String>,
    pub versioning: bool,
    pub abort_uploads_after_days: u32,
    pub expire_old_versions_after_days: u32,
    /// Beside the page's own origin.
    pub cors_origins: Vec<String>,
    pub allow_any_origin: bool,
    pub max_size_mib: u32,
    pub accepted_types: Vec<String>,
}

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    pub table: Option<String>,
    pub point_in_time_recovery: bool,
    pub deletion_protection: bool,
}

/// The Lambda function, its role and its log.
#[derive(Debug, Clone, PartialEq)]
pub struct Indexer {
    pub function: Option<String>,
    pub role: Option<String>,
    /// MB.
    pub memory: u32,
    /// Seconds.
    pub timeout: u32,
    pub architecture: Architecture,
    pub log_retention_days: u32,
}

/// The user whose key the page carries.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub user: Option<String>,
}

/// The site bucket and the page in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    pub bucket: Option<String>,
    /// Absolute. `None` is the built-in page.
    pub dir: Option<PathBuf>,
    pub title: String,
}

impl Config {
    /// What the gallery is called: `NAME`, or `NAME-STAGE`. At most 28 characters.
    pub fn full_name(&self) -> String {
        match &self.stage {
            Some(stage) => format!("{}-{stage}", self.name),
            None => self.name.clone(),
        }
    }

    /// Takes the values out of `tree`, over which `stage` has been laid. What it returns is only good if nothing was added to `findings`.
    pub(super) fn read(tree: &Tree, stage: Option<&Stage<'_>>, findings: &mut Findings) -> Self {
        let root = Reader::root(tree, findings);
        let images = root.section(&schema::IMAGES, findings);
        let index = root.section(&schema::INDEX, findings);
        let indexer = root.section(&schema::INDEXER, findings);
        let client = root.section(&schema::CLIENT, findings);
        let site = root.section(&schema::SITE, findings);

        let allow_any_origin = images.switch(&schema::ALLOW_ANY_ORIGIN, findings);
        let cors_origins = images.list(&schema::CORS_ORIGINS, findings);
        checks::any_origin(&cors_origins, allow_any_origin, findings);
        let dir = site.optional(&schema::DIR, findings);
        let dir = dir.and_then(|dir| checks::site_dir(&dir, &site, findings));

        let config = Self {
            name: root.text(&schema::NAME, findings),
            stage: stage.map(|stage| stage.name.to_owned()),
            region: root.optional(&schema::REGION, findings),
            account: root.optional(&schema::ACCOUNT, findings),
            images: Images {
                bucket: stages::resource_name(stage, &images, &schema::IMAGES_BUCKET, findings),
                versioning: images.switch(&schema::VERSIONING, findings),
                abort_uploads_after_days: images.number(&schema::ABORT_UPLOADS_AFTER_DAYS, findings),
                expire_old_versions_after_days: images.number(&schema::EXPIRE_OLD_VERSIONS_AFTER_DAYS, findings),
                cors_origins: texts(cors_origins),
                allow_any_origin,
                max_size_mib: images.number(&schema::MAX_SIZE_MIB, findings),
                accepted_types: texts(images.list(&schema::ACCEPTED_TYPES, findings)),
            },
            index: Index {
                table: stages::resource_name(stage, &index, &schema::TABLE, findings),
                point_in_time_recovery: index.switch(&schema::POINT_IN_TIME_RECOVERY, findings),
                deletion_protection: index.switch(&schema::DELETION_PROTECTION, findings),
            },
            indexer: Indexer {
                function: stages::resource_name(stage, &indexer, &schema::FUNCTION, findings),
                role: stages::resource_name(stage, &indexer, &schema::ROLE, findings),
                memory: indexer.number(&schema::MEMORY, findings),
                timeout: indexer.number(&schema::TIMEOUT, findings),
                architecture: indexer.choice(&schema::ARCHITECTURE, findings),
                log_retention_days: indexer.number(&schema::LOG_RETENTION_DAYS, findings),
            },
            client: Client { user: stages::resource_name(stage, &client, &schema::USER, findings) },
            site: Site {
                bucket: stages::resource_name(stage, &site, &schema::SITE_BUCKET, findings),
                dir,
                title: site.text(&schema::TITLE, findings),
            },
            tags: root.tags(&schema::TAGS, findings),
            lines: Lines::of(tree, stage.map(|stage| stage.name), findings),
        };
        checks::bucket_collision(&config, &images, &site, findings);
        config
    }
}

fn texts(items: Vec<Item>) -> Vec<String> {
    items.into_iter().map(|item| item.text).collect()
}

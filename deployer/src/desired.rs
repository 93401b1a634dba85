//! `Config` → `Desired`: a pure function of the configuration, the names and the site's files.

use std::collections::BTreeMap;

use crate::config::{Config, Lines};
use crate::names::Names;
use crate::resource::async_invocation::AsyncInvocation;
use crate::resource::bucket::{
    ABORT_UPLOADS, Bucket, CorsRule, LifecycleRule, OLD_VERSIONS, PublicAccessBlock, Settings, public_read_policy,
};
use crate::resource::function;
use crate::resource::function::{Function, HANDLER, RUNTIME};
use crate::resource::index::Index;
use crate::resource::key::{ClientConfig, ClientKey};
use crate::resource::log_group::{self, LogGroup};
use crate::resource::notification::{Entry, Notification};
use crate::resource::permission::Permission;
use crate::resource::role::{self, Role, indexer_policy, trust_policy};
use crate::resource::site::{self, Site, SiteFile};
use crate::resource::table::{self, Table};
use crate::resource::tags::{IMAGES, PAGE};
use crate::resource::user::{self, User, client_policies};

/// The prefix under which images lie; the rest of the bucket is private.
pub const IMAGES_PREFIX: &str = "images/";

/// Of an event that the function fails on: Lambda's own default, and the most that it takes.
const RETRY_ATTEMPTS: i32 = 2;
/// In seconds: the most that Lambda takes.
const EVENT_AGE: i32 = 6 * 60 * 60;
/// Long enough for somebody to notice and to look at them.
const FAILED_EVENTS_DAYS: i32 = 30;

/// Everything as it shall be.
#[derive(Debug, Clone)]
pub struct Desired {
    pub images_bucket: Bucket,
    pub site_bucket: Bucket,
    pub table: Table,
    pub index: Index,
    pub role: Role,
    pub log_group: LogGroup,
    pub function: Function,
    pub permission: Permission,
    pub async_invocation: AsyncInvocation,
    pub notification: Notification,
    pub user: User,
    pub site: Site,
    pub key: ClientKey,
    /// Where the keys of `gallery.yaml` stand, to tell why something changes.
    pub lines: Lines,
}

impl Desired {
    /// `code_sha256` is that of the indexer's zip, in base64.
    pub fn new(config: &Config, names: &Names, site_files: Vec<SiteFile>, code_sha256: &str) -> Self {
        let place = &names.place;
        let site = Site { place: place.clone(), bucket: names.site_bucket.clone(), names: names.to_record(), files: site_files };
        Self {
            images_bucket: images_bucket(config, names),
            site_bucket: site_bucket(names, &site),
            table: {
                let settings = table::Settings {
                    on_demand: true,
                    point_in_time_recovery: config.index.point_in_time_recovery,
                    deletion_protection: config.index.deletion_protection,
                    time_to_live: table::TIME_TO_LIVE,
                };
                let tags = names.tags.clone().with_settings(&settings);
                // The plan knows whether there are images.
                Table { name: names.table.clone(), arn: names.table_arn(), tags, to_fill: false, settings }
            },
            index: Index::new(config, names),
            role: role(names),
            log_group: {
                let retention_days = i32::try_from(config.indexer.log_retention_days).unwrap_or(i32::MAX);
                let settings = log_group::Settings { retention_days };
                let tags = names.tags.clone().with_settings(&settings);
                LogGroup { name: names.log_group.clone(), arn: names.log_group_arn(), tags, settings }
            },
            function: function(config, names, code_sha256),
            permission: Permission {
                function: names.function.clone(),
                function_arn: names.function_arn(),
                bucket_arn: place.s3_arn(&names.images_bucket),
                account: place.account.clone(),
            },
            async_invocation: AsyncInvocation {
                function: names.function.clone(),
                retry_attempts: RETRY_ATTEMPTS,
                event_age: EVENT_AGE,
                on_failure: place.s3_arn(&names.images_bucket),
            },
            notification: Notification {
                bucket: names.images_bucket.clone(),
                entry: Entry::indexing(&names.function_arn(), IMAGES_PREFIX),
            },
            user: {
                let policies = client_policies(&place.s3_arn(&names.images_bucket), &names.table_arn());
                let settings = user::Settings { policies };
                let tags = names.iam_tags.clone().with_settings(&settings);
                User { name: names.user.clone(), path: names.iam_path.clone(), tags, settings }
            },
            site,
            lines: config.lines.clone(),
            key: ClientKey { user: names.user.clone(), bucket: names.site_bucket.clone(), config: client_config(config, names) },
        }
    }
}

fn role(names: &Names) -> Role {
    let failed = names.failed_events_prefix();
    let (bucket, table) = (&names.images_bucket, names.table_arn());
    let policy = indexer_policy(&names.place, bucket, IMAGES_PREFIX, &failed, &table, &names.log_group);
    let settings = role::Settings { trust: trust_policy(), policy };
    let tags = names.iam_tags.clone().with_site(&names.site_bucket).with_settings(&settings);
    Role { name: names.role.clone(), path: names.iam_path.clone(), arn: names.role_arn(), tags, settings }
}

fn images_bucket(config: &Config, names: &Names) -> Bucket {
    let images = &config.images;
    let place = &names.place;
    let origins = [place.site_origin(&names.site_bucket)].into_iter().chain(images.cors_origins.iter().cloned());
    let cors = CorsRule {
        origins: origins.collect(),
        // DELETE is for aborting a multipart upload; the key may not delete objects.
        methods: ["GET", "HEAD", "PUT", "POST", "DELETE"].map(Into::into).to_vec(),
        headers: vec!["*".into()],
        expose: vec!["ETag".into()],
        max_age_seconds: Some(3600),
    };
    // Each for what is the gallery's only: what else lies in a bucket that was taken over is not ours to delete.
    let mut lifecycle = vec![
        LifecycleRule { prefix: IMAGES_PREFIX.into(), ..abort_uploads(images.abort_uploads_after_days) },
        LifecycleRule {
            prefix: IMAGES_PREFIX.into(),
            expire_old_versions_after_days: i32::try_from(images.expire_old_versions_after_days).ok(),
            ..LifecycleRule::named(OLD_VERSIONS)
        },
        LifecycleRule {
            prefix: names.failed_events_prefix(),
            expire_after_days: Some(FAILED_EVENTS_DAYS),
            // With versioning, what expires is an old version first.
            expire_old_versions_after_days: Some(1),
            ..LifecycleRule::named("failed-events")
        },
    ];
    lifecycle.sort();
    let settings = Settings {
        public_access: PublicAccessBlock::PUBLIC_POLICY,
        ownership: "BucketOwnerEnforced",
        encryption: "AES256",
        versioning: Some(images.versioning),
        lifecycle,
        cors: vec![cors.sorted()],
        policy: Some(public_read_policy(place, &names.images_bucket, &[format!("{IMAGES_PREFIX}*")])),
    };
    Bucket { name: names.images_bucket.clone(), tags: names.tags.clone().holding(IMAGES).with_settings(&settings), settings }
}

/// With the policy of a first deploy: the plan adds what the deploy before left.
fn site_bucket(names: &Names, site: &Site) -> Bucket {
    let settings = Settings {
        public_access: PublicAccessBlock::PUBLIC_POLICY,
        ownership: "BucketOwnerEnforced",
        encryption: "AES256",
        versioning: None,
        lifecycle: vec![abort_uploads(1)],
        cors: Vec::new(),
        policy: None,
    };
    let tags = names.tags.clone().holding(PAGE).with_settings(&settings);
    let bucket = Bucket { name: names.site_bucket.clone(), tags, settings };
    bucket.with_policy(site.policy(&site::Observed::default()))
}

/// Parts of uploads that nobody finished cost money and are invisible.
fn abort_uploads(days: u32) -> LifecycleRule {
    LifecycleRule { abort_uploads_after_days: i32::try_from(days).ok(), ..LifecycleRule::named(ABORT_UPLOADS) }
}

fn function(config: &Config, names: &Names, code_sha256: &str) -> Function {
    let indexer = &config.indexer;
    let accepted = Index::new(config, names).accepted;
    let settings = function::Settings {
        role_arn: names.role_arn(),
        runtime: RUNTIME,
        handler: HANDLER,
        memory: i32::try_from(indexer.memory).unwrap_or(i32::MAX),
        timeout: i32::try_from(indexer.timeout).unwrap_or(i32::MAX),
        environment: BTreeMap::from([
            ("GALLERY_TABLE".into(), names.table.clone()),
            ("GALLERY_BUCKET".into(), names.images_bucket.clone()),
            ("GALLERY_BUCKET_URL".into(), names.place.bucket_url(&names.images_bucket)),
            ("GALLERY_ACCEPTED_TYPES".into(), accepted.types.join(",")),
            // Bytes.
            ("GALLERY_MAX_SIZE".into(), accepted.max_size.to_string()),
        ]),
        architecture: indexer.architecture.as_str(),
    };
    Function {
        name: names.function.clone(),
        arn: names.function_arn(),
        tags: names.tags.clone().with_settings(&settings).with_build(code_sha256),
        settings,
        role_id: None,
        stand_in: (names.stand_in(), names.stand_in().of(&role(names))),
        stand_in_is_left: false,
        architecture: indexer.architecture,
        code_sha256: code_sha256.to_owned(),
    }
}

fn client_config(config: &Config, names: &Names) -> ClientConfig {
    ClientConfig {
        region: names.place.region.clone(),
        endpoint: names.place.endpoint.as_ref().map(ToString::to_string),
        images_bucket: names.images_bucket.clone(),
        table: names.table.clone(),
        max_size_mib: config.images.max_size_mib,
        accepted_types: config.images.accepted_types.clone(),
        title: config.site.title.clone(),
    }
}

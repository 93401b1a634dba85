//! What follows when a key is set.

/// A key, another value than its default, and what follows.
pub(super) struct Case {
    pub(super) key: &'static str,
    pub(super) value: &'static str,
    pub(super) effect: Effect,
}

#[derive(Clone, Copy)]
pub(super) enum Effect {
    Applied {
        /// What `plan` names: `images: cors`.
        fields: &'static [&'static str],
        /// The calls that apply it, sorted.
        writes: &'static [&'static str],
    },
    /// It names a deployed resource: refused.
    Refused,
    /// Another gallery, or none: tested by itself.
    Elsewhere,
}

const BUCKET_TAGS: &str = "s3:PutBucketTagging";

/// # Panics
/// The key has no case.
pub(super) fn case(key: &str) -> Case {
    let applied = |key, value, fields, writes| Case { key, value, effect: Effect::Applied { fields, writes } };
    let refused = |key, value| Case { key, value, effect: Effect::Refused };
    let elsewhere = |key, value| Case { key, value, effect: Effect::Elsewhere };
    match key {
        "name" => elsewhere("name", "other"),
        "region" => elsewhere("region", "us-west-2"),
        // A guard: nothing follows from it.
        "account" => applied("account", "\"000000000000\"", &[], &[]),
        "images.bucket" => refused("images.bucket", "another-images"),
        "images.versioning" => {
            applied("images.versioning", "false", &["images: versioning"], &[BUCKET_TAGS, "s3:PutBucketVersioning"])
        }
        "images.abort_uploads_after_days" => applied(
            "images.abort_uploads_after_days",
            "3",
            &["images: lifecycle"],
            &["s3:PutBucketLifecycleConfiguration", BUCKET_TAGS],
        ),
        "images.expire_old_versions_after_days" => applied(
            "images.expire_old_versions_after_days",
            "60",
            &["images: lifecycle"],
            &["s3:PutBucketLifecycleConfiguration", BUCKET_TAGS],
        ),
        "images.cors_origins" => {
            applied("images.cors_origins", "[\"https://a.example\"]", &["images: cors"], &["s3:PutBucketCors", BUCKET_TAGS])
        }
        // It only permits what `cors_origins` may say.
        "images.allow_any_origin" => applied("images.allow_any_origin", "true", &[], &[]),
        "images.max_size_mib" => applied(
            "images.max_size_mib",
            "7",
            &["function: environment", "key: config.json"],
            &["lambda:TagResource", "lambda:UpdateFunctionConfiguration", "s3:PutObject"],
        ),
        "images.accepted_types" => applied(
            "images.accepted_types",
            "[image/png]",
            &["function: environment", "key: config.json"],
            &["lambda:TagResource", "lambda:UpdateFunctionConfiguration", "s3:PutObject"],
        ),
        "index.table" => refused("index.table", "another-index"),
        "index.point_in_time_recovery" => applied(
            "index.point_in_time_recovery",
            "true",
            &["table: point_in_time_recovery"],
            &["dynamodb:TagResource", "dynamodb:UpdateContinuousBackups"],
        ),
        "index.deletion_protection" => applied(
            "index.deletion_protection",
            "true",
            &["table: deletion_protection"],
            &["dynamodb:TagResource", "dynamodb:UpdateTable"],
        ),
        "indexer.function" => refused("indexer.function", "another-indexer"),
        "indexer.role" => refused("indexer.role", "another-role"),
        "indexer.memory" => {
            applied("indexer.memory", "256", &["function: memory"], &["lambda:TagResource", "lambda:UpdateFunctionConfiguration"])
        }
        "indexer.timeout" => applied(
            "indexer.timeout",
            "10",
            &["function: timeout"],
            &["lambda:TagResource", "lambda:UpdateFunctionConfiguration"],
        ),
        // This build need not hold the indexer for another processor: see `deployer/tests/plan/keys.rs`, and `drift` for the call that changes it.
        "indexer.architecture" => elsewhere("indexer.architecture", "arm64"),
        "indexer.log_retention_days" => applied(
            "indexer.log_retention_days",
            "30",
            &["log group: retention_days"],
            &["logs:PutRetentionPolicy", "logs:TagResource"],
        ),
        "client.user" => refused("client.user", "another-user"),
        "site.bucket" => refused("site.bucket", "another-page"),
        // From the built-in page to one without assets.
        "site.dir" => applied("site.dir", "page", &["page: files"], &["s3:PutObject", "s3:PutObject"]),
        "site.title" => applied("site.title", "Another title", &["key: config.json"], &["s3:PutObject"]),
        // They are other galleries.
        "stages" => applied("stages", "{ pr: { indexer: { memory: 512 } } }", &[], &[]),
        "tags" => applied(
            "tags",
            "{ team: travel }",
            &["images: tags", "site: tags", "table: tags", "role: tags", "log group: tags", "function: tags", "user: tags"],
            &[
                "dynamodb:TagResource",
                "iam:TagRole",
                "iam:TagUser",
                "lambda:TagResource",
                "logs:TagResource",
                BUCKET_TAGS,
                BUCKET_TAGS,
            ],
        ),
        other => panic!("`{other}` of gallery.yaml needs a case here"),
    }
}

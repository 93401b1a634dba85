//! The images bucket and the site bucket: access, CORS, lifecycle, policy.

use serde::Serialize;
use serde_json::json;

use super::compare::{Compared, Field, compare};
use super::policy::Policy;
use super::rights::Right;
use super::tags::{DESIRED, TagMap, Tags};
use crate::place::Place;

/// Lifecycle rules whose id starts so are ours; others are kept.
pub const OUR_RULES: &str = "gallery-deploy-";
/// Our rule that removes the parts of uploads that nobody finished.
pub const ABORT_UPLOADS: &str = "abort-uploads";
/// Our rule that removes what was overwritten or deleted.
pub const OLD_VERSIONS: &str = "old-versions";

/// What may differ of the images bucket.
pub const FIELDS: &[Field] = &[
    Field::Ownership,
    Field::PublicAccess,
    Field::Encryption,
    Field::Lifecycle,
    Field::Cors,
    Field::Policy,
    Field::Tags,
    Field::Applied,
    Field::Versioning,
];
/// What may differ of the site bucket, whose versioning is not managed.
pub const SITE_FIELDS: &[Field] = &[
    Field::Ownership,
    Field::PublicAccess,
    Field::Encryption,
    Field::Lifecycle,
    Field::Cors,
    Field::Policy,
    Field::Tags,
    Field::Applied,
];

/// A bucket as it shall be.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub name: String,
    pub tags: Tags,
    pub settings: Settings,
}

/// What is managed of a bucket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    pub public_access: PublicAccessBlock,
    /// `BucketOwnerEnforced`: no ACLs (S9).
    pub ownership: &'static str,
    /// `AES256`: SSE-S3.
    pub encryption: &'static str,
    /// `None`: not managed (the site can be uploaded again at any time).
    pub versioning: Option<bool>,
    pub lifecycle: Vec<LifecycleRule>,
    pub cors: Vec<CorsRule>,
    pub policy: Option<Policy>,
}

/// The four switches of Block Public Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PublicAccessBlock {
    pub block_public_acls: bool,
    pub ignore_public_acls: bool,
    pub block_public_policy: bool,
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    pub const ALL: Self =
        Self { block_public_acls: true, ignore_public_acls: true, block_public_policy: true, restrict_public_buckets: true };
    /// Only the two switches off that a policy for public reading needs (S6).
    pub const PUBLIC_POLICY: Self = Self { block_public_policy: false, restrict_public_buckets: false, ..Self::ALL };
    /// The switches that keep everybody from reading by a policy.
    pub fn against_public_policies(self) -> Vec<&'static str> {
        let switches = [("BlockPublicPolicy", self.block_public_policy), ("RestrictPublicBuckets", self.restrict_public_buckets)];
        switches.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }

    pub const NONE: Self =
        Self { block_public_acls: false, ignore_public_acls: false, block_public_policy: false, restrict_public_buckets: false };
}

/// One of our lifecycle rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LifecycleRule {
    /// Starts with [`OUR_RULES`].
    pub id: String,
    /// The keys that it is for; empty: all.
    pub prefix: String,
    pub abort_uploads_after_days: Option<i32>,
    pub expire_after_days: Option<i32>,
    pub expire_old_versions_after_days: Option<i32>,
    /// Somebody made it do what none of ours does, or for fewer objects: never wanted, since it may delete images.
    pub altered: bool,
}

impl LifecycleRule {
    /// A rule of ours for the whole bucket that does nothing yet.
    pub fn named(name: &str) -> Self {
        Self {
            id: format!("{OUR_RULES}{name}"),
            prefix: String::new(),
            abort_uploads_after_days: None,
            expire_after_days: None,
            expire_old_versions_after_days: None,
            altered: false,
        }
    }
}

/// One CORS rule. Lists are sorted: their order has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CorsRule {
    #[serde(rename = "allowed_origins")]
    pub origins: Vec<String>,
    #[serde(rename = "allowed_methods")]
    pub methods: Vec<String>,
    #[serde(rename = "allowed_headers")]
    pub headers: Vec<String>,
    #[serde(rename = "expose_headers")]
    pub expose: Vec<String>,
    pub max_age_seconds: Option<i32>,
}

impl CorsRule {
    #[must_use]
    pub fn sorted(mut self) -> Self {
        for list in [&mut self.origins, &mut self.methods, &mut self.headers, &mut self.expose] {
            list.sort();
            list.dedup();
        }
        self
    }
}

/// A bucket as it was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub tags: TagMap,
    pub public_access: PublicAccessBlock,
    pub ownership: Option<String>,
    pub encryption: Option<String>,
    /// Off when versioning was never switched on or is suspended.
    pub versioning: bool,
    /// Our rules only, sorted.
    pub lifecycle: Vec<LifecycleRule>,
    /// Ids of the other rules.
    pub other_rules: Vec<String>,
    pub cors: Vec<CorsRule>,
    pub policy: Option<Policy>,
}

impl Bucket {
    /// The same with this policy, which follows from more than `gallery.yaml`: the record of what was applied does not cover it.
    #[must_use]
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.settings.policy = Some(policy);
        self
    }

    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        // Full destructuring on both sides: a new setting that nobody compares does not compile.
        let Settings { public_access, ownership, encryption, versioning, lifecycle, cors, policy } = &self.settings;
        let Observed {
            tags,
            public_access: seen_access,
            ownership: seen_ownership,
            encryption: seen_encryption,
            versioning: seen_versioning,
            lifecycle: seen_lifecycle,
            other_rules: _,
            cors: seen_cors,
            policy: seen_policy,
        } = seen;
        let mut fields = Compared::of(if versioning.is_some() { FIELDS } else { SITE_FIELDS });
        compare(&mut fields, Field::Ownership, &seen_ownership.as_deref(), &Some(*ownership));
        compare(&mut fields, Field::PublicAccess, seen_access, public_access);
        compare(&mut fields, Field::Encryption, &seen_encryption.as_deref(), &Some(*encryption));
        if let Some(versioning) = versioning {
            compare(&mut fields, Field::Versioning, seen_versioning, versioning);
        }
        compare(&mut fields, Field::Lifecycle, seen_lifecycle, lifecycle);
        compare(&mut fields, Field::Cors, seen_cors, cors);
        compare(&mut fields, Field::Policy, seen_policy, policy);
        fields.tags(&self.tags, tags);
        fields
    }

    /// What a closed images bucket still differs in: no CORS, no policy, every switch of Block Public Access on. Nothing says that settings were
    /// applied, or the next `up` would take the closing for drift.
    pub fn compare_closed(seen: &Observed) -> Compared {
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::Applied, &seen.tags.get(DESIRED), &None);
        compare(&mut fields, Field::Policy, &seen.policy, &None);
        compare(&mut fields, Field::PublicAccess, &seen.public_access, &PublicAccessBlock::ALL);
        compare(&mut fields, Field::Cors, &seen.cors, &Vec::new());
        fields
    }
}

/// The statement that lets everybody read `resources`.
fn public_read(resources: &[String]) -> serde_json::Value {
    json!({ "Sid": "PublicRead", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resources })
}

/// Public reading of `paths` (relative to the bucket) and, where the endpoint speaks HTTPS, nothing without it.
pub fn public_read_policy(place: &Place, bucket: &str, paths: &[String]) -> Policy {
    let readable: Vec<String> = paths.iter().map(|path| place.s3_arn(&format!("{bucket}/{path}"))).collect();
    let mut statements = vec![public_read(&readable)];
    if !place.is_plain_http() {
        statements.push(json!({
            "Sid": "HttpsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": [place.s3_arn(bucket), place.s3_arn(&format!("{bucket}/*"))],
            "Condition": { "Bool": { "aws:SecureTransport": "false" } }
        }));
    }
    Policy::new(json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// What it takes to look at Block Public Access of the whole account, which only the real AWS has (S7).
pub fn account_rights(place: &Place) -> Vec<Right> {
    let look = Right::to_look("AccountAccess", &["s3:GetAccountPublicAccessBlock"], &["*".to_owned()]);
    if place.endpoint.is_none() { vec![look] } else { Vec::new() }
}

/// What it takes to look at one of the buckets and to change it.
pub fn rights(place: &Place, bucket: &str) -> Vec<Right> {
    const LOOK: &[&str] = &[
        "s3:GetBucketTagging",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketOwnershipControls",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetBucketCORS",
        "s3:GetBucketPolicy",
        // The page's files, and the images that the index is compared with.
        "s3:ListBucket",
    ];
    // `TagResource` is for the tags with which it is created; `PutBucketCORS` also deletes.
    const CHANGE: &[&str] = &[
        "s3:CreateBucket",
        "s3:TagResource",
        "s3:PutBucketTagging",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketOwnershipControls",
        "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
        "s3:PutBucketCORS",
        "s3:PutBucketPolicy",
        "s3:DeleteBucketPolicy",
        "s3:ListBucketVersions",
        "s3:ListBucketMultipartUploads",
        "s3:DeleteBucket",
    ];
    // `DeleteObjects` is checked as `DeleteObject`, and for each version that it names as `DeleteObjectVersion`.
    const EMPTY: &[&str] = &["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload"];
    // Where somebody has let others in by ACLs (S9).
    const CLOSE: &[&str] = &["s3:PutBucketAcl"];
    // Where tags decide about access, which an endpoint of one's own has no S3 Control for (S14).
    const LOOK_BY_ACCESS: &[&str] = &["s3:GetBucketAbac", "s3:ListTagsForResource"];
    const CHANGE_BY_ACCESS: &[&str] = &["s3:UntagResource"];
    let arn = [place.s3_arn(bucket)];
    let mut rights = vec![
        Right::to_look("Buckets", LOOK, &arn),
        Right::to_change("Buckets", CHANGE, &arn),
        Right::to_change_seldom("Buckets", CLOSE, &arn),
        Right::to_change("Contents", EMPTY, &[place.s3_arn(&format!("{bucket}/*"))]),
    ];
    if place.endpoint.is_none() {
        rights.push(Right::to_browse("Buckets", LOOK_BY_ACCESS, &arn));
        rights.push(Right::to_change_seldom("Buckets", CHANGE_BY_ACCESS, &arn));
    }
    rights
}

/// Besides [`rights`], for the images bucket: only this one has versions.
pub fn images_rights(place: &Place, bucket: &str) -> Vec<Right> {
    let arn = [place.s3_arn(bucket)];
    vec![
        Right::to_look("ImagesBucket", &["s3:GetBucketVersioning"], &arn),
        Right::to_change("ImagesBucket", &["s3:PutBucketVersioning"], &arn),
    ]
}

//! Changes of the two buckets and of the notification.

use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::{ACCOUNT, Gallery, REGION};
use serde_json::{Value, json};

use super::{Change, change, no_case};

const NOTIFICATION: &[&str] = &["s3:PutBucketNotificationConfiguration"];

pub(super) fn images(field: Field) -> Vec<Change> {
    match field {
        Field::Versioning => vec![change(&["s3:PutBucketVersioning"], |gallery| {
            put(
                gallery,
                &gallery.images_bucket(),
                "bucket-versioning",
                "versioning-configuration",
                &json!({ "Status": "Suspended" }),
            );
        })],
        Field::Cors => vec![
            change(&["s3:PutBucketCors"], |gallery| more_cors(gallery, &gallery.images_bucket())),
            change(&["s3:PutBucketCors"], |gallery| {
                gallery.aws(&["s3api", "delete-bucket-cors", "--bucket", &gallery.images_bucket()]);
            }),
        ],
        Field::Ownership => {
            let mut changes = either(Kind::ImagesBucket, field);
            // S3 refuses to switch ACLs off as long as they let others in (S9), and is asked again.
            changes.push(change(
                &["s3:PutBucketOwnershipControls", "s3:PutBucketAcl", "s3:PutBucketOwnershipControls"],
                |gallery| {
                    let (bucket, somebody) = (gallery.images_bucket(), format!("id={}", "5".repeat(64)));
                    use_acls(gallery, &bucket);
                    gallery.aws(&["s3api", "put-bucket-acl", "--bucket", &bucket, "--grant-read", &somebody]);
                },
            ));
            changes
        }
        _ => either(Kind::ImagesBucket, field),
    }
}

pub(super) fn site(field: Field) -> Vec<Change> {
    match field {
        Field::Cors => vec![change(&["s3:DeleteBucketCors"], |gallery| more_cors(gallery, &gallery.site_bucket()))],
        _ => either(Kind::SiteBucket, field),
    }
}

/// What both buckets have in common.
fn either(kind: Kind, field: Field) -> Vec<Change> {
    let bucket = move |gallery: &Gallery| {
        if kind == Kind::ImagesBucket { gallery.images_bucket() } else { gallery.site_bucket() }
    };
    match field {
        Field::Ownership => {
            vec![change(&["s3:PutBucketOwnershipControls"], move |gallery| use_acls(gallery, &bucket(gallery)))]
        }
        Field::PublicAccess => vec![
            change(&["s3:PutPublicAccessBlock"], move |gallery| {
                let open = json!({ "BlockPublicAcls": false, "IgnorePublicAcls": false, "BlockPublicPolicy": false, "RestrictPublicBuckets": false });
                put(gallery, &bucket(gallery), "public-access-block", "public-access-block-configuration", &open);
            }),
            change(&["s3:PutPublicAccessBlock"], move |gallery| {
                let closed = json!({ "BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true, "RestrictPublicBuckets": true });
                put(gallery, &bucket(gallery), "public-access-block", "public-access-block-configuration", &closed);
            }),
        ],
        Field::Encryption => vec![change(&["s3:PutBucketEncryption"], move |gallery| {
            let kms = json!({ "Rules": [{ "ApplyServerSideEncryptionByDefault": { "SSEAlgorithm": "aws:kms" } }] });
            put(gallery, &bucket(gallery), "bucket-encryption", "server-side-encryption-configuration", &kms);
        })],
        Field::Lifecycle => vec![
            // A rule of ours that would delete pictures.
            change(&["s3:PutBucketLifecycleConfiguration"], move |gallery| {
                edit_lifecycle(gallery, &bucket(gallery), |rules| rules[0]["Expiration"] = json!({ "Days": 1 }));
            }),
            change(&["s3:PutBucketLifecycleConfiguration"], move |gallery| {
                edit_lifecycle(gallery, &bucket(gallery), |rules| rules[0]["Status"] = json!("Disabled"));
            }),
            change(&["s3:PutBucketLifecycleConfiguration"], move |gallery| {
                gallery.aws(&["s3api", "delete-bucket-lifecycle", "--bucket", &bucket(gallery)]);
            }),
        ],
        Field::Policy => vec![
            change(&["s3:PutBucketPolicy"], move |gallery| {
                let bucket = bucket(gallery);
                edit_policy(gallery, &bucket, |statements| {
                    let everything = format!("arn:aws:s3:::{bucket}/*");
                    statements
                        .push(json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": everything }));
                });
            }),
            change(&["s3:PutBucketPolicy"], move |gallery| {
                gallery.aws(&["s3api", "delete-bucket-policy", "--bucket", &bucket(gallery)]);
            }),
        ],
        Field::Tags => vec![
            change(&["s3:PutBucketTagging"], move |gallery| {
                edit_tags(gallery, &bucket(gallery), |tags| {
                    let team = tags.iter_mut().find(|tag| tag["Key"] == "team").unwrap();
                    team["Value"] = json!("other");
                });
            }),
            change(&["s3:PutBucketTagging"], move |gallery| {
                edit_tags(gallery, &bucket(gallery), |tags| tags.retain(|tag| tag["Key"] != "team"));
            }),
        ],
        Field::Applied => vec![change(&["s3:PutBucketTagging"], move |gallery| {
            edit_tags(gallery, &bucket(gallery), |tags| tags.retain(|tag| tag["Key"] != "gallery-deploy:desired"));
        })],
        _ => no_case(kind, field),
    }
}

pub(super) fn notification(field: Field) -> Vec<Change> {
    match field {
        Field::Entry => vec![
            change(NOTIFICATION, |gallery| edit_notification(gallery, |entries| *entries = json!([]))).and_rows(),
            change(NOTIFICATION, |gallery| {
                edit_notification(gallery, |entries| entries[0]["Events"] = json!(["s3:ObjectCreated:Put"]));
            })
            .and_rows(),
            change(NOTIFICATION, |gallery| {
                edit_notification(gallery, |entries| {
                    entries[0]["Filter"]["Key"]["FilterRules"][0]["Value"] = json!("images/rome/");
                });
            })
            .and_rows(),
            // One that bears our name.
            change(NOTIFICATION, |gallery| {
                edit_notification(gallery, |entries| {
                    let function = format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:other");
                    let entry =
                        json!({ "Id": "gallery-deploy-more", "LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"] });
                    entries.as_array_mut().unwrap().push(entry);
                });
            }),
        ],
        _ => no_case(Kind::Notification, field),
    }
}

/// `aws s3api put-WHAT --OPTION VALUE`.
fn put(gallery: &Gallery, bucket: &str, what: &str, option: &str, value: &Value) {
    gallery.aws(&["s3api", &format!("put-{what}"), "--bucket", bucket, &format!("--{option}"), &value.to_string()]);
}

fn get(gallery: &Gallery, bucket: &str, what: &str) -> Value {
    gallery.aws(&["s3api", &format!("get-{what}"), "--bucket", bucket])
}

fn use_acls(gallery: &Gallery, bucket: &str) {
    let controls = json!({ "Rules": [{ "ObjectOwnership": "ObjectWriter" }] });
    put(gallery, bucket, "bucket-ownership-controls", "ownership-controls", &controls);
}

pub(super) fn more_cors(gallery: &Gallery, bucket: &str) {
    let live = gallery.world.aws.attempt(&["s3api", "get-bucket-cors", "--bucket", bucket]);
    let mut rules = live.map_or_else(|_| json!([]), |cors| cors["CORSRules"].clone());
    rules.as_array_mut().unwrap().push(json!({ "AllowedOrigins": ["*"], "AllowedMethods": ["PUT"] }));
    put(gallery, bucket, "bucket-cors", "cors-configuration", &json!({ "CORSRules": rules }));
}

pub(super) fn edit_lifecycle(gallery: &Gallery, bucket: &str, edit: impl Fn(&mut Value)) {
    let mut rules = get(gallery, bucket, "bucket-lifecycle-configuration")["Rules"].clone();
    edit(&mut rules);
    put(gallery, bucket, "bucket-lifecycle-configuration", "lifecycle-configuration", &json!({ "Rules": rules }));
}

pub(super) fn edit_policy(gallery: &Gallery, bucket: &str, edit: impl Fn(&mut Vec<Value>)) {
    let live = get(gallery, bucket, "bucket-policy");
    let mut policy: Value = serde_json::from_str(live["Policy"].as_str().unwrap()).unwrap();
    edit(policy["Statement"].as_array_mut().unwrap());
    put(gallery, bucket, "bucket-policy", "policy", &policy);
}

pub(super) fn edit_tags(gallery: &Gallery, bucket: &str, edit: impl Fn(&mut Vec<Value>)) {
    let mut tags = get(gallery, bucket, "bucket-tagging")["TagSet"].clone();
    edit(tags.as_array_mut().unwrap());
    put(gallery, bucket, "bucket-tagging", "tagging", &json!({ "TagSet": tags }));
}

pub(super) fn edit_notification(gallery: &Gallery, edit: impl Fn(&mut Value)) {
    let bucket = gallery.images_bucket();
    let mut live = get(gallery, &bucket, "bucket-notification-configuration");
    live.as_object_mut().unwrap().remove("ResponseMetadata");
    edit(&mut live["LambdaFunctionConfigurations"]);
    put(gallery, &bucket, "bucket-notification-configuration", "notification-configuration", &live);
}

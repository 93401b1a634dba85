//! Changes of the indexer and of who may call it.

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::{ACCOUNT, Gallery};
use serde_json::Value;

use super::{Change, change, create_once, no_case};

const CONFIGURATION: &[&str] = &["lambda:UpdateFunctionConfiguration"];
const BINDING: &[&str] = &[
    "lambda:TagResource",
    "iam:CreateRole",
    "iam:PutRolePolicy",
    "lambda:UpdateFunctionConfiguration",
    "lambda:UpdateFunctionConfiguration",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "lambda:TagResource",
];
const CODE: &[&str] = &["lambda:UpdateFunctionCode"];
const TAG: &[&str] = &["lambda:TagResource"];

pub(super) fn function(field: Field) -> Vec<Change> {
    match field {
        Field::Role => vec![change(CONFIGURATION, |gallery| {
            let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
            let role = format!("other-role-of-{}", gallery.name);
            create_once(gallery, &["iam", "create-role", "--role-name", &role, "--assume-role-policy-document", trust]);
            configure(gallery, &["--role", &format!("arn:aws:iam::{ACCOUNT}:role/{role}")]);
        })
        .and_rows()],
        // Nothing tells any more to which role of that name it is bound: so it is bound anew (L4).
        Field::RoleId => vec![change(BINDING, |gallery| untag(gallery, "gallery-deploy:role-id"))],
        Field::Runtime => vec![change(CONFIGURATION, |gallery| configure(gallery, &["--runtime", "provided.al2"]))],
        Field::Handler => vec![change(CONFIGURATION, |gallery| configure(gallery, &["--handler", "other"]))],
        Field::Memory => vec![change(CONFIGURATION, |gallery| configure(gallery, &["--memory-size", "512"]))],
        Field::Timeout => vec![change(CONFIGURATION, |gallery| configure(gallery, &["--timeout", "3"]))],
        Field::Environment => vec![
            change(CONFIGURATION, |gallery| {
                let variables = format!("Variables={{GALLERY_TABLE={},MORE=1}}", gallery.table());
                configure(gallery, &["--environment", &variables]);
            })
            .and_rows(),
            change(CONFIGURATION, |gallery| configure(gallery, &["--environment", "Variables={GALLERY_TABLE=other}"])).and_rows(),
        ],
        Field::Architecture => vec![change(CODE, |gallery| {
            let zip = bundle::indexer(Architecture::X86_64).unwrap().bytes;
            upload(gallery, zip, "arm64");
        })],
        Field::Code => vec![
            change(CODE, |gallery| {
                // The same program in an archive with a comment of one letter.
                let mut zip = bundle::indexer(Architecture::X86_64).unwrap().bytes.to_vec();
                let length = zip.len() - 2;
                zip[length] = 1;
                zip.push(b'x');
                upload(gallery, &zip, "x86_64");
            })
            .and_rows(),
        ],
        Field::Tags => vec![
            change(TAG, |gallery| {
                gallery.aws(&["lambda", "tag-resource", "--resource", &gallery.function_arn(), "--tags", "team=other"]);
            }),
            change(TAG, |gallery| untag(gallery, "team")),
        ],
        Field::Applied => vec![change(TAG, |gallery| untag(gallery, "gallery-deploy:desired"))],
        _ => no_case(Kind::Function, field),
    }
}

fn configure(gallery: &Gallery, settings: &[&str]) {
    let call = ["lambda", "update-function-configuration", "--function-name", &gallery.function()];
    gallery.aws(&[&call, settings].concat());
    gallery.aws(&["lambda", "wait", "function-updated-v2", "--function-name", &gallery.function()]);
}

fn upload(gallery: &Gallery, zip: &[u8], architecture: &str) {
    let file = format!("fileb://{}", gallery.file("indexer.zip", zip));
    let function = gallery.function();
    gallery.aws(&[
        "lambda",
        "update-function-code",
        "--function-name",
        &function,
        "--zip-file",
        &file,
        "--architectures",
        architecture,
    ]);
    gallery.aws(&["lambda", "wait", "function-updated-v2", "--function-name", &function]);
}

fn untag(gallery: &Gallery, key: &str) {
    gallery.aws(&["lambda", "untag-resource", "--resource", &gallery.function_arn(), "--tag-keys", key]);
}

pub(super) fn permission(field: Field) -> Vec<Change> {
    match field {
        Field::Statement => vec![
            change(&["lambda:AddPermission"], |gallery| {
                remove(gallery, &statement_id(gallery));
            })
            .and_rows(),
            // Another bucket may call, under our name.
            change(&["lambda:AddPermission", "lambda:RemovePermission"], |gallery| {
                let id = statement_id(gallery);
                remove(gallery, &id);
                add(gallery, &id, "arn:aws:s3:::other");
            })
            .and_rows(),
            change(&["lambda:RemovePermission"], |gallery| add(gallery, "gallery-deploy-more", "arn:aws:s3:::other")),
        ],
        _ => no_case(Kind::Permission, field),
    }
}

pub(super) fn async_invocation(field: Field) -> Vec<Change> {
    // The whole configuration, in which one thing is another.
    let put = |name: &'static str, value: &'static str| {
        change(&["lambda:PutFunctionEventInvokeConfig"], move |gallery| {
            let function = gallery.function();
            let ours = format!(r#"{{"OnFailure":{{"Destination":"arn:aws:s3:::{}"}}}}"#, gallery.images_bucket());
            let mut settings =
                [["--maximum-retry-attempts", "2"], ["--maximum-event-age-in-seconds", "21600"], ["--destination-config", &ours]];
            settings.iter_mut().filter(|setting| setting[0] == name).for_each(|setting| setting[1] = value);
            let call = ["lambda", "put-function-event-invoke-config", "--function-name", &function];
            gallery.aws(&[&call[..], settings.as_flattened()].concat());
        })
    };
    match field {
        Field::RetryAttempts => vec![put("--maximum-retry-attempts", "0")],
        Field::EventAge => vec![put("--maximum-event-age-in-seconds", "60")],
        Field::Destinations => vec![
            put("--destination-config", r#"{"OnFailure":{"Destination":"arn:aws:s3:::other"}}"#).and_rows(),
            Change {
                with: &["retry_attempts", "event_age_seconds"],
                rows: true,
                ..change(&["lambda:PutFunctionEventInvokeConfig"], |gallery| {
                    gallery.aws(&["lambda", "delete-function-event-invoke-config", "--function-name", &gallery.function()]);
                })
            },
        ],
        _ => no_case(Kind::AsyncInvocation, field),
    }
}

/// The id of our statement.
pub(super) fn statement_id(gallery: &Gallery) -> String {
    let answer = gallery.aws(&["lambda", "get-policy", "--function-name", &gallery.function()]);
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    let ids = policy["Statement"].as_array().unwrap().iter().map(|statement| statement["Sid"].as_str().unwrap());
    ids.into_iter().find(|id| id.starts_with("gallery-deploy-")).unwrap().to_owned()
}

fn remove(gallery: &Gallery, id: &str) {
    gallery.aws(&["lambda", "remove-permission", "--function-name", &gallery.function(), "--statement-id", id]);
}

pub(super) fn add(gallery: &Gallery, id: &str, bucket: &str) {
    let call = ["lambda", "add-permission", "--function-name", &gallery.function(), "--statement-id", id];
    let what = ["--action", "lambda:InvokeFunction", "--principal", "s3.amazonaws.com", "--source-arn", bucket];
    gallery.aws(&[&call[..], &what].concat());
}

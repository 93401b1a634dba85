//! The IAM policy that `gallery-deploy policy` prints, one scenario a file in `tests/policy`; and that it names every action that the program calls.
//!
//! `UPDATE_GOLDEN=1` writes the expected documents anew.

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use common::assert_golden;
use gallery_deploy::caller_policy::{Scope, caller_policy, rights};
use gallery_deploy::config::parse;
use gallery_deploy::endpoint::Endpoint;
use gallery_deploy::names::Names;
use gallery_deploy::place::Place;

const HOLIDAY: &str = "name: holiday\nregion: us-west-2\n";

/// Allowed although no call is named by it: checked by AWS beside the action that the call is named by.
const BESIDE: [&str; 5] = [
    // The role that CreateFunction and UpdateFunctionConfiguration give to Lambda.
    "iam:PassRole",
    // The tags of GetFunction's answer.
    "lambda:ListTags",
    // The tags of CreateBucket.
    "s3:TagResource",
    // The keys and the versions that DeleteObjects names.
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
];

/// Named in `src/aws`, but no right of the caller's: asking who one is needs none, to call the indexer is for S3, `doctor` simulates only where it may, and the last
/// is what a condition asks for.
const NO_RIGHT: [&str; 4] =
    ["sts:GetCallerIdentity", "lambda:InvokeFunction", "iam:SimulatePrincipalPolicy", "iam:PassedToService"];

fn names(yaml: &str, region: &str, endpoint: Option<&str>) -> Names {
    let config = parse("gallery.yaml".as_ref(), yaml).expect("a valid gallery.yaml");
    let place = Place {
        account: "123456789012".into(),
        region: region.into(),
        endpoint: endpoint.map(|endpoint| Endpoint::parse(endpoint).expect("an endpoint")),
    };
    Names::new(&config, place)
}

fn printed(names: &Names, scope: Scope) -> String {
    serde_json::to_string_pretty(&caller_policy(names, scope)).expect("JSON") + "\n"
}

#[test]
fn the_documents() {
    let aws = names(HOLIDAY, "us-west-2", None);
    assert_golden("tests/policy/read_write.json", &printed(&aws, Scope::ReadWrite));
    assert_golden("tests/policy/read_only.json", &printed(&aws, Scope::ReadOnly));
    let local = names(HOLIDAY, "us-west-2", Some("http://127.0.0.1:4566"));
    assert_golden("tests/policy/local.json", &printed(&local, Scope::ReadWrite));
}

#[test]
fn arns_follow_the_partition_and_the_names() {
    let yaml = "name: holiday\nimages: { bucket: my-pictures }\nindexer: { function: my-function }\n";
    let document = printed(&names(yaml, "cn-north-1", None), Scope::ReadWrite);
    for arn in [
        "arn:aws-cn:s3:::my-pictures",
        "arn:aws-cn:s3:::holiday-site-123456789012-cn-north-1/config.json",
        "arn:aws-cn:lambda:cn-north-1:123456789012:function:my-function",
        "arn:aws-cn:logs:cn-north-1:123456789012:log-group:/aws/lambda/my-function:*",
        "arn:aws-cn:iam::123456789012:user/gallery-deploy/holiday/holiday-client-cn-north-1",
    ] {
        assert!(document.contains(&format!("\"{arn}\"")), "{arn} in {document}");
    }
    assert!(!document.contains("arn:aws:"), "{document}");
}

/// The actions by which calls are named in `src/aws`: in strings such as `"s3:PutBucketPolicy"`.
fn called() -> BTreeSet<String> {
    let services = ["dynamodb", "iam", "lambda", "logs", "s3", "s3control", "sts"];
    let aws = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws");
    let folders = [aws.clone(), aws.join("index")].map(|folder| fs::read_dir(folder).expect("the folder is there"));
    let files = folders.into_iter().flatten().map(|file| file.expect("an entry").path());
    let product = |file: &Path| {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        !name.contains("test") && name.ends_with(".rs")
    };
    let mut actions = BTreeSet::new();
    for file in files.filter(|file| product(file)) {
        let text = fs::read_to_string(&file).expect("text");
        // A quote as a character begins no string.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().replace("'\"'", "");
        for string in code.split('"').skip(1).step_by(2) {
            if let Some((service, action)) = string.split_once(':')
                && services.contains(&service)
                && action.starts_with(|first: char| first.is_ascii_uppercase())
                && action.chars().all(char::is_alphanumeric)
            {
                actions.insert(string.to_owned());
            }
        }
    }
    actions
}

/// A new call without its right fails here, and so does a right that no call needs any more.
#[test]
fn every_call_has_its_right_and_every_right_its_call() {
    let rights = rights(&names(HOLIDAY, "us-west-2", None));
    let declared: BTreeSet<&str> = rights.iter().flat_map(|right| right.actions).copied().collect();
    let called = called();
    assert!(called.len() > 60, "the calls are found: {called:?}");
    let needed: BTreeSet<&str> =
        called.iter().map(String::as_str).filter(|call| !NO_RIGHT.contains(call)).chain(BESIDE).collect();
    let lacking: Vec<_> = needed.difference(&declared).collect();
    let idle: Vec<_> = declared.difference(&needed).collect();
    assert!(lacking.is_empty() && idle.is_empty(), "called without a right: {lacking:?}; rights without a call: {idle:?}");
}

//! Events that may not have come to the indexer: the rows are compared.

use gallery_deploy::error::exit;
use gallery_deploy::plan::{Adopt, down, up};
use gallery_deploy::resource::compare::Cause;
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::resource::policy::Policy;
use gallery_deploy::resource::{Kind, Seen};
use serde_json::json;

use super::mirror::gallery;
use super::{HOLIDAY, changed, present, refused};

/// What of `gallery.yaml` was applied last: something else.
const OTHER_RECORD: &str = "v1:0123456789abcdef01234567:0123:0123456789abcdef01234567";
const DESIRED: &str = "gallery-deploy:desired";

/// Why the rows are compared, if they are.
fn cause_of_rows(seen: &Observed, adopt: Adopt<'_>) -> Option<Option<Cause>> {
    let plan = up(&gallery(HOLIDAY).desired, seen, adopt);
    assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
    let rows = plan.changes.iter().find(|change| change.kind == Kind::Index)?;
    Some(rows.fields[0].cause)
}

fn deny() -> serde_json::Value {
    json!({ "Sid": "OnlyFromHome", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" })
}

/// Nothing tells of the events that did not reach the indexer, or that another program took.
#[test]
fn events_that_may_be_lost_have_the_rows_compared() {
    type Lose = fn(&mut Observed);
    let lost: [(&str, Option<Cause>, Lose); 13] = [
        ("the role may write nothing", Some(Cause::Drift), |seen| present(&mut seen.role).policy = None),
        ("the role is not for Lambda", Some(Cause::Drift), |seen| present(&mut seen.role).trust = None),
        ("the same, and then another setting", Some(Cause::Config), |seen| {
            let role = present(&mut seen.role);
            role.policy = None;
            role.tags.insert(DESIRED.into(), OTHER_RECORD.into());
        }),
        ("the same, and the record is gone", Some(Cause::Drift), |seen| {
            let role = present(&mut seen.role);
            role.policy = None;
            role.tags.remove(DESIRED);
        }),
        ("nowhere to keep what fails", Some(Cause::Drift), |seen| {
            present(&mut seen.async_invocation).destinations.on_failure = None;
        }),
        ("the bucket denies something", Some(Cause::Drift), |seen| {
            let bucket = present(&mut seen.images_bucket);
            let mut statements = bucket.policy.as_ref().unwrap().statements().to_vec();
            statements.push(deny());
            bucket.policy = Some(Policy::new(json!({ "Statement": statements })));
        }),
        ("no entry", Some(Cause::Drift), |seen| present(&mut seen.notification).ours.clear()),
        ("another role", Some(Cause::Drift), |seen| {
            present(&mut seen.function).role_arn = "arn:aws:iam::123456789012:role/other".into();
        }),
        ("another program, and then a new release", Some(Cause::Release), |seen| {
            let function = present(&mut seen.function);
            function.code_sha256 = "theirs".into();
            let record = function.tags[DESIRED].clone();
            let (settings, _) = record.rsplit_once(':').unwrap();
            function.tags.insert(DESIRED.into(), format!("{settings}:0123456789abcdef01234567"));
        }),
        ("another program, and the record is gone", Some(Cause::Drift), |seen| {
            let function = present(&mut seen.function);
            function.code_sha256 = "theirs".into();
            function.tags.remove(DESIRED);
        }),
        ("another table, and then another setting", Some(Cause::Config), |seen| {
            let function = present(&mut seen.function);
            function.environment.insert("GALLERY_TABLE".into(), "other".into());
            function.tags.insert(DESIRED.into(), OTHER_RECORD.into());
        }),
        ("another server", Some(Cause::Drift), |seen| {
            present(&mut seen.function).environment.insert("AWS_ENDPOINT_URL_DYNAMODB".into(), "https://example.org".into());
        }),
        ("no permission, and no deploy that came to its end", None, |seen| {
            present(&mut seen.permission).ours.clear();
            seen.site = Seen::Absent;
        }),
    ];
    for (what, cause, lose) in lost {
        let (_, seen) = changed(lose);
        assert_eq!(cause_of_rows(&seen, Adopt::Nothing), Some(cause), "{what}");
    }
    let (_, seen) = changed(|seen| {
        let function = present(&mut seen.function);
        function.tags.clear();
        function.code_sha256 = "theirs".into();
    });
    assert_eq!(cause_of_rows(&seen, Adopt::Untagged), Some(Some(Cause::Adopted)), "what is taken over was another program");
}

/// A large gallery takes thousands of calls to compare.
#[test]
fn what_loses_no_event_has_no_row_compared() {
    type Drift = fn(&mut Observed);
    let harmless: [(&str, Drift); 6] = [
        ("memory", |seen| present(&mut seen.function).memory = 512),
        ("one more variable", |seen| drop(present(&mut seen.function).environment.insert("MORE".into(), "1".into()))),
        ("an entry too many", |seen| {
            let entry = present(&mut seen.notification).ours[0].clone();
            present(&mut seen.notification).ours.push(gallery_deploy::resource::notification::Entry {
                id: "gallery-deploy-more".into(),
                prefix: Some("other/".into()),
                ..entry
            });
        }),
        ("a record of what succeeds", |seen| {
            present(&mut seen.async_invocation).destinations.on_success = Some("arn:aws:s3:::other".into());
        }),
        ("the bucket allows more", |seen| {
            let bucket = present(&mut seen.images_bucket);
            let mut statements = bucket.policy.as_ref().unwrap().statements().to_vec();
            statements
                .push(json!({ "Sid": "More", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*" }));
            bucket.policy = Some(Policy::new(json!({ "Statement": statements })));
        }),
        ("a new release", |seen| {
            let function = present(&mut seen.function);
            let other = gallery_deploy::resource::tags::Tags::new("holiday", &gallery_deploy::resource::tags::TagMap::new());
            let record = other.with_settings(&1).with_build("former").all()[DESIRED].clone();
            let (_, build) = record.rsplit_once(':').unwrap();
            let ours = function.tags[DESIRED].clone();
            let (settings, _) = ours.rsplit_once(':').unwrap();
            function.tags.insert(DESIRED.into(), format!("{settings}:{build}"));
            function.code_sha256 = "former".into();
        }),
    ];
    for (what, drift) in harmless {
        let (gallery, seen) = changed(drift);
        assert!(!up(&gallery.desired, &seen, Adopt::Nothing).is_empty(), "{what} is put right");
        assert_eq!(cause_of_rows(&seen, Adopt::Nothing), None, "{what}");
    }
}

/// Lambda answers as if there were no environment where it cannot be decrypted. `down` needs none.
#[test]
fn an_environment_that_cannot_be_read_is_never_taken_for_empty() {
    let (gallery, seen) = changed(|seen| {
        let function = present(&mut seen.function);
        function.environment.clear();
        function.unreadable = Some("KMS access was denied".into());
    });
    let (text, code) = refused(up(&gallery.desired, &seen, Adopt::Nothing));
    assert!(text.contains("has an environment that cannot be read: KMS access was denied"), "{text}");
    assert!(text.contains("--function-name holiday-indexer --kms-key-arn"), "{text}");
    assert_eq!(code, exit::REFUSED);
    assert!(down(&gallery.names, &seen, true, None, &[]).blocked.is_empty());
}

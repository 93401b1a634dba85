//! Events that may not have come to the indexer: the rows are compared.

use gallery_deploy::error::exit;
use gallery_deploy::plan::{Adopt, down, up};
use gallery_deploy::resource::function::Observed as Function;
use gallery_deploy::resource::observed::Observed;
use gallery_deploy::resource::{Kind, Seen, Unreadable};

use super::mirror::gallery;
use super::{HOLIDAY, changed, present, refused};

/// Nothing tells of the events that did not reach the indexer, or that another program took.
#[test]
fn events_that_may_be_lost_have_the_rows_compared() {
    type Drift = fn(&mut Observed);
    let compares = |seen: &Observed, adopt: Adopt<'_>| {
        let plan = up(&gallery(HOLIDAY).desired, seen, adopt);
        assert!(plan.blocked.is_empty(), "{:?}", plan.blocked);
        plan.changes.iter().any(|change| change.kind == Kind::Index)
    };
    let function = |change: fn(&mut Function)| move |seen: &mut Observed| change(present(&mut seen.function));
    let lost: [(&str, Drift); 7] = [
        ("the role may write nothing", |seen| present(&mut seen.role).policy = None),
        ("nowhere to keep what fails", |seen| present(&mut seen.async_invocation).destinations.on_failure = None),
        ("another role", |seen| present(&mut seen.function).role_arn = "arn:aws:iam::123456789012:role/other".into()),
        ("another program, and then a new release", |seen| {
            let function = present(&mut seen.function);
            function.code_sha256 = "theirs".into();
            let record = function.tags["gallery-deploy:desired"].clone();
            let (settings, _) = record.rsplit_once(':').unwrap();
            function.tags.insert("gallery-deploy:desired".into(), format!("{settings}:0123456789abcdef01234567"));
        }),
        ("another table, and then another setting", |seen| {
            let function = present(&mut seen.function);
            function.environment.insert("GALLERY_TABLE".into(), "other".into());
            function
                .tags
                .insert("gallery-deploy:desired".into(), "v1:0123456789abcdef01234567:0123:0123456789abcdef01234567".into());
        }),
        ("another server", |seen| {
            present(&mut seen.function).environment.insert("AWS_ENDPOINT_URL_DYNAMODB".into(), "https://example.org".into());
        }),
        ("no permission, and no deploy that came to its end", |seen| {
            present(&mut seen.permission).ours.clear();
            seen.site = Seen::Absent;
        }),
    ];
    for (what, drift) in lost {
        let (_, seen) = changed(drift);
        assert!(compares(&seen, Adopt::Nothing), "{what}");
    }
    let (_, seen) = changed(function(|function| {
        function.tags.clear();
        function.code_sha256 = "theirs".into();
    }));
    assert!(compares(&seen, Adopt::Untagged), "what is taken over was another program");
    for harmless in [
        function(|function| function.memory = 512),
        function(|function| drop(function.environment.insert("MORE".into(), "1".into()))),
    ] {
        let (_, seen) = changed(harmless);
        assert!(!compares(&seen, Adopt::Nothing));
    }
}

/// Lambda answers as if there were no environment where this identity may not decrypt it. `down` needs none.
#[test]
fn an_environment_that_cannot_be_read_is_never_taken_for_empty() {
    let (gallery, seen) = changed(|seen| {
        let function = present(&mut seen.function);
        function.environment.clear();
        function.unreadable = Some(Unreadable::Denied { call: "kms:Decrypt".into(), message: "not today".into() });
    });
    let (text, code) = refused(up(&gallery.desired, &seen, Adopt::Nothing));
    assert!(text.contains("could not be read: kms:Decrypt: not today"), "{text}");
    assert_eq!(code, exit::CREDENTIALS);
    assert!(down(&gallery.names, &seen, true, None, &[]).blocked.is_empty());
}

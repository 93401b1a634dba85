//! How many calls a run makes, and how many of them have to wait for each other.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::thread;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use gallery_deploy::plan::UPLOADS_AT_ONCE;
use gallery_tests::{Call, Calls, Fault, Kind, Statistics, World, changed, eventually, longest_chain};

/// The calls of one run, undisturbed, in rounds.
fn calls(world: &World, arguments: &[&str]) -> Statistics {
    world.proxy.reset();
    world.run(arguments).succeeds();
    let calls = world.proxy.calls();
    // Shown when the test fails.
    println!("{arguments:?}\n{}", longest_chain(&calls));
    Statistics::of(&calls)
}

const UP: &[&str] = &["up", "--yes"];

/// What is read of a gallery: each is a field of something that is compared. See ARCHITECTURE.md, "What a look costs".
const READS: usize = 40;

#[test]
fn no_run_makes_more_calls_or_waits_for_more_of_them_than_it_has_to() {
    let world = World::new();
    world.proxy.in_rounds();
    let planned = world.planned_up().depth(false);
    let cold = calls(&world, UP);
    assert!(cold.depth <= planned && planned <= 12, "{cold:?}, of a plan that is {planned} deep");
    assert_at_once(&world.proxy.calls());
    assert_one_after_the_other(&world.proxy.calls());

    let nothing_to_do = calls(&world, UP);
    assert_eq!((nothing_to_do.depth, nothing_to_do.writes, nothing_to_do.reads), (2, 0, READS));
    assert_eq!(nothing_to_do.most_at_once, READS - 1, "all at once but who is calling");
    assert_eq!(calls(&world, &["plan"]), nothing_to_do);

    let plain = format!("name: holiday\nregion: {}\naccount: \"{}\"\n", gallery_tests::REGION, gallery_tests::ACCOUNT);
    world.configure(&plain);
    let account_known = calls(&world, UP);
    assert_eq!((account_known.depth, account_known.writes, account_known.reads), (1, 0, READS));

    for setting in [
        "index: { deletion_protection: true }",
        "images: { cors_origins: [\"https://example.org\"] }",
        // Last: a page that accepts more again waits for the indexer.
        "images: { max_size_mib: 7 }",
    ] {
        world.configure(&format!("{plain}{setting}\n"));
        let planned = world.planned_up().depth(true);
        let one_setting = calls(&world, UP);
        // One less than without `account:`.
        assert!(one_setting.depth <= planned && planned <= 4, "{setting}: {one_setting:?}, planned {planned}");
    }

    world.configure(&format!("{plain}{}", changed::every_setting("image/png").replace("account: \"000000000000\"\n", "")));
    world.file("page/index.html", "<!doctype html><title>mine</title>");
    calls(&world, UP);
    assert_one_after_the_other(&world.proxy.calls());
    world.configure(&plain);
    calls(&world, UP);
    assert_one_after_the_other(&world.proxy.calls());

    let planned = world.planned_down(false).depth(true);
    let down = calls(&world, &["down", "--confirm-name", "holiday"]);
    assert!(down.depth <= planned && planned <= 7, "{down:?}, of a plan that is {planned} deep");
    assert_one_after_the_other(&world.proxy.calls());
}

/// AWS answers two changes at once of one bucket, IAM entity or function policy with errors that a run survives by trying again: so nothing else would notice.
fn assert_one_after_the_other(calls: &[Call]) {
    let mut changes: BTreeMap<(&str, &str), Vec<Call>> = BTreeMap::new();
    for call in calls.iter().filter(|call| call.kind == Kind::Write) {
        let one_thing = match call.service.as_str() {
            // Not its objects, which go many at once.
            "s3" => !call.resource.contains('/') && !call.is("s3:DeleteObjects"),
            "iam" => true,
            "lambda" => call.is("lambda:AddPermission") || call.is("lambda:RemovePermission"),
            _ => false,
        };
        if one_thing {
            changes.entry((&call.service, &call.resource)).or_default().push(call.clone());
        }
    }
    assert!(changes.len() >= 3, "{changes:#?}");
    for (thing, changes) in changes {
        assert_eq!(Statistics::of(&changes).most_at_once, 1, "{thing:?}: {changes:#?}");
    }
}

/// What waits for nothing is made in one round: each begins before any of the others has ended.
fn assert_at_once(calls: &[Call]) {
    let creations = ["s3:CreateBucket", "dynamodb:CreateTable", "iam:CreateRole", "logs:CreateLogGroup", "iam:CreateUser"];
    let made: Vec<&Call> = calls.iter().filter(|call| creations.iter().any(|name| call.is(name))).collect();
    assert_eq!(made.len(), 6, "{made:?}");
    let last_begins = made.iter().map(|call| call.started).max();
    assert!(made.iter().all(|call| call.ended > last_begins), "{made:?}");
}

/// The reads of another account's things are made, but nothing is shown before it is known that they are.
#[test]
fn a_wrong_account_is_found_before_anything_is_shown_or_written() {
    let world = World::deployed();
    world.configure(&format!("name: holiday\nregion: {}\naccount: \"111111111111\"\n", gallery_tests::REGION));
    for arguments in [UP, &["plan"], &["down", "--confirm-name", "holiday"], &["outputs"]] {
        world.proxy.reset();
        let run = world.run(arguments).exits(6).says("111111111111");
        assert_eq!(run.stdout, "");
        assert!(!run.stderr.contains("Account"), "{}", run.stderr);
        assert_eq!(world.proxy.writes(), []);
    }
}

/// The calls of one operation on `bucket`, and how many of them are under way at the same time.
fn at_once(calls: &[Call], operation: &str, bucket: &str) -> (usize, usize) {
    let of: Vec<Call> = calls.iter().filter(|call| call.is(operation) && call.resource.starts_with(bucket)).cloned().collect();
    (of.len(), Statistics::of(&of).most_at_once)
}

/// Lets go of what the proxy holds, also when what was waited for does not come.
struct Release<'a>(&'a World);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.0.proxy.clear();
        self.0.proxy.release();
    }
}

/// Files of a page.
const FILES: usize = 200;
/// A call deletes a thousand objects, and four such calls are under way.
const OBJECTS: usize = 6000;
const DELETIONS_AT_ONCE: usize = 4;

#[test]
fn uploads_and_deletions_fill_the_line_and_no_more() {
    let world = World::new();
    world.configure(&format!("name: holiday\nregion: {}\nsite: {{ dir: page }}\n", gallery_tests::REGION));
    world.file("page/index.html", "<!doctype html><title>mine</title>");
    for number in 0..FILES {
        world.file(&format!("page/assets/part-{number:08}.js"), format!("part({number})"));
    }
    world.proxy.in_rounds();
    world.run(UP).succeeds();
    let (_, uploads) = at_once(&world.proxy.calls(), "s3:PutObject", &world.site_bucket());
    assert_eq!(uploads, UPLOADS_AT_ONCE);
    world.proxy.clear();

    // What deletes an object that is not there leaves a marker: a thousand with one call.
    let (runtime, aws) = world.sdk();
    let bucket = world.images_bucket();
    for first in (0..OBJECTS).step_by(1000) {
        let key = |number: usize| ObjectIdentifier::builder().key(format!("images/many/{number:06}.png")).build().unwrap();
        let delete = Delete::builder().set_objects(Some((first..first + 1000).map(key).collect())).quiet(true).build().unwrap();
        runtime.block_on(aws.s3.delete_objects().bucket(&bucket).delete(delete).send()).unwrap();
    }
    world.proxy.fail(Fault::Held, Calls::on("s3:DeleteObjects", &bucket));
    world.proxy.reset();
    let deletions = || at_once(&world.proxy.calls(), "s3:DeleteObjects", &bucket);
    thread::scope(|scope| {
        // None is answered before so many have been sent.
        scope.spawn(|| {
            let _release = Release(&world);
            for number in 1..=DELETIONS_AT_ONCE {
                eventually(&format!("deletion {number}"), || (deletions().0 >= number).then_some(()));
            }
        });
        world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    });
    let deletions = deletions();
    assert_eq!(deletions, (OBJECTS / 1000, DELETIONS_AT_ONCE), "as few calls as can be, and so many at once");
}

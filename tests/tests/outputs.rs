//! `outputs`: what other programs read.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::World;
use serde_json::{Value, json};

#[test]
fn outputs_are_one_document_or_one_value() {
    let world = World::deployed();
    world.proxy.reset();
    let run = world.run(&["outputs", "--json"]).succeeds();
    let expected = json!({
        "name": "holiday",
        "account": "000000000000",
        "region": "eu-central-1",
        "site_url": world.site_url(),
        "site_bucket": world.site_bucket(),
        "images_bucket": world.images_bucket(),
        "table": "holiday-index",
        "indexer": "holiday-indexer",
        "log_group": "/aws/lambda/holiday-indexer",
        "client_user": "holiday-client-eu-central-1",
    });
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document, expected);

    for (name, value) in expected.as_object().unwrap() {
        let run = world.run(&["outputs", name]).succeeds();
        assert_eq!(run.only_line(), value.as_str().unwrap(), "{name}");
    }
    // A value alone is quoted where JSON is asked for.
    let run = world.run(&["outputs", "--json", "table"]).succeeds();
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), "holiday-index");

    let run = world.run(&["outputs"]).succeeds();
    for name in expected.as_object().unwrap().keys() {
        assert!(run.stdout.contains(name), "{name}: {}", run.stdout);
    }
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn no_output_holds_the_published_secret() {
    let world = World::deployed();
    let page = world.page();
    let secret = page.text("secret_access_key");
    for command in [&["outputs"][..], &["outputs", "--json"], &["plan"], &["up", "--yes"]] {
        let run = world.run(command).succeeds();
        assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{command:?}");
    }
}

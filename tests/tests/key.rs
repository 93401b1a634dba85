//! The key that is published with the page: one, alive, and the one in `config.json`.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Calls, Fault, World};

const USER: &str = "holiday-client-eu-central-1";

/// The user's keys, as `ID STATUS`.
fn keys(world: &World) -> Vec<String> {
    let listed = world.aws.call(&["iam", "list-access-keys", "--user-name", USER]);
    let keys = listed["AccessKeyMetadata"].as_array().unwrap();
    keys.iter().map(|key| format!("{} {}", key["AccessKeyId"].as_str().unwrap(), key["Status"].as_str().unwrap())).collect()
}

/// `up` leaves one key, which is published and works, and is quiet when it is run again. Returns its id.
fn repaired(world: &World) -> String {
    world.run(&["up", "--yes"]).succeeds();
    let page = world.page();
    let id = page.text("access_key_id").to_owned();
    assert_eq!(keys(world), [format!("{id} Active")]);
    assert_eq!(page.gallery(&world.aws, "rome"), [], "the key works");
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
    id
}

#[test]
fn a_key_that_is_lost_is_replaced() {
    let world = World::deployed();
    let first = repaired(&world);
    world.aws.call(&["iam", "delete-access-key", "--user-name", USER, "--access-key-id", &first]);
    let second = repaired(&world);
    assert_ne!(first, second);

    // Without config.json nobody knows the secret any more.
    world.aws.call(&["s3api", "delete-object", "--bucket", &world.site_bucket(), "--key", "config.json"]);
    assert_ne!(repaired(&world), second);
}

/// The SDK does not retry this call (I5), so a refusal that passes is waited for by the program.
#[test]
fn a_key_that_is_throttled_is_made_later() {
    let world = World::new();
    world.proxy.fail(Fault::Throttled, Calls::of("iam:CreateAccessKey").first(2));
    world.run(&["up", "--yes"]).succeeds();
    let tries = world.proxy.calls().iter().filter(|call| call.is("iam:CreateAccessKey")).count();
    assert_eq!(tries, 3);
    assert_eq!(keys(&world), [format!("{} Active", world.page().text("access_key_id"))]);
}

#[test]
fn a_key_that_is_dead_is_replaced() {
    let world = World::deployed();
    let first = repaired(&world);
    world.aws.call(&["iam", "update-access-key", "--user-name", USER, "--access-key-id", &first, "--status", "Inactive"]);
    assert_ne!(repaired(&world), first);
}

#[test]
fn keys_that_are_not_published_go() {
    let world = World::deployed();
    let first = repaired(&world);
    world.aws.call(&["iam", "create-access-key", "--user-name", USER]);
    assert_eq!(repaired(&world), first, "the published one stays");
}

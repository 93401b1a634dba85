//! The same end from every start: a second run, and a run after one that was cut off.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Call, World};

/// The calls after which a run is cut off: all reads done, in the middle, near the end.
const CUTS: [usize; 6] = [30, 36, 44, 56, 64, 72];

fn named(calls: &[Call]) -> Vec<String> {
    calls.iter().map(ToString::to_string).collect()
}

#[test]
fn a_second_up_makes_no_write_call() {
    let world = World::deployed();
    assert!(world.proxy.writes().len() > 20, "the proxy sees the first: {:?}", named(&world.proxy.calls()));
    world.proxy.reset();
    let run = world.run(&["up"]).succeeds();
    assert_eq!(run.only_line(), world.site_url());
    assert_eq!(named(&world.proxy.writes()), [""; 0]);
    assert!(!world.proxy.calls().is_empty());
}

#[test]
fn up_goes_on_where_a_killed_up_stopped() {
    let world = World::new();
    let mut cut_off = 0;
    for cut in CUTS {
        world.proxy.reset();
        cut_off += usize::from(world.run_killed(&["up", "--yes"], cut).is_none());
        converges(&world, cut);
        world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
        assert_eq!(world.inventory(), [""; 0], "cut off after call {cut}");
    }
    assert!(cut_off >= 4, "only {cut_off} runs were cut off before their end");
}

#[test]
fn down_goes_on_where_a_killed_down_stopped() {
    let world = World::new();
    let down = ["down", "--confirm-name", "holiday", "--delete-images"];
    for cut in [25, 30, 36] {
        world.run(&["up", "--yes"]).succeeds();
        world.put_image("images/rome/forum.png", b"picture");
        world.proxy.reset();
        world.run_killed(&down, cut);
        world.run(&down).succeeds();
        assert_eq!(world.inventory(), [""; 0], "cut off after call {cut}");
    }
}

/// `up` repairs what is there, a third run is quiet, and the page works with one key.
fn converges(world: &World, cut: usize) {
    let run = world.run(&["up", "--yes"]).succeeds();
    assert_eq!(run.only_line(), world.site_url(), "cut off after call {cut}");
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(named(&world.proxy.writes()), [""; 0], "cut off after call {cut}");

    let page = world.page();
    let keys = world.aws.call(&["iam", "list-access-keys", "--user-name", "holiday-client-eu-central-1"]);
    let keys = keys["AccessKeyMetadata"].as_array().unwrap();
    assert_eq!(keys.len(), 1, "cut off after call {cut}");
    assert_eq!(keys[0]["AccessKeyId"], page.text("access_key_id"));
    assert_eq!(page.gallery(&world.aws, "rome"), [], "the published key works");
}

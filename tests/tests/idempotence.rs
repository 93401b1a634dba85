//! A second run.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Call, World};

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

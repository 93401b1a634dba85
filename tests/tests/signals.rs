//! Ctrl-C and SIGTERM while something is being changed.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::World;
use rustix::process::Signal;

const DOWN: [&str; 4] = ["down", "--confirm-name", "holiday", "--delete-images"];

#[test]
fn an_interrupted_up_says_what_is_done_and_the_next_one_goes_on() {
    let world = World::new();
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        world.proxy.reset();
        // The notification is done by then, and the page, which asks for the key, has not begun. Nobody learns of that key.
        let key_is_made = || world.proxy.writes().iter().any(|call| call.operation == "CreateAccessKey");
        let run = world.run_and_signal(&["up", "--yes"], signal, key_is_made).exits(code);
        let run = run.says("Stopping").says(" created ").says("not started: ").says("a later `up` continues from here");
        assert_eq!(run.stdout, "", "no URL of a page that is not there");
        assert!(!run.stderr.contains("failed "), "{}", run.stderr);

        assert_eq!(world.run(&["up", "--yes"]).succeeds().only_line(), world.site_url());
        world.proxy.reset();
        world.run(&["up", "--yes"]).succeeds();
        assert!(world.proxy.writes().is_empty());
        world.run(&DOWN).succeeds();
    }
}

#[test]
fn an_interrupted_down_deletes_no_more() {
    let world = World::deployed();
    world.proxy.reset();
    let run = world.run_and_signal(&DOWN, Signal::TERM, || !world.proxy.writes().is_empty()).exits(143);
    assert!(run.stderr.contains("Stopping"), "{}", run.stderr);
    assert_ne!(world.inventory(), [""; 0], "{}", run.stderr);
    world.run(&DOWN).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

//! How many calls a run makes, and how many of them have to wait for each other.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use gallery_tests::{Statistics, World, longest_chain};

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

    let planned = world.planned_down(false).depth(true);
    let down = calls(&world, &["down", "--confirm-name", "holiday"]);
    assert!(down.depth <= planned && planned <= 7, "{down:?}, of a plan that is {planned} deep");
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

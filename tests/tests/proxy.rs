//! The proxy does what it is told: faults, behaviours, the kill.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use gallery_tests::{Calls, Fault, Statistics, World};

#[test]
fn each_fault_reaches_the_program_and_passes() {
    let world = World::new();
    let identity = "sts:GetCallerIdentity";
    let faults = [
        (Fault::Delayed(Duration::from_millis(1)), Some(200)),
        (Fault::LostBefore, None),
        (Fault::LostAfter, None),
        (Fault::Reset, None),
        (Fault::InternalError, Some(500)),
        (Fault::Throttled, Some(400)),
    ];
    for (fault, status) in faults {
        world.proxy.clear();
        world.proxy.reset();
        world.proxy.fail(fault, Calls::of(identity).number(1));
        world.run(&["plan"]).succeeds();
        let calls = world.proxy.calls();
        let asked: Vec<_> = calls.iter().filter(|call| call.is(identity)).map(|call| call.status).collect();
        let repeated = [status, Some(200)];
        assert_eq!(asked, if status == Some(200) { &repeated[..1] } else { &repeated[..] }, "{fault:?}");
    }
}

#[test]
fn what_is_lost_afterwards_took_effect_and_what_is_lost_before_did_not() {
    let world = World::new();
    for (fault, there) in [(Fault::LostBefore, false), (Fault::LostAfter, true)] {
        world.proxy.clear();
        // Every attempt, so that no retry hides it.
        world.proxy.fail(fault, Calls::of("logs:CreateLogGroup"));
        world.run(&["up", "--yes"]).exits(1).says("logs:CreateLogGroup");
        let group = "log group /aws/lambda/holiday-indexer".to_owned();
        assert_eq!(world.inventory().contains(&group), there, "{fault:?}");
    }
}

#[test]
fn a_killed_run_makes_exactly_so_many_calls() {
    let world = World::new();
    for calls in [1, 5, 40] {
        world.proxy.reset();
        assert!(world.run_killed(&["up", "--yes"], calls).is_none());
        let through = world.proxy.calls().iter().filter(|call| call.ended.is_some()).count();
        assert_eq!(through, calls);
    }
    assert!(world.run_killed(&["plan"], 1000).is_some(), "it ends before that");
}

#[test]
fn a_round_trip_takes_the_time_that_is_added_to_it() {
    let world = World::deployed();
    world.proxy.reset();
    world.proxy.add_round_trip(Duration::from_millis(50));
    world.run(&["plan"]).succeeds();
    let calls = world.proxy.calls();
    assert!(calls.iter().all(|call| call.ended.unwrap() - call.started >= Duration::from_millis(50)), "{calls:?}");
    let figures = Statistics::of(&calls);
    assert!(figures.depth >= 2 && figures.most_at_once > 4 && figures.writes == 0, "{figures:?}");
}

#[test]
fn a_behaviour_is_switched_on_by_its_id() {
    let world = World::new();
    world.proxy.behave("L1");
    world.run(&["up", "--yes"]).succeeds();
    let calls = world.proxy.calls();
    let created: Vec<_> = calls.iter().filter(|call| call.is("lambda:CreateFunction")).map(|call| call.status.unwrap()).collect();
    assert_eq!(created, [400, 400, 201]);
}

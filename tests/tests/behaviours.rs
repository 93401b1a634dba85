//! Under each behaviour of the real AWS alone, and under all of them together, `up` and `down` come to the same end as on a good day, without help; and
//! they do meet them.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Calls, Fault, Journey, World, behaviours, sample, try_all};

/// What is switched on for a whole life of a gallery.
#[derive(Debug, Clone, Copy)]
enum Day {
    AllBehaviours,
    Behaviour(&'static str),
    /// Of the first writes of every run.
    Fault(Fault),
}

/// So many single behaviours are tried beside all together, unless all are.
const BEHAVIOURS: usize = 3;
/// So many faults.
const FAULTS: usize = 1;
/// So many calls of a run meet a fault: no more than the SDK tries one call again.
const STRUCK: usize = 2;

/// Behaviours that strike nothing in a life of a gallery, neither alone nor with all others, and what shows instead that the program can live with them:
/// a file of these tests or of `deployer/src/aws/wire_tests`.
const ELSEWHERE: [(&str, &str); 29] = [
    // Of callers who lack a permission; here the administrator calls.
    ("pass-role", "policy.rs"),
    ("tag-on-create", "policy.rs"),
    ("missing-is-denied", "policy.rs, indexer.rs"),
    // Of what somebody does, or another run.
    ("L4", "recreated.rs"),
    ("I5", "two_at_once.rs, key.rs"),
    ("S5", "doctor.rs"),
    ("S9", "drift/main.rs"),
    ("S14", "rarely_met.rs"),
    ("S3-at-once", "two_at_once.rs"),
    ("I7-at-once", "two_at_once.rs"),
    ("G4-at-once", "two_at_once.rs"),
    ("L6-at-once", "two_at_once.rs"),
    ("L8-at-once", "rules/at_once.rs, wire_tests.rs"),
    // The function's role may make no group, or it would come back after every `down`.
    ("G2", "rules/logs.rs, settings.rs"),
    // The page's key asks S3 and DynamoDB in the page, the role in the indexer; what it may do when Lambda asks is `failure-destination`.
    ("I3", "rules/iam.rs, indexer.rs"),
    // Of objects, which the indexer asks for more than `up` does.
    ("S11", "indexer.rs"),
    // What the program never asks for: it is let through, and a call that asks for it is refused.
    ("L15", "rules/lambda.rs"),
    ("function-limits", "rules/lambda.rs"),
    ("I2", "rules/iam.rs"),
    ("I10", "rules/iam.rs"),
    ("reserved-words", "rules/dynamodb.rs"),
    ("S1", "rules/s3.rs, create_bucket.rs, rarely_met.rs"),
    ("expected-owner", "rules/s3.rs"),
    ("bucket-policy", "rules/s3.rs"),
    ("bucket-rules", "rules/s3.rs"),
    ("bucket-policy-status", "rules/s3.rs"),
    ("key-length", "rules/s3.rs"),
    ("part-sizes", "rules/s3.rs"),
    ("copy-to-itself", "rules/s3.rs"),
];

/// What strikes only beside others, which have something made twice or seen late; alone it is met in `rarely_met.rs`.
const NOT_ALONE: [&str; 2] = ["S2", "no-function-policy"];

/// Each behaviour that was switched on has struck, or is one of those that something else stands for.
fn assert_struck(world: &World, day: &Day) {
    let is_elsewhere = |id: &str| ELSEWHERE.iter().any(|(other, _)| *other == id);
    let expected: Vec<&str> = match day {
        Day::AllBehaviours => behaviours().collect(),
        Day::Behaviour(id) => [*id].into_iter().filter(|id| !NOT_ALONE.contains(id)).collect(),
        Day::Fault(_) => Vec::new(),
    };
    let idle: Vec<&str> = expected.into_iter().filter(|id| !is_elsewhere(id) && world.proxy.struck(id) == 0).collect();
    assert_eq!(idle, [""; 0], "nothing has met these, so that nothing is shown: {day:?}");
}

#[test]
fn up_and_down_succeed_under_every_behaviour_alone_and_under_all_together() {
    let faults =
        [Fault::Throttled, Fault::InternalError, Fault::Reset, Fault::Delayed(Duration::from_millis(700))].map(Day::Fault);
    let mut days = vec![Day::AllBehaviours];
    days.extend(sample(behaviours().map(Day::Behaviour).collect(), BEHAVIOURS));
    days.extend(sample(faults.to_vec(), FAULTS));
    try_all("a whole life of a gallery on a bad day", Journey::new(), days, |gallery, day| {
        // What an undisturbed run does is learnt before.
        gallery.calls(Create);
        let proxy = &gallery.world.proxy;
        match day {
            Day::AllBehaviours => proxy.behave_all(),
            Day::Behaviour(id) => proxy.behave(id),
            Day::Fault(_) => {}
        }
        for way in [Create, Upgrade, Downgrade, Close, Reopen, Delete] {
            gallery.disturb(way, |world, arguments| {
                if let Day::Fault(fault) = day {
                    world.proxy.fail(*fault, Calls::writes().first(STRUCK));
                }
                world.run(arguments).succeeds();
                assert!(world.proxy.faults_have_struck(), "{day:?} has met no write");
            });
        }
        assert_struck(&gallery.world, day);
        proxy.clear();
    });
}

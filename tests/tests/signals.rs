//! Ctrl-C and SIGTERM while something is being changed.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::cell::Cell;

use gallery_tests::{Call, Calls, Fault, World};
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

/// What a command waits for when it is told to stop.
struct Held {
    command: &'static [&'static str],
    signal: (Signal, i32),
    /// The answers that are held: no other call can begin before one of them comes.
    calls: &'static [&'static str],
    /// What goes on beside them, to its last call, with how often that is made.
    beside: &'static [(&'static str, usize)],
    told: &'static [&'static str],
}

const UP: Held = Held {
    command: &["up", "--yes"],
    signal: (Signal::INT, 130),
    calls: &[
        "dynamodb:CreateTable",
        "iam:CreateRole",
        "iam:CreateUser",
        // Other galleries are looked for meanwhile.
        "iam:ListRoles",
        "logs:CreateLogGroup",
        "s3:CreateBucket",
        "s3:CreateBucket",
    ],
    beside: &[],
    told: &["letting 7 calls finish", "cut off table holiday-index", "not started: function"],
};

/// The table goes when the function is on its way out. The log group, and the buckets themselves, when that is gone.
const DELETE: Held = Held {
    command: &DOWN,
    signal: (Signal::TERM, 143),
    calls: &["dynamodb:DeleteTable", "lambda:GetFunctionConfiguration"],
    beside: &[("iam:DeleteUser", 1), ("iam:DeleteRole", 1), ("s3:DeleteObjects", 1), ("s3:ListMultipartUploads", 2)],
    told: &["Stopping: letting ", "cut off table holiday-index", "deleted function holiday-indexer", "not started: log group"],
};

impl Held {
    /// Whether nothing is under way but the calls that are held.
    fn is_all_that_is_under_way(&self, calls: &[Call]) -> bool {
        let mut open: Vec<String> = calls.iter().filter(|call| call.ended.is_none()).map(Call::name).collect();
        open.sort_unstable();
        let ended = |name: &str| calls.iter().filter(|call| call.is(name) && call.ended.is_some()).count();
        open == self.calls && self.beside.iter().all(|(name, times)| ended(name) == *times)
    }
}

#[test]
fn after_a_signal_no_call_begins_and_those_in_flight_finish() {
    let world = World::new();
    for held in [UP, DELETE] {
        world.proxy.reset();
        for call in held.calls {
            world.proxy.fail(Fault::Held, Calls::of(call));
        }
        let (signal, code) = held.signal;
        let begun = Cell::new(0);
        let all_wait = || {
            let calls = world.proxy.calls();
            begun.set(calls.len());
            held.is_all_that_is_under_way(&calls)
        };
        let run = world.run_and_signal_then(held.command, signal, all_wait, "Stopping", || world.proxy.release()).exits(code);
        world.proxy.clear();
        let calls = world.proxy.calls();
        assert_eq!(calls.len(), begun.get(), "a call began after the signal: {calls:#?}\n{}", run.stderr);
        assert!(calls.iter().all(|call| call.status.is_some()), "an answer was not waited for: {calls:#?}");
        let run = held.told.iter().fold(run, |run, words| run.says(words));
        assert!(!run.stderr.contains("failed "), "{}", run.stderr);

        world.run(held.command).succeeds();
    }
    assert_eq!(world.inventory(), [""; 0]);
}

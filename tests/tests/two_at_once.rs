//! Two runs on one gallery, started together: each comes to its end or says that it met another run, and an undisturbed one after them ends where
//! an uncut one ends, setting by setting, with one key alive that works.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;
use std::time::Duration;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Journey, Random, Run, Way, World, seeds, try_all};

/// Trips there and back, with a meeting on each way: so many are tried, unless all are.
const SAMPLE: usize = 2;
const ALL: usize = 10;

/// What AWS does to two who change the same thing, and what keeps a run from being careless.
const BEHAVIOURS: [&str; 7] = ["S3-at-once", "I7-at-once", "G4-at-once", "L8-at-once", "I5", "S15", "no-function-policy"];

/// A way, and what another run does at the same time.
#[derive(Debug, Clone, Copy)]
struct Meeting {
    way: Way,
    other: Other,
    /// `config.json` is deleted first: both need a new key.
    without_key: bool,
    /// From it follow which run is first, after how many of its calls the other starts, and how long each call hesitates.
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Other {
    Up,
    Down,
    DownWithImages,
}

impl Other {
    fn arguments(self, world: &World) -> Vec<&str> {
        let down = ["down", "--confirm-name", &world.name];
        match self {
            Self::Up => vec!["up", "--yes"],
            Self::Down => down.to_vec(),
            Self::DownWithImages => [&down[..], &["--delete-images"]].concat(),
        }
    }
}

/// The n-th trip: every pair of ways and every pair of runs comes up in turn.
fn trip((number, seed): (usize, u64)) -> [Meeting; 2] {
    use Other::{Down, DownWithImages, Up};
    let ((there, beside), (back, beside_back)) = match number % 6 {
        0 => ((Create, Up), (Delete, DownWithImages)),
        1 => ((Close, Up), (Reopen, Up)),
        2 => ((Upgrade, Up), (Downgrade, Up)),
        3 => ((Create, Down), (Delete, Up)),
        4 => ((Close, Down), (Reopen, Down)),
        _ => ((Create, DownWithImages), (Delete, Down)),
    };
    let mut random = Random::new(seed);
    let mut meeting = |way, other| Meeting { way, other, without_key: matches!(way, Upgrade | Downgrade), seed: random.number() };
    [meeting(there, beside), meeting(back, beside_back)]
}

#[test]
fn two_runs_at_once_leave_nothing_that_the_next_does_not_mend() {
    let gallery = Journey::new();
    // So that a sample meets other trips on other commits.
    let seeds = seeds(SAMPLE, ALL);
    let first = Random::new(seeds[0]).below(6);
    let mut trips: Vec<[Meeting; 2]> = (first..).zip(seeds).map(trip).collect();
    // A gallery that was closed begins with an empty index; the ways that keep it come before.
    trips.sort_by_key(|[there, _]| there.way);
    try_all("two runs at once, there and back", gallery, trips, |gallery, trip| {
        for meeting in trip {
            let calls = gallery.calls(meeting.way).len();
            gallery.disturb(meeting.way, |world, arguments| meet(world, arguments, meeting, calls));
        }
    });
}

/// Lets the two run; the second starts when the first has made some of its calls.
fn meet(world: &World, arguments: &[&str], meeting: &Meeting, calls: usize) {
    let mut random = Random::new(meeting.seed);
    if meeting.without_key {
        world.aws.call(&["s3api", "delete-object", "--bucket", &world.site_bucket(), "--key", "config.json"]);
    }
    for id in BEHAVIOURS {
        world.proxy.behave(id);
    }
    let other = meeting.other.arguments(world);
    let (first, second) = if random.below(2) == 0 { (arguments, &other[..]) } else { (&other[..], arguments) };
    // Often at once: there is most to meet.
    let after = if random.below(2) == 0 { random.below(4) } else { random.below(calls) };
    world.proxy.hesitate(random.number(), Duration::from_millis(20));
    world.proxy.reset();
    let ends = thread::scope(|scope| {
        let first = scope.spawn(|| world.run(first));
        while world.proxy.calls().len() < after && !first.is_finished() {
            thread::sleep(Duration::from_millis(1));
        }
        let second = world.run(second);
        [first.join().unwrap(), second]
    });
    world.proxy.clear();
    for end in &ends {
        assert!(converged(end) || met(end), "{meeting:?}: exit code {:?}\n{}", end.code, end.stderr);
        assert!(!end.stderr.contains("panicked"), "{meeting:?}:\n{}", end.stderr);
    }
    let both_up = arguments[0] == "up" && meeting.other == Other::Up;
    if both_up && ends.iter().all(converged) {
        let plan = world.run(&["plan"]).succeeds();
        assert!(plan.stderr.contains("No changes.") || plan.stdout.contains("No changes."), "{meeting:?}: {}", plan.stdout);
    }
}

fn converged(run: &Run) -> bool {
    run.code == Some(0)
}

/// Whether it says that another run was met, or may have been.
fn met(run: &Run) -> bool {
    run.code == Some(1) && (run.stderr.contains("error[other-run]") || run.stderr.contains("if another run is at work"))
}

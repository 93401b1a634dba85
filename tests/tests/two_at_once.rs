//! Two runs on one gallery, started together: each comes to its end or says that it met another run, and an undisturbed one after them ends where
//! an uncut one ends, setting by setting, with one key alive that works. What only one of may exist never is there twice, from the moment both are over.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Journey, REGION, Random, Run, Way, World, all, seeds, try_all};
use serde_json::Value;

/// Trips there and back, with a meeting on each way: so many are tried, unless all are.
const SAMPLE: usize = 2;
/// Each of the six trips seven times: two `up` meet 28 times, `up` and `down` 35 times, two `down` 21 times.
const ALL: usize = 42;

/// What AWS does to two who change the same thing, and what keeps a run from being careless.
const BEHAVIOURS: [&str; 8] =
    ["S3-at-once", "I7-at-once", "G4-at-once", "L6-at-once", "L8-at-once", "I5", "S15", "no-function-policy"];

/// How often each of them did.
type Struck = Mutex<BTreeMap<&'static str, usize>>;

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
    let struck = Struck::default();
    try_all("two runs at once, there and back", gallery, trips, |gallery, trip| {
        for meeting in trip {
            let calls = gallery.calls(meeting.way).len();
            gallery.disturb(meeting.way, |world, arguments| meet(world, arguments, meeting, calls, &struck));
        }
    });
    let struck = struck.into_inner().unwrap();
    println!("struck: {struck:?}");
    // A few meetings need not meet all of it. Of L8 each run makes a call or two, which hardly ever meet: see `wire_tests.rs`.
    let met = struck.iter().all(|(id, times)| *times > 0 || !id.ends_with("-at-once") || *id == "L8-at-once");
    assert!(!all() || met, "{struck:?}");
}

/// Lets the two run; the second starts when the first has made some of its calls.
fn meet(world: &World, arguments: &[&str], meeting: &Meeting, calls: usize, struck: &Struck) {
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
    for id in BEHAVIOURS {
        *struck.lock().unwrap().entry(id).or_default() += world.proxy.struck(id);
    }
    world.proxy.clear();
    let up_beside_up = arguments[0] == "up" && meeting.other == Other::Up;
    let against_each_other = (arguments[0] == "up") != (meeting.other == Other::Up);
    for end in &ends {
        let ended_well = converged(end) || met(end) || (against_each_other && undone(end));
        assert!(ended_well, "{meeting:?}: exit code {:?}\n{}", end.code, end.stderr);
        assert!(!end.stderr.contains("panicked"), "{meeting:?}:\n{}", end.stderr);
    }
    // Keys, statements and entries of ours.
    let ours = [keys(world), statements(world), entries(world)];
    let told: Vec<&str> = ends.iter().map(|end| end.stderr.as_str()).collect();
    assert!(ours.iter().all(|count| *count <= 1), "{meeting:?}: {ours:?}\n{}", told.join("\n"));
    if up_beside_up && ends.iter().any(converged) {
        assert_eq!(ours, [1, 1, 1], "{meeting:?}: {}", told.join("\n"));
    }
    if up_beside_up && ends.iter().all(converged) {
        let plan = world.run(&["plan"]).succeeds();
        assert!(plan.stderr.contains("No changes.") || plan.stdout.contains("No changes."), "{meeting:?}: {}", plan.stdout);
    }
}

fn converged(run: &Run) -> bool {
    run.code == Some(0)
}

/// Whether it says that another run was met.
fn met(run: &Run) -> bool {
    run.code == Some(1) && run.stderr.contains("error[other-run]")
}

/// Whether it says that AWS is not as it left it. `down` may have closed what `up` opened, or the other way round, after the last change and before the
/// last look: settings differ, nothing is gone, and nobody can tell such another run from a person in the console. So this says "if".
fn undone(run: &Run) -> bool {
    run.code == Some(1) && run.stderr.contains("error[incomplete]") && run.stderr.contains("if another run is at work")
}

/// How many entries there are in the list `field` of what a call answers, of which `is_ours` holds; none where it is refused.
fn count(world: &World, call: &[&str], field: &str, is_ours: impl Fn(&Value) -> bool) -> usize {
    let answer = world.aws.attempt(call).unwrap_or_default();
    answer[field].as_array().into_iter().flatten().filter(|entry| is_ours(entry)).count()
}

/// Access keys of the page's user.
fn keys(world: &World) -> usize {
    let user = format!("{}-client-{REGION}", world.name);
    count(world, &["iam", "list-access-keys", "--user-name", &user], "AccessKeyMetadata", |_| true)
}

/// Statements of ours in the function's policy.
fn statements(world: &World) -> usize {
    let function = format!("{}-indexer", world.name);
    let answer = world.aws.attempt(&["lambda", "get-policy", "--function-name", &function]).unwrap_or_default();
    let policy: Value = answer["Policy"].as_str().and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
    let is_ours = |statement: &&Value| statement["Sid"].as_str().is_some_and(|id| id.starts_with("gallery-deploy-"));
    policy["Statement"].as_array().into_iter().flatten().filter(is_ours).count()
}

/// Entries of ours in the notification configuration of the images bucket.
fn entries(world: &World) -> usize {
    let bucket = world.images_bucket();
    let call = ["s3api", "get-bucket-notification-configuration", "--bucket", &bucket];
    let is_ours = |entry: &Value| entry["Id"].as_str().is_some_and(|id| id.starts_with("gallery-deploy-"));
    count(world, &call, "LambdaFunctionConfigurations", is_ours)
}

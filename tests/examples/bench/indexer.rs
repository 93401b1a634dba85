//! The indexer beside the article's function, both under the same runtime API.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use gallery_tests::{Call, Folder, Function, World, peak_memory, picture, processor_time};
use serde_json::{Value, json};

use crate::instructions::{Counter, in_path};
use crate::table::Table;

const STARTS: usize = 10;
const WARM: usize = 300;
/// Instructions are those of the second half of twice as many events: what comes once, as connections and a compiler at run time, is over then.
const COUNTED: usize = 200;

/// What was measured of one function.
struct Figures {
    first_poll: Duration,
    calls_before: usize,
    first_event: Duration,
    warm: Vec<Duration>,
    calls_per_event: f64,
    processor: Duration,
    peak_memory: u64,
}

/// One figure, for people.
type Show<'a> = &'a dyn Fn(&Figures) -> String;

pub(crate) fn run() -> Table {
    let world = World::deployed();
    let keys: Vec<String> = (0..=WARM).map(|number| format!("images/bench/{number:04}.png")).collect();
    let counted: Vec<String> = (0..3 * COUNTED).map(|number| format!("images/counted/{number:04}.png")).collect();
    world.put_unheard(counted.len(), |number| (counted[number].clone(), picture(&counted[number])));
    let session = world.indexer_role();
    let variables = world.indexer_variables(&session.key, &session.token);
    for key in &keys {
        world.put_image(key, picture(key));
    }
    let node = in_path("node").expect("Node.js is installed");
    let handler = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/bootstrap.mjs");
    let handler = handler.to_str().unwrap();
    // Both see keys that have no row: ours first, then the other in the same table under another name.
    let ours = measure(&world, &keys, &|| world.indexer());
    let theirs = measure(&world, &keys, &|| Function::start(&node, &[handler], &variables));
    let zip = bundle::indexer(Architecture::X86_64).unwrap().bytes.len() as f64 / 1e6;
    let rows: [(&str, Show<'_>); 9] = [
        ("start to first poll, median of 10 (ms)", &|it| milliseconds(it.first_poll)),
        ("calls before the first event", &|it| it.calls_before.to_string()),
        ("first event, without the back end's share (ms)", &|it| milliseconds(it.first_event)),
        ("warm p50, without the back end's share (ms)", &|it| milliseconds(quantile(&it.warm, 0.50))),
        ("warm p99, without the back end's share (ms)", &|it| milliseconds(quantile(&it.warm, 0.99))),
        ("calls per new object", &|it| format!("{:.2}", it.calls_per_event)),
        ("processor time per event (ms)", &|it| milliseconds(it.processor)),
        ("peak memory (MiB)", &|it| format!("{:.1}", it.peak_memory as f64 / 1024.0)),
        ("start, times faster", &|it| format!("{:.1}", theirs.first_poll.as_secs_f64() / it.first_poll.as_secs_f64())),
    ];
    let mut rows: Vec<Vec<String>> = rows.iter().map(|(what, of)| vec![(*what).to_owned(), of(&ours), of(&theirs)]).collect();
    rows.push(instructions(&world, &counted, [(&world.indexer_program(), &[]), (&node, &[handler])], &variables));
    rows.push(vec!["zip (MB)".to_owned(), format!("{zip:.2}"), String::new()]);
    Table { title: "The indexer".to_owned(), heads: vec!["", "indexer", "the article's, in Node"], rows, goals: &[] }
}

fn measure(world: &World, keys: &[String], start: &dyn Fn() -> Function) -> Figures {
    let mut starts: Vec<Duration> = (0..STARTS).map(|_| start().first_poll()).collect();
    starts.sort();
    let first_poll = starts[STARTS / 2];
    let function = start();
    world.proxy.reset();
    function.first_poll();
    let calls_before = world.proxy.calls().len();
    let first_event = own_share(world, &function, &keys[0]).0;
    let before = processor_time(function.pid()).unwrap();
    let (warm, calls): (Vec<_>, Vec<_>) = keys[1..].iter().map(|key| own_share(world, &function, key)).unzip();
    let processor = (processor_time(function.pid()).unwrap() - before) / u32::try_from(warm.len()).unwrap();
    let calls_per_event = calls.iter().sum::<usize>() as f64 / calls.len() as f64;
    let peak_memory = peak_memory(function.pid()).unwrap();
    Figures { first_poll, calls_before, first_event, warm, calls_per_event, processor, peak_memory }
}

/// How long the function took for one event, without the time in which it waited for AWS; and its calls.
fn own_share(world: &World, function: &Function, key: &str) -> (Duration, usize) {
    world.proxy.reset();
    let invocation = function.invoke(&event(world, key));
    assert!(invocation.outcome.is_ok(), "{:?}", invocation.outcome);
    let calls = world.proxy.calls();
    (invocation.took.saturating_sub(busy(&calls)), calls.len())
}

/// A program and its arguments.
type Program<'a> = (&'a Path, &'a [&'a str]);

/// The row of the table that says how many instructions each of these functions takes for an event of a new object.
fn instructions(world: &World, keys: &[String], functions: [Program<'_>; 2], variables: &[(String, String)]) -> Vec<String> {
    let folder = Folder::new();
    let Some(counter) = Counter::find(folder.path()) else {
        let why = "not counted: neither `perf` nor `valgrind` works here";
        return vec!["instructions per event".to_owned(), why.to_owned(), why.to_owned()];
    };
    let (few, many) = keys.split_at(COUNTED);
    let count = |(program, arguments): Program<'_>| {
        let counted = counter.counted(folder.path(), program, arguments);
        let of = |keys: &[String]| {
            let handle = |function: &Function| {
                for key in keys {
                    own_share(world, function, key);
                }
            };
            counted.run(|program, arguments| Function::start(program, arguments, variables), handle)
        };
        // The difference may be none where the compiler at run time had more to do in the shorter run.
        let per_event = of(many).saturating_sub(of(few)) / COUNTED as u64;
        format!("{:.2}", per_event as f64 / 1e6)
    };
    // A simulation does not know all that a program may do.
    let cell = |function| {
        let counted = catch_unwind(AssertUnwindSafe(|| count(function)));
        counted.unwrap_or_else(|_| format!("not counted: it does not run under {}", counter.name()))
    };
    let what = format!("instructions per event (million, {})", counter.name());
    [vec![what], functions.map(cell).to_vec()].concat()
}

/// How long at least one call was under way.
fn busy(calls: &[Call]) -> Duration {
    let (mut total, mut until) = (Duration::ZERO, Duration::ZERO);
    for call in calls {
        let end = call.ended.unwrap();
        total += end.saturating_sub(call.started.max(until));
        until = until.max(end);
    }
    total
}

pub(crate) fn event(world: &World, key: &str) -> Value {
    json!({ "Records": [{
        "eventSource": "aws:s3",
        "s3": { "bucket": { "name": world.images_bucket() }, "object": { "key": key } }
    }] })
}

fn quantile(times: &[Duration], part: f64) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times[((times.len() - 1) as f64 * part).round() as usize]
}

pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

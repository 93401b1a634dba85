//! `up`, `plan` and `down` on a gallery of one's own page.

use std::time::Duration;

use gallery_deploy::plan::Plan;
use gallery_tests::{ACCOUNT, REGION, Statistics, World};

use crate::table::{Goal, Table};

const HEADS: [&str; 9] = ["run", "calls", "reads", "writes", "at once", "depth", "of the plan", "seconds", "peak MiB"];

const UP: &[&str] = &["up", "--yes"];
/// Small, as the files of a page are.
const FILE: usize = 4096;
const FILES: usize = 1000;
const OBJECTS: usize = 10_000;
/// Larger than what a run may hold.
const FILM: usize = 96 << 20;

/// What a run may cost with 50 ms of added round trip.
const GOALS: [Goal; 9] = [
    Goal { run: NOTHING, head: "calls", most: 25.0 },
    Goal { run: NOTHING, head: "depth", most: 2.0 },
    Goal { run: NOTHING, head: "seconds", most: 0.2 },
    Goal { run: NOTHING_OF_AN_ACCOUNT, head: "depth", most: 1.0 },
    Goal { run: COLD, head: "of the plan", most: 12.0 },
    Goal { run: "one setting changed (CORS)", head: "of the plan", most: 5.0 },
    Goal { run: "one setting changed (memory)", head: "of the plan", most: 5.0 },
    Goal { run: DOWN, head: "of the plan", most: 8.0 },
    Goal { run: MANY_FILES, head: "peak MiB", most: 64.0 },
];
const COLD: &str = "cold `up`";
const NOTHING: &str = "`up`, nothing to do";
const NOTHING_OF_AN_ACCOUNT: &str = "`up`, nothing to do, with `account:`";
const MANY_FILES: &str = "1,000 site files";
const DOWN: &str = "`down`";

struct Bench {
    world: World,
    rows: Vec<Vec<String>>,
}

impl Bench {
    fn new(round_trip: Duration) -> Self {
        let world = World::new();
        world.proxy.add_round_trip(round_trip);
        world.file("page/index.html", "<!doctype html><title>mine</title>");
        world.file("page/notes.txt", "first");
        let bench = Self { world, rows: Vec::new() };
        bench.configure("");
        bench
    }

    fn configure(&self, more: &str) {
        self.world.configure(&format!("name: holiday\nregion: {REGION}\nsite: {{ dir: page }}\n{more}"));
    }

    /// Measures a run; `plan` says how deep it has to be.
    fn measure(&mut self, what: &str, arguments: &[&str], plan: &Plan, account_known: bool) {
        self.world.proxy.reset();
        let measured = self.world.measure(arguments);
        measured.run.succeeds();
        let Statistics { calls, reads, writes, most_at_once, depth } = Statistics::of(&self.world.proxy.calls());
        let numbers = [calls, reads, writes, most_at_once, depth, plan.depth(account_known)].map(|number| number.to_string());
        let (seconds, mebibytes) = (measured.took.as_secs_f64(), measured.peak_memory as f64 / 1024.0);
        let rest = [format!("{seconds:.2}"), format!("{mebibytes:.1}")];
        self.rows.push([&[what.to_owned()], &numbers[..], &rest].concat());
    }

    fn up(&mut self, what: &str) {
        let plan = self.world.planned_up();
        self.measure(what, UP, &plan, false);
    }

    fn table(self, title: &str, round_trip: Duration) -> Table {
        let title = format!("{title}, {} ms of added round trip", round_trip.as_millis());
        // Without a line in between, calls that begin together end one after the other.
        let goals: &[Goal] = if round_trip.is_zero() { &[] } else { &GOALS };
        Table { title, heads: HEADS.to_vec(), rows: self.rows, goals }
    }
}

pub(crate) fn run(round_trip: Duration) -> Table {
    let mut bench = Bench::new(round_trip);
    bench.up(COLD);
    bench.up(NOTHING);
    let nothing = bench.world.planned_up();
    bench.measure("`plan`, nothing to do", &["plan"], &nothing, false);
    bench.configure(&format!("account: \"{ACCOUNT}\"\n"));
    bench.measure(NOTHING_OF_AN_ACCOUNT, UP, &nothing, true);
    bench.configure("images: { cors_origins: [\"https://example.org\"] }\n");
    bench.up("one setting changed (CORS)");
    bench.configure("images: { cors_origins: [\"https://example.org\"] }\nindexer: { memory: 256 }\n");
    bench.up("one setting changed (memory)");
    bench.world.file("page/notes.txt", "second");
    bench.up("one site file changed");
    for number in 0..FILES {
        bench.world.file(&format!("page/assets/part-{number:08}.js"), format!("{number:0FILE$}"));
    }
    bench.up(MANY_FILES);
    bench.world.file("page/film.mp4", vec![7; FILM]);
    bench.up("a site file of 96 MiB");
    let plan = bench.world.planned_down(false);
    bench.measure(DOWN, &["down", "--confirm-name", "holiday"], &plan, false);
    bench.table("Deploying", round_trip)
}

/// `down --delete-images` where many objects lie in the images bucket.
pub(crate) fn run_emptying(round_trip: Duration) -> Table {
    let mut bench = Bench::new(round_trip);
    bench.world.run(UP).succeeds();
    bench.world.put_unheard(OBJECTS, |number| (format!("images/many/{number:06}.png"), b"object".to_vec()));
    let plan = bench.world.planned_down(true);
    bench.measure(
        "`down --delete-images`, 10,000 objects",
        &["down", "--confirm-name", "holiday", "--delete-images"],
        &plan,
        false,
    );
    bench.table("Emptying", round_trip)
}

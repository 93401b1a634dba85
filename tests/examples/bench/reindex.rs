//! `reindex` of few and of many images, beside a plain listing of the same bucket.

use gallery_tests::{Statistics, World, picture};

use crate::table::Table;

const HEADS: [&str; 8] = ["run", "images", "calls", "reads", "writes", "at once", "depth", "peak MiB"];
const IMAGES: [usize; 2] = [2_000, 20_000];

fn key(number: usize) -> String {
    format!("images/rome/{number:05}.gif")
}

pub(crate) fn run() -> Table {
    let first = World::deployed();
    let rows = IMAGES.iter().enumerate().flat_map(|(number, images)| {
        let name = format!("rome-{number}");
        let world = first.beside(&name);
        world.run(&["up", "--yes"]).succeeds();
        of(&world, *images)
    });
    Table { title: "`reindex`".to_owned(), heads: HEADS.to_vec(), rows: rows.collect(), goals: &[] }
}

fn of(world: &World, images: usize) -> Vec<Vec<String>> {
    world.put_unheard(images, |number| (key(number), picture(&number.to_string())));
    let mut rows = vec![
        measured(world, images, "`reindex --check`, no row", &["reindex", "--check"], 5),
        measured(world, images, "`reindex`, no row", &["reindex"], 0),
    ];
    world.spoil_rows("rome", (0..images).step_by(100).map(key));
    rows.push(measured(world, images, "`reindex`, 1 % of the rows wrong", &["reindex"], 0));
    rows.push(measured(world, images, "`reindex --check`, nothing wrong", &["reindex", "--check"], 0));
    world.proxy.reset();
    let bucket = world.images_bucket();
    let listing = ["s3api", "list-objects-v2", "--bucket", &bucket, "--prefix", "images/", "--query", "length(Contents)"];
    world.aws.at(&world.endpoint()).call(&listing);
    rows.push(row(world, images, "`aws s3api list-objects-v2`", None));
    rows
}

fn measured(world: &World, images: usize, what: &str, arguments: &[&str], code: i32) -> Vec<String> {
    world.proxy.reset();
    let measured = world.measure(arguments);
    drop(measured.run.exits(code));
    row(world, images, what, Some(measured.peak_memory))
}

/// What the calls since the last reset amount to; memory in KiB.
fn row(world: &World, images: usize, what: &str, peak_memory: Option<u64>) -> Vec<String> {
    let Statistics { calls, reads, writes, most_at_once, depth } = Statistics::of(&world.proxy.calls());
    let numbers = [images, calls, reads, writes, most_at_once, depth].map(|number| number.to_string());
    let memory = peak_memory.map(|kibibytes| format!("{:.1}", kibibytes as f64 / 1024.0)).unwrap_or_default();
    [&[what.to_owned()], &numbers[..], &[memory]].concat()
}

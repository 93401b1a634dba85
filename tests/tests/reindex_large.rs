//! `reindex` of many images: its calls, and that its memory does not grow with them. `GALLERY_TESTS_ALL=1` compares 2,000 with 20,000.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use gallery_tests::{Call, Statistics, World, picture};

/// Entries in a page of a listing, as S3 gives them.
const PAGE: usize = 1000;
/// Rows in a page of a query, as the program asks for them.
const ROWS: usize = 300;
/// KiB: a tenth of what an optimised program holds for few images. The one that is tested here holds twice as much, whatever it does.
const TENTH: u64 = 2048;

/// What one run took.
#[derive(Debug)]
struct Taken {
    memory: u64,
    depth: usize,
    /// By name: `s3:HeadObject`.
    calls: BTreeMap<String, usize>,
}

impl Taken {
    fn calls(&self, name: &str) -> usize {
        self.calls.get(name).copied().unwrap_or_default()
    }
}

/// The key of an image.
fn key(number: usize) -> String {
    format!("images/rome/{number:05}.gif")
}

fn taken(world: &World, arguments: &[&str], code: i32) -> Taken {
    world.proxy.reset();
    let measured = world.measure(arguments);
    let memory = measured.peak_memory;
    drop(measured.run.exits(code));
    let made: Vec<Call> = world.proxy.calls();
    let mut calls = BTreeMap::new();
    for call in &made {
        *calls.entry(call.name()).or_default() += 1;
    }
    Taken { memory, depth: Statistics::of(&made).depth, calls }
}

/// What is done for so many images: a check and a repair of an empty index, then of one with 1 % wrong rows, then a check of a right one.
fn measured(world: &World, images: usize) -> [Taken; 5] {
    world.put_unheard(images, |number| (key(number), picture(&number.to_string())));
    let missing = taken(world, &["reindex", "--check"], 5);
    let made = taken(world, &["reindex"], 0);
    world.spoil_rows("rome", (0..images).step_by(100).map(key));
    let mended = taken(world, &["reindex"], 0);
    let right = taken(world, &["reindex", "--check"], 0);
    // The same bucket, listed by the command line through the same proxy.
    world.proxy.reset();
    let listing = world.aws.at(&world.endpoint());
    listing.call(&[
        "s3api",
        "list-objects-v2",
        "--bucket",
        &world.images_bucket(),
        "--prefix",
        "images/",
        "--query",
        "length(Contents)",
    ]);
    let calls = world.proxy.calls();
    let plain =
        Taken { memory: 0, depth: Statistics::of(&calls).depth, calls: BTreeMap::from([("s3:ListObjects".into(), calls.len())]) };
    [missing, made, mended, right, plain]
}

#[test]
#[expect(clippy::print_stderr, reason = "the figures, for people")]
fn calls_follow_from_what_differs_and_memory_does_not_grow() {
    let (few, many) =
        if std::env::var("GALLERY_TESTS_ALL").is_ok_and(|all| all == "1") { (2_000, 20_000) } else { (1_000, 3_000) };
    let world = World::deployed();
    let small = measured(&world, few);
    let other = world.beside("winter");
    other.run(&["up", "--yes"]).succeeds();
    let large = measured(&other, many);

    for (images, runs) in [(few, &small), (many, &large)] {
        let [missing, made, mended, right, plain] = runs;
        let (pages, of_rows) = (images.div_ceil(PAGE), images.div_ceil(ROWS));
        assert_eq!(plain.calls("s3:ListObjects"), pages);
        for check in [missing, right] {
            // One listing more finds the galleries. Nothing is asked of a single image.
            assert_eq!(check.calls("s3:ListObjects"), pages + 1, "{images}: {check:?}");
            assert!(
                check.calls("dynamodb:Query") <= of_rows + 1 && check.calls("dynamodb:Scan") <= pages + 1,
                "{images}: {check:?}"
            );
            // Identity and settings aside, the pages come one after the other: of the scan, then of listing and query.
            assert!(check.depth <= 2 * pages + of_rows + 12, "{images}: {check:?}");
            assert_eq!(
                check.calls("s3:HeadObject") + check.calls("s3:GetObject") + check.calls("dynamodb:PutItem"),
                0,
                "{check:?}"
            );
        }
        // Whatever the service would give at once, a page holds no more: that bounds the memory.
        assert!([mended, right].iter().all(|run| run.calls("dynamodb:Query") >= of_rows), "{images}: {mended:?} {right:?}");
        for (repair, rows) in [(made, images), (mended, images / 100)] {
            for name in ["s3:HeadObject", "dynamodb:PutItem"] {
                assert_eq!(repair.calls(name), rows, "{images}: {name}");
            }
            // One more listing counts the images ahead.
            assert_eq!(repair.calls("s3:ListObjects"), 2 * pages + 1, "{images}: {repair:?}");
        }
    }
    for (what, (small, large)) in ["check, empty", "fill", "1 % wrong", "check, right"].iter().zip(small.iter().zip(&large)) {
        eprintln!("{what}: {few} images: {small:?}");
        eprintln!("{what}: {many} images: {large:?}");
        assert!(
            large.memory.abs_diff(small.memory) < TENTH,
            "{what}: {} KiB for {few} images, {} KiB for {many}",
            small.memory,
            large.memory
        );
    }
}

//! A sample of what `cargo xtask fuzz` tries.

use std::time::Duration;

use gallery_fuzz::{Files, Tally};

const RUNS: u64 = 10_000;

/// For one file, on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn no_file_makes_it_panic_hang_or_swell() {
    let mut files = Files::new().expect("the samples");
    let mut tally = Tally::default();
    for number in 0..RUNS {
        tally.add(number, files.file(number));
    }
    assert!(tally.valid > RUNS / 1000, "the samples should often survive their mutations: {tally:?}");
    assert!(tally.slowest.0 < PATIENCE, "{tally:?}");
}

#[test]
fn a_number_gives_the_same_file_alone_as_in_a_row() {
    let (mut one, mut other) = (Files::new().expect("the samples"), Files::new().expect("the samples"));
    let row: Vec<Vec<u8>> = (0..50).map(|number| one.file(number)).collect();
    assert_eq!(row[49], other.file(49));
    assert_ne!(row[48], row[49]);
}

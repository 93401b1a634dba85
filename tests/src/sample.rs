//! Which of many cases are tried.

use std::process::Command;

use crate::Random;

/// Whether every case is to be tried: `GALLERY_TESTS_ALL=1`, as `cargo xtask test --all` sets it.
fn all() -> bool {
    std::env::var("GALLERY_TESTS_ALL").is_ok_and(|value| value == "1")
}

/// `count` of `cases` in their order, or all of them if [`all`]. The choice follows from the commit, so that every commit tries others and a
/// failure can be repeated at the same commit.
pub fn sample<T>(cases: Vec<T>, count: usize) -> Vec<T> {
    if all() { cases } else { chosen(cases, count, seed()) }
}

fn chosen<T>(cases: Vec<T>, count: usize, seed: u64) -> Vec<T> {
    let mut random = Random::new(seed);
    let mut left = cases.len();
    let mut wanted = count.min(left);
    let mut chosen = Vec::new();
    for case in cases {
        // Each is taken with the probability that the rest of the choice needs.
        if random.below(left) < wanted {
            chosen.push(case);
            wanted -= 1;
        }
        left -= 1;
    }
    chosen
}

/// `count` seeds for cases that are made up from them, or `of` where every case is to be tried. They follow from the commit, as the choice of
/// [`sample`] does.
pub fn seeds(count: usize, of: usize) -> Vec<u64> {
    let mut random = Random::new(seed());
    (0..if all() { of } else { count }).map(|_| random.number()).collect()
}

/// What was chosen, for people.
pub(crate) fn extent() -> String {
    if all() { "all cases".to_owned() } else { format!("a sample that follows from commit {}", commit()) }
}

/// The commit as a number; 0 outside a checkout.
fn seed() -> u64 {
    commit().get(..16).and_then(|start| u64::from_str_radix(start, 16).ok()).unwrap_or_default()
}

/// `git rev-parse HEAD`; empty outside a checkout.
fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_the_right_size_and_follows_from_the_seed() {
        let cases: Vec<usize> = (0..100).collect();
        for seed in 0..50 {
            let sample = chosen(cases.clone(), 7, seed);
            assert_eq!(sample.len(), 7);
            assert!(sample.is_sorted());
            assert_eq!(sample, chosen(cases.clone(), 7, seed));
        }
        assert_ne!(chosen(cases.clone(), 7, 1), chosen(cases.clone(), 7, 2));
        assert_eq!(chosen(cases.clone(), 200, 1), cases);
        assert_eq!(chosen(cases, 0, 1), [0; 0]);
    }
}

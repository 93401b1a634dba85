//! Which of many cases are tried.

use std::process::Command;

use crate::Random;

/// Whether every case is to be tried: `GALLERY_TESTS_ALL=1`, as `cargo xtask test --all` sets it.
pub fn all() -> bool {
    std::env::var("GALLERY_TESTS_ALL").is_ok_and(|value| value == "1")
}

/// `2/3`: of all cases only the second third. Every case is in one part, so that several machines, or runs one after the other, share the work.
fn part() -> Option<(usize, usize)> {
    let value = std::env::var("GALLERY_TESTS_PART").ok()?;
    let (part, of) = value.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)))?;
    (1..=of).contains(&part).then_some((part, of))
}

/// `count` of `cases` in their order, or all of them if [`all`], of which [`part`] may leave some to another run. The choice follows from the commit,
/// so that every commit tries others and a failure can be repeated at the same commit.
pub fn sample<T>(cases: Vec<T>, count: usize) -> Vec<T> {
    if all() { in_part(cases, part()) } else { chosen(cases, count, seed()) }
}

fn in_part<T>(cases: Vec<T>, part: Option<(usize, usize)>) -> Vec<T> {
    let (part, of) = part.unwrap_or((1, 1));
    cases.into_iter().skip(part - 1).step_by(of).collect()
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
    match part() {
        Some((part, of)) if all() => format!("part {part} of {of} of all cases"),
        _ if all() => "all cases".to_owned(),
        _ => format!("a sample that follows from commit {}", commit()),
    }
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
    fn every_case_is_in_one_part() {
        let cases: Vec<usize> = (0..100).collect();
        assert_eq!(in_part(cases.clone(), None), cases);
        let mut together: Vec<usize> = (1..=3).flat_map(|part| in_part(cases.clone(), Some((part, 3)))).collect();
        together.sort_unstable();
        assert_eq!(together, cases);
    }

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

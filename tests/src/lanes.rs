//! Many cases, tried on several galleries of one local AWS at once.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::thread;

use crate::Journey;
use crate::sample::extent;

/// Galleries side by side. More would only wait for the local AWS, which is one process.
const LANES: usize = 3;

/// Tries every case with `run`: each on a gallery that nothing else uses meanwhile, `first` or one beside it. A gallery serves one case after the
/// other, in the order of `cases`, until one fails on it. Says on standard error how many of how many `what` held.
///
/// # Panics
/// A case failed. All others are tried before that.
pub fn try_all<C: Debug + Send>(what: &str, first: Journey, cases: Vec<C>, run: impl Fn(&Journey, &C) + Sync) {
    let tried = cases.len();
    let (queue, failed) = (Mutex::new(VecDeque::from(cases)), Mutex::new(Vec::new()));
    let (run, queue, failed) = (&run, &queue, &failed);
    let next = || queue.lock().unwrap().pop_front();
    let mut galleries = vec![first];
    for lane in 1..LANES {
        galleries.push(galleries[0].beside(&format!("lane-{lane}")));
    }
    thread::scope(|scope| {
        for mut gallery in galleries {
            scope.spawn(move || {
                let mut number = 0;
                while let Some(case) = next() {
                    if catch_unwind(AssertUnwindSafe(|| run(&gallery, &case))).is_err() {
                        failed.lock().unwrap().push(format!("{case:?}"));
                        number += 1;
                        gallery = gallery.beside(&format!("{}-{number}", gallery.world.name));
                    }
                }
            });
        }
    });
    let failed = failed.lock().unwrap();
    tell(&format!("{what}: {} of {tried} survived ({})\n", tried - failed.len(), extent()));
    assert!(failed.is_empty(), "{what}: {} of {tried} failed:\n{}", failed.len(), failed.join("\n"));
}

/// Prints past the test harness, which shows what is printed only when a test fails.
pub fn tell(text: &str) {
    std::io::stderr().write_all(text.as_bytes()).unwrap();
}

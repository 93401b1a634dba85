//! SIGKILL after the n-th call: the next run ends where an uncut one ends, setting by setting, and the pictures are untouched. So it is on a good day and
//! under all behaviours of the real AWS.

use std::io::Write as _;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Journey, Way, sample, try_all};

/// A way and its way back, each killed after so many calls.
#[derive(Debug, Clone, Copy)]
struct RoundTrip {
    ways: [(Way, usize); 2],
    /// Under every behaviour of the real AWS, the run after it too.
    bad_day: bool,
}

/// So many of each kind of round trip are tried, unless all are: on good days, and as many on bad ones.
const SAMPLE: usize = 3;

/// Every number of calls of both ways.
fn round_trips(gallery: &Journey, [there, back]: [Way; 2], bad_day: bool) -> Vec<RoundTrip> {
    let calls = |way| {
        let calls = gallery.calls(way).len();
        // What is refused at first is called again.
        if bad_day { calls * 3 / 2 } else { calls }
    };
    let (first, second) = (calls(there), calls(back));
    // The shorter list begins again.
    let trip = |number| RoundTrip { ways: [(there, number % first + 1), (back, number % second + 1)], bad_day };
    (0..first.max(second)).map(trip).collect()
}

#[test]
fn a_killed_run_is_brought_to_its_end_by_the_next() {
    let gallery = Journey::new();
    let mut trips: Vec<RoundTrip> = Vec::new();
    for ways in [[Upgrade, Downgrade], [Close, Reopen], [Create, Delete]] {
        for bad_day in [false, true] {
            trips.extend(sample(round_trips(&gallery, ways, bad_day), SAMPLE));
        }
    }
    // Killed, and at their end before.
    let ends = [false, true].map(|bad_day| (bad_day, [AtomicUsize::new(0), AtomicUsize::new(0)]));
    try_all("killed after the n-th call, there and back", gallery, trips, |gallery, RoundTrip { ways, bad_day }| {
        // What an undisturbed run does is learnt before.
        gallery.calls(Create);
        if *bad_day {
            gallery.world.proxy.behave_all();
        }
        for (way, calls) in *ways {
            gallery.disturb(way, |world, arguments| {
                // Polls make a run longer or shorter: it may have ended before.
                let run = world.run_killed(arguments, calls);
                let [killed, ended] = &ends[usize::from(*bad_day)].1;
                if run.is_none() { killed } else { ended }.fetch_add(1, Relaxed);
                if let Some(run) = run {
                    run.succeeds();
                }
            });
        }
        gallery.world.proxy.clear();
    });
    for (bad_day, [killed, ended]) in ends.map(|(bad_day, ends)| (bad_day, ends.map(AtomicUsize::into_inner))) {
        let days = if bad_day { "bad days" } else { "good days" };
        // Past the test harness, which shows what is printed only when a test fails.
        std::io::stderr().write_all(format!("  on {days}: {killed} runs killed, {ended} had ended before\n").as_bytes()).unwrap();
        // On a bad day so many calls are tried that some come after the last.
        assert!(bad_day || killed >= ended * 9, "on {days} {killed} runs were killed, and {ended} had ended before");
    }
}

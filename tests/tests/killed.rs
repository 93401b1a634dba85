//! SIGKILL after the n-th call: the next run ends where an uncut one ends, setting by setting, and the pictures are untouched. So it is on a good day and
//! under all behaviours of the real AWS.

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
    try_all("killed after the n-th call, there and back", gallery, trips, |gallery, RoundTrip { ways, bad_day }| {
        // What an undisturbed run does is learnt before.
        gallery.calls(Create);
        if *bad_day {
            gallery.world.proxy.behave_all();
        }
        for (way, calls) in *ways {
            gallery.disturb(way, |world, arguments| {
                // Polls make a run longer or shorter: it may have ended before.
                if let Some(run) = world.run_killed(arguments, calls) {
                    run.succeeds();
                }
            });
        }
        gallery.world.proxy.clear();
    });
}

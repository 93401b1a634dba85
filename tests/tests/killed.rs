//! SIGKILL after the n-th call: the next run ends where an uncut one ends, setting by setting, and the pictures are untouched.

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Journey, Way, sample, try_all};

/// A way and its way back, each killed after so many calls.
type RoundTrip = [(Way, usize); 2];

/// So many of each kind of round trip are tried, unless all are.
const SAMPLE: usize = 6;

#[test]
fn a_killed_run_is_brought_to_its_end_by_the_next() {
    let gallery = Journey::new();
    let mut trips: Vec<RoundTrip> = Vec::new();
    for [there, back] in [[Upgrade, Downgrade], [Close, Reopen], [Create, Delete]] {
        let (first, second) = (gallery.calls(there).len(), gallery.calls(back).len());
        // Every number of both: the shorter list begins again.
        let all = (0..first.max(second)).map(|number| [(there, number % first + 1), (back, number % second + 1)]);
        trips.extend(sample(all.collect(), SAMPLE));
    }
    try_all("killed after the n-th call, there and back", gallery, trips, |gallery, trip| {
        for (way, calls) in *trip {
            gallery.disturb(way, |world, arguments| {
                // Polls make a run longer or shorter: it may have ended before.
                if let Some(run) = world.run_killed(arguments, calls) {
                    run.succeeds();
                }
            });
        }
    });
}

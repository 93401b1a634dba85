//! SIGKILL after the n-th call: the next run ends where an uncut one ends, setting by setting, and the pictures are untouched. So it is on a good day and
//! under all behaviours of the real AWS.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Journey, Way, sample, tell, try_all};

/// A way and its way back, each killed after so many calls.
#[derive(Debug, Clone, Copy)]
struct RoundTrip {
    ways: [(Way, usize); 2],
    /// Under every behaviour of the real AWS, the run after it too.
    bad_day: bool,
}

/// So many of each kind of round trip are tried, unless all are: on good days, and as many on bad ones.
const SAMPLE: usize = 3;

/// Every number of calls of both ways, as `uncut` makes them.
fn round_trips(uncut: &Journey, [there, back]: [Way; 2], bad_day: bool) -> Vec<RoundTrip> {
    let (first, second) = (uncut.calls(there).len(), uncut.calls(back).len());
    // The shorter list begins again.
    let trip = |number| RoundTrip { ways: [(there, number % first + 1), (back, number % second + 1)], bad_day };
    (0..first.max(second)).map(trip).collect()
}

#[test]
fn a_killed_run_is_brought_to_its_end_by_the_next() {
    let gallery = Journey::new();
    // What is refused at first is called again.
    let on_a_bad_day = gallery.beside("worst");
    on_a_bad_day.world.proxy.behave_all();
    let mut trips: Vec<RoundTrip> = Vec::new();
    for ways in [[Upgrade, Downgrade], [Close, Reopen], [Create, Delete]] {
        for (uncut, bad_day) in [(&gallery, false), (&on_a_bad_day, true)] {
            trips.extend(sample(round_trips(uncut, ways, bad_day), SAMPLE));
        }
    }
    for (journey, day) in [(&gallery, "good"), (&on_a_bad_day, "bad")] {
        let calls =
            [Upgrade, Downgrade, Close, Reopen, Create, Delete].map(|way| format!("{way:?} {}", journey.calls(way).len()));
        tell(&format!("calls on a {day} day: {}\n", calls.join(", ")));
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
        tell(&format!("  on {days}: {killed} runs killed, {ended} had ended before\n"));
        assert!(killed >= ended * 4, "on {days} {killed} runs were killed, and {ended} had ended before");
    }
}

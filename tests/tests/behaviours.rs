//! Under each behaviour of the real AWS alone, and under all of them together, `up` and `down` come to the same end as on a good day, without help.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Calls, Fault, Journey, behaviours, sample, try_all};

/// What is switched on for a whole life of a gallery.
#[derive(Debug, Clone, Copy)]
enum Day {
    AllBehaviours,
    Behaviour(&'static str),
    /// Of the first writes of every run.
    Fault(Fault),
}

/// So many single behaviours are tried beside all together, unless all are.
const BEHAVIOURS: usize = 3;
/// So many faults.
const FAULTS: usize = 1;
/// So many calls of a run meet a fault: no more than the SDK tries one call again.
const STRUCK: usize = 2;

#[test]
fn up_and_down_succeed_under_every_behaviour_alone_and_under_all_together() {
    let faults =
        [Fault::Throttled, Fault::InternalError, Fault::Reset, Fault::Delayed(Duration::from_millis(700))].map(Day::Fault);
    let mut days = vec![Day::AllBehaviours];
    days.extend(sample(behaviours().map(Day::Behaviour).collect(), BEHAVIOURS));
    days.extend(sample(faults.to_vec(), FAULTS));
    try_all("a whole life of a gallery on a bad day", Journey::new(), days, |gallery, day| {
        // What an undisturbed run does is learnt before.
        gallery.calls(Create);
        let proxy = &gallery.world.proxy;
        match day {
            Day::AllBehaviours => proxy.behave_all(),
            Day::Behaviour(id) => proxy.behave(id),
            Day::Fault(_) => {}
        }
        for way in [Create, Upgrade, Downgrade, Close, Reopen, Delete] {
            gallery.disturb(way, |world, arguments| {
                if let Day::Fault(fault) = day {
                    world.proxy.fail(*fault, Calls::writes().first(STRUCK));
                }
                world.run(arguments).succeeds();
            });
        }
        proxy.clear();
    });
}

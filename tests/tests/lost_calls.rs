//! A write call is lost, before or after it took effect, once or as often as it is tried: the run ends cleanly, with one live key at most (I5), and
//! the next one ends where an uncut one ends, setting by setting. One that AWS refuses once, since it has failed or is too busy, is tried again:
//! the run itself comes to its end.

use std::collections::BTreeMap;

use gallery_tests::Way::{Close, Create, Delete, Downgrade, Reopen, Upgrade};
use gallery_tests::{Calls, Fault, Journey, Kind, REGION, Way, World, sample, try_all};

/// So many of each kind of round trip are tried, unless all are.
const SAMPLE: usize = 4;

/// The answer to a call is lost.
const LOST: [Fault; 2] = [Fault::LostBefore, Fault::LostAfter];
/// A call has no effect, and the answer says that the next may have one.
const REFUSED: [Fault; 2] = [Fault::Throttled, Fault::InternalError];

/// What goes wrong on a way.
#[derive(Debug, Clone)]
struct Loss {
    way: Way,
    fault: Fault,
    /// `s3:PutBucketPolicy`.
    operation: String,
    /// With `GALLERY` for the name, which differs from lane to lane.
    resource: String,
    /// Which of those; `None`: all of them from the first, so that trying again does not help.
    number: Option<usize>,
}

/// Every write call of a way, lost and refused in each manner.
fn losses(gallery: &Journey, way: Way) -> Vec<Loss> {
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut losses = Vec::new();
    for call in gallery.calls(way).iter().filter(|call| call.kind == Kind::Write) {
        let resource = call.resource.replace(&gallery.world.name, "GALLERY");
        let number = seen.entry((call.name(), resource.clone())).or_default();
        *number += 1;
        let loss = |fault, number| Loss { way, fault, operation: call.name(), resource: resource.clone(), number };
        losses.extend(LOST.into_iter().chain(REFUSED).map(|fault| loss(fault, Some(*number))));
        if *number == 1 {
            losses.extend(LOST.map(|fault| loss(fault, None)));
        }
    }
    losses
}

impl Loss {
    fn calls(&self, world: &World) -> Calls {
        let calls = Calls::on(&self.operation, &self.resource.replace("GALLERY", &world.name));
        match self.number {
            Some(number) => calls.number(number),
            None => calls,
        }
    }
}

/// How many keys of the page's user open something.
fn live_keys(world: &World) -> usize {
    let user = format!("{}-client-{REGION}", world.name);
    let Ok(listed) = world.aws.attempt(&["iam", "list-access-keys", "--user-name", &user]) else { return 0 };
    let keys = listed["AccessKeyMetadata"].as_array();
    keys.into_iter().flatten().filter(|key| key["Status"] == "Active").count()
}

#[test]
fn a_lost_call_is_survived() {
    let gallery = Journey::new();
    let mut trips: Vec<[Loss; 2]> = Vec::new();
    for [there, back] in [[Upgrade, Downgrade], [Close, Reopen], [Create, Delete]] {
        let (first, second) = (losses(&gallery, there), losses(&gallery, back));
        // Every loss of both: the shorter list begins again.
        let longer = first.len().max(second.len());
        let all = (0..longer).map(|number| [first[number % first.len()].clone(), second[number % second.len()].clone()]);
        trips.extend(sample(all.collect(), SAMPLE));
    }
    try_all("write calls lost, there and back", gallery, trips, |gallery, trip| {
        for loss in trip {
            gallery.disturb(loss.way, |world, arguments| {
                world.proxy.fail(loss.fault, loss.calls(world));
                let run = world.run(arguments);
                assert!(world.proxy.faults_have_struck(), "{loss:?} has met no call: {:#?}", world.proxy.writes());
                world.proxy.clear();
                let ends: &[i32] = if REFUSED.contains(&loss.fault) { &[0] } else { &[0, 1] };
                let ends_cleanly = run.code.is_some_and(|code| ends.contains(&code));
                assert!(ends_cleanly, "{loss:?}: exit code {:?}\n{}", run.code, run.stderr);
                assert!(!run.stderr.contains("panicked"), "{loss:?}:\n{}", run.stderr);
                if run.code == Some(1) {
                    // IAM's name of a call is not always the operation's.
                    let (service, _) = loss.operation.split_once(':').unwrap_or_default();
                    let told = ["error[network]", "error[deadline]"].iter().any(|code| run.stderr.contains(code));
                    let named = told && run.stderr.contains(&format!(" {service}:"));
                    assert!(named, "{loss:?} is not told:\n{}", run.stderr);
                }
                // Right now, and not only after the next run.
                assert!(live_keys(world) <= 1, "{loss:?} leaves a second live key:\n{}", run.stderr);
            });
        }
    });
}

//! The run that puts back what was changed behind our back is killed after one of its writes, or loses its answer: the next one comes to the same end.
//! So each write of `up` is cut off, those among it that no key of `gallery.yaml` can cause.

use gallery_tests::{Calls, Fault, Kind, Random, Run, World, all, sample, seeds};

use super::{Case, Witness, rounds, site};

/// So many rounds of changes are tried, and so many ways to cut each repair off, unless all are.
const ROUNDS: usize = 2;
const CUTS: usize = 3;

#[derive(Debug, Clone, Copy)]
enum Cut {
    Killed,
    Lost(Fault),
}

const MANNERS: [Cut; 3] = [Cut::Killed, Cut::Lost(Fault::LostBefore), Cut::Lost(Fault::LostAfter)];

#[test]
fn a_repair_that_is_cut_off_is_brought_to_its_end() {
    let world = World::new();
    let gallery = site::deployed(&world, "elm");
    let witness = Witness::of(&gallery);
    let up = || gallery.run(&["up", "--yes"]);
    for round in sample(rounds(false), ROUNDS) {
        let damage = || round.iter().for_each(|Case { change, .. }| (change.make)(&gallery));
        damage();
        world.proxy.reset();
        up().succeeds();
        let calls = world.proxy.calls().into_iter().zip(1..);
        let writes: Vec<_> = calls.filter(|(call, _)| call.kind == Kind::Write).collect();
        let cuts: Vec<_> = writes.iter().flat_map(|write| MANNERS.map(|cut| (write, cut))).collect();
        for (place, seed) in seeds(CUTS, cuts.len()).into_iter().enumerate() {
            let ((call, number), cut) = cuts[if all() { place } else { Random::new(seed).below(cuts.len()) }];
            damage();
            match cut {
                Cut::Killed => assert!(gallery.run_killed(&["up", "--yes"], *number).is_none_or(|run| run.code == Some(0))),
                Cut::Lost(fault) => {
                    world.proxy.fail(fault, Calls::on(&call.name(), &call.resource));
                    let Run { code, stderr, .. } = up();
                    assert!(world.proxy.faults_have_struck(), "{call} {cut:?} has met no call");
                    world.proxy.clear();
                    assert!(matches!(code, Some(0 | 1)), "{call} {cut:?}: {code:?}\n{stderr}");
                }
            }
            up().succeeds();
            let quiet = up().succeeds();
            assert!(quiet.stderr.contains("No changes."), "{call} {cut:?}: {}", quiet.stderr);
            witness.sees_no_change();
        }
    }
}

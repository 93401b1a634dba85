//! How deep a plan is: how many calls have to wait for each other when everything goes well.
//!
//! Each change has a script of the calls on its longest way, in the order in which `aws` makes them; what runs beside that way does not count. The scripts
//! are played in rounds: in each round every change that may makes one call.

use std::collections::{BTreeMap, VecDeque};

use super::script::{Play, script};
use super::{Mark, Order, Plan};
use crate::resource::Kind;

impl Plan {
    /// The longest chain of calls, each of which waits for the one before: the first look and the second count one each, and so do all polls of a
    /// wait. `identified`: who is calling need not be known before the first look.
    pub fn depth(&self, identified: bool) -> usize {
        let looks = if identified { 1 } else { 2 };
        if self.is_empty() { looks } else { looks + self.rounds() + 1 }
    }

    fn rounds(&self) -> usize {
        let mut actors: Vec<Actor> =
            self.changes.iter().map(|change| Actor::new(change.kind, change.order, script(change))).collect();
        let mut queue = VecDeque::new();
        for round in 0.. {
            while advance(&mut actors) {}
            if !call(&mut actors, &mut queue) {
                return round;
            }
        }
        unreachable!("scripts have an end")
    }
}

/// A change that plays its script.
struct Actor {
    kind: Kind,
    order: Order,
    script: VecDeque<Play>,
    begun: bool,
    reached: Option<Mark>,
}

impl Actor {
    fn new(kind: Kind, order: Order, script: Vec<Play>) -> Self {
        Self { kind, order, script: script.into(), begun: false, reached: None }
    }

    /// What it does next, if that is a call.
    fn next_call(&self) -> Option<Play> {
        self.script.front().copied().filter(|play| self.begun && matches!(play, Play::Call | Play::Write | Play::ReadInTurn))
    }

    /// S3 takes one change of a bucket at a time, and two changes write to this one.
    fn shares_a_bucket(&self) -> bool {
        matches!(self.kind, Kind::ImagesBucket | Kind::Notification)
    }
}

/// Does what takes no call. `false`: there is nothing more of it.
fn advance(actors: &mut [Actor]) -> bool {
    let reached: BTreeMap<Kind, Option<Mark>> = actors.iter().map(|actor| (actor.kind, actor.reached)).collect();
    let open = |after: &[(Kind, Mark)]| after.iter().all(|(kind, mark)| reached.get(kind).is_none_or(|it| *it >= Some(*mark)));
    let mut moved = false;
    for actor in actors {
        if !actor.begun && open(actor.order.begin) {
            (actor.begun, moved) = (true, true);
        }
        let next = actor.script.front().copied().filter(|_| actor.begun);
        match next {
            Some(Play::Reach(mark)) => actor.reached = Some(mark),
            Some(Play::Proceed) if open(actor.order.proceed) => {}
            Some(Play::Commit) if open(actor.order.commit) => {}
            None if actor.begun && actor.reached != Some(Mark::Done) => actor.reached = Some(Mark::Done),
            _ => continue,
        }
        actor.script.pop_front();
        moved = true;
    }
    moved
}

/// Everybody who may makes one call. `false`: nobody may.
fn call(actors: &mut [Actor], queue: &mut VecDeque<Kind>) -> bool {
    for actor in actors.iter().filter(|actor| actor.shares_a_bucket()) {
        if matches!(actor.next_call(), Some(Play::Write | Play::ReadInTurn)) && !queue.contains(&actor.kind) {
            queue.push_back(actor.kind);
        }
    }
    let turn = queue.front().copied();
    let mut called = false;
    for actor in actors {
        let Some(next) = actor.next_call() else { continue };
        if next == Play::Write && actor.shares_a_bucket() {
            if turn != Some(actor.kind) {
                continue;
            }
            queue.pop_front();
        }
        actor.script.pop_front();
        called = true;
    }
    called
}

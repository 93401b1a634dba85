//! Who goes first among changes that run at once: how far each has come, and one write at a time to a bucket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Queue, OwnedMutexGuard, watch};

use super::error::{AwsError, Class};
use super::wait::Progress;
use crate::error::Error;
use crate::plan::{After, Mark, Order, Plan};
use crate::resource::Kind;

/// The changes of a plan, and how far each has come.
#[derive(Debug, Default)]
pub struct Turns {
    changes: watch::Sender<BTreeMap<Kind, State>>,
    /// The writes to each bucket, in the order in which they were asked for.
    buckets: Mutex<BTreeMap<String, Arc<Queue<()>>>>,
    /// What AWS calls that which this run has made.
    ids: Mutex<BTreeMap<Kind, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    order: Order,
    reached: Option<Mark>,
    /// It comes no further.
    ended: bool,
}

/// Whether what a change waits for has come far enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    Closed,
    /// Something failed, or was not begun.
    Never,
}

impl Turns {
    pub fn new(plan: &Plan) -> Self {
        let changes = plan.changes.iter().map(|change| (change.kind, State { order: change.order, ..State::default() }));
        Self { changes: watch::Sender::new(changes.collect()), ..Self::default() }
    }

    /// Tells of every mark that is reached from now on, and of every end.
    pub fn subscribe(&self) -> impl AsyncFnMut() {
        let mut changes = self.changes.subscribe();
        // The sender outlives whoever listens.
        async move || drop(changes.changed().await)
    }

    /// A change has come so far.
    pub fn reach(&self, kind: Kind, mark: Mark) {
        self.update(kind, |state| state.reached = state.reached.max(Some(mark)));
    }

    /// A change comes no further: it failed, or is not begun. `false`: that was known.
    pub fn end(&self, kind: Kind) -> bool {
        self.update(kind, |state| state.ended = true)
    }

    fn update(&self, kind: Kind, change: impl FnOnce(&mut State)) -> bool {
        self.changes.send_if_modified(|changes| {
            let Some(state) = changes.get_mut(&kind) else { return false };
            let before = *state;
            change(state);
            *state != before
        })
    }

    /// Whether all of `after` have come far enough.
    pub fn gate(&self, after: &[After]) -> Gate {
        gate(&self.changes.borrow(), after)
    }

    /// The turn to write to a bucket, until it is dropped: S3 refuses two changes of one bucket at once.
    async fn bucket(&self, name: &str) -> OwnedMutexGuard<()> {
        let queue = {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(buckets.entry(name.to_owned()).or_default())
        };
        queue.lock_owned().await
    }
}

fn gate(changes: &BTreeMap<Kind, State>, after: &[After]) -> Gate {
    let mut gate = Gate::Open;
    for (kind, mark) in after {
        match changes.get(kind) {
            Some(state) if state.reached < Some(*mark) && state.ended => return Gate::Never,
            Some(state) if state.reached < Some(*mark) => gate = Gate::Closed,
            _ => {}
        }
    }
    gate
}

impl Progress<'_> {
    /// The change has come so far: what waits for that may begin.
    pub fn reach(&self, mark: Mark) {
        self.turns.reach(self.subject.kind, mark);
    }

    /// Waits until the change may go on from what does no harm to others.
    ///
    /// # Errors
    /// The run is to stop, or something that it waits for failed.
    pub async fn proceed(&self) -> Result<(), Error> {
        self.after(|order| order.proceed).await
    }

    /// Waits until the call may be made that must not come earlier.
    ///
    /// # Errors
    /// The run is to stop, or something that it waits for failed.
    pub async fn commit(&self) -> Result<(), Error> {
        self.after(|order| order.commit).await
    }

    async fn after(&self, which: impl Fn(Order) -> &'static [After]) -> Result<(), Error> {
        let mut changes = self.turns.changes.subscribe();
        let mut open = Gate::Closed;
        let state = |changes: &BTreeMap<Kind, State>| changes.get(&self.subject.kind).copied().unwrap_or_default();
        let waiting = changes.wait_for(|changes| {
            open = gate(changes, which(state(changes).order));
            open != Gate::Closed
        });
        tokio::select! {
            // What may be done is done, also when the run is to stop: the next call refuses to begin.
            biased;
            _ = waiting => {}
            () = self.stop.wait() => {}
        }
        if open == Gate::Open { Ok(()) } else { Err(self.cut_off("something that it needs is not done")) }
    }

    /// The turn to write to a bucket.
    pub async fn bucket(&self, name: &str) -> OwnedMutexGuard<()> {
        self.turns.bucket(name).await
    }

    /// AWS has given the thing that was made this unique id, which others name.
    pub fn tell_id(&self, id: String) {
        self.turns.ids.lock().unwrap_or_else(PoisonError::into_inner).insert(self.subject.kind, id);
    }

    /// The unique id of what this run has made, if AWS told it.
    pub fn id_of(&self, kind: Kind) -> Option<String> {
        self.turns.ids.lock().unwrap_or_else(PoisonError::into_inner).get(&kind).cloned()
    }

    fn cut_off(&self, why: &str) -> Error {
        AwsError::told(self.subject.kind.word(), &self.subject.name, Class::Stopped, "Stopped", why).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::alone::Alone;
    use crate::aws::stop::Stop;
    use crate::event::Subject;
    use crate::plan::Action;
    use std::time::Duration;
    use tokio::time::timeout;

    fn turns(changes: &[(Kind, Order)]) -> Turns {
        let changes = changes.iter().map(|(kind, order)| (*kind, State { order: *order, ..State::default() }));
        Turns { changes: watch::Sender::new(changes.collect()), ..Turns::default() }
    }

    #[test]
    fn a_gate_opens_when_all_have_come_far_enough() {
        let turns = turns(&[(Kind::Role, Order::default()), (Kind::Table, Order::default())]);
        let after = [(Kind::Role, Mark::Effective), (Kind::Table, Mark::Settled), (Kind::LogGroup, Mark::Done)];
        assert_eq!(turns.gate(&after), Gate::Closed);
        turns.reach(Kind::Role, Mark::Effective);
        turns.reach(Kind::Table, Mark::Done);
        assert_eq!(turns.gate(&after), Gate::Open, "what is not planned is not waited for");
        turns.reach(Kind::Table, Mark::Effective);
        assert_eq!(turns.gate(&after), Gate::Open, "nothing goes back");
    }

    #[test]
    fn what_failed_holds_back_only_those_that_need_more_of_it() {
        let turns = turns(&[(Kind::Role, Order::default())]);
        turns.reach(Kind::Role, Mark::Effective);
        turns.end(Kind::Role);
        assert_eq!(turns.gate(&[(Kind::Role, Mark::Effective)]), Gate::Open);
        assert_eq!(turns.gate(&[(Kind::Role, Mark::Settled)]), Gate::Never);
    }

    #[tokio::test(start_paused = true)]
    async fn writes_to_a_bucket_take_turns_in_the_order_in_which_they_came() {
        let turns = Turns::default();
        let order = Mutex::new(Vec::new());
        let write = async |name: &'static str| {
            let _turn = turns.bucket("b").await;
            tokio::task::yield_now().await;
            order.lock().unwrap().push(name);
        };
        let twice = async {
            write("first").await;
            write("third").await;
        };
        tokio::join!(twice, write("second"), async {
            drop(turns.bucket("another").await);
            order.lock().unwrap().push("elsewhere");
        });
        assert_eq!(*order.lock().unwrap(), ["elsewhere", "first", "second", "third"]);
    }

    /// Waits with a change for the role, and meanwhile does `then`.
    async fn committed(then: impl FnOnce(&Turns, &Stop)) -> Result<(), Error> {
        let after = Order { commit: &[(Kind::Role, Mark::Settled)], ..Order::default() };
        let turns = turns(&[(Kind::Role, Order::default()), (Kind::Function, after)]);
        let subject = Subject { kind: Kind::Function, name: "f".into(), action: Action::Create };
        let alone = Alone { turns, ..Alone::new(subject) };
        let Alone { stop, turns, .. } = &alone;
        let meanwhile = async {
            turns.reach(Kind::Role, Mark::Effective);
            tokio::task::yield_now().await;
            then(turns, stop);
        };
        // Time stands still but where all wait.
        let commit = timeout(Duration::from_secs(3600), async { alone.progress().commit().await });
        tokio::join!(commit, meanwhile).0.expect("nobody waits for ever")
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_what_comes_no_further() {
        committed(|turns, _| turns.reach(Kind::Role, Mark::Settled)).await.expect("it is time");
        assert!(committed(|turns, _| assert!(turns.end(Kind::Role))).await.unwrap_err().is_stopped());
        assert!(committed(|_, stop| stop.set()).await.unwrap_err().is_stopped());
    }
}

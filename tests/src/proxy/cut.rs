//! The moment at which a program is killed: its n-th call has taken effect, and nothing after it gets through.

use tokio::sync::watch;

/// What a cut does to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    Through,
    /// It takes effect, but its answer is held.
    Last,
    /// It is held before anything happens.
    Held,
}

/// A cut after the n-th call.
#[derive(Debug)]
pub(super) struct Cut {
    after: usize,
    state: watch::Sender<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// Calls that came so far.
    seen: usize,
    /// Of those that were let through, the ones that AWS is still at work on.
    running: usize,
    /// The program is dead: what is held ends.
    over: bool,
}

impl Cut {
    pub(super) fn after(calls: usize) -> Self {
        Self { after: calls, state: watch::Sender::default() }
    }

    /// Counts a call. What is let through must say so when it has [`Self::ended`].
    pub(super) fn passage(&self) -> Passage {
        let mut passage = Passage::Held;
        self.state.send_modify(|state| {
            state.seen += 1;
            passage = match state.seen {
                number if number < self.after => Passage::Through,
                number if number == self.after => Passage::Last,
                _ => Passage::Held,
            };
            state.running += usize::from(passage != Passage::Held);
        });
        passage
    }

    /// AWS has done what a call asked for.
    pub(super) fn ended(&self) {
        self.state.send_modify(|state| state.running -= 1);
    }

    /// Waits until the n-th call, and all before it, have taken effect.
    pub(super) async fn reached(&self) {
        self.until(|state| state.seen >= self.after && state.running == 0).await;
    }

    /// Lets go of what is held.
    pub(super) fn finish(&self) {
        self.state.send_modify(|state| state.over = true);
    }

    /// Waits until [`Self::finish`].
    pub(super) async fn over(&self) {
        self.until(|state| state.over).await;
    }

    async fn until(&self, condition: impl Fn(&State) -> bool) {
        let mut state = self.state.subscribe();
        state.wait_for(|state| condition(state)).await.expect("the sender is ours");
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{Duration, timeout};

    use super::*;

    #[tokio::test]
    async fn it_is_reached_when_all_that_got_through_is_done() {
        let cut = Cut::after(2);
        assert_eq!([cut.passage(), cut.passage(), cut.passage()], [Passage::Through, Passage::Last, Passage::Held]);
        cut.ended();
        assert!(timeout(Duration::from_millis(20), cut.reached()).await.is_err(), "one is still at work");
        cut.ended();
        cut.reached().await;
    }
}

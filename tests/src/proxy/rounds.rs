//! Time made of rounds: no call goes through before the program has made every call that it can make without an answer. So the longest chain of calls is as long
//! as there are rounds, however fast or slow the machine.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Without a new call or answer for so long, the program waits for the calls that are held. It has to be longer than an unoptimised program takes to sign a
/// call with a zip in it on a busy machine.
const QUIET: Duration = Duration::from_millis(900);

/// Calls that are held, and those that AWS is at work on.
#[derive(Debug, Default)]
pub(super) struct Rounds(watch::Sender<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct State {
    round: usize,
    held: usize,
    /// Let through, and not answered yet.
    open: usize,
    /// Changes with every call and every answer.
    moves: usize,
}

impl Rounds {
    /// Holds a call until the round is over. Then its answer must be told with [`Self::answered`].
    pub(super) async fn hold(&self) {
        let mut states = self.0.subscribe();
        let mut mine = 0;
        self.0.send_modify(|state| {
            mine = state.round;
            state.held += 1;
            state.moves += 1;
        });
        loop {
            let seen = *states.borrow_and_update();
            if seen.round != mine {
                return;
            }
            // Nobody ends a round while AWS is still at work on a call.
            let quiet =
                if seen.open == 0 { timeout(QUIET, states.changed()).await.is_err() } else { states.changed().await.is_err() };
            self.0.send_if_modified(|state| {
                let over = quiet && *state == seen;
                if over {
                    *state = State { round: state.round + 1, held: 0, open: state.held, moves: state.moves + 1 };
                }
                over
            });
        }
    }

    pub(super) fn answered(&self) {
        self.0.send_modify(|state| {
            state.open -= 1;
            state.moves += 1;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use tokio::time::sleep;

    /// Two calls one after the other beside one that takes its time: two rounds, in the second of which only one call is left.
    #[tokio::test(start_paused = true)]
    async fn nothing_goes_through_before_all_have_asked() {
        let (rounds, log) = (Rounds::default(), Mutex::new(Vec::new()));
        let call = async |name: &'static str, thinks: u64, takes: u64| {
            sleep(Duration::from_millis(thinks)).await;
            log.lock().unwrap().push(format!("{name} asks"));
            rounds.hold().await;
            sleep(Duration::from_millis(takes)).await;
            log.lock().unwrap().push(format!("{name} knows"));
            rounds.answered();
        };
        let chain = async {
            call("a", 0, 1).await;
            call("b", 0, 1).await;
        };
        tokio::join!(chain, call("slow", 300, 5000));
        assert_eq!(log.into_inner().unwrap(), ["a asks", "slow asks", "a knows", "b asks", "slow knows", "b knows"]);
    }
}

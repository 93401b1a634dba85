//! A reverse proxy before the local AWS. It records every call, and makes up for what the local AWS is too kind to do: faults of the network
//! ([`Fault`]), and behaviours of the real AWS (`rules`), each switched on by name.

mod answer;
mod call;
mod classify;
mod cut;
mod exchange;
mod faults;
mod log;
mod rounds;
mod rules;
mod s3;
mod serve;
mod statistics;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use self::call::{Call, Kind};
pub use self::faults::{Calls, Fault};
pub use self::statistics::{Statistics, longest_chain};

pub use self::rules::behaviours;

use crate::Random;

use self::cut::Cut;
use self::exchange::Upstream;
use self::faults::Faults;
use self::log::Log;
use self::rules::Active;
use self::serve::Core;

/// Times by which calls are held up.
#[derive(Debug)]
struct Hesitation {
    random: Random,
    at_most: Duration,
}

impl Hesitation {
    fn next(&mut self) -> Duration {
        self.at_most / 1000 * u32::try_from(self.random.below(1000)).unwrap()
    }
}

/// A running proxy; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    core: Arc<Core>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy on a free port before the server at `127.0.0.1:upstream`.
    pub(crate) async fn start(upstream: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let core = Arc::new(Core {
            log: Log::new(),
            faults: Faults::default(),
            rules: Mutex::default(),
            cut: Mutex::default(),
            round_trip: Mutex::default(),
            hesitation: Mutex::default(),
            rounds: Mutex::default(),
            upstream: Upstream::new(upstream),
        });
        let server = tokio::spawn(serve::serve(Arc::clone(&core), listener));
        Self { port, core, server }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Every call since the last [`Self::reset`], in the order in which they started.
    pub fn calls(&self) -> Vec<Call> {
        self.core.log.calls()
    }

    /// Those that may change something.
    pub fn writes(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.kind == Kind::Write).collect()
    }

    /// Forgets all calls.
    pub fn reset(&self) {
        self.core.log.reset();
    }

    /// Switches a fault on, for the calls that are meant.
    pub fn fail(&self, fault: Fault, calls: Calls) {
        self.core.faults.arm(fault, calls);
    }

    /// Whether every fault that is switched on has met a call that it is meant for.
    pub fn faults_have_struck(&self) -> bool {
        self.core.faults.have_struck()
    }

    /// Lets go of the answers that [`Fault::Held`] holds.
    pub fn release(&self) {
        self.core.faults.release();
    }

    /// Switches on a behaviour of the real AWS by its id: `L1`.
    ///
    /// # Panics
    /// There is none with this id.
    pub fn behave(&self, id: &str) {
        let rule = Active::named(id);
        let mut rules = self.core.rules.lock().unwrap();
        // In their own order, whatever the order in which they are switched on: one that waits for the end of a call must be the last to see it begin.
        let at = rules.partition_point(|other| other.place <= rule.place);
        rules.insert(at, rule);
    }

    /// How many calls a behaviour has struck since it was switched on: refused, answered otherwise, or done something behind their back.
    pub fn struck(&self, id: &str) -> usize {
        self.core.rules.lock().unwrap().iter().filter(|rule| rule.id == id).map(Active::struck).sum()
    }

    /// Switches on every behaviour of the real AWS.
    pub fn behave_all(&self) {
        behaviours().for_each(|id| self.behave(id));
    }

    /// Adds this much time to every call, half of it on each way.
    pub fn add_round_trip(&self, time: Duration) {
        *self.core.round_trip.lock().unwrap() = time;
    }

    /// Lets every call hesitate for a time of its own, up to this one, before it is passed on; which one follows from `seed` and from the number of the call.
    pub fn hesitate(&self, seed: u64, at_most: Duration) {
        *self.core.hesitation.lock().unwrap() = Some(Hesitation { random: Random::new(seed), at_most });
    }

    /// From now on lets no call through before the program has made all calls that it can make without an answer.
    pub fn in_rounds(&self) {
        *self.core.rounds.lock().unwrap() = Some(Arc::default());
    }

    /// Switches everything off: AWS on a good day.
    pub fn clear(&self) {
        *self.core.hesitation.lock().unwrap() = None;
        self.core.faults.clear();
        self.core.rules.lock().unwrap().clear();
        self.add_round_trip(Duration::ZERO);
        *self.core.rounds.lock().unwrap() = None;
    }

    /// From now on lets `calls` calls through, holds the answer to the last of them and all later calls.
    pub(crate) fn cut_after(&self, calls: usize) {
        *self.core.cut.lock().unwrap() = Some(Arc::new(Cut::after(calls)));
    }

    /// Waits until the calls that were let through have taken effect, all of them. Never, without [`Self::cut_after`].
    pub(crate) async fn cut_reached(&self) {
        let cut = self.core.cut.lock().unwrap().clone();
        match cut {
            Some(cut) => cut.reached().await,
            None => std::future::pending().await,
        }
    }

    /// Ends what is held; lets everything through again.
    pub(crate) fn cut_over(&self) {
        if let Some(cut) = self.core.cut.lock().unwrap().take() {
            cut.finish();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

//! Faults of the network and of AWS, done to chosen calls.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::watch;

use super::answer::Answer;
use super::{Call, Kind};

/// What goes wrong with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The call takes effect; its answer comes this much later.
    Delayed(Duration),
    /// The call takes effect; its answer comes when [`Proxy::release`](super::Proxy::release) says so.
    Held,
    /// The call never arrives: the connection closes without an answer.
    LostBefore,
    /// The call takes effect: the connection closes without an answer.
    LostAfter,
    /// The call never arrives: the connection is reset (RST).
    Reset,
    /// 500, in the form of the service.
    InternalError,
    /// "Not so fast", in the form of the service: `SlowDown` of S3, `Throttling` of IAM …
    Throttled,
    /// The caller's policy does not allow it: `AccessDenied`, in the form of the service.
    Denied,
    /// The object is not found, whether it is there or not (S11).
    Missed,
}

/// Which calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    of: Of,
    /// Among those that match, counted from 1 since the fault was switched on.
    numbers: RangeInclusive<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    Any,
    Writes,
    Operation(String),
    Exactly { operation: String, resource: String },
}

impl Calls {
    fn matching(of: Of) -> Self {
        Self { of, numbers: 1..=usize::MAX }
    }

    pub fn all() -> Self {
        Self::matching(Of::Any)
    }

    pub fn writes() -> Self {
        Self::matching(Of::Writes)
    }

    /// Every call of an operation: `s3:PutBucketPolicy`.
    pub fn of(operation: &str) -> Self {
        Self::matching(Of::Operation(operation.to_owned()))
    }

    /// Every call of an operation on one resource, as [`Call::resource`](super::Call::resource) names it.
    pub fn on(operation: &str, resource: &str) -> Self {
        Self::matching(Of::Exactly { operation: operation.to_owned(), resource: resource.to_owned() })
    }

    /// Of those only the n-th, counted from 1.
    #[must_use]
    pub fn number(self, number: usize) -> Self {
        Self { numbers: number..=number, ..self }
    }

    /// Of those only the first n.
    #[must_use]
    pub fn first(self, count: usize) -> Self {
        Self { numbers: 1..=count, ..self }
    }

    fn matches(&self, call: &Call) -> bool {
        match &self.of {
            Of::Any => true,
            Of::Writes => call.kind == Kind::Write,
            Of::Operation(operation) => call.is(operation),
            Of::Exactly { operation, resource } => call.is(operation) && call.resource == *resource,
        }
    }
}

/// The faults that are switched on.
#[derive(Default)]
pub(super) struct Faults {
    armed: Mutex<Vec<Armed>>,
    /// How often answers that are held were released.
    releases: watch::Sender<usize>,
}

struct Armed {
    fault: Fault,
    calls: Calls,
    /// How many calls matched.
    seen: usize,
    /// Whether one of them was meant.
    has_struck: bool,
}

impl Faults {
    pub(super) fn arm(&self, fault: Fault, calls: Calls) {
        self.armed.lock().unwrap().push(Armed { fault, calls, seen: 0, has_struck: false });
    }

    /// Whether every fault that is switched on has met a call.
    pub(super) fn have_struck(&self) -> bool {
        self.armed.lock().unwrap().iter().all(|armed| armed.has_struck)
    }

    pub(super) fn clear(&self) {
        self.armed.lock().unwrap().clear();
    }

    /// Lets go of the answers that are held.
    pub(super) fn release(&self) {
        self.releases.send_modify(|releases| *releases += 1);
    }

    /// Changes with the next [`Self::release`].
    pub(super) fn releases(&self) -> watch::Receiver<usize> {
        self.releases.subscribe()
    }

    /// What goes wrong with `call`: the first fault that is meant for it. All count it.
    pub(super) fn strike(&self, call: &Call) -> Option<Fault> {
        let mut hit = None;
        for armed in self.armed.lock().unwrap().iter_mut().filter(|armed| armed.calls.matches(call)) {
            armed.seen += 1;
            if armed.calls.numbers.contains(&armed.seen) {
                armed.has_struck = true;
                hit = hit.or(Some(armed.fault));
            }
        }
        hit
    }
}

impl Fault {
    /// The answer that comes instead of AWS's own.
    pub(super) fn answer(self, call: &Call) -> Option<Answer> {
        match self {
            Self::InternalError => Some(Answer::internal_error(call)),
            Self::Throttled => Some(Answer::throttled(call)),
            Self::Denied => Some(Answer::denied(call)),
            Self::Missed => Some(Answer::error(call, 404, "NoSuchKey", "The specified key does not exist.")),
            Self::Delayed(_) | Self::Held | Self::LostBefore | Self::LostAfter | Self::Reset => None,
        }
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.armed.lock().unwrap().iter().map(|armed| (armed.fault, &armed.calls))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_the_calls_that_it_is_meant_for() {
        let faults = Faults::default();
        faults.arm(Fault::LostAfter, Calls::writes().number(2));
        faults.arm(Fault::Throttled, Calls::of("s3:GetBucketPolicy").first(1));
        let (read, write) = (Call::new("s3", "GetBucketPolicy", "b"), Call::new("s3", "PutBucketPolicy", "b"));
        assert_eq!(faults.strike(&read), Some(Fault::Throttled));
        assert_eq!(faults.strike(&read), None);
        assert_eq!(faults.strike(&write), None);
        assert_eq!(faults.strike(&write), Some(Fault::LostAfter));
        assert_eq!(faults.strike(&write), None);

        faults.clear();
        faults.arm(Fault::Reset, Calls::on("s3:PutBucketPolicy", "b"));
        assert_eq!(faults.strike(&Call::new("s3", "PutBucketPolicy", "other")), None);
        assert!(!faults.have_struck());
        assert_eq!(faults.strike(&write), Some(Fault::Reset));
        assert!(faults.have_struck());
    }
}

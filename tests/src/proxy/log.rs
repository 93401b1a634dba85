//! What was called, in the order in which the calls started.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use hyper::StatusCode;

use super::Call;

/// All calls since the last [`Log::reset`].
#[derive(Debug)]
pub(super) struct Log {
    calls: Mutex<Vec<Call>>,
    /// Times are measured from here.
    epoch: Instant,
}

impl Log {
    pub(super) fn new() -> Self {
        Self { calls: Mutex::default(), epoch: Instant::now() }
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(super) fn reset(&self) {
        self.calls.lock().unwrap().clear();
    }

    /// Records the start of a call. Its `started` tells it apart from all others.
    pub(super) fn start(&self, call: &mut Call) {
        let mut calls = self.calls.lock().unwrap();
        let earliest = calls.last().map_or(Duration::ZERO, |last| last.started + Duration::from_nanos(1));
        call.started = self.epoch.elapsed().max(earliest);
        calls.push(call.clone());
    }

    /// Records the end of `call`, unless it was forgotten. Without a status it got no answer.
    pub(super) fn end(&self, call: &Call, status: Option<StatusCode>) {
        let mut calls = self.calls.lock().unwrap();
        if let Some(call) = calls.iter_mut().find(|recorded| recorded.started == call.started) {
            call.status = status.map(|status| status.as_u16());
            call.ended = Some(self.epoch.elapsed());
        }
    }
}

//! What is not settled yet, and for how many calls.

use std::collections::HashMap;
use std::sync::Mutex;

/// Things by name, each unsettled for some calls more. Counted in calls and not in time, so that a test sees the same on any machine.
#[derive(Debug, Default)]
pub(super) struct Countdown(Mutex<HashMap<String, u32>>);

impl Countdown {
    /// From now on the next `calls` calls find it unsettled.
    pub(super) fn start(&self, thing: impl Into<String>, calls: u32) {
        self.0.lock().unwrap().insert(thing.into(), calls);
    }

    /// Whether a call finds it unsettled. The call counts.
    pub(super) fn tick(&self, thing: &str) -> bool {
        let mut left = self.0.lock().unwrap();
        match left.get_mut(thing) {
            Some(calls) if *calls > 0 => {
                *calls -= 1;
                true
            }
            _ => false,
        }
    }

    /// Whether the next call will find it unsettled. Nothing counts.
    pub(super) fn is_running(&self, thing: &str) -> bool {
        self.0.lock().unwrap().get(thing).is_some_and(|calls| *calls > 0)
    }

    /// Starts only what has never been started.
    pub(super) fn start_once(&self, thing: impl Into<String>, calls: u32) {
        self.0.lock().unwrap().entry(thing.into()).or_insert(calls);
    }
}

//! A run that shall end early: no call begins any more, those in flight finish.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use tokio::sync::watch;

/// Shared by all clients of a run.
#[derive(Debug, Clone)]
pub struct Stop(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    set: watch::Sender<bool>,
    guards_writes: AtomicBool,
}

/// A call that did not begin.
#[derive(Debug, thiserror::Error)]
#[error("not called: the run is to stop")]
pub(super) struct Stopped;

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(Shared { set: watch::Sender::new(false), guards_writes: AtomicBool::new(false) }))
    }
}

impl Stop {
    /// From now on every client of the run refuses to begin a call.
    pub fn set(&self) {
        self.0.set.send_replace(true);
    }

    pub fn is_set(&self) -> bool {
        *self.0.set.borrow()
    }

    /// From now on calls write, so that those in flight must be let finish.
    pub fn guard_writes(&self) {
        self.0.guards_writes.store(true, Ordering::Relaxed);
    }

    pub fn guards_writes(&self) -> bool {
        self.0.guards_writes.load(Ordering::Relaxed)
    }

    /// Returns when it is set.
    pub async fn wait(&self) {
        // The sender lives as long as `self`.
        self.0.set.subscribe().wait_for(|set| *set).await.ok();
    }
}

impl Intercept for Stop {
    fn name(&self) -> &'static str {
        "Stop"
    }

    /// Before every attempt: what AWS refused or did not answer is not sent again either.
    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.is_set() { Err(Box::new(Stopped)) } else { Ok(()) }
    }
}

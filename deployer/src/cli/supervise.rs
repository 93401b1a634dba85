//! A command runs to its end, unless a signal or the time given ends it before.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::ending::{Timeout, grace, stop};
use super::global::Global;
use super::signals::Signals;
use crate::error::Error;
use crate::event::Report;

/// As much as a main thread has.
const STACK: usize = 8 << 20;

/// Who deals with Ctrl-C and SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// We do, here.
    Supervised,
    /// The command itself: it runs until then.
    Own,
}

/// Why a run shall end.
enum Reason {
    Signal(crate::error::Signal),
    Time(Duration),
}

impl Reason {
    const fn error(&self) -> Error {
        match self {
            Self::Signal(signal) => Error::Interrupted(*signal),
            Self::Time(given) => Error::TimedOut { given: *given },
        }
    }
}

/// Runs `work` on a thread of its own, so that a question that waits for its answer holds up nothing else.
///
/// # Errors
/// Those of `work`; that it was ended.
pub(super) fn supervise<F>(
    global: &Global,
    ending: Ending,
    report: &Arc<dyn Report>,
    work: impl FnOnce() -> F + Send + 'static,
) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|error| Error::Bug(error.to_string()))?;
    let (tell, ended) = oneshot::channel();
    let handle = runtime.handle().clone();
    let spawned = thread::Builder::new().name("command".into()).stack_size(STACK).spawn(move || {
        // Nobody listens any more after a second signal.
        tell.send(handle.block_on(Box::pin(work()))).ok();
    });
    let result = match spawned {
        Ok(_) => runtime.block_on(until_the_end(global, ending, report.as_ref(), ended)),
        Err(error) => Err(Error::Bug(format!("no thread can be started: {error}"))),
    };
    // What is left of a run that was ended goes with the process.
    runtime.shutdown_background();
    result
}

async fn until_the_end(
    global: &Global,
    ending: Ending,
    report: &dyn Report,
    mut ended: oneshot::Receiver<Result<(), Error>>,
) -> Result<(), Error> {
    let vanished = |_| Err(Error::Bug("the command vanished".into()));
    if ending == Ending::Own {
        return ended.await.unwrap_or_else(vanished);
    }
    let mut signals = Signals::listen()?;
    let timeout = Timeout::begin(global.timeout);
    let reason = tokio::select! {
        result = &mut ended => return result.unwrap_or_else(vanished),
        signal = signals.next() => Reason::Signal(signal),
        given = timeout.over() => Reason::Time(given),
    };
    if !stop(&global.reach, report) {
        return Err(reason.error());
    }
    tokio::select! {
        result = ended => match result.unwrap_or_else(vanished) {
            // It came to its end all the same.
            Ok(()) => Ok(()),
            Err(_) => Err(reason.error()),
        },
        signal = signals.next() => Err(Error::Interrupted(signal)),
        () = grace(matches!(reason, Reason::Time(_))) => Err(reason.error()),
    }
}

//! Ctrl-C and SIGTERM.

use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Signal};

/// A listener. From its making on no signal is lost, also while nobody waits for one; before, a signal ends the process.
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// # Errors
    /// The system refuses to tell of signals.
    pub(super) fn listen() -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Bug(format!("signals cannot be watched: {error}"));
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(Self { interrupt, terminate })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

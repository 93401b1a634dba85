//! What ends a command that runs until it is ended: Ctrl-C, SIGTERM, the time of `--timeout`.

use std::pin::Pin;
use std::time::Duration;

use super::ending::{Timeout, grace, stop};
use super::global::Global;
use super::signals::Signals;
use crate::aws::Reach;
use crate::error::Error;
use crate::event::Report;

/// From its making on no signal is lost.
#[derive(Debug)]
pub(super) struct Until {
    signals: Signals,
    timeout: Timeout,
    /// Ctrl-C again: nothing is waited for any more.
    is_in_a_hurry: bool,
}

/// Why it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Signal,
    Time(Duration),
}

impl End {
    /// What an end before the page is there comes to: whoever asked for it knows, whoever gave too little time does not.
    ///
    /// # Errors
    /// The time was over.
    pub(super) const fn before_the_page(self) -> Result<(), Error> {
        match self {
            Self::Signal => Ok(()),
            Self::Time(given) => Err(Error::TimedOut { given }),
        }
    }
}

impl Until {
    /// # Errors
    /// The system refuses to tell of signals.
    pub(super) fn listen(global: &Global) -> Result<Self, Error> {
        Ok(Self { signals: Signals::listen()?, timeout: Timeout::begin(global.timeout), is_in_a_hurry: false })
    }

    /// Waits for the end.
    pub(super) async fn end(&mut self) -> End {
        tokio::select! {
            _ = self.signals.next() => End::Signal,
            given = self.timeout.over() => End::Time(given),
        }
    }

    /// Waits until somebody does not want to wait any longer, after an end was asked for.
    pub(super) async fn hurry(&mut self) {
        if !self.is_in_a_hurry {
            self.signals.next().await;
            self.is_in_a_hurry = true;
        }
    }

    /// Does `work`, which talks to AWS. If the end comes first, no call begins any more and those that write are let finish. `None`: it was
    /// ended by a signal, which is no failure.
    ///
    /// # Errors
    /// Those of `work`; the time was over.
    pub(super) async fn unless_ended<T>(
        &mut self,
        reach: &Reach,
        report: &dyn Report,
        mut work: Pin<Box<impl Future<Output = Result<T, Error>>>>,
    ) -> Result<Option<T>, Error> {
        let end = tokio::select! {
            result = &mut work => return result.map(Some),
            end = self.end() => end,
        };
        if stop(reach, report) {
            tokio::select! {
                _ = &mut work => {}
                () = self.hurry() => {}
                () = grace(matches!(end, End::Time(_))) => {}
            }
        }
        end.before_the_page().map(|()| None)
    }
}

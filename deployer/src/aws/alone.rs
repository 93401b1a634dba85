//! For tests: a change that is made alone, and told to nobody.

use super::stop::Stop;
use super::turns::Turns;
use super::wait::{Progress, Shown};
use crate::error::Error;
use crate::event::{Event, Report, Subject};

/// Tells nobody, and is never answered.
pub(super) struct Silent;

impl Report for Silent {
    fn event(&self, _: &Event<'_>) {}
    fn output(&self, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }
    fn ask(&self, _: &str) -> Option<String> {
        None
    }
}

/// A change, and what its progress depends on.
pub(super) struct Alone {
    pub(super) subject: Subject,
    pub(super) stop: Stop,
    pub(super) shown: Shown,
    pub(super) turns: Turns,
}

impl Alone {
    /// Nothing was seen of it yet, and nobody stops it.
    pub(super) fn new(subject: Subject) -> Self {
        Self { subject, stop: Stop::default(), shown: Shown::default(), turns: Turns::default() }
    }

    pub(super) fn progress(&self) -> Progress<'_> {
        let Self { subject, stop, shown, turns } = self;
        Progress { subject, report: &Silent, stop, shown, turns }
    }
}

//! What failed, told at the end of a run.

use super::text::undone;
use super::{Shared, State};
use crate::error::Error;
use crate::event::{Event, Subject};
use crate::report::why::why;
use crate::report::{parts, request, request_text};

/// A change that failed.
pub(super) struct Failure {
    /// Summary and facts.
    pub(super) head: String,
    /// Why it matters.
    pub(super) why: &'static str,
    pub(super) help: String,
    pub(super) request: Option<String>,
}

impl Failure {
    pub(super) fn new(subject: &Subject, error: &Error) -> Self {
        let (head, help) = parts(error);
        Self { head, why: why(subject.kind, subject.action), help, request: request(error) }
    }

    /// With `more` after why it matters.
    pub(super) fn text(&self, more: &str) -> String {
        let Self { head, why, help, .. } = self;
        format!("{head}\n  {}\n\n{help}", format!("{why} {more}").trim_end())
    }
}

impl Shared {
    /// What failed: each with its request, unless the summary ends with it, the last with what was not undone.
    pub(super) fn failures(&self, state: &mut State, summary: &Event<'_>) {
        let Event::Summary { created, updated, deleted, .. } = summary else { return };
        let undone = undone(state, created + updated + deleted);
        let mut failures = std::mem::take(&mut state.failures).into_iter().peekable();
        let is_only_one = failures.len() == 1;
        while let Some(failure) = failures.next() {
            let more = if failures.peek().is_none() { undone.as_str() } else { "" };
            let request = failure.request.as_ref().filter(|_| !is_only_one);
            let request = request.map(|id| format!("{}\n", request_text(id))).unwrap_or_default();
            state.streams.err("\n");
            state.streams.raw(&(failure.text(more) + &request));
        }
    }
}

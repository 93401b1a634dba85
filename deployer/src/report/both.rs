//! Two renderers of the same events.

use crate::error::Error;
use crate::event::{Event, Report};

/// Tells both; the first one asks.
pub struct Both<A, B>(pub A, pub B);

impl<A: Report, B: Report> Report for Both<A, B> {
    fn event(&self, event: &Event<'_>) {
        self.0.event(event);
        self.1.event(event);
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        // The second is told whatever became of the first.
        let (first, second) = (self.0.output(name, value), self.1.output(name, value));
        first.and(second)
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.0.ask(question)
    }

    fn is_asking(&self) -> bool {
        self.0.is_asking()
    }
}

impl Report for Box<dyn Report> {
    fn event(&self, event: &Event<'_>) {
        self.as_ref().event(event);
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        self.as_ref().output(name, value)
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.as_ref().ask(question)
    }

    fn is_asking(&self) -> bool {
        self.as_ref().is_asking()
    }
}

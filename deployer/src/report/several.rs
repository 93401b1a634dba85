//! Several renderers of the same events.

use super::panic;
use crate::error::Error;
use crate::event::{Event, Report};

/// Tells all of them; the first one asks.
pub struct Several(pub Vec<Box<dyn Report>>);

impl Report for Several {
    fn event(&self, event: &Event<'_>) {
        panic::remember(event);
        for report in &self.0 {
            report.event(event);
        }
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        // Each is told whatever became of the others.
        let results: Vec<Result<(), Error>> = self.0.iter().map(|report| report.output(name, value)).collect();
        results.into_iter().collect()
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.0.first()?.ask(question)
    }

    fn is_asking(&self) -> bool {
        self.0.iter().any(|report| report.is_asking())
    }
}

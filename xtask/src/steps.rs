//! Named steps, one after the other, each with its time.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::run::say;

/// Runs steps and keeps their times for the end.
#[derive(Default)]
pub(crate) struct Steps {
    done: Vec<(&'static str, f64)>,
}

impl Steps {
    /// Runs one step; the first failure is the last step.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        say(&format!("\n=== {name}"));
        let start = Instant::now();
        let result = work();
        let seconds = start.elapsed().as_secs_f64();
        let outcome = if result.is_ok() { "done" } else { "FAILED" };
        say(&format!("=== {name}: {outcome} after {seconds:.1} s"));
        self.done.push((name, seconds));
        result.with_context(|| format!("step `{name}`"))
    }

    /// The times of all steps.
    pub(crate) fn summary(&self) -> String {
        let mut lines: Vec<_> = self.done.iter().map(|(name, seconds)| format!("{seconds:>8.1} s  {name}")).collect();
        let total: f64 = self.done.iter().map(|(_, seconds)| seconds).sum();
        lines.push(format!("{total:>8.1} s  in all"));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_carries_the_name_of_its_step() {
        let mut steps = Steps::default();
        steps.step("one", || Ok(())).expect("done");
        let error = steps.step("two", || anyhow::bail!("it broke")).expect_err("failed");
        assert_eq!(format!("{error:#}"), "step `two`: it broke");
        let summary = steps.summary();
        assert!(summary.contains("one\n") && summary.contains("two\n") && summary.ends_with("in all"), "{summary}");
    }
}

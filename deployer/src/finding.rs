//! What `doctor` finds.

use crate::error::Error;

/// The outcome of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in a word.
    pub check: &'static str,
    pub outcome: Outcome,
    /// One line; of a configuration the whole text.
    pub summary: String,
    /// Labelled facts, one line each.
    pub facts: Vec<(&'static str, String)>,
    /// What to do; each line can be acted on.
    pub help: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Fine,
    /// `up` would fail, with this exit code.
    Wrong {
        exit: u8,
    },
    /// It could not be looked at.
    Unknown,
}

impl Outcome {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Wrong { .. } => "wrong",
            Self::Unknown => "unknown",
        }
    }
}

impl Finding {
    pub fn fine(check: &'static str, summary: impl Into<String>) -> Self {
        Self { check, outcome: Outcome::Fine, summary: summary.into(), facts: Vec::new(), help: Vec::new() }
    }

    pub fn unknown(check: &'static str, summary: impl Into<String>, help: &[&str]) -> Self {
        let help = help.iter().map(|help| (*help).to_owned()).collect();
        Self { outcome: Outcome::Unknown, help, ..Self::fine(check, summary) }
    }

    pub fn wrong(check: &'static str, exit: u8, summary: impl Into<String>, help: &[&str]) -> Self {
        Self { outcome: Outcome::Wrong { exit }, ..Self::unknown(check, summary, help) }
    }

    /// What would end another command, said as it would say it.
    pub fn of(check: &'static str, error: &Error) -> Self {
        let outcome = Outcome::Wrong { exit: error.exit_code() };
        Self { check, outcome, summary: error.summary(), facts: error.facts(), help: error.help() }
    }
}

//! One JSON line for each decision, on standard output, which Lambda sends to the function's log group.

use std::io::{self, Write as _};

use serde::Serialize;

/// A line of the log. Names that do not apply are left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line<'a> {
    /// `written`, `removed`, `nothing to do`, `skipped` or `failed`.
    pub decision: &'static str,
    pub request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gallery: Option<&'a str>,
    /// Decoded, but for a skipped record: there as S3 wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequencer: Option<&'a str>,
    /// Why it was skipped or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Line<'_> {
    /// Writes the line. A log that cannot be written must not stop the work, so errors are ignored.
    pub(crate) fn write(&self) {
        if let Ok(mut line) = serde_json::to_vec(self) {
            line.push(b'\n');
            io::stdout().lock().write_all(&line).ok();
        }
    }
}

//! One JSON line for each decision, on standard output, which Lambda sends to the function's log group.

use std::io::{self, Write as _};

use serde::Serialize;

/// A line of the log: gallery, key, revision, request and duration in each, whatever else there is to say.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Line<'a> {
    /// What the row says now (`shown`, `rejected`, `deleted`), or why it does not: `skipped` and `dropped` for what can never succeed,
    /// `failed` and `awaited` for what Lambda delivers again.
    pub decision: &'static str,
    pub request_id: &'a str,
    /// `null` where a skipped record names none.
    pub gallery: Option<&'a str>,
    /// Decoded, but for a skipped record: there as S3 wrote it.
    pub key: Option<&'a str>,
    /// The revision that was written; `null` where none was.
    pub rev: Option<u64>,
    pub duration_ms: u128,
    /// How often the object was looked at: more than once where the row was there already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looks: Option<u32>,
    /// Why it was rejected, skipped, dropped or failed.
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

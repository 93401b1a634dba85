//! A line of the indexer's log: what the indexer itself writes as JSON, and what Lambda writes about it.

use std::time::{Duration, UNIX_EPOCH};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub time: i64,
    /// Of CloudWatch; different for every line, empty where there is none.
    pub id: String,
    pub message: String,
}

/// What the indexer writes for each key that it looks at.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Decision {
    /// `shown`, `rejected`, `deleted`, `awaited`, `skipped`, `dropped` or `failed`.
    pub decision: String,
    pub key: Option<String>,
    pub rev: Option<u64>,
    pub looks: Option<u32>,
    pub duration_ms: Option<u64>,
    pub reason: Option<String>,
}

/// Lines that tell of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failures {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// Whether the log was searched to its end.
    pub is_all: bool,
}

/// How Lambda begins the lines that say only that a call began or ended.
const FRAME: [&str; 4] = ["START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START "];

/// What Lambda writes when a call of the function did not come to its end.
const BROKEN: [&str; 2] = ["Task timed out", "Runtime."];

impl LogLine {
    /// What the indexer decided. `None`: the line is Lambda's.
    pub fn decision(&self) -> Option<Decision> {
        serde_json::from_str(&self.message).ok()
    }

    /// Whether it only frames a call.
    pub fn is_frame(&self) -> bool {
        FRAME.iter().any(|start| self.message.starts_with(start)) && !self.is_broken()
    }

    /// Whether it tells that an image may be missing in the index.
    pub fn is_failure(&self) -> bool {
        self.decision().map_or_else(|| self.is_broken(), |decision| decision.decision == "failed")
    }

    fn is_broken(&self) -> bool {
        BROKEN.iter().any(|words| self.message.contains(words))
    }

    /// RFC 3339, UTC, milliseconds.
    pub fn timestamp(&self) -> String {
        let since = Duration::from_millis(u64::try_from(self.time).unwrap_or_default());
        DateTime::from(UNIX_EPOCH + since).fmt(Format::DateTime).unwrap_or_default()
    }
}

/// What [`LogLine::is_failure`] looks for, as patterns of CloudWatch.
pub const FAILURES: [&str; 3] = [r#"{ $.decision = "failed" }"#, r#""Task timed out""#, r#""Runtime.""#];

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str) -> LogLine {
        LogLine { time: 1_764_230_400_123, id: String::new(), message: message.into() }
    }

    #[test]
    fn decisions_are_read_and_everything_else_is_lambda_s() {
        let failed =
            line(r#"{"decision":"failed","request_id":"r","gallery":"rome","key":"images/rome/a.png","reason":"HTTP 503"}"#);
        let decision = failed.decision().expect("the indexer's");
        assert_eq!((decision.decision.as_str(), decision.key.as_deref()), ("failed", Some("images/rome/a.png")));
        assert!(failed.is_failure());
        assert!(!line(r#"{"decision":"rejected","request_id":"r","reason":"no picture; Runtime.Error"}"#).is_failure());
        assert_eq!(line("panicked at src/main.rs").decision(), None);
        assert_eq!(failed.timestamp(), "2025-11-27T08:00:00.123Z");
    }

    #[test]
    fn calls_that_broke_off_are_failures_whatever_else_the_line_says() {
        for message in [
            "2026-11-27T10:00:00.000Z 1f Task timed out after 30.00 seconds",
            "RequestId: 1f Error: Runtime exited with error: signal: aborted\nRuntime.ExitError",
            "REPORT RequestId: 1f\tDuration: 1 ms\tStatus: error\tError Type: Runtime.ExitError",
        ] {
            assert!(line(message).is_failure() && !line(message).is_frame(), "{message}");
        }
        let report = line("REPORT RequestId: 1f\tDuration: 1.2 ms\tBilled Duration: 2 ms");
        assert!(report.is_frame() && !report.is_failure());
    }
}

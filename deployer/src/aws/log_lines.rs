//! What the indexer has written into its log group.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use futures_util::future::try_join_all;

use super::Aws;
use super::error::{AwsError, Named as _};
use crate::log_line::{FAILURES, Failures, LogLine};

/// Pages that are searched for failures: CloudWatch ends one after 1 MB of lines.
const PAGES: usize = 10;

/// Some lines, and what to ask the next ones with.
pub struct Page {
    pub lines: Vec<LogLine>,
    pub next: Option<String>,
}

/// The lines of a group since `since` (milliseconds since 1970), oldest first, of which `pattern` is true. A page may be empty and not the last.
///
/// # Errors
/// No such group; what CloudWatch refuses.
pub async fn page(aws: &Aws, group: &str, since: i64, pattern: Option<&str>, next: Option<String>) -> Result<Page, AwsError> {
    let request = aws.logs.filter_log_events().log_group_name(group).start_time(since).set_next_token(next);
    let output = request.set_filter_pattern(pattern.map(ToOwned::to_owned)).send().await.named("logs:FilterLogEvents", group)?;
    Ok(Page { lines: output.events.unwrap_or_default().into_iter().map(line).collect(), next: output.next_token })
}

/// The failures of the last `period`.
///
/// # Errors
/// No such group; what CloudWatch refuses.
pub async fn failures(aws: &Aws, group: &str, period: Duration) -> Result<Failures, AwsError> {
    let since = ago(period);
    let searches = try_join_all(FAILURES.iter().map(|pattern| search(aws, group, since, pattern))).await?;
    let is_all = searches.iter().all(|found| found.is_all);
    let mut lines: Vec<LogLine> = searches.into_iter().flat_map(|found| found.lines).collect();
    lines.sort();
    // One line may match two patterns.
    lines.dedup();
    Ok(Failures { lines, is_all })
}

async fn search(aws: &Aws, group: &str, since: i64, pattern: &str) -> Result<Failures, AwsError> {
    let (mut lines, mut next) = (Vec::new(), None);
    for _ in 0..PAGES {
        let found = page(aws, group, since, Some(pattern), next).await?;
        lines.extend(found.lines.into_iter().filter(LogLine::is_failure));
        next = found.next;
        if next.is_none() {
            break;
        }
    }
    Ok(Failures { lines, is_all: next.is_none() })
}

/// Milliseconds since 1970.
pub fn ago(period: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(period).as_millis()).unwrap_or(i64::MAX)
}

fn line(event: FilteredLogEvent) -> LogLine {
    LogLine {
        time: event.timestamp.unwrap_or_default(),
        id: event.event_id.unwrap_or_default(),
        message: event.message.unwrap_or_default().trim_end().to_owned(),
    }
}

//! What `status` tells, for people.

use super::log_text::log_text;
use super::style::{BAD, GOOD, STRONG, paint};
use super::visible;
use crate::log_line::Failures;
use crate::status::{Balance, Difference, HOURS, Images, Read, Rows, Status};
use crate::text::{counted, grouped, plural, size};

/// Failures that are shown.
const LATEST: usize = 3;

/// A labelled line for each thing, ending in a line break.
pub(super) fn status_text(status: &Status) -> String {
    let Status { site_url, last_deploy, images, rows, failures, failed_events, difference, unknown } = status;
    let mut lines = vec![
        line("Page", site_url.as_deref().unwrap_or("is not there")),
        // RFC 3339 → what people read.
        line(
            "Deployed",
            &last_deploy.as_ref().map_or("never to its end".into(), |time| time.replace('T', " ").replace('Z', " UTC")),
        ),
        line("Images", &or_unknown(images, images_text)),
        line("Index", &or_unknown(rows, rows_text)),
    ];
    lines.extend(status.balance().and_then(balance_text));
    lines.push(line("Indexer", &or_unknown(failures, failures_text)));
    if let Ok(failures) = failures {
        let latest = failures.lines.iter().rev().take(LATEST).rev();
        lines.extend(latest.filter_map(log_text).map(|text| format!("             {text}")));
    }
    match failed_events {
        Ok(0) => {}
        read => lines.push(line("Failed", &or_unknown(read, failed_events_text))),
    }
    lines.push(line("Drift", &difference_text(*difference)));
    lines.extend(unknown.iter().map(|what| line("Unknown", &visible(what))));
    lines.concat()
}

fn line(label: &str, text: &str) -> String {
    format!("  {} {text}\n", paint(STRONG, &format!("{label:<10}")))
}

fn or_unknown<T>(read: &Read<T>, text: impl FnOnce(&T) -> String) -> String {
    read.as_ref().map_or_else(|reason| format!("? {}", visible(reason)), text)
}

fn images_text(Images { count, bytes, is_all }: &Images) -> String {
    format!("{}{} in {}", at_least(*is_all), grouped(*count), size(*bytes))
}

fn rows_text(Rows { shown, rejected, is_all }: &Rows) -> String {
    let mut text = format!("{}{} shown", at_least(*is_all), grouped(*shown));
    if *rejected > 0 {
        text += &format!(", {} hidden: no accepted pictures", grouped(*rejected));
    }
    text
}

fn at_least(is_all: bool) -> &'static str {
    if is_all { "" } else { "at least " }
}

/// `None`: as many rows as images.
fn balance_text(balance: Balance) -> Option<String> {
    let text = match balance {
        Balance::Equal => return None,
        Balance::NotCounted => {
            return Some(line("", "more than are counted here: `gallery-deploy reindex --check` compares them all"));
        }
        Balance::MoreRows { by } => format!("{} than images", counted(by, "more row")),
        Balance::MoreImages { by } => format!("{} than rows", counted(by, "more image")),
    };
    Some(line("", &format!("{}: if it stays so, `gallery-deploy reindex` mends it", paint(BAD, &text))))
}

fn failures_text(failures: &Failures) -> String {
    match failures.lines.len() {
        0 if failures.is_all => paint(GOOD, &format!("no failure in the last {HOURS} hours")),
        0 => format!("? the log of the last {HOURS} hours is too long to be searched; see `gallery-deploy logs`"),
        count => {
            let text = format!("{}{} in the last {HOURS} hours", at_least(failures.is_all), plural(count, "failure"));
            format!("{}, the latest:", paint(BAD, &text))
        }
    }
}

fn failed_events_text(count: &u64) -> String {
    let text = format!("{} events failed for good", grouped(*count));
    format!("{}: `gallery-deploy reindex` makes up for them", paint(BAD, &text))
}

fn difference_text(Difference { missing, drifted, pending }: Difference) -> String {
    let parts = [
        (missing, plural(missing, "thing") + " missing"),
        (drifted, plural(drifted, "field") + " changed by somebody"),
        (pending, plural(pending, "field") + " to be brought up to date"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
    if parts.is_empty() {
        paint(GOOD, "nothing differs from gallery.yaml")
    } else {
        format!("{}; `gallery-deploy plan` shows it", paint(BAD, &parts.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log_line::LogLine;

    fn shown(status: &Status) -> String {
        anstream::adapter::strip_str(&status_text(status)).to_string()
    }

    fn healthy() -> Status {
        Status {
            site_url: Some("https://page.example/index.html".into()),
            last_deploy: Some("2026-11-27T10:00:00Z".into()),
            images: Ok(Images { count: 1204, bytes: 3_650_722_202, is_all: true }),
            rows: Ok(Rows { shown: 1200, rejected: 4, is_all: true }),
            failures: Ok(Failures { lines: Vec::new(), is_all: true }),
            failed_events: Ok(0),
            difference: Difference::default(),
            unknown: Vec::new(),
        }
    }

    #[test]
    fn a_healthy_gallery() {
        let text = "  Page       https://page.example/index.html\n  \
                    Deployed   2026-11-27 10:00:00 UTC\n  \
                    Images     1,204 in 3.4 GiB\n  \
                    Index      1,200 shown, 4 hidden: no accepted pictures\n  \
                    Indexer    no failure in the last 24 hours\n  \
                    Drift      nothing differs from gallery.yaml\n";
        assert_eq!(shown(&healthy()), text);
    }

    #[test]
    fn what_is_wrong_stands_where_it_belongs() {
        let line = |time| LogLine { time, id: String::new(), message: r#"{"decision":"failed","key":"images/a"}"#.into() };
        let status = Status {
            site_url: None,
            last_deploy: None,
            rows: Ok(Rows { shown: 1200, rejected: 0, is_all: true }),
            failures: Ok(Failures { lines: (1..=4).map(line).collect(), is_all: false }),
            failed_events: Ok(2),
            difference: Difference { missing: 1, drifted: 2, pending: 0 },
            unknown: vec!["table `t` could not be read".into()],
            ..healthy()
        };
        let text = "  Page       is not there\n  \
                    Deployed   never to its end\n  \
                    Images     1,204 in 3.4 GiB\n  \
                    Index      1,200 shown\n             \
                    4 more images than rows: if it stays so, `gallery-deploy reindex` mends it\n  \
                    Indexer    at least 4 failures in the last 24 hours, the latest:\n             \
                    1970-01-01 00:00:00.002  failed   images/a\n             \
                    1970-01-01 00:00:00.003  failed   images/a\n             \
                    1970-01-01 00:00:00.004  failed   images/a\n  \
                    Failed     2 events failed for good: `gallery-deploy reindex` makes up for them\n  \
                    Drift      1 thing missing, 2 fields changed by somebody; `gallery-deploy plan` shows it\n  \
                    Unknown    table `t` could not be read\n";
        assert_eq!(shown(&status), text);
    }

    /// Ten thousand and more images are counted in part, and rows that are fewer are told all the same.
    #[test]
    fn what_was_not_counted_to_its_end_is_compared_as_far_as_that_is_certain() {
        let balance = |images, all_images, rows, all_rows| {
            let images = Ok(Images { count: images, bytes: 1024, is_all: all_images });
            let rows = Ok(Rows { shown: rows, rejected: 0, is_all: all_rows });
            Status { images, rows, ..healthy() }.balance().unwrap()
        };
        assert_eq!(balance(10_000, true, 10_000, true), Balance::Equal);
        assert_eq!(balance(10_000, false, 9_990, true), Balance::MoreImages { by: 10 });
        assert_eq!(balance(9_990, true, 10_000, false), Balance::MoreRows { by: 10 });
        for (images, all_images, rows, all_rows) in [
            (10_000, false, 10_000, false),
            (10_000, false, 10_000, true),
            (10_000, false, 20_000, true),
            (20_000, true, 10_000, false),
            (10_000, false, 20_000, false),
        ] {
            assert_eq!(balance(images, all_images, rows, all_rows), Balance::NotCounted, "{images} {rows}");
        }
        let images = Ok(Images { count: 10_000, bytes: 1024, is_all: false });
        let text = shown(&Status { images, rows: Ok(Rows { shown: 12_000, rejected: 0, is_all: true }), ..healthy() });
        assert!(
            text.contains("             more than are counted here: `gallery-deploy reindex --check` compares them all\n"),
            "{text}"
        );
    }

    #[test]
    fn what_may_not_be_read_is_not_compared() {
        let status = Status {
            images: Ok(Images { count: 10_000, bytes: 1024, is_all: false }),
            rows: Err("not allowed to call dynamodb:Scan".into()),
            ..healthy()
        };
        let text = shown(&status);
        assert!(text.contains("  Images     at least 10,000 in 1.0 KiB\n"), "{text}");
        assert!(text.contains("  Index      ? not allowed to call dynamodb:Scan\n"), "{text}");
        assert_eq!(status.balance(), None);
    }
}

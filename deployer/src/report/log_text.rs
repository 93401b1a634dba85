//! A line of the indexer's log for people.

use super::style::{BAD, DIM, GOOD, paint};
use super::visible;
use crate::log_line::{Decision, LogLine};

/// Ends in a line break. `None` for what only frames a call.
pub(super) fn log_text(line: &LogLine) -> Option<String> {
    if line.is_frame() {
        return None;
    }
    // 2026-11-27T10:00:00.123Z → 2026-11-27 10:00:00.123
    let time = line.timestamp().replace('T', " ").replace('Z', "");
    let said = match line.decision() {
        Some(decision) => decision_text(&decision),
        None if line.is_failure() => paint(BAD, &one_line(&line.message)),
        None => one_line(&line.message),
    };
    Some(format!("{}  {said}\n", paint(DIM, &time)))
}

fn decision_text(decision: &Decision) -> String {
    let Decision { decision, key, rev, looks, duration_ms, reason } = decision;
    let style = match decision.as_str() {
        "shown" => GOOD,
        "failed" | "dropped" => BAD,
        _ => DIM,
    };
    let mut text = paint(style, &format!("{:<8}", visible(decision)));
    if let Some(key) = key {
        text += &format!(" {}", one_line(key));
    }
    if let Some(reason) = reason {
        text += &format!(": {}", one_line(reason));
    }
    let details = [
        rev.map(|rev| format!("revision {rev}")),
        looks.filter(|looks| *looks > 1).map(|looks| format!("{looks} looks")),
        duration_ms.map(|time| format!("{time} ms")),
    ];
    let details: Vec<String> = details.into_iter().flatten().collect();
    if details.is_empty() { text } else { text + &paint(DIM, &format!("  {}", details.join(", "))) }
}

/// Foreign text, without its line breaks.
fn one_line(text: &str) -> String {
    visible(&text.lines().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> Option<String> {
        let line = LogLine { time: 1_764_230_400_123, id: String::new(), message: message.into() };
        log_text(&line).map(|text| anstream::adapter::strip_str(&text).to_string())
    }

    #[test]
    fn lines_of_the_indexer_are_read_and_those_of_lambda_shown() {
        let time = "2025-11-27 08:00:00.123";
        assert_eq!(
            shown(
                r#"{"decision":"shown","request_id":"r","gallery":"rome","key":"images/rome/a.png","rev":3,"looks":2,"duration_ms":12}"#
            ),
            Some(format!("{time}  shown    images/rome/a.png  revision 3, 2 looks, 12 ms\n"))
        );
        assert_eq!(
            shown(r#"{"decision":"failed","request_id":"r","key":"images/\u001b[31m.png","reason":"HTTP\n503"}"#),
            Some(format!("{time}  failed   images/\u{fffd}[31m.png: HTTP 503\n"))
        );
        assert_eq!(
            shown("1f Task timed out after 30.00 seconds"),
            Some(format!("{time}  1f Task timed out after 30.00 seconds\n"))
        );
        assert_eq!(shown("START RequestId: 1f Version: $LATEST"), None);
    }
}

//! Small words of the reporters.

use std::time::Duration;

use crate::plan::Action;

/// `creating`
pub(super) const fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Delete => "deleting",
    }
}

/// `created`
pub(super) const fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Delete => "deleted",
    }
}

/// `0.9s`, `24.1s`, `1m 05s`, `2h 03m`; a whole number of seconds without the fraction.
pub(super) fn seconds(elapsed: Duration) -> String {
    let whole = elapsed.as_secs();
    match whole {
        0..60 if elapsed.subsec_nanos() == 0 => format!("{whole}s"),
        0..60 => format!("{:.1}s", elapsed.as_secs_f64()),
        60..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        3600.. => format!("{}h {:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// `00:31`, `1:02:03`: since the run began.
pub(super) fn clock(elapsed: Duration) -> String {
    let (hours, minutes, seconds) = (elapsed.as_secs() / 3600, elapsed.as_secs() / 60 % 60, elapsed.as_secs() % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes:02}:{seconds:02}") }
}

/// `Created 6, failed 1, not started 2, in 12.3s`
pub(super) fn counted(counts: &[(&str, usize)], elapsed: Duration) -> String {
    let words: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(word, count)| format!("{word} {count}")).collect();
    let mut text = if words.is_empty() { "nothing done".to_owned() } else { words.join(", ") };
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let comma = if words.len() > 1 { "," } else { "" };
    format!("{text}{comma} in {}", seconds(elapsed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_long_as_they_matter() {
        let shown = [900, 24_100, 30_000, 65_000, 7_380_000].map(|ms| seconds(Duration::from_millis(ms)));
        assert_eq!(shown, ["0.9s", "24.1s", "30s", "1m 05s", "2h 03m"]);
        assert_eq!([31, 3723].map(|s| clock(Duration::from_secs(s))), ["00:31", "1:02:03"]);
    }

    #[test]
    fn what_was_done_is_one_sentence() {
        let took = Duration::from_millis(12_300);
        assert_eq!(counted(&[("created", 9), ("failed", 0)], took), "Created 9 in 12.3s");
        assert_eq!(
            counted(&[("created", 6), ("failed", 1), ("not started", 2)], took),
            "Created 6, failed 1, not started 2, in 12.3s"
        );
        assert_eq!(counted(&[("created", 0)], took), "Nothing done in 12.3s");
    }
}

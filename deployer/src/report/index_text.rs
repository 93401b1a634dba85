//! The index against the images, as text.

use std::time::Duration;

use gallery_index::Difference;

use super::style::{BAD, CHANGE, DIM, GOOD, STRONG, paint};
use super::visible;
use crate::aws::index::{Counts, Mode};
use crate::text::{counted, grouped};

/// One line for a difference.
pub(super) fn difference_text(difference: Difference, gallery: &str, key: &str) -> String {
    let (style, sign, word) = match difference {
        Difference::Missing => (GOOD, "+", "missing"),
        Difference::Stale => (BAD, "-", "stale"),
        Difference::Wrong => (CHANGE, "~", "wrong"),
        Difference::Foreign => (BAD, "-", "foreign"),
    };
    // The gallery stands in every other key.
    let gallery = if difference == Difference::Foreign { format!("  (in gallery `{gallery}`)") } else { String::new() };
    format!("  {} {word:<8} {}{}\n", paint(style, sign), visible(key), visible(&gallery))
}

/// What came of a comparison, in one line.
pub(super) fn compared_text(counts: &Counts, mode: Mode, elapsed: Duration) -> String {
    let Counts { galleries, images, rows, missing, stale, wrong, foreign, repaired, failed } = *counts;
    let extent =
        [(images, "image"), (rows, "row"), (galleries, "gallery")].map(|(number, word)| counted(number, word)).join(", ");
    let extent = paint(DIM, &format!("{extent} ({:.1}s)", elapsed.as_secs_f64()));
    if counts.differences() == 0 {
        return format!("The index equals the images: {extent}\n");
    }
    let kinds = [(missing, "missing"), (stale, "stale"), (wrong, "wrong"), (foreign, "foreign")];
    let kinds: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{} {word}", grouped(*count))).collect();
    let kinds = kinds.join(", ");
    match mode {
        Mode::Check => format!("\n{} {kinds}: {extent}\n", paint(STRONG, "The index differs:")),
        Mode::Repair if failed == 0 => {
            format!("\n{} {kinds}: {extent}\n", paint(STRONG, &format!("Repaired {}:", grouped(repaired))))
        }
        Mode::Repair => {
            let done = format!("Repaired {}, failed {}:", grouped(repaired), grouped(failed));
            format!("\n{} {kinds}: {extent}\n", paint(STRONG, &done))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_key_cannot_command_the_terminal() {
        let text = plain(&difference_text(Difference::Wrong, "rome", "images/rome/\u{1b}[2Ja\nb.png"));
        assert!(!text.contains('\u{1b}') && text.starts_with("  ~ wrong    images/rome/"), "{text:?}");
        let text = plain(&difference_text(Difference::Foreign, "rome", "notes"));
        assert_eq!(text, "  - foreign  notes  (in gallery `rome`)\n");
    }

    #[test]
    fn a_summary_says_what_was_found_and_done() {
        let counts = Counts { galleries: 3, images: 1_204, rows: 1_203, ..Counts::default() };
        let text = |counts: &Counts, mode| plain(&compared_text(counts, mode, Duration::from_millis(1_250)));
        let equal = "The index equals the images: 1,204 images, 1,203 rows, 3 galleries (1.2s)\n";
        assert_eq!(text(&counts, Mode::Check), equal);
        assert_eq!(text(&counts, Mode::Repair), equal);
        let one = Counts { galleries: 1, images: 1, rows: 1, ..Counts::default() };
        assert!(text(&one, Mode::Check).starts_with("The index equals the images: 1 image, 1 row, 1 gallery ("));
        let counts = Counts { missing: 2, foreign: 1, ..counts };
        assert!(text(&counts, Mode::Check).starts_with("\nThe index differs: 2 missing, 1 foreign: 1,204 images"));
        let counts = Counts { repaired: 2, failed: 1, ..counts };
        assert!(text(&counts, Mode::Repair).starts_with("\nRepaired 2, failed 1: 2 missing, 1 foreign: "));
    }
}

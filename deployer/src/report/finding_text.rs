//! What `doctor` finds, for people.

use super::style::{BAD, CHANGE, DIM, GOOD, paint};
use super::visible;
use crate::finding::{Finding, Outcome};

/// A line with its facts and its help below it, ending in a line break.
pub(super) fn finding_text(finding: &Finding) -> String {
    let Finding { check, outcome, summary, facts, help } = finding;
    let (style, sign) = match outcome {
        Outcome::Fine => (GOOD, "✓"),
        Outcome::Wrong { .. } => (BAD, "✗"),
        Outcome::Unknown => (CHANGE, "?"),
    };
    let mut text = format!("  {} {:<8} {check:<12} {}\n", paint(style, sign), outcome.word(), indented(summary));
    for (label, fact) in facts {
        text += &format!("{MARGIN}{} {}\n", paint(DIM, &format!("{label:<9}")), indented(fact));
    }
    for help in help {
        text += &format!("{MARGIN}{} {}\n", paint(GOOD, "help:"), indented(help));
    }
    text
}

/// Below the summary.
const MARGIN: &str = "                          ";

/// Foreign text of several lines.
fn indented(text: &str) -> String {
    visible(&text.replace('\n', &format!("\n{MARGIN}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_and_help_stand_below_the_summary() {
        let mut finding = Finding::wrong("clock", 7, "this clock is 600 s ahead", &["set it"]);
        finding.facts.push(("AWS says", "now\nis\u{1b}[31m earlier".into()));
        let text = anstream::adapter::strip_str(&finding_text(&finding)).to_string();
        let expected = "  ✗ wrong    clock        this clock is 600 s ahead\n                          \
                        AWS says  now\n                          is\u{fffd}[31m earlier\n                          help: set it\n";
        assert_eq!(text, expected);
        assert_eq!(
            anstream::adapter::strip_str(&finding_text(&Finding::fine("region", "us-west-2"))).to_string(),
            "  ✓ ok       region       us-west-2\n"
        );
    }
}

//! Problems as plain text, in the shape that rustc made familiar: summary, position, line, caret, help.

use std::fmt::Write as _;
use std::path::Path;

use unicode_width::UnicodeWidthChar;

use super::problem::{Position, Problem, plural};
use super::source::Source;

/// Columns of a line that are shown; a longer one is cut around the caret.
const WIDEST_LINE: usize = 100;
/// Columns that stay in sight left of the caret when a line is cut.
const LEFT_OF_CARET: usize = 30;
/// A tab is shown as this many spaces.
const TAB: usize = 4;

/// The text of the problems and the closing count; `more` of them are only counted.
pub(super) fn plain(path: &Path, source: &Source, problems: &[Problem], more: usize) -> String {
    let path: String = path.display().to_string().chars().map(visible).collect();
    let mut text: String = problems.iter().map(|problem| one(&path, source, problem) + "\n").collect();
    let count = plural(problems.len() + more, "problem");
    let hidden = if more > 0 { format!(", {more} of them not shown") } else { String::new() };
    // Writing to a String cannot fail.
    let _ = write!(text, "{count} in {path}{hidden}; nothing was contacted");
    text
}

/// One problem, ending in a line break.
fn one(path: &str, source: &Source, problem: &Problem) -> String {
    let Problem { summary, label, help, position } = problem;
    let mut lines = vec![format!("error[config]: {summary}")];
    match position {
        Some(position) => lines.extend(excerpt(path, source, *position, label)),
        None => lines.push(format!("  --> {path}")),
    }
    lines.extend(help.as_ref().map(|help| format!("help: {help}")));
    lines.join("\n") + "\n"
}

/// The line with the problem below the line of the key it belongs to, and carets.
fn excerpt(path: &str, source: &Source, position: Position, label: &str) -> Vec<String> {
    let Position { line, column, .. } = position;
    let gutter = line.to_string().len();
    let pad = " ".repeat(gutter + 1);
    let numbered = |number: usize, text: &str| format!(" {number:>gutter$} | {text}").trim_end().to_owned();

    let mut lines = vec![format!("{pad}--> {path}:{line}:{column}"), format!("{pad} |")];
    if let Some(parent) = parent_line(source, line) {
        lines.push(numbered(parent, &cut(source.line(parent), Position { line: parent, column: 1, length: 1 }).0));
        if parent + 1 < line {
            lines.push("...".to_owned());
        }
    }
    let (shown, caret) = cut(source.line(line), position);
    lines.push(numbered(line, &shown));
    lines.push(format!("{pad} | {caret} {label}").trim_end().to_owned());
    lines.push(format!("{pad} |"));
    lines
}

/// The line of the key that `line` stands under, judged by indentation; good enough to find one's way, and it also
/// works where the YAML is broken.
fn parent_line(source: &Source, line: usize) -> Option<usize> {
    // A list item may stand in the column of its key.
    let depth = |text: &str| {
        let content = text.trim_start();
        2 * (text.len() - content.len()) + usize::from(content.starts_with('-'))
    };
    let own = depth(source.line(line));
    let is_content = |text: &str| {
        let content = text.trim_start();
        !content.is_empty() && !content.starts_with('#')
    };
    (1..line).rev().find(|number| is_content(source.line(*number)) && depth(source.line(*number)) < own)
}

/// What is shown of `text`, and the carets below it.
fn cut(text: &str, position: Position) -> (String, String) {
    // Of a very long line only the part around the caret is looked at.
    let skipped = (position.column - 1).saturating_sub(WIDEST_LINE);
    let mut rest = text.chars().skip(skipped);
    let cells: Vec<(String, usize)> = rest.by_ref().take(3 * WIDEST_LINE).map(cell).collect();
    let is_longer = rest.next().is_some();
    let width = |cells: &[(String, usize)]| cells.iter().map(|(_, width)| width).sum::<usize>();
    let first = (position.column - 1 - skipped).min(cells.len());
    let last = (first + position.length).min(cells.len());

    let mut from = 0;
    if skipped > 0 || (width(&cells) > WIDEST_LINE && width(&cells[..last]) > WIDEST_LINE) {
        from = first;
        while from > 0 && width(&cells[from..first]) < LEFT_OF_CARET {
            from -= 1;
        }
    }
    let mut to = cells.len();
    if width(&cells[from..]) > WIDEST_LINE {
        to = from;
        let mut shown = 0;
        while shown + cells[to].1 <= WIDEST_LINE {
            shown += cells[to].1;
            to += 1;
        }
    }

    let (head, tail) = (if skipped + from > 0 { "…" } else { "" }, if is_longer || to < cells.len() { "…" } else { "" });
    let body: String = cells[from..to].iter().map(|(shown, _)| shown.as_str()).collect();
    let indent = usize::from(skipped + from > 0) + width(&cells[from..first.min(to)]);
    let marked = width(&cells[first.min(to)..last.min(to)]).max(1);
    (format!("{head}{body}{tail}"), format!("{}{}", " ".repeat(indent), "^".repeat(marked)))
}

/// How a character is shown, and in how many columns.
fn cell(character: char) -> (String, usize) {
    if character == '\t' {
        return (" ".repeat(TAB), TAB);
    }
    let character = visible(character);
    (character.to_string(), character.width().unwrap_or(1))
}

/// The character, or a mark in place of one that would not stay in its column.
fn visible(character: char) -> char {
    if is_hostile(character) { char::REPLACEMENT_CHARACTER } else { character }
}

/// Whether printing the character would steer the terminal, break the line or turn the direction of the text.
pub(super) fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(column: usize, length: usize) -> Position {
        Position { line: 1, column, length }
    }

    #[test]
    fn carets_stand_below_wide_characters_and_tabs() {
        assert_eq!(cut("日本: x", position(5, 1)), ("日本: x".to_owned(), "      ^".to_owned()));
        assert_eq!(cut("日本", position(1, 2)).1, "^^^^");
        assert_eq!(cut("\ta", position(2, 1)), ("    a".to_owned(), "    ^".to_owned()));
    }

    #[test]
    fn what_steers_a_terminal_is_replaced() {
        assert_eq!(cut("a\u{1b}[31m\u{202e}b", position(1, 1)).0, "a\u{fffd}[31m\u{fffd}b");
    }

    #[test]
    fn a_long_line_is_cut_on_the_right() {
        let (shown, caret) = cut(&format!("key: {}", "x".repeat(300)), position(1, 3));
        assert_eq!(shown.chars().count(), WIDEST_LINE + 1);
        assert!(shown.starts_with("key: x") && shown.ends_with("x…"), "{shown}");
        assert_eq!(caret, "^^^");
    }

    #[test]
    fn a_long_line_is_cut_around_a_caret_far_out() {
        let (shown, caret) = cut(&format!("{}!{}", "x".repeat(300), "y".repeat(300)), position(301, 1));
        assert!(shown.starts_with("…x") && shown.ends_with("y…"), "{shown}");
        assert_eq!(shown.chars().count(), WIDEST_LINE + 2);
        assert_eq!(shown.chars().position(|character| character == '!'), Some(caret.len() - 1));
    }

    #[test]
    fn a_span_longer_than_the_window_is_marked_as_far_as_it_is_shown() {
        let (shown, caret) = cut(&"x".repeat(500), position(1, 500));
        assert_eq!((shown.chars().count(), caret.len()), (WIDEST_LINE + 1, WIDEST_LINE));
    }

    #[test]
    fn the_parent_is_the_nearest_line_that_stands_further_left() {
        let source = Source::new("a:\n # note\n  b: 1\n\n  c:\n  - 2\nd: 3\n".to_owned());
        let parents: Vec<_> = (1..=7).map(|line| parent_line(&source, line)).collect();
        assert_eq!(parents[2], Some(1));
        assert_eq!(parents[4], Some(1));
        assert_eq!(parents[5], Some(5));
        assert_eq!(parents[6], None);
    }
}

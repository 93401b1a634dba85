//! The text of `gallery.yaml` and where things stand in it.

use std::ops::Range;

use super::problem::Position;

/// A stretch of the text, in bytes.
pub(super) type Span = Range<usize>;

/// The text with its lines found once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    text: String,
    /// Each line without its break, in bytes. Never empty: an empty text has one empty line.
    lines: Vec<Span>,
}

impl Source {
    /// Lines end as YAML ends them: LF, CR LF or CR. A byte order mark belongs to no line, so that it takes no column.
    pub(super) fn new(text: String) -> Self {
        let mut lines = Vec::new();
        let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let bytes = text.as_bytes();
        for (at, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                b'\n' if at > start || bytes.get(at.wrapping_sub(1)) != Some(&b'\r') => {
                    lines.push(start..at);
                    start = at + 1;
                }
                // The LF of a CR LF: the line was closed by the CR.
                b'\n' => start = at + 1,
                b'\r' => {
                    lines.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
        }
        if start < text.len() || lines.is_empty() {
            lines.push(start..text.len());
        }
        Self { text, lines }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text of a line, counted from 1; empty past the end.
    pub(super) fn line(&self, number: usize) -> &str {
        number.checked_sub(1).and_then(|index| self.lines.get(index)).and_then(|range| self.text.get(range.clone())).unwrap_or("")
    }

    /// The line in which `span` starts, counted from 1.
    pub(super) fn line_of(&self, span: &Span) -> usize {
        self.lines.partition_point(|line| line.start <= span.start).max(1)
    }

    /// Where `span` starts, and how much of it stands on that line (at least one character, so that there is something to
    /// point at).
    pub(super) fn position(&self, span: &Span) -> Position {
        let index = self.line_of(span) - 1;
        let line = self.lines.get(index).cloned().unwrap_or_default();
        let start = span.start.clamp(line.start, line.end);
        let end = span.end.clamp(start, line.end);
        let characters = |range: Span| self.text.get(range).map_or(0, |text| text.chars().count());
        let marked = self.text.get(start..end).unwrap_or("").trim_end();
        Position { line: index + 1, column: characters(line.start..start) + 1, length: marked.chars().count().max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_any_of_yamls_breaks() {
        let source = Source::new("a\nb\r\nc\rd\n\ne".to_owned());
        let lines: Vec<&str> = (1..=7).map(|number| source.line(number)).collect();
        assert_eq!(lines, ["a", "b", "c", "d", "", "e", ""]);
        assert_eq!(source.line(0), "");
    }

    #[test]
    fn columns_count_characters_and_skip_the_byte_order_mark() {
        let source = Source::new("\u{feff}日本: x\n".to_owned());
        let start = source.text().find('x').expect("there is an x");
        assert_eq!(source.position(&(start..start + 1)), Position { line: 1, column: 5, length: 1 });
    }

    #[test]
    fn a_span_over_several_lines_is_marked_on_its_first() {
        let source = Source::new("a: [1,\n  2]\n".to_owned());
        assert_eq!(source.position(&(3..11)), Position { line: 1, column: 4, length: 3 });
    }

    #[test]
    fn a_span_past_the_end_points_at_the_end() {
        let source = Source::new("ab".to_owned());
        assert_eq!(source.position(&(9..12)), Position { line: 1, column: 3, length: 1 });
        assert_eq!(Source::new(String::new()).position(&(0..0)), Position { line: 1, column: 1, length: 1 });
    }
}

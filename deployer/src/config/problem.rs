//! What is wrong with a `gallery.yaml`: as data, and as an error that prints itself.

use std::path::{Path, PathBuf};

use super::render;
use super::source::{Source, Span};

/// Everything that is wrong with one file, sorted by line. Its `Display` is the whole text for a person, without colour
/// and without a line break at the end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", render::plain(.path, .source_text, .problems, *.more))]
pub struct ConfigError {
    path: PathBuf,
    source_text: Source,
    problems: Vec<Problem>,
    /// Problems beyond [`MOST`].
    more: usize,
}

impl ConfigError {
    /// The file, as the user named it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// At least one and at most a hundred, sorted by place.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The text of a line of the file, counted from 1; empty where there is none.
    pub fn line(&self, number: usize) -> &str {
        self.source_text.line(number)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, in lower case and without a full stop.
    pub summary: String,
    /// What stands beside the caret; may be empty.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where. `None` when the file cannot be read at all.
    pub position: Option<Position>,
}

/// A stretch of one line. All three count characters, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: usize,
    pub column: usize,
    /// At least 1.
    pub length: usize,
}

/// The words of a problem; whoever knows where it is adds the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) summary: String,
    pub(super) label: String,
    pub(super) help: Option<String>,
}

impl Message {
    pub(super) fn new(summary: impl Into<String>, label: impl Into<String>) -> Self {
        Self { summary: summary.into(), label: label.into(), help: None }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// All of it in one line, for what stands in no file.
    pub(super) fn sentence(self) -> String {
        let Self { summary, label, help } = self;
        let label = if label.is_empty() { label } else { format!(": it {label}") };
        summary + &label + &help.map(|help| format!("; {help}")).unwrap_or_default()
    }
}

/// So many problems are shown; what has more is not a `gallery.yaml`, and to look for the place of each takes time.
const MOST: usize = 100;

/// Collects the problems of one run.
#[derive(Debug)]
pub(super) struct Findings {
    path: PathBuf,
    source: Source,
    problems: Vec<Problem>,
    more: usize,
    /// The stage that is read, and where it stands. The file below it has been read before.
    stage: Option<(String, Span)>,
}

impl Findings {
    pub(super) fn new(path: &Path, text: String) -> Self {
        Self { path: path.to_owned(), source: Source::new(text), problems: Vec::new(), more: 0, stage: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn text(&self) -> &str {
        self.source.text()
    }

    /// Counted from 1.
    pub(super) fn line_of(&self, span: &Span) -> usize {
        self.source.line_of(span)
    }

    /// From here on a stage is read: what was found before is not found again, and what stands outside of `span` is told with the stage's name.
    pub(super) fn enter(&mut self, stage: Option<(&str, &Span)>) {
        self.stage = stage.map(|(name, span)| (name.to_owned(), span.clone()));
    }

    /// Whether no more problems are shown.
    pub(super) fn is_full(&self) -> bool {
        self.problems.len() >= MOST
    }

    pub(super) fn add(&mut self, span: &Span, mut message: Message) {
        if self.is_full() {
            // Of a stage it may be one that was counted.
            self.more += usize::from(self.stage.is_none());
            return;
        }
        let position = Some(self.source.position(span));
        if let Some((stage, place)) = &self.stage {
            if self.problems.iter().any(|known| known.position == position && known.summary == message.summary) {
                return;
            }
            if !place.contains(&span.start) {
                message.summary += &format!(", in the stage {}", quote(stage));
            }
        }
        self.push(position, message);
    }

    /// A problem of the file as a whole.
    pub(super) fn add_to_file(&mut self, message: Message) {
        self.push(None, message);
    }

    fn push(&mut self, position: Option<Position>, Message { summary, label, help }: Message) {
        self.problems.push(Problem { summary, label, help, position });
    }

    /// `value` when nothing was found.
    pub(super) fn into_result<T>(self, value: T) -> Result<T, ConfigError> {
        if self.problems.is_empty() { Ok(value) } else { Err(self.into_error()) }
    }

    /// For when it is known that something was found.
    pub(super) fn into_error(mut self) -> ConfigError {
        // Stable, so that two problems of one place stay in the order in which they were found.
        self.problems.sort_by_key(|problem| problem.position);
        ConfigError { path: self.path, source_text: self.source, problems: self.problems, more: self.more }
    }
}

/// `text` as a literal inside a sentence: in backticks, on one line, cut when long, and with everything that could move
/// the cursor or reorder the line written as an escape.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("`{}…`", escaped(&text[..end])),
        None => format!("`{}`", escaped(text)),
    }
}

/// The same for a path, which is never cut.
pub(super) fn quote_path(path: &Path) -> String {
    format!("`{}`", escaped(&path.display().to_string()))
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if render::is_hostile(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// `1 problem`, `2 problems`.
pub(super) fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_cannot_steer_the_terminal() {
        assert_eq!(quote("a\u{1b}[31m\n\u{202e}é日"), r"`a\u{1b}[31m\n\u{202e}é日`");
        assert_eq!(quote(&"x".repeat(99)), format!("`{}…`", "x".repeat(60)));
    }

    #[test]
    fn one_is_not_plural() {
        assert_eq!(plural(1, "problem"), "1 problem");
        assert_eq!(plural(2, "problem"), "2 problems");
    }
}

//! Lines made to fit a terminal: broken between words, never inside a name, so that what is copied is whole.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Columns that `text` takes, without what a terminal obeys.
pub(super) fn columns(text: &str) -> usize {
    anstream::adapter::strip_str(text).to_string().width()
}

/// Breaks each line of `text` that is wider than `width`; what follows a break stands further right than the line began. Commands in
/// backticks stay whole, too: half a command would be run when it is pasted.
pub(super) fn fit(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let mut fitted = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if columns(line) <= width {
            fitted += line;
        } else {
            break_line(line, width, &mut fitted);
        }
        fitted += end;
    }
    fitted
}

fn break_line(line: &str, width: usize, out: &mut String) {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let further = (indent + 4).min(width / 3);
    out.push_str(&line[..indent]);
    let mut column = indent;
    let mut at_start = true;
    for (gap, word) in words(&line[indent..]) {
        let wide = columns(word);
        if !at_start && column + gap + wide > width {
            *out = out.trim_end_matches(' ').to_owned();
            out.push('\n');
            // Less far to the right where a long name would not fit otherwise.
            let further = further.min(width.saturating_sub(wide));
            out.extend(std::iter::repeat_n(' ', further));
            column = further;
        } else if !at_start {
            out.extend(std::iter::repeat_n(' ', gap));
            column += gap;
        }
        out.push_str(word);
        column += wide;
        at_start = false;
    }
}

/// The words of a line, each with the number of spaces before it. What stands in backticks is one word.
fn words(line: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let (mut gap, mut begin, mut quoted) = (0, None, false);
    for (at, character) in line.char_indices() {
        match (character, begin) {
            (' ', None) => gap += 1,
            (' ', Some(from)) if !quoted => {
                words.push((gap, &line[from..at]));
                (gap, begin) = (1, None);
            }
            _ => {
                begin = begin.or(Some(at));
                quoted ^= character == '`';
            }
        }
    }
    if let Some(from) = begin {
        words.push((gap, &line[from..]));
    }
    words
}

/// Rows that `text` takes on a terminal of `width` columns, which breaks by itself what is wider.
pub(super) fn rows(text: &str, width: usize) -> usize {
    text.lines().map(|line| columns(line).div_ceil(width.max(1)).max(1)).sum()
}

/// The symbols of ours in ASCII; text of others stays as it is.
pub(super) fn ascii(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '✓' => plain.push('*'),
            '✗' => plain.push('x'),
            '·' => plain.push('-'),
            '→' => plain.push_str("->"),
            '…' => plain.push_str("..."),
            '±' => plain.push_str("-/+"),
            '█' => plain.push('#'),
            '░' => plain.push('.'),
            '⠋' | '⠏' => plain.push('|'),
            '⠙' | '⠇' => plain.push('/'),
            '⠹' | '⠧' => plain.push('-'),
            '⠸' | '⠦' | '⠼' | '⠴' => plain.push('\\'),
            '└' => plain.push('`'),
            '─' => plain.push('-'),
            '\u{a0}' => plain.push(' '),
            other => plain.push(other),
        }
    }
    plain
}

/// Foreign text on a terminal or in a log: control characters, and with them colours and commands of the terminal, are shown, not obeyed. So are
/// characters that turn the direction of what follows. A line break begins a line that is set off.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            _ if character.is_control() || is_bidirectional(character) => shown.push('\u{fffd}'),
            _ => shown.push(character),
        }
    }
    shown
}

/// Overrides and isolates of Unicode's bidirectional algorithm.
fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') && character.width().unwrap_or_default() == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_only() {
        let line = "  ✓ created  bucket       holiday-images-123456789012-us-west-2  0.9s\n";
        assert_eq!(fit(line, None), line);
        assert_eq!(fit(line, Some(80)), line);
        assert_eq!(fit(line, Some(40)), "  ✓ created  bucket\n   holiday-images-123456789012-us-west-2\n      0.9s\n");
    }

    #[test]
    fn what_is_wider_than_the_terminal_stays_whole() {
        let line = "  + holiday-images-123456789012-us-west-2 x";
        assert_eq!(fit(line, Some(10)), "  +\nholiday-images-123456789012-us-west-2\n   x");
    }

    #[test]
    fn a_command_stays_in_one_piece() {
        let text = "help: run `gallery-deploy up --yes --file a.yaml` again";
        assert_eq!(fit(text, Some(30)), "help: run\n`gallery-deploy up --yes --file a.yaml`\n    again");
    }

    #[test]
    fn colours_take_no_room_and_survive() {
        let line = "  \u{1b}[32m+\u{1b}[0m bucket one-name-of-twenty-xx";
        assert_eq!(columns(line), 32);
        assert_eq!(fit(line, Some(32)), line);
        assert_eq!(fit(line, Some(28)), "  \u{1b}[32m+\u{1b}[0m bucket\n      one-name-of-twenty-xx");
    }

    #[test]
    fn rows_are_counted_as_a_terminal_breaks() {
        assert_eq!(rows("1234567890\n12345678901\n\n", 10), 4);
    }

    #[test]
    fn nothing_of_a_stranger_is_obeyed() {
        assert_eq!(visible("a\u{1b}[31mb\r\u{7}c\u{202e}d\u{9b}e"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}e");
    }

    #[test]
    fn every_symbol_of_ours_has_an_ascii_form() {
        let plain = ascii("✓ ✗ · → … ± █ ░ ⠋ ⠙ ⠹ ⠸ ⠼ ⠴ ⠦ ⠧ ⠇ ⠏");
        assert!(plain.is_ascii(), "{plain}");
    }
}

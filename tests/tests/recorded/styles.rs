//! The colours of a screen, and whether they can be read.
//!
//! Runs of `up`, `plan`, `status`, `doctor`, `down` and errors were looked at in tmux, on light backgrounds and dark ones: xterm's, Solarized's and GNOME's
//! palettes. Red, green and magenta
//! can be read on both in all of them, and dimmed and bold text keeps the terminal's own colour. Yellow and cyan vanish on white, blue on black;
//! white, black and the bright colours are the background of some. So a colour that is none of the three fails the tests, as does any
//! background: then somebody has to look again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use vt100::{Cell, Color, Screen};

use crate::essence::without_accidents;

/// Of the 16 colours of a palette: those that can be read on black and on white.
const READABLE: [(u8, &str); 3] = [(1, "red"), (2, "green"), (5, "magenta")];

/// Which words have which style, a style a line, each word once; of what differs from run to run none.
///
/// # Panics
/// A colour cannot be read on every background.
pub(crate) fn styles(screen: &Screen) -> String {
    let mut styled: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let begin = column;
            let style = style_at(screen, row, column);
            let mut text = String::new();
            while column < columns && style_at(screen, row, column) == style {
                text += screen.cell(row, column).map_or("", Cell::contents);
                column = column.max(begin) + 1;
            }
            // Of the last line, how many of what is an accident where something fails; so is what was cut off.
            let all = if style == "bold" { 1 } else { usize::MAX };
            let words = without_accidents(&text).into_iter().filter(|word| *word != "·").take(all);
            if !style.is_empty() {
                styled.entry(style).or_default().extend(words.map(ToOwned::to_owned));
            }
        }
    }
    let mut lines = String::new();
    for (style, mut words) in styled.into_iter().filter(|(_, words)| !words.is_empty()) {
        words.sort();
        words.dedup();
        writeln!(lines, "{style}: {}", words.join(" ")).unwrap();
    }
    lines
}

/// `bold red`; empty for plain text and for nothing.
fn style_at(screen: &Screen, row: u16, column: u16) -> String {
    let Some(cell) = screen.cell(row, column).filter(|cell| cell.has_contents() && cell.contents() != " ") else {
        // Spaces belong to what stands before them.
        return if column == 0 { String::new() } else { style_at(screen, row, column - 1) };
    };
    assert_eq!(cell.bgcolor(), Color::Default, "{} has a background", cell.contents());
    assert!(!cell.inverse(), "{} is inverted", cell.contents());
    let colour = match cell.fgcolor() {
        Color::Default => None,
        Color::Idx(index) => READABLE
            .iter()
            .find(|(readable, _)| *readable == index)
            .map(|(_, name)| *name)
            .or_else(|| panic!("`{}` has the colour {index}, which cannot be read on every background", cell.contents())),
        Color::Rgb(..) => panic!("`{}` has a colour of its own", cell.contents()),
    };
    let words = [cell.bold().then_some("bold"), cell.dim().then_some("dim"), colour];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[test]
fn words_are_told_by_their_style() {
    let mut terminal = vt100::Parser::new(2.try_into().unwrap(), 40.try_into().unwrap(), 0);
    terminal.process(b"  \x1b[32m\xe2\x9c\x93\x1b[0m created \x1b[2mtwo words\x1b[0m 0.9s \x1b[1m\x1b[31merror:\x1b[0m");
    assert_eq!(styles(terminal.screen()), "bold red: error:\ndim: two words\ngreen: ✓\n");
}

#[test]
#[should_panic(expected = "cannot be read")]
fn yellow_is_noticed() {
    let mut terminal = vt100::Parser::new(2.try_into().unwrap(), 40.try_into().unwrap(), 0);
    terminal.process(b"\x1b[33mlook\x1b[0m");
    styles(terminal.screen());
}

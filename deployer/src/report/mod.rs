//! Renderers of events. Nobody else prints: standard output is for what may be piped, everything else goes to standard error.

mod amount;
mod finding_text;
mod fit;
mod galleries_text;
mod gathered;
mod github;
mod index_text;
mod json;
mod lines;
mod live;
mod log_text;
mod markdown;
mod pace;
pub mod panic;
mod plan_lines;
mod plan_text;
mod plan_values;
pub mod record;
mod screen;
mod several;
mod status_text;
mod streams;
mod style;
mod why;
mod words;

pub use github::{Files, GitHub};
pub use json::Json;
pub use lines::Lines;
pub use markdown::Markdown;
pub use plan_text::{notes_text, plan_text, unchanged_text};
pub use screen::{Mode, Screen, Surroundings, Volume, Wishes};
pub use several::Several;
pub use streams::Streams;

use std::io::{IsTerminal as _, Write as _, stdin, stdout};

use rustix::termios::tcgetwinsize;

use crate::error::Error;
use fit::{fit, visible};
use style::{BAD, DIM, GOOD, paint};

/// Writes one line to standard output.
///
/// # Errors
/// Standard output is closed.
pub fn print(line: &str) -> Result<(), Error> {
    writeln!(stdout().lock(), "{line}").map_err(Error::Output)
}

/// Writes text to standard output, broken to fit where that is a terminal.
///
/// # Errors
/// Standard output is closed.
pub fn print_to_fit(text: &str) -> Result<(), Error> {
    let columns = stdout().is_terminal().then(|| tcgetwinsize(stdout()).ok()).flatten().map(|size| usize::from(size.ws_col));
    print(&fit(text, columns.filter(|columns| *columns > 0)))
}

/// Writes styled text to standard output; styles are dropped where nobody can see them.
///
/// # Errors
/// Standard output is closed.
pub fn print_styled(text: &str) -> Result<(), Error> {
    write!(anstream::stdout().lock(), "{text}").map_err(Error::Output)
}

/// The error as it is shown: summary, facts, help, and the request's id.
pub fn error_text(error: &Error) -> String {
    let request = request(error).map(|id| format!("{}\n", request_text(&id))).unwrap_or_default();
    explained(error, None) + &request
}

/// The id by which AWS finds a call.
fn request(error: &Error) -> Option<String> {
    error.facts().into_iter().find(|(label, _)| *label == REQUEST).map(|(_, id)| id)
}

fn request_text(id: &str) -> String {
    paint(DIM, &format!("request\u{a0}{}", visible(id)))
}

/// The fact that stands last.
const REQUEST: &str = "request";

/// The error with a paragraph between its facts and its help, and without the request's id.
fn explained(error: &Error, why: Option<&str>) -> String {
    let (head, help) = parts(error);
    let why = why.map(|why| format!("\n  {why}\n\n")).unwrap_or_default();
    head + &why + &help
}

/// Summary and facts; help.
fn parts(error: &Error) -> (String, String) {
    if let Error::Config(config) = error {
        // Brings its own places and carets.
        return (format!("{}\n", config_text(&config.to_string())), String::new());
    }
    let mut text = format!("{} {}\n", paint(BAD, &format!("error[{}]:", error.code().as_str())), error.summary());
    for (label, fact) in error.facts().into_iter().filter(|(label, _)| *label != REQUEST) {
        text += &format!("  {} {}\n", paint(DIM, &format!("{label:<9}")), indented(&visible(&fact)));
    }
    let help = error.help().iter().map(|help| format!("{} {help}\n", paint(GOOD, "help:"))).collect();
    (text, help)
}

/// The words at the beginning of its lines in colour; text of the file stands behind a margin.
fn config_text(text: &str) -> String {
    let painted = |line: &str| {
        let word = [("error[config]:", BAD), ("help:", GOOD)].into_iter().find(|(word, _)| line.starts_with(word));
        word.map_or_else(|| line.to_owned(), |(word, style)| paint(style, word) + &line[word.len()..])
    };
    text.lines().map(painted).collect::<Vec<_>>().join("\n")
}

/// Asks on the terminal. `None` when nobody answers any more.
fn ask(question: &str) -> Option<String> {
    let mut err = anstream::stderr().lock();
    write!(err, "{question}").and_then(|()| err.flush()).ok()?;
    let mut answer = String::new();
    // The end of the input is no answer, an empty line is one.
    stdin().read_line(&mut answer).ok().filter(|bytes| *bytes > 0)?;
    Some(answer.trim().to_owned())
}

/// What follows a line break stands below what came before it.
fn indented(text: &str) -> String {
    text.trim_end().replace('\n', "\n            ")
}

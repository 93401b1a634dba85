//! Renderers of events. Nobody else prints: standard output is for what may be piped, everything else goes to standard error.

mod both;
mod finding_text;
mod galleries_text;
mod index_text;
mod json;
mod lines;
mod log_text;
mod pace;
mod plan_text;
pub mod record;
mod screen;
mod status_text;
mod style;

pub use both::Both;
pub use json::Json;
pub use lines::Lines;
pub use plan_text::{kept_text, plan_text};
pub use screen::{Mode, Screen, Surroundings, Volume, Wishes};

use std::io::{Write as _, stdin, stdout};

use crate::error::Error;
use style::{BAD, DIM, GOOD, paint};

/// Writes one line to standard output.
///
/// # Errors
/// Standard output is closed.
pub fn print(line: &str) -> Result<(), Error> {
    writeln!(stdout().lock(), "{line}").map_err(Error::Output)
}

/// Writes styled text to standard output; styles are dropped where nobody can see them.
///
/// # Errors
/// Standard output is closed.
pub fn print_styled(text: &str) -> Result<(), Error> {
    write!(anstream::stdout().lock(), "{text}").map_err(Error::Output)
}

/// The error as it is shown: summary, facts, help.
pub fn error_text(error: &Error) -> String {
    if let Error::Config(config) = error {
        // Brings its own places and carets.
        return format!("{config}\n");
    }
    let mut text = format!("{} {}\n", paint(BAD, &format!("error[{}]:", error.code().as_str())), error.summary());
    for (label, fact) in error.facts() {
        text += &format!("  {} {}\n", paint(DIM, &format!("{label:<9}")), visible(&fact));
    }
    for help in error.help() {
        text += &format!("{} {help}\n", paint(GOOD, "help:"));
    }
    text
}

/// Foreign text on a terminal: control characters (and with them colour codes) are shown, not obeyed.
fn visible(text: &str) -> String {
    text.chars().map(|character| if character.is_control() && character != '\n' { '\u{fffd}' } else { character }).collect()
}

/// Asks on the terminal. `None` when nobody answers any more.
fn ask(question: &str) -> Option<String> {
    let mut err = anstream::stderr().lock();
    write!(err, "\n{question} ").and_then(|()| err.flush()).ok()?;
    let mut answer = String::new();
    // The end of the input is no answer, an empty line is one.
    stdin().read_line(&mut answer).ok().filter(|bytes| *bytes > 0)?;
    Some(answer.trim().to_owned())
}

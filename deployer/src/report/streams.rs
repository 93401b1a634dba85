//! Where text goes: standard output for what may be piped, standard error for everything else, and below that what is live.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write};

use super::fit::{ascii, fit, rows};
use super::screen::{Mode, Screen};

/// The two streams of a run, and what stands live below its text.
pub struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    screen: Screen,
    /// Rows of the live lines that are on the screen now.
    drawn: usize,
}

impl Streams {
    /// Those of the process; styles are dropped where nobody can see them.
    pub fn of_the_process(screen: Screen) -> Self {
        Self::new(screen, anstream::stdout(), anstream::stderr())
    }

    pub fn new(screen: Screen, out: impl Write + Send + 'static, err: impl Write + Send + 'static) -> Self {
        Self { out: Box::new(out), err: Box::new(err), screen, drawn: 0 }
    }

    /// Text on standard output.
    ///
    /// # Errors
    /// It is closed.
    pub(super) fn out(&mut self, text: &str) -> io::Result<()> {
        self.erase();
        let mut text = self.shown(text);
        if self.screen.github {
            // Commands of GitHub's older form are obeyed in the middle of a line, too. Those of the newer form stand at the beginning of one,
            // where all that we print here has a word of ours.
            text = text.replace("##[", "## [");
        }
        let width = if self.screen.stdout_is_terminal { self.screen.width } else { None };
        self.out.write_all(fit(&text, width).as_bytes())?;
        self.out.flush()
    }

    /// Text on standard error, broken to fit. Nothing can be done about a closed stream.
    pub(super) fn err(&mut self, text: &str) {
        if self.screen.github && obeyed(text) {
            return self.raw(text);
        }
        let fitted = fit(&self.shown(text), self.screen.width);
        self.write(&fitted);
    }

    /// Errors, on standard error: broken to fit, but for frames with carets and statements to paste, which must not be torn apart. GitHub obeys
    /// nothing in it.
    pub(super) fn raw(&mut self, text: &str) {
        let lines = text.split_inclusive('\n');
        let width = |line: &str| if is_whole(line) { None } else { self.screen.width };
        let text: String = lines.map(|line| fit(&self.shown(line), width(line))).collect();
        if self.screen.github {
            let token = token();
            self.write(&format!("::stop-commands::{token}\n{text}::{token}::\n"));
        } else {
            self.write(&text);
        }
    }

    /// A command for GitHub.
    pub(super) fn command(&mut self, command: &str) {
        if self.screen.github {
            self.write(&format!("{command}\n"));
        }
    }

    fn write(&mut self, text: &str) {
        self.erase();
        self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush()).ok();
    }

    fn shown(&self, text: &str) -> String {
        if self.screen.unicode { text.to_owned() } else { ascii(text) }
    }

    /// Replaces the live lines. The cursor is never hidden, so whatever ends the process leaves one.
    pub(super) fn draw(&mut self, frame: &str) {
        if self.screen.mode != Mode::Rich {
            return;
        }
        let frame = self.shown(frame);
        let text = format!("{}{frame}", self.up());
        self.drawn = rows(&frame, self.screen.width.unwrap_or(80));
        // In one write, so that it does not flicker.
        self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush()).ok();
    }

    /// Takes the live lines away.
    pub(super) fn erase(&mut self) {
        if self.drawn > 0 {
            let up = self.up();
            self.err.write_all(up.as_bytes()).and_then(|()| self.err.flush()).ok();
            self.drawn = 0;
        }
    }

    /// What moves the cursor to the first live line and clears all from there.
    fn up(&self) -> String {
        if self.drawn == 0 { String::new() } else { format!("\u{1b}[{}A\r\u{1b}[J", self.drawn) }
    }
}

/// Whether a line of an error is one of a frame around a line of `gallery.yaml`, or a statement of a policy.
fn is_whole(line: &str) -> bool {
    let line = anstream::adapter::strip_str(line).to_string();
    let line = line.trim_start();
    let gutter = line.trim_start_matches(|character: char| character.is_ascii_digit());
    line.starts_with(['{', '|', '"']) || line.starts_with("-->") || gutter.starts_with(" |")
}

impl Drop for Streams {
    fn drop(&mut self) {
        self.erase();
    }
}

/// Whether GitHub would take a part of it for a command.
fn obeyed(text: &str) -> bool {
    text.contains("##[") || text.lines().any(|line| line.trim_start().starts_with("::"))
}

/// A word that no stranger can guess: the keys of std's hash maps come from the system's random numbers.
fn token() -> String {
    let number = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", number(), number())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 32);
    }
}

//! How text is shown: decided once, before anything is.

use std::env::{var, var_os};
use std::io::{IsTerminal as _, stderr, stdin, stdout};

use rustix::termios::tcgetwinsize;

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Volume {
    /// Only what goes to standard output.
    Silent,
    /// Results, questions and errors.
    Quiet,
    Normal,
    /// What is unchanged, too.
    Verbose,
}

/// In which way a run is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Live lines on a terminal, replaced by what became of them.
    Rich,
    /// One line an event.
    Plain,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes {
    /// How often `-q` was given.
    pub quiet: u8,
    /// How often `-v` was given.
    pub verbose: u8,
    pub no_progress: bool,
    pub no_github: bool,
}

/// What the program runs in.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub stdin_is_terminal: bool,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
    /// Whether what terminals obey may be written to standard error: not with `NO_COLOR`, and not where the terminal cannot.
    pub escapes: bool,
    /// Of the terminal behind standard error.
    pub columns: Option<usize>,
    pub rows: Option<usize>,
    /// `CI` is set.
    pub ci: bool,
    /// GitHub Actions.
    pub github: bool,
    /// `TERM`.
    pub terminal: Option<String>,
    /// `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub locale: Option<String>,
}

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    pub mode: Mode,
    pub volume: Volume,
    /// Columns; `None` where nobody breaks lines.
    pub width: Option<usize>,
    pub rows: usize,
    /// Whether more than ASCII can be shown.
    pub unicode: bool,
    /// Whether GitHub Actions reads standard error.
    pub github: bool,
    pub stdout_is_terminal: bool,
    /// Whether somebody can be asked.
    pub can_ask: bool,
    /// Why it is this mode, in a few words.
    pub why: &'static str,
}

impl Surroundings {
    /// Those of this process.
    pub fn look() -> Self {
        let set = |name: &str| var(name).ok().filter(|value| !value.is_empty());
        let size = tcgetwinsize(stderr()).ok();
        let side = |side: u16| Some(usize::from(side)).filter(|side| *side > 0);
        Self {
            stdin_is_terminal: stdin().is_terminal(),
            stdout_is_terminal: stdout().is_terminal(),
            stderr_is_terminal: stderr().is_terminal(),
            escapes: anstream::AutoStream::choice(&stderr()) != anstream::ColorChoice::Never,
            columns: size.and_then(|size| side(size.ws_col)),
            rows: size.and_then(|size| side(size.ws_row)),
            ci: var_os("CI").is_some_and(|value| value != "false" && !value.is_empty()),
            github: set("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            terminal: set("TERM"),
            locale: ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set),
        }
    }
}

impl Screen {
    /// Decides.
    pub fn decide(wishes: Wishes, around: &Surroundings) -> Self {
        let volume = match i16::from(wishes.verbose) - i16::from(wishes.quiet) {
            ..=-2 => Volume::Silent,
            -1 => Volume::Quiet,
            0 => Volume::Normal,
            1.. => Volume::Verbose,
        };
        let (mode, why) = if !around.stderr_is_terminal {
            (Mode::Plain, "standard error is no terminal")
        } else if around.ci || around.github {
            (Mode::Plain, "CI is set")
        } else if around.terminal.as_deref() == Some("dumb") {
            (Mode::Plain, "TERM is dumb")
        } else if !around.escapes {
            (Mode::Plain, "no colour is wanted")
        } else if wishes.no_progress {
            (Mode::Plain, "--no-progress")
        } else if volume == Volume::Verbose {
            (Mode::Plain, "--verbose")
        } else {
            (Mode::Rich, "standard error is a terminal")
        };
        // Where no locale is named, as in most containers, the terminal shows UTF-8 all the same.
        let unicode = around.locale.as_ref().is_none_or(|locale| {
            let locale = locale.to_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        });
        Self {
            mode,
            volume,
            width: around.stderr_is_terminal.then_some(around.columns.unwrap_or(80)),
            rows: around.rows.unwrap_or(24),
            unicode,
            github: around.github && !wishes.no_github,
            stdout_is_terminal: around.stdout_is_terminal,
            // With -q, nobody could see what the question is about.
            can_ask: around.stdin_is_terminal && around.stderr_is_terminal && volume >= Volume::Normal,
            why,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal() -> Surroundings {
        let columns = Some(120);
        Surroundings {
            stdin_is_terminal: true,
            stdout_is_terminal: true,
            stderr_is_terminal: true,
            escapes: true,
            columns,
            ..Surroundings::default()
        }
    }

    #[test]
    fn live_lines_are_for_a_person_at_a_terminal() {
        let mode = |wishes, around: Surroundings| Screen::decide(wishes, &around).mode;
        assert_eq!(mode(Wishes::default(), terminal()), Mode::Rich);
        assert_eq!(mode(Wishes::default(), Surroundings::default()), Mode::Plain);
        assert_eq!(mode(Wishes::default(), Surroundings { ci: true, ..terminal() }), Mode::Plain);
        assert_eq!(mode(Wishes::default(), Surroundings { terminal: Some("dumb".into()), ..terminal() }), Mode::Plain);
        assert_eq!(mode(Wishes::default(), Surroundings { escapes: false, ..terminal() }), Mode::Plain);
        assert_eq!(mode(Wishes { no_progress: true, ..Wishes::default() }, terminal()), Mode::Plain);
        assert_eq!(mode(Wishes { verbose: 1, ..Wishes::default() }, terminal()), Mode::Plain);
        // Standard output may go where it likes.
        assert_eq!(mode(Wishes::default(), Surroundings { stdout_is_terminal: false, ..terminal() }), Mode::Rich);
    }

    #[test]
    fn quiet_and_verbose_outweigh_each_other() {
        let volume = |quiet, verbose| Screen::decide(Wishes { quiet, verbose, ..Wishes::default() }, &terminal()).volume;
        let volumes = [volume(3, 0), volume(2, 0), volume(1, 0), volume(1, 1), volume(0, 0), volume(0, 1), volume(0, 255)];
        let [silent, quiet, normal, verbose] = [Volume::Silent, Volume::Quiet, Volume::Normal, Volume::Verbose];
        assert_eq!(volumes, [silent, silent, quiet, normal, normal, verbose, verbose]);
    }

    #[test]
    fn nobody_is_asked_who_could_not_see_or_answer() {
        let can_ask = |wishes, around: Surroundings| Screen::decide(wishes, &around).can_ask;
        assert!(can_ask(Wishes::default(), terminal()));
        assert!(!can_ask(Wishes { quiet: 1, ..Wishes::default() }, terminal()));
        assert!(!can_ask(Wishes::default(), Surroundings { stdin_is_terminal: false, ..terminal() }));
        assert!(!can_ask(Wishes::default(), Surroundings { stderr_is_terminal: false, ..terminal() }));
    }

    #[test]
    fn a_locale_that_is_named_decides_about_symbols() {
        let unicode = |locale: Option<&str>| {
            Screen::decide(Wishes::default(), &Surroundings { locale: locale.map(ToOwned::to_owned), ..terminal() }).unicode
        };
        assert!(unicode(None) && unicode(Some("C.UTF-8")) && unicode(Some("de_DE.utf8")));
        assert!(!unicode(Some("C")) && !unicode(Some("POSIX")) && !unicode(Some("de_DE.ISO-8859-1")));
    }

    #[test]
    fn only_what_a_terminal_would_break_has_a_width() {
        assert_eq!(Screen::decide(Wishes::default(), &terminal()).width, Some(120));
        let unknown = Surroundings { columns: None, ..terminal() };
        assert_eq!(Screen::decide(Wishes::default(), &unknown).width, Some(80));
        assert_eq!(Screen::decide(Wishes::default(), &Surroundings::default()).width, None);
    }
}

//! What is under way: the lines that a live terminal replaces, and the heartbeats of a plain one. Knows no terminal; time comes from outside.

use std::time::{Duration, Instant};

use super::amount::Amount;
use super::fit::{fit, rows};
use super::style::{DIM, paint};
use super::words::{doing, seconds};
use crate::event::{Progressed, Subject};

/// So often a plain terminal hears of what goes on.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Frames of the little wheel.
const WHEEL: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// All that is under way.
#[derive(Debug, Default)]
pub(super) struct Live {
    running: Vec<Running>,
}

/// One thing that is under way.
#[derive(Debug)]
struct Running {
    what: What,
    begun: Instant,
    /// What it waits for, and since when.
    waiting: Option<(String, Instant)>,
    amount: Option<Amount>,
    /// When its last heartbeat was.
    told: Instant,
}

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Change(Subject),
    /// Said in these words, such as "comparing gallery.yaml with AWS".
    Work(String),
}

impl Live {
    pub(super) fn begin(&mut self, what: What, now: Instant) {
        self.end(&what);
        self.running.push(Running { what, begun: now, waiting: None, amount: None, told: now });
    }

    pub(super) fn end(&mut self, what: &What) {
        self.running.retain(|running| running.what != *what);
    }

    /// Nothing is under way any more.
    pub(super) fn clear(&mut self) {
        self.running.clear();
    }

    /// Begins a line of work, or goes on with it.
    pub(super) fn work(&mut self, words: &str, now: Instant) {
        let what = What::Work(words.to_owned());
        if !self.running.iter().any(|running| running.what == what) {
            self.begin(what, now);
        }
    }

    /// It waits, `elapsed` so far.
    pub(super) fn wait(&mut self, what: &What, for_what: &str, elapsed: Duration, now: Instant) {
        if let Some(running) = self.find(what) {
            running.waiting = Some((for_what.to_owned(), now.checked_sub(elapsed).unwrap_or(now)));
        }
    }

    /// It has come so far.
    pub(super) fn progress(&mut self, what: &What, progressed: Progressed, now: Instant) {
        if let Some(running) = self.find(what) {
            running.waiting = None;
            running.amount.get_or_insert_with(|| Amount::new(now)).reach(progressed);
        }
    }

    fn find(&mut self, what: &What) -> Option<&mut Running> {
        self.running.iter_mut().find(|running| running.what == *what)
    }

    /// What stands below the text at `now`, each line broken to fit; no more than `height` rows.
    pub(super) fn frame(&self, width: usize, height: usize, names: usize, now: Instant, tick: usize) -> String {
        let wheel = WHEEL[tick % WHEEL.len()];
        let mut frame = String::new();
        for (shown, running) in self.running.iter().enumerate() {
            let line = fit(&format!("  {wheel} {}\n", running.line(names, now)), Some(width));
            // One row is left for "and more", one for the cursor.
            if rows(&frame, width) + rows(&line, width) + 2 > height {
                frame += &format!("  {wheel} and {} more\n", self.running.len() - shown);
                break;
            }
            frame += &line;
        }
        frame
    }

    /// What a plain terminal hears at `now`.
    pub(super) fn heartbeats(&mut self, now: Instant) -> Vec<String> {
        let mut lines = Vec::new();
        for running in &mut self.running {
            if now.duration_since(running.told) >= HEARTBEAT {
                // In step with the beginning, however late we are.
                let beats = now.duration_since(running.begun).as_secs() / HEARTBEAT.as_secs();
                running.told = running.begun + HEARTBEAT * u32::try_from(beats).unwrap_or(u32::MAX);
                lines.push(running.heartbeat(now));
            }
        }
        lines
    }
}

impl Running {
    /// `creating function     holiday-indexer  waiting for IAM to know the new role (6s)`
    fn line(&self, names: usize, now: Instant) -> String {
        let what = match &self.what {
            What::Change(subject) => {
                format!("{:<21} {:<names$}", format!("{} {}", doing(subject.action), subject.kind.word()), subject.name)
            }
            What::Work(words) => words.clone(),
        };
        let state = match (&self.waiting, &self.amount) {
            (Some((for_what, since)), _) => format!("waiting {for_what} ({}s)", now.duration_since(*since).as_secs()),
            (None, Some(amount)) => amount.bar(now),
            (None, None) => format!("({}s)", now.duration_since(self.begun).as_secs()),
        };
        format!("{what}  {}", paint(DIM, &state))
    }

    /// `still creating function holiday-indexer (30s, waiting for IAM to know the new role)`
    fn heartbeat(&self, now: Instant) -> String {
        let what = match &self.what {
            What::Change(subject) => format!("{} {} {}", doing(subject.action), subject.kind.word(), subject.name),
            What::Work(words) => words.clone(),
        };
        let since = seconds(Duration::from_secs(now.duration_since(self.begun).as_secs()));
        let state = match (&self.waiting, &self.amount) {
            (Some((for_what, _)), _) => format!(", waiting {for_what}"),
            (None, Some(amount)) => format!(", {}", amount.words(now)),
            (None, None) => String::new(),
        };
        format!("still {what} ({since}{state})")
    }
}

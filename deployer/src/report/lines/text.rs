//! What is said of each event.

use std::time::{Duration, Instant};

use super::{Failure, LABEL, REPAIRS, REQUESTS, Shared, State};
use crate::event::{Event, Purpose, Subject};
use crate::report::finding_text::finding_text;
use crate::report::fit::visible;
use crate::report::galleries_text::galleries_text;
use crate::report::index_text::{compared_text, difference_text};
use crate::report::log_text::log_text;
use crate::report::screen::{Mode, Volume};
use crate::report::status_text::status_text;
use crate::report::style::{BAD, DIM, GOOD, STRONG, paint};
use crate::report::words::{counted, doing, done, seconds};
use crate::report::{error_text, request_text};
use crate::text::plural;

impl Shared {
    pub(super) fn text(&self, state: &State, event: &Event<'_>, now: Instant) -> Option<String> {
        Some(match event {
            Event::Start { gallery, account, region, identity, profile, by_oidc, region_is_named, endpoint, .. } => {
                let version = env!("CARGO_PKG_VERSION");
                let named = if *region_is_named { " (--region)" } else { "" };
                let mut text = format!("gallery-deploy {version} · gallery `{gallery}` · account {account} · {region}{named}\n");
                if let Some(endpoint) = endpoint {
                    text += &format!("  {}\n", paint(DIM, &format!("at {endpoint}")));
                }
                if let (Some(identity), Volume::Verbose) = (identity, self.screen.volume) {
                    text += &identity_text(identity, *profile, *by_oidc);
                }
                if self.screen.volume == Volume::Verbose {
                    text += &format!("  {}\n", paint(DIM, &format!("in plain lines: {}", self.screen.why)));
                }
                text
            }
            Event::Started { subject } if self.screen.mode == Mode::Plain => {
                format!("{} {} {}\n", self.stamp(now), doing(subject.action), named(subject))
            }
            Event::Done { subject, elapsed, attempts } => {
                let (elapsed, again) =
                    (seconds(*elapsed), if *attempts > 1 { format!("{attempts}\u{a0}attempts") } else { String::new() });
                self.step(state, now, GOOD, "✓", done(subject.action), subject, &elapsed, &again)
            }
            Event::Failed { subject, elapsed, .. } => self.step(state, now, BAD, "✗", "failed", subject, &seconds(*elapsed), ""),
            Event::CutOff { subject } => self.step(state, now, BAD, "·", "cut off", subject, "", ""),
            Event::NotStarted { subjects, needs } => {
                let mut words: Vec<&str> = subjects.iter().map(|subject| subject.kind.word()).collect();
                words.dedup();
                let needs = needs.map(|needs| format!(" (they need this {})", needs.kind.word())).unwrap_or_default();
                let text = format!("not started: {}{needs}", words.join(", "));
                match self.screen.mode {
                    Mode::Rich => format!("  {} {text}\n", paint(DIM, "·")),
                    Mode::Plain => format!("{} {text}\n", self.stamp(now)),
                }
            }
            Event::Stopping { calls: 0 } => "Stopping (Ctrl-C again to leave now)\n".into(),
            Event::Stopping { calls } => {
                format!("Stopping: letting {} finish (Ctrl-C again to leave now)\n", plural(*calls, "call"))
            }
            Event::Verified if self.screen.mode == Mode::Rich => {
                format!("  {} {:<21} second look finds nothing to change\n", paint(GOOD, "✓"), "verified")
            }
            Event::Verified => format!("{} verified: nothing left to change\n", self.stamp(now)),
            Event::Galleries { galleries, place } => galleries_text(galleries, place),
            Event::Finding(finding) => finding_text(finding),
            Event::Status(status) => status_text(status),
            Event::Log(line) => return log_text(line),
            Event::IndexDiffers { difference, gallery, key } => difference_text(*difference, gallery, key),
            Event::IndexRepaired { .. } if state.repaired > REPAIRS + 1 => return None,
            Event::IndexRepaired { .. } if state.repaired > REPAIRS => "  … and more (`--json` tells all of them)\n".into(),
            Event::IndexRepaired { difference, gallery, key } => difference_text(*difference, gallery, key),
            Event::IndexFailed { gallery, key, error } => {
                let row = format!("row `{}` of gallery `{}`", visible(key), visible(gallery));
                format!("  {} {row}\n\n{}\n", paint(BAD, "✗ failed"), error_text(error))
            }
            Event::IndexCompared { counts, mode, elapsed } => compared_text(counts, *mode, *elapsed),
            Event::Note(note) => format!("  {}\n", visible(note)),
            Event::Hints(hints) => {
                let width = hints.iter().map(|(label, _)| label.len()).max().unwrap_or_default().max(LABEL);
                hints.iter().map(|(label, text)| format!("  {label:<width$}  {}\n", visible(text))).collect()
            }
            Event::Message(message) => format!("{}\n", visible(message)),
            _ => return None,
        })
    }

    /// What became of a change.
    #[expect(clippy::too_many_arguments, reason = "the columns of one line")]
    fn step(
        &self,
        state: &State,
        now: Instant,
        style: anstyle::Style,
        sign: &str,
        verb: &str,
        subject: &Subject,
        elapsed: &str,
        more: &str,
    ) -> String {
        let Subject { kind, name, .. } = subject;
        match self.screen.mode {
            Mode::Rich => {
                let what = format!("{verb:<7} {}", kind.word());
                let line = format!("{what:<21} {name:<width$} {elapsed:>7}   {more}", width = state.names);
                format!("  {} {}\n", paint(style, sign), line.trim_end())
            }
            Mode::Plain => {
                let notes: Vec<&str> = [elapsed, more].into_iter().filter(|note| !note.is_empty()).collect();
                let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
                format!("{} {} {}{notes}\n", self.stamp(now), paint(style, verb), named(subject))
            }
        }
    }

    pub(super) fn summary(&self, state: &State, event: &Event<'_>, elapsed: Duration) -> String {
        let Event::Summary { created, updated, deleted, failed, cut_off, not_started, .. } = event else { return String::new() };
        // In GitHub's log each line counts.
        let mut text = if self.screen.github { String::new() } else { String::from("\n") };
        if state.failures.is_empty() && cut_off + not_started > 0 {
            text += &format!("  {}\n\n", undone(state, created + updated + deleted));
        }
        let counts = [
            ("created", *created),
            ("updated", *updated),
            ("deleted", *deleted),
            ("kept", state.kept),
            ("failed", *failed),
            ("cut off", *cut_off),
            ("not started", *not_started),
        ];
        let counted = counted(&counts, elapsed);
        // Of one failure, it stands at the end of the last line.
        let request = match state.failures.as_slice() {
            [Failure { request: Some(id), .. }] => {
                let gap = REQUESTS.saturating_sub(counted.chars().count()).max(2);
                format!("{:gap$}{}", "", request_text(id))
            }
            _ => String::new(),
        };
        text + &format!("{}{request}\n", paint(STRONG, &counted))
    }
}

/// `  as arn:aws:iam::111122223333:user/ana (profile `private`)`
pub(super) fn identity_text(identity: &str, profile: Option<&str>, by_oidc: bool) -> String {
    let by = match profile {
        Some(profile) => format!(" (profile `{profile}`)"),
        None if by_oidc => " (OIDC)".to_owned(),
        None => String::new(),
    };
    format!("  {}\n", paint(DIM, &format!("as {identity}{by}")))
}

/// What a run leaves that was not carried out to its end.
pub(super) fn undone(state: &State, done: usize) -> String {
    let State { changes, only_creates, purpose, .. } = state;
    let things = if *only_creates { "resources exist" } else { "changes are made" };
    let command = if *purpose == Purpose::Down { "down" } else { "up" };
    format!("Nothing was undone: {done} of {changes} {things} and a later `{command}` continues from here.")
}

/// `function holiday-indexer`
fn named(subject: &Subject) -> String {
    format!("{} {}", subject.kind.word(), subject.name)
}

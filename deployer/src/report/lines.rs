//! Plain lines on standard error: one an event.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use super::finding_text::finding_text;
use super::galleries_text::galleries_text;
use super::index_text::{compared_text, difference_text, progress_text};
use super::log_text::log_text;
use super::plan_text::{kept_text, plan_text};
use super::screen::{Screen, Volume};
use super::status_text::status_text;
use super::style::{BAD, DIM, GOOD, STRONG, paint};
use super::{ask, error_text, print, print_styled, visible};
use crate::error::Error;
use crate::event::{Event, Purpose, Report, Subject};
use crate::plan::Action;
use crate::text::plural;

/// A wait is told when it begins to matter, then each time so much has passed.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Nobody needs to hear of waits shorter than this.
const SILENT: Duration = Duration::from_secs(2);

/// Repaired rows that are told one by one.
const REPAIRS: usize = 20;

/// The plain reporter.
pub struct Lines {
    screen: Screen,
    asking: AtomicBool,
    /// When each wait that is under way was last told.
    told: Mutex<HashMap<String, Duration>>,
    /// Repaired rows so far.
    repaired: AtomicUsize,
}

impl Lines {
    pub fn new(screen: Screen) -> Self {
        Self { screen, asking: AtomicBool::new(false), told: Mutex::default(), repaired: AtomicUsize::new(0) }
    }

    /// Whether the user wants to hear it.
    fn wanted(&self, event: &Event<'_>) -> bool {
        match event {
            // What goes to standard output.
            Event::Planned { purpose: Purpose::Show, plan, .. } if !plan.is_empty() => true,
            Event::Galleries { galleries, .. } if !galleries.is_empty() => true,
            Event::Status(_) | Event::Log(_) | Event::Finding(_) => true,
            Event::IndexDiffers { .. } => true,
            Event::Failed { .. }
            | Event::IndexFailed { .. }
            | Event::Ended { .. }
            | Event::Message(_)
            | Event::Stopping { .. } => self.screen.volume >= Volume::Quiet,
            _ => self.screen.volume >= Volume::Normal,
        }
    }
}

impl Report for Lines {
    fn event(&self, event: &Event<'_>) {
        if !self.wanted(event) {
            return;
        }
        let Some(text) = self.text(event) else { return };
        match event {
            // What may be piped goes to standard output.
            Event::Planned { plan, purpose: Purpose::Show, .. } if !plan.is_empty() => print_styled(&text),
            Event::Planned { plan, purpose: Purpose::Show, .. } => to_stderr(&text).and_then(|()| print_styled(&kept_text(plan))),
            Event::Galleries { galleries, .. } if !galleries.is_empty() => print_styled(&text),
            Event::Status(_) | Event::Log(_) | Event::Finding(_) => print_styled(&text),
            Event::IndexDiffers { .. } => print_styled(&text),
            _ => to_stderr(&text),
        }
        // Nothing can be done about a closed stream.
        .ok();
    }

    fn output(&self, _: &str, value: &str) -> Result<(), Error> {
        print(value)
    }

    fn ask(&self, question: &str) -> Option<String> {
        if !self.screen.can_ask {
            return None;
        }
        self.asking.store(true, Ordering::Relaxed);
        let answer = ask(question);
        self.asking.store(false, Ordering::Relaxed);
        answer
    }

    fn is_asking(&self) -> bool {
        self.asking.load(Ordering::Relaxed)
    }
}

fn to_stderr(text: &str) -> Result<(), Error> {
    write!(anstream::stderr().lock(), "{text}").map_err(Error::Output)
}

impl Lines {
    fn text(&self, event: &Event<'_>) -> Option<String> {
        Some(match event {
            Event::Start { gallery, account, region, identity, profile, region_is_named, endpoint, .. } => {
                let version = env!("CARGO_PKG_VERSION");
                let named = if *region_is_named { " (--region)" } else { "" };
                let mut text = format!("gallery-deploy {version} · gallery `{gallery}` · account {account} · {region}{named}\n");
                if let Some(endpoint) = endpoint {
                    text += &format!("  {}\n", paint(DIM, &format!("at {endpoint}")));
                }
                if let Some(identity) = identity {
                    let profile = profile.map(|profile| format!(" (profile `{profile}`)")).unwrap_or_default();
                    text += &format!("  {}\n", paint(DIM, &format!("as {identity}{profile}")));
                }
                if self.screen.volume == Volume::Verbose {
                    text += &format!("  {}\n", paint(DIM, &format!("in plain lines: {}", self.screen.why)));
                }
                text + "\n"
            }
            Event::Planned { plan, purpose: Purpose::Show | Purpose::Up, elapsed } if plan.is_empty() => {
                format!("No changes. {} things match gallery.yaml ({})\n", plan.unchanged, seconds(*elapsed))
            }
            Event::Planned { plan, purpose: Purpose::Down, .. } if plan.is_empty() && plan.kept.is_empty() => {
                "Nothing of this gallery is there.\n".into()
            }
            Event::Planned { plan, purpose: Purpose::Show, .. } => plan_text(plan),
            Event::Planned { plan, .. } => format!("{}\n", plan_text(plan)),
            Event::Started { .. } => return None,
            Event::Waiting { subject, for_what, elapsed } => return self.waiting(subject, for_what, *elapsed),
            Event::Done { subject, elapsed } => {
                format!(
                    "  {} {:<8} {:<12} {}  {}\n",
                    paint(GOOD, "✓"),
                    past(subject.action),
                    subject.kind.word(),
                    subject.name,
                    paint(DIM, &seconds(*elapsed))
                )
            }
            Event::Failed { subject, error, elapsed } => {
                let line =
                    format!("  {} failed   {:<12} {}  {}", paint(BAD, "✗"), subject.kind.word(), subject.name, seconds(*elapsed));
                format!("{line}\n\n{}\n", error_text(error))
            }
            Event::CutOff { subject } => {
                format!("  {} {:<8} {:<12} {}\n", paint(BAD, "·"), "cut off", subject.kind.word(), subject.name)
            }
            Event::NotStarted { subject } => {
                format!("  {} {:<8} {:<12} {}\n", paint(DIM, "·"), "not done", subject.kind.word(), subject.name)
            }
            Event::Stopping { calls: 0 } => "Stopping (Ctrl-C again to leave now)\n".into(),
            Event::Stopping { calls } => {
                format!("Stopping: letting {} finish (Ctrl-C again to leave now)\n", plural(*calls, "call"))
            }
            Event::Verifying { left, elapsed } => {
                return self.heartbeat("verifying", *elapsed, || format!("verifying: AWS does not show yet {}", left.join(", ")));
            }
            Event::Verified => format!("  {} verified: a second look finds nothing to change\n", paint(GOOD, "✓")),
            Event::Galleries { galleries, place } => galleries_text(galleries, place),
            Event::Finding(finding) => finding_text(finding),
            Event::Status(status) => status_text(status),
            Event::Log(line) => return log_text(line),
            Event::Progress { what, done, total, elapsed } => {
                return self.heartbeat(what, *elapsed, || progress_text(what, *done, *total, *elapsed));
            }
            Event::IndexDiffers { difference, gallery, key } => difference_text(*difference, gallery, key),
            Event::IndexRepaired { difference, gallery, key } => {
                return self.repaired(|| difference_text(*difference, gallery, key));
            }
            Event::IndexFailed { gallery, key, error } => {
                let row = format!("row `{}` of gallery `{}`", visible(key), visible(gallery));
                format!("  {} {row}\n\n{}\n", paint(BAD, "✗ failed"), error_text(error))
            }
            Event::IndexCompared { counts, mode, elapsed } => compared_text(counts, *mode, *elapsed),
            Event::Note(note) => format!("  {}\n", visible(note)),
            Event::Message(message) => format!("{}\n", visible(message)),
            Event::Summary { created, updated, deleted, failed, cut_off, not_started, elapsed } => {
                let counts = [
                    ("Created", created),
                    ("Updated", updated),
                    ("Deleted", deleted),
                    ("Failed", failed),
                    ("Cut off", cut_off),
                    ("Not started", not_started),
                ];
                let words: Vec<String> =
                    counts.iter().filter(|(_, count)| **count > 0).map(|(word, count)| format!("{word} {count}")).collect();
                let words = if words.is_empty() { "Nothing done".to_owned() } else { words.join(", ") };
                format!("\n{} in {}\n", paint(STRONG, &words), seconds(*elapsed))
            }
            Event::Ended { error } => return error.map(error_text),
        })
    }

    fn waiting(&self, subject: &Subject, for_what: &str, elapsed: Duration) -> Option<String> {
        let line = || format!("{:<12} {}: waiting {for_what}", subject.kind.word(), subject.name);
        self.heartbeat(&format!("{} {for_what}", subject.name), elapsed, line)
    }

    /// A line for each of the first [`REPAIRS`] rows, and one that says that there are more.
    fn repaired(&self, line: impl FnOnce() -> String) -> Option<String> {
        match self.repaired.fetch_add(1, Ordering::Relaxed) {
            0..REPAIRS => Some(line()),
            REPAIRS => Some("  … and more (`--json` tells all of them)\n".into()),
            _ => None,
        }
    }

    /// A line when `what` begins to matter, then one each [`HEARTBEAT`].
    fn heartbeat(&self, what: &str, elapsed: Duration, line: impl FnOnce() -> String) -> Option<String> {
        let mut told = self.told.lock().ok()?;
        // A wait that starts anew has a smaller age than the one that was told.
        let last = told.get(what).copied().filter(|last| *last <= elapsed);
        if elapsed < SILENT || last.is_some_and(|last| elapsed - last < HEARTBEAT) {
            return None;
        }
        told.insert(what.to_owned(), elapsed);
        Some(format!("  … {} ({})\n", line(), seconds(elapsed)))
    }
}

fn past(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update => "updated",
        Action::Delete => "deleted",
    }
}

fn seconds(elapsed: Duration) -> String {
    format!("{:.1}s", elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::super::{Surroundings, Wishes};
    use super::*;
    use crate::resource::Kind;

    #[test]
    fn a_long_wait_is_told_every_half_minute() {
        let lines = Lines::new(Screen::decide(Wishes::default(), &Surroundings::default()));
        let subject = Subject { kind: Kind::Function, name: "f".into(), action: Action::Create };
        let told = |elapsed| {
            let event = Event::Waiting { subject: &subject, for_what: "for IAM", elapsed: Duration::from_secs(elapsed) };
            lines.text(&event).is_some()
        };
        let when: Vec<u64> = (0..70).filter(|second| told(*second)).collect();
        assert_eq!(when, [2, 32, 62]);
    }
}

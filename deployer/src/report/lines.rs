//! Plain lines on standard error: one an event.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use super::plan_text::{kept_text, plan_text};
use super::style::{BAD, DIM, GOOD, STRONG, paint};
use super::{ask, error_text, print, print_styled, visible};
use crate::error::Error;
use crate::event::{Event, Purpose, Report, Subject};
use crate::plan::Action;

/// A wait is told when it begins to matter, then each time so much has passed.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Nobody needs to hear of waits shorter than this.
const SILENT: Duration = Duration::from_secs(2);

/// The plain reporter.
#[derive(Default)]
pub struct Lines {
    /// When each wait that is under way was last told.
    told: Mutex<HashMap<String, Duration>>,
}

impl Report for Lines {
    fn event(&self, event: &Event<'_>) {
        let Some(text) = self.text(event) else { return };
        match event {
            // What may be piped goes to standard output.
            Event::Planned { plan, purpose: Purpose::Show, .. } if !plan.is_empty() => print_styled(&text),
            Event::Planned { plan, purpose: Purpose::Show, .. } => to_stderr(&text).and_then(|()| print_styled(&kept_text(plan))),
            _ => to_stderr(&text),
        }
        // Nothing can be done about a closed stream.
        .ok();
    }

    fn output(&self, _: &str, value: &str) -> Result<(), Error> {
        print(value)
    }

    fn ask(&self, question: &str) -> Option<String> {
        ask(question)
    }
}

fn to_stderr(text: &str) -> Result<(), Error> {
    write!(anstream::stderr().lock(), "{text}").map_err(Error::Output)
}

impl Lines {
    fn text(&self, event: &Event<'_>) -> Option<String> {
        Some(match event {
            Event::Start { gallery, account, region, identity, endpoint } => {
                let mut text = format!(
                    "gallery-deploy {} · gallery `{gallery}` · account {account} · {region}\n",
                    env!("CARGO_PKG_VERSION")
                );
                if let Some(endpoint) = endpoint {
                    text += &format!("  {}\n", paint(DIM, &format!("at {endpoint}")));
                }
                if let Some(identity) = identity {
                    text += &format!("  {}\n", paint(DIM, &format!("as {identity}")));
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
            Event::Stopping => "Stopping: calls in flight finish, no other begins (once more to leave now)\n".into(),
            Event::Verifying { left, elapsed } => {
                return self.heartbeat("verifying", *elapsed, || format!("verifying: AWS does not show yet {}", left.join(", ")));
            }
            Event::Verified => format!("  {} verified: a second look finds nothing to change\n", paint(GOOD, "✓")),
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
    use super::*;
    use crate::resource::Kind;

    #[test]
    fn a_long_wait_is_told_every_half_minute() {
        let lines = Lines::default();
        let subject = Subject { kind: Kind::Function, name: "f".into(), action: Action::Create };
        let told = |elapsed| {
            let event = Event::Waiting { subject: &subject, for_what: "for IAM", elapsed: Duration::from_secs(elapsed) };
            lines.text(&event).is_some()
        };
        let when: Vec<u64> = (0..70).filter(|second| told(*second)).collect();
        assert_eq!(when, [2, 32, 62]);
    }
}

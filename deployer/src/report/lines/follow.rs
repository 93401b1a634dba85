//! What is kept of the events for what is shown later, and what is live.

use std::time::Instant;

use super::{COMPARING, State, VERIFYING};
use crate::event::{Event, Progressed, Purpose, Unit};
use crate::plan::Action;
use crate::report::live::What;
use crate::report::screen::{Mode, Screen};

impl State {
    /// Keeps what is under way.
    pub(super) fn follow(&mut self, event: &Event<'_>, now: Instant) {
        match event {
            Event::Looking => self.live.work(COMPARING, now),
            Event::Planned { plan, purpose, .. } => {
                self.live.clear();
                self.names = plan.changes.iter().map(|change| change.name.chars().count()).max().unwrap_or_default();
                self.changes = plan.changes.len();
                self.only_creates = plan.count(Action::Create) == plan.changes.len();
                self.purpose = *purpose;
                self.kept = if *purpose == Purpose::Down { plan.kept.len() } else { 0 };
            }
            Event::Progress { what, done, total, .. } => {
                let what = format!("going through the {what}");
                let progressed = Progressed { done: *done, total: *total, unit: Unit::Objects };
                self.live.work(&what, now);
                self.live.progress(&What::Work(what), progressed, now);
            }
            Event::IndexRepaired { .. } => self.repaired += 1,
            Event::Started { subject } => self.live.begin(What::Change((*subject).clone()), now),
            Event::Waiting { subject, for_what, elapsed, .. } => {
                self.live.wait(&What::Change((*subject).clone()), for_what, *elapsed, now);
            }
            Event::Progressed { subject, progressed } => {
                self.live.progress(&What::Change((*subject).clone()), *progressed, now);
            }
            Event::Done { subject, .. } | Event::Failed { subject, .. } | Event::CutOff { subject } => {
                self.live.end(&What::Change((*subject).clone()));
            }
            Event::Verifying { left, elapsed } => {
                self.live.work(VERIFYING, now);
                let for_what = format!("for AWS to show {}", left.join(", "));
                self.live.wait(&What::Work(VERIFYING.to_owned()), &for_what, *elapsed, now);
            }
            Event::Verified | Event::Summary { .. } | Event::IndexCompared { .. } => self.live.clear(),
            Event::Ended { .. } => {
                self.live.clear();
                self.ended = true;
            }
            _ => {}
        }
    }

    pub(super) fn draw(&mut self, screen: &Screen, now: Instant) {
        if screen.mode == Mode::Rich {
            let mut frame = self.live.frame(screen.width.unwrap_or(80), screen.rows, self.names, now, self.ticks);
            if self.opened && !frame.is_empty() {
                frame.insert(0, '\n');
            }
            self.streams.draw(&frame);
        }
    }
}

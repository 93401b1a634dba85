//! What a run told, kept until its end, for those who show it as a whole.

use std::time::Duration;

use super::plan_text::{notes_text, plan_text};
use super::why::why;
use super::words::{counted, seconds};
use super::{error_text, explained};
use crate::error::{Error, exit};
use crate::event::{Event, Purpose, Subject};
use crate::plan::{Action, Plan};
use crate::resource::Kind;
use crate::resource::compare::{Cause, Field};

/// All that was told so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub gallery: Option<String>,
    /// `account 123456789012 · us-west-2`
    pub place: Option<String>,
    pub plan: Option<Planned>,
    /// What was done, in words.
    pub summary: Option<String>,
    /// How many changes were made.
    pub done: usize,
    pub site_url: Option<String>,
    /// The errors as they are shown, without colour.
    pub errors: Vec<String>,
    pub exit_code: u8,
}

/// The plan, and what became of it.
#[derive(Debug)]
pub(super) struct Planned {
    /// `0 to create, 1 to update, 0 to delete`, or that nothing is to change.
    pub outcome: String,
    pub rows: Vec<Row>,
    /// As it is shown, without colour.
    pub text: String,
    pub applied: bool,
}

/// One resource of the plan.
#[derive(Debug)]
pub(super) struct Row {
    kind: Kind,
    pub action: &'static str,
    pub name: String,
    pub fields: Vec<&'static str>,
    /// Why it differs, in words.
    pub causes: Vec<&'static str>,
    pub result: String,
}

impl Row {
    pub(super) fn kind(&self) -> &'static str {
        self.kind.word()
    }
}

impl Gathered {
    pub(super) fn follow(&mut self, event: &Event<'_>) {
        match event {
            Event::Start { gallery, account, region, .. } => {
                self.gallery = Some((*gallery).to_owned());
                self.place = Some(format!("account {account} · {region}"));
            }
            Event::Planned { plan, purpose, .. } => self.plan = Some(Planned::of(plan, *purpose)),
            Event::Started { .. } => {
                if let Some(plan) = &mut self.plan {
                    plan.applied = true;
                }
            }
            Event::Done { subject, elapsed, .. } => self.result(subject, seconds(*elapsed)),
            Event::Failed { subject, error, elapsed, .. } => {
                self.result(subject, format!("failed after {}", seconds(*elapsed)));
                self.errors.push(bare(&explained(error, Some(why(subject.kind, subject.action)))));
            }
            Event::CutOff { subject } => self.result(subject, "cut off".into()),
            Event::NotStarted { subjects, .. } => {
                for subject in *subjects {
                    self.result(subject, "not started".into());
                }
            }
            Event::Summary { created, updated, deleted, failed, cut_off, not_started, elapsed } => {
                self.done = created + updated + deleted;
                self.summary = Some(summary([*created, *updated, *deleted, *failed, *cut_off, *not_started], *elapsed));
            }
            Event::Ended { error: Some(error) } => {
                self.exit_code = error.exit_code();
                // Told by what failed, or no failure at all.
                if !matches!(error, Error::Incomplete { .. }) && !matches!(self.exit_code, exit::CHANGES | exit::DRIFT) {
                    self.errors.push(bare(&error_text(error)));
                }
            }
            _ => {}
        }
    }

    fn result(&mut self, subject: &Subject, result: String) {
        let rows = self.plan.iter_mut().flat_map(|plan| &mut plan.rows);
        for row in rows.filter(|row| row.kind == subject.kind && row.name == subject.name) {
            row.result.clone_from(&result);
        }
    }

    /// Whether something is to change, or has been changed.
    pub(super) fn changed(&self) -> bool {
        match &self.plan {
            Some(plan) if plan.applied => self.done > 0,
            Some(plan) => !plan.rows.is_empty(),
            None => false,
        }
    }
}

impl Planned {
    fn of(plan: &Plan, purpose: Purpose) -> Self {
        let counts = [Action::Create, Action::Update, Action::Delete].map(|action| plan.count(action));
        let outcome = match (counts, purpose) {
            ([0, 0, 0], Purpose::Down) => "nothing to delete".to_owned(),
            ([0, 0, 0], _) => "no changes".to_owned(),
            ([create, update, delete], _) => format!("{create} to create, {update} to update, {delete} to delete"),
        };
        let text = if plan.is_empty() { notes_text(plan) } else { plan_text(plan, false) };
        Self { outcome, rows: plan.changes.iter().map(Row::of).collect(), text: bare(&text), applied: false }
    }
}

impl Row {
    fn of(change: &crate::plan::Change) -> Self {
        let told = |field: Field| field != Field::Applied || change.fields.len() == 1;
        let mut causes: Vec<&str> = change.fields.iter().filter_map(|field| field.cause.as_ref()).map(word).collect();
        causes.dedup();
        Self {
            kind: change.kind,
            action: match change.action {
                Action::Create => "+ create",
                Action::Update => "~ update",
                Action::Delete => "- delete",
            },
            name: change.name.clone(),
            fields: change.fields.iter().map(|field| field.field).filter(|field| told(*field)).map(Field::name).collect(),
            causes,
            result: String::new(),
        }
    }
}

const fn word(cause: &Cause) -> &'static str {
    match cause {
        Cause::Config => "gallery.yaml",
        Cause::Drift => "drift",
        Cause::Release => "new build of the indexer",
        Cause::Files => "new files",
        Cause::Adopted => "taken over",
    }
}

fn summary(counts: [usize; 6], elapsed: Duration) -> String {
    let words = ["created", "updated", "deleted", "failed", "cut off", "not started"];
    let counts: Vec<(&str, usize)> = words.into_iter().zip(counts).collect();
    counted(&counts, elapsed)
}

/// Without colour.
pub(super) fn bare(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

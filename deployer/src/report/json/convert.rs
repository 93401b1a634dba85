//! What events carry, as it is written.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::ms;
use crate::aws::error::AwsError;
use crate::aws::index::Counts;
use crate::config::ConfigError;
use crate::deployed::Deployed;
use crate::error::Error;
use crate::event::Subject;
use crate::finding::{self, Finding};
use crate::place::Place;
use crate::plan::{self, Change, Detail, Kept, Part, Plan};
use crate::report::pace::Pace;
use crate::report::record::{
    Action, Call, Diagnostic, Difference, Fact, FieldRecord, ImageCount, Outcome, Record, RowCount, Span,
};
use crate::resource::Kind;
use crate::status::Status;

/// A name for people and programs: `function/holiday-indexer`.
fn id_of(kind: Kind, name: &str) -> String {
    format!("{}/{name}", word(&kind))
}

pub(super) fn id(subject: &Subject) -> String {
    id_of(subject.kind, &subject.name)
}

/// A unit variant as it is serialised.
pub(super) fn word(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

impl From<plan::Action> for Action {
    fn from(action: plan::Action) -> Self {
        match action {
            plan::Action::Create => Self::Create,
            plan::Action::Update => Self::Update,
            plan::Action::Delete => Self::Delete,
        }
    }
}

impl From<gallery_index::Difference> for Difference {
    fn from(difference: gallery_index::Difference) -> Self {
        match difference {
            gallery_index::Difference::Missing => Self::Missing,
            gallery_index::Difference::Stale => Self::Stale,
            gallery_index::Difference::Wrong => Self::Wrong,
            gallery_index::Difference::Foreign => Self::Foreign,
        }
    }
}

pub(super) fn progress(what: &'static str, done: u64, total: Option<u64>, elapsed: Duration) -> Record {
    let pace = Pace::of(done, total, elapsed);
    Record::Progress {
        what,
        done,
        total,
        per_second: pace.per_second,
        remaining_ms: pace.remaining.map(ms),
        elapsed_ms: ms(elapsed),
    }
}

pub(super) fn index_difference(difference: gallery_index::Difference, gallery: &str, key: &str, repaired: bool) -> Record {
    let (gallery, key) = (gallery.to_owned(), key.to_owned());
    Record::IndexDifference { gallery, key, difference: difference.into(), repaired }
}

pub(super) fn index_compared(counts: &Counts, elapsed: Duration) -> Record {
    let Counts { galleries, images, rows, missing, stale, wrong, foreign, repaired, failed } = *counts;
    let elapsed_ms = ms(elapsed);
    Record::IndexCompared { galleries, images, rows, missing, stale, wrong, foreign, repaired, failed, elapsed_ms }
}

pub(super) fn planned(plan: &Plan, elapsed: Duration) -> Vec<Record> {
    let mut records = vec![Record::Observed { elapsed_ms: ms(elapsed) }];
    records.extend(plan.changes.iter().map(planned_change));
    records.extend(plan.kept.iter().chain(&plan.notes).map(planned_keep));
    records.push(Record::PlanSummary {
        create: plan.count(plan::Action::Create),
        update: plan.count(plan::Action::Update),
        delete: plan.count(plan::Action::Delete),
        keep: plan.kept.len() + plan.notes.len(),
        unchanged: plan.unchanged.len(),
    });
    records
}

fn planned_change(change: &Change) -> Record {
    let fields: Vec<FieldRecord> = change.parts.iter().filter_map(field).collect();
    let first = fields.first().and_then(|field| field.cause.clone());
    Record::Planned {
        id: id_of(change.kind, &change.name),
        kind: word(&change.kind),
        name: change.name.clone(),
        action: change.action.into(),
        cause: first.filter(|first| fields.iter().all(|field| field.cause.as_ref() == Some(first))),
        summary: change.summary.clone(),
        fields,
    }
}

fn planned_keep(kept: &Kept) -> Record {
    Record::Planned {
        id: id_of(kept.kind, &kept.name),
        kind: word(&kept.kind),
        name: kept.name.clone(),
        action: Action::Keep,
        cause: None,
        summary: kept.reason.clone(),
        fields: Vec::new(),
    }
}

pub(super) fn finding(found: &Finding) -> Record {
    let Finding { check, outcome, summary, facts, help } = found;
    Record::Finding {
        check: (*check).to_owned(),
        outcome: match outcome {
            finding::Outcome::Fine => Outcome::Ok,
            finding::Outcome::Wrong { .. } => Outcome::Wrong,
            finding::Outcome::Unknown => Outcome::Unknown,
        },
        summary: summary.clone(),
        facts: facts.iter().map(|(label, text)| Fact { label: (*label).to_owned(), text: text.clone() }).collect(),
        help: help.clone(),
    }
}

pub(super) fn status(told: &Status) -> Record {
    let Status { site_url, last_deploy, images, rows, failures, failed_events, difference, unknown } = told;
    let reasons =
        [images.as_ref().err(), rows.as_ref().err(), failures.as_ref().err(), failed_events.as_ref().err()].into_iter().flatten();
    Record::Status {
        site_url: site_url.clone(),
        last_deploy: last_deploy.clone(),
        images: images.as_ref().ok().map(|it| ImageCount { count: it.count, bytes: it.bytes, is_all: it.is_all }),
        rows: rows.as_ref().ok().map(|it| RowCount { shown: it.shown, rejected: it.rejected, is_all: it.is_all }),
        failures: failures.as_ref().ok().map(|failures| failures.lines.len()),
        failed_events: failed_events.as_ref().ok().copied(),
        missing: difference.missing,
        drifted: difference.drifted,
        pending: difference.pending,
        unknown: reasons.chain(unknown).cloned().collect(),
    }
}

pub(super) fn gallery(found: &Deployed, place: &Place) -> Record {
    Record::Gallery {
        gallery: found.full_name(),
        name: found.name.clone(),
        stage: found.stage.clone(),
        region: found.region.clone(),
        since: found.since.clone(),
        site_url: found.site_url(place),
    }
}

fn field(part: &Part) -> Option<FieldRecord> {
    let Part::Differs(Detail { path, before, after, cause, origin, sensitive }) = part else { return None };
    Some(FieldRecord {
        path: path.clone(),
        before: before.clone(),
        after: after.clone(),
        cause: cause.as_ref().map(word),
        key: origin.as_ref().map(|origin| origin.key.clone()),
        line: origin.as_ref().and_then(|origin| origin.line),
        sensitive: *sensitive,
    })
}

/// One for each problem of a configuration, else one. `about`: the id of what it is about, and why it matters.
pub(super) fn diagnostics(about: Option<(String, Option<&str>)>, error: &Error) -> Vec<Record> {
    let (id, why) = about.unzip();
    if let Error::Config(config) = error {
        return config_diagnostics(config);
    }
    let call = match error {
        Error::Aws(error) => Some(call(error)),
        Error::Deadline { last: Some(error), .. } => Some(call(error)),
        _ => None,
    };
    vec![Record::Diagnostic(Diagnostic {
        id,
        code: error.code().as_str().to_owned(),
        summary: error.summary(),
        facts: error.facts().into_iter().map(|(label, text)| Fact { label: label.to_owned(), text }).collect(),
        detail: why.flatten().map(ToOwned::to_owned),
        help: error.help(),
        span: None,
        aws: call,
    })]
}

fn config_diagnostics(config: &ConfigError) -> Vec<Record> {
    let file = config.path().display().to_string();
    let problems = config.problems().iter().map(|problem| {
        let span = problem.position.map(|at| Span { file: file.clone(), line: at.line, column: at.column, length: at.length });
        let label = (!problem.label.is_empty()).then(|| Fact { label: "here".into(), text: problem.label.clone() });
        Record::Diagnostic(Diagnostic {
            id: None,
            code: "config".into(),
            summary: problem.summary.clone(),
            facts: label.into_iter().collect(),
            detail: None,
            help: problem.help.clone().into_iter().collect(),
            span,
            aws: None,
        })
    });
    problems.collect()
}

fn call(error: &AwsError) -> Call {
    let (service, operation) = error.call.split_once(':').unwrap_or(("", error.call));
    Call {
        service: service.to_owned(),
        operation: operation.to_owned(),
        resource: error.resource.clone(),
        code: error.code.clone(),
        status: error.status,
        request_id: error.request_id.clone(),
    }
}

//! Events as JSON lines.

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;
use serde_json::Value;

use super::pace::Pace;
use super::record::{
    Action, Call, Diagnostic, Difference, FORMAT, Fact, FieldRecord, ImageCount, Line, Outcome, Record, RowCount, Span, Unit,
};
use crate::aws::error::AwsError;
use crate::aws::index::Counts;
use crate::config::ConfigError;
use crate::deployed::Deployed;
use crate::error::Error;
use crate::event::{self, Event, Progressed, Report, Subject};
use crate::finding::{self, Finding};
use crate::place::Place;
use crate::plan::{self, Change, Detail, Kept, Part, Plan};
use crate::resource::Kind;
use crate::status::Status;

/// Writes each event to `out` as it happens.
pub struct Json {
    command: String,
    begun: Instant,
    state: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    started: bool,
    ended: bool,
    counts: [usize; 6],
    /// When the progress of each change was last told.
    progress: HashMap<String, Instant>,
}

/// Progress of one change is told no more often.
const PROGRESS: Duration = Duration::from_secs(1);

impl Json {
    /// `command` is the word on the command line.
    pub fn new(out: impl Write + Send + 'static, command: &str) -> Self {
        let state = State { out: Box::new(out), started: false, ended: false, counts: [0; 6], progress: HashMap::new() };
        Self { command: command.to_owned(), begun: Instant::now(), state: Mutex::new(state) }
    }

    fn start(&self) -> Record {
        Record::Start {
            format: FORMAT,
            tool: "gallery-deploy",
            version: env!("CARGO_PKG_VERSION"),
            command: self.command.clone(),
            gallery: None,
            stage: None,
            account: None,
            region: None,
            identity: None,
            profile: None,
            by_oidc: false,
            region_is_named: false,
            endpoint: None,
        }
    }

    /// Nothing can be done about a closed output.
    fn write(&self, records: impl IntoIterator<Item = Record>) -> std::io::Result<()> {
        // A panic of another thread is no reason to be silent.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for record in records {
            if state.ended {
                continue;
            }
            if !state.started && !matches!(record, Record::Start { .. }) {
                line(&mut state.out, self.start())?;
            }
            state.started = true;
            state.ended = matches!(record, Record::End { .. });
            line(&mut state.out, record)?;
        }
        state.out.flush()
    }

    fn progress(&self, id: String, progressed: Progressed) -> Option<Record> {
        let Progressed { done, total, unit } = progressed;
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = Instant::now();
        let lately = state.progress.get(&id).is_some_and(|told| now.duration_since(*told) < PROGRESS);
        if lately && Some(done) != total {
            return None;
        }
        state.progress.insert(id.clone(), now);
        let unit = match unit {
            event::Unit::Bytes => Unit::Bytes,
            event::Unit::Objects => Unit::Objects,
        };
        Some(Record::ApplyProgress { id, done, total, unit })
    }

    fn end(&self, error: Option<&Error>) -> Vec<Record> {
        let counts = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).counts;
        let [created, updated, deleted, failed, cut_off, not_started] = counts;
        let exit_code = error.map_or(0, Error::exit_code);
        let end = Record::End {
            exit_code,
            created,
            updated,
            deleted,
            failed,
            cut_off,
            not_started,
            elapsed_ms: ms(self.begun.elapsed()),
        };
        error.map(|error| diagnostics(None, error)).unwrap_or_default().into_iter().chain([end]).collect()
    }
}

fn line(out: &mut impl Write, record: Record) -> std::io::Result<()> {
    // Formatting a time of today cannot fail.
    let ts = DateTime::from(round(SystemTime::now())).fmt(Format::DateTime).unwrap_or_default();
    let mut line = serde_json::to_vec(&Line { record, ts })?;
    line.push(b'\n');
    // At once, so that a reader never sees half a line.
    out.write_all(&line)
}

/// To milliseconds.
fn round(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_millis(ms(since))
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Report for Json {
    fn event(&self, event: &Event<'_>) {
        let records = match event {
            Event::Start { gallery, stage, account, region, identity, profile, by_oidc, region_is_named, endpoint } => {
                vec![Record::Start {
                    format: FORMAT,
                    tool: "gallery-deploy",
                    version: env!("CARGO_PKG_VERSION"),
                    command: self.command.clone(),
                    gallery: Some((*gallery).to_owned()),
                    stage: stage.map(ToOwned::to_owned),
                    account: Some((*account).to_owned()),
                    region: Some((*region).to_owned()),
                    identity: identity.map(ToOwned::to_owned),
                    profile: profile.map(ToOwned::to_owned),
                    by_oidc: *by_oidc,
                    region_is_named: *region_is_named,
                    endpoint: endpoint.map(ToOwned::to_owned),
                }]
            }
            Event::Planned { plan, elapsed, .. } => planned(plan, *elapsed),
            Event::Started { subject } => vec![Record::ApplyStarted { id: id(subject), action: subject.action.into() }],
            Event::Looking => vec![Record::Observing],
            Event::Waiting { subject, for_what, elapsed, attempts } => vec![Record::ApplyWaiting {
                id: id(subject),
                waiting: (*for_what).to_owned(),
                elapsed_ms: ms(*elapsed),
                attempts: *attempts,
            }],
            Event::Progressed { subject, progressed } => match self.progress(id(subject), *progressed) {
                Some(record) => vec![record],
                None => return,
            },
            Event::Done { subject, elapsed, attempts } => vec![Record::ApplyDone {
                id: id(subject),
                action: subject.action.into(),
                elapsed_ms: ms(*elapsed),
                attempts: *attempts,
            }],
            Event::Failed { subject, error, elapsed } => {
                let failed = Record::ApplyFailed { id: id(subject), action: subject.action.into(), elapsed_ms: ms(*elapsed) };
                [failed].into_iter().chain(diagnostics(Some(id(subject)), error)).collect()
            }
            Event::CutOff { subject } => vec![Record::ApplyCutOff { id: id(subject), action: subject.action.into() }],
            Event::NotStarted { subjects, needs } => {
                let needs = needs.map(id);
                let record = |subject: &Subject| Record::ApplyNotStarted {
                    id: id(subject),
                    action: subject.action.into(),
                    needs: needs.clone(),
                };
                subjects.iter().map(record).collect()
            }
            Event::Stopping { calls } => vec![Record::Stopping { calls: *calls }],
            Event::Verifying { left, elapsed } => vec![Record::Verifying { left: left.to_vec(), elapsed_ms: ms(*elapsed) }],
            Event::Verified => vec![Record::Verified],
            Event::Galleries { galleries, place } => galleries.iter().map(|found| gallery(found, place)).collect(),
            Event::Finding(found) => vec![finding(found)],
            Event::Status(told) => vec![status(told)],
            Event::Log(line) => vec![Record::Log { time: line.timestamp(), message: line.message.clone() }],
            Event::Progress { what, done, total, elapsed } => vec![progress(what, *done, *total, *elapsed)],
            Event::IndexDiffers { difference, gallery, key } => vec![index_difference(*difference, gallery, key, false)],
            Event::IndexRepaired { difference, gallery, key } => vec![index_difference(*difference, gallery, key, true)],
            Event::IndexFailed { gallery, key, error } => {
                let id = format!("row/{key}");
                let failed = Record::IndexFailed { id: id.clone(), gallery: (*gallery).to_owned(), key: (*key).to_owned() };
                [failed].into_iter().chain(diagnostics(Some(id), error)).collect()
            }
            Event::IndexCompared { counts, elapsed, .. } => vec![index_compared(counts, *elapsed)],
            Event::Note(text) | Event::Message(text) => vec![Record::Note { text: (*text).trim().to_owned() }],
            Event::Hints(hints) => {
                hints.iter().map(|(label, text)| Record::Hint { label: (*label).to_owned(), text: text.clone() }).collect()
            }
            // Told by the last line.
            Event::Summary { created, updated, deleted, failed, cut_off, not_started, .. } => {
                let counts = [*created, *updated, *deleted, *failed, *cut_off, *not_started];
                self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner).counts = counts;
                return;
            }
            Event::Ended { error } => self.end(*error),
        };
        self.write(records).ok();
    }

    fn output(&self, name: &str, value: &str) -> Result<(), Error> {
        self.write([Record::Output { name: name.to_owned(), value: value.to_owned() }]).map_err(Error::Output)
    }

    /// Whoever reads events shows no plan to anybody.
    fn ask(&self, _: &str) -> Option<String> {
        None
    }
}

/// A name for people and programs: `function/holiday-indexer`.
fn id_of(kind: Kind, name: &str) -> String {
    format!("{}/{name}", word(&kind))
}

fn id(subject: &Subject) -> String {
    id_of(subject.kind, &subject.name)
}

/// A unit variant as it is serialised.
fn word(variant: &impl Serialize) -> String {
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

fn progress(what: &'static str, done: u64, total: Option<u64>, elapsed: Duration) -> Record {
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

fn index_difference(difference: gallery_index::Difference, gallery: &str, key: &str, repaired: bool) -> Record {
    let (gallery, key) = (gallery.to_owned(), key.to_owned());
    Record::IndexDifference { gallery, key, difference: difference.into(), repaired }
}

fn index_compared(counts: &Counts, elapsed: Duration) -> Record {
    let Counts { galleries, images, rows, missing, stale, wrong, foreign, repaired, failed } = *counts;
    let elapsed_ms = ms(elapsed);
    Record::IndexCompared { galleries, images, rows, missing, stale, wrong, foreign, repaired, failed, elapsed_ms }
}

fn planned(plan: &Plan, elapsed: Duration) -> Vec<Record> {
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

fn finding(found: &Finding) -> Record {
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

fn status(told: &Status) -> Record {
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

fn gallery(found: &Deployed, place: &Place) -> Record {
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

/// One for each problem of a configuration, else one.
fn diagnostics(id: Option<String>, error: &Error) -> Vec<Record> {
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

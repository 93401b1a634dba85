//! Events as JSON lines.

mod convert;

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use convert::{diagnostics, finding, gallery, id, index_compared, index_difference, planned, progress, status};

use super::record::{FORMAT, Line, Record, Unit};
use super::why::why;
use crate::error::Error;
use crate::event::{self, Event, Progressed, Report, Subject};

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
                [failed]
                    .into_iter()
                    .chain(diagnostics(Some((id(subject), Some(why(subject.kind, subject.action)))), error))
                    .collect()
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
                [failed].into_iter().chain(diagnostics(Some((id, None)), error)).collect()
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

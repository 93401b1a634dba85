//! The Lambda that keeps the index: S3 calls it for every image that comes, changes or goes, and it makes the row say what the
//! object is.
//!
//! [`event`] reads which keys to look at; the rule, in the crate `gallery-index`, looks and writes through [`index`], [`s3`]
//! and [`client`]; here they are put together: all records of an event are attempted, then an error is returned if any failed,
//! so that Lambda delivers the whole event again. Everything can be repeated, so that is safe. Where the time of the function does not
//! suffice, what is not done by then has failed: Lambda itself would end the function without a word of which.

mod client;
mod environment;
mod event;
mod index;
mod log;
mod s3;

use std::fmt;
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt as _, stream};
use gallery_index::{Awaited, Indexed, Rejection, State};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::environment::Environment;
use crate::event::{SkippedRecord, Task};
use crate::index::{CallError, Index};
use crate::log::Line;

/// How many keys are worked on at once, most of which wait. S3 sends one record an event in practice; this bounds what is possible.
const KEYS_AT_ONCE: usize = 64;
/// What the function keeps of its time to say what it has not done.
const RESERVE: Duration = Duration::from_millis(300);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let environment = Environment::read()?;
    // Built once, while Lambda still gives the start-up its full processor; the first call is made by the first event.
    let bucket = environment.bucket.clone();
    let index = Index::new(environment, client::https());
    lambda_runtime::run(service_fn(|event| handle(&index, &bucket, event))).await
}

/// Some records of an event failed; each has its line in the log.
#[derive(Debug, PartialEq, Eq)]
struct SomeFailed {
    failed: usize,
    records: usize,
}

impl fmt::Display for SomeFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} records could not be indexed", self.failed, self.records)
    }
}

impl std::error::Error for SomeFailed {}

async fn handle(index: &Index, bucket: &str, event: LambdaEvent<Value>) -> Result<(), Error> {
    let request_id = event.context.request_id.as_str();
    let left = event.context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    let end = Instant::now() + left.saturating_sub(RESERVE);
    let tasks = event::read(&event.payload, bucket);
    let records = tasks.len();
    let failed = stream::iter(tasks)
        .map(|task| carry_out(index, request_id, task, end))
        .buffer_unordered(KEYS_AT_ONCE)
        .filter(|done| std::future::ready(!done))
        .count()
        .await;
    if failed == 0 { Ok(()) } else { Err(SomeFailed { failed, records }.into()) }
}

/// Does what one record asks for, if that can be done until `end`, and logs it; false if it has to be done again.
async fn carry_out(index: &Index, request_id: &str, task: Result<Task, SkippedRecord>, end: Instant) -> bool {
    let start = Instant::now();
    let line = |decision| Line { decision, request_id, duration_ms: start.elapsed().as_millis(), ..Line::default() };
    let task = match task {
        Ok(task) => task,
        Err(skipped) => {
            let (gallery, reason) = (skipped.gallery(), Some(skipped.reason.to_string()));
            Line { gallery: gallery.as_deref(), key: skipped.key.as_deref(), reason, ..line("skipped") }.write();
            return true;
        }
    };
    let in_time = async { if Instant::now() < end { timeout_at(end, index.update(&task)).await.ok() } else { None } };
    let too_late = || Err(CallError::for_now("the time of the function is over".to_owned()).into());
    let result = in_time.await.unwrap_or_else(too_late);
    let line = |decision| Line { gallery: Some(task.key.gallery()), key: Some(task.key.as_str()), ..line(decision) };
    match result {
        Ok(indexed) => {
            let is_done = !indexed.is_awaited();
            let Indexed { row, looks } = indexed;
            let (decision, reason) = match &row.state {
                State::Shown(..) => ("shown", None),
                State::Rejected(_, rejection) => ("rejected", Some(rejection.to_string())),
                State::Unreadable => ("rejected", Some(Rejection::Unreadable.to_string())),
                State::Deleted { awaited: Some(Awaited::Since { .. }), .. } => {
                    ("awaited", Some("it came, and S3 does not know it".to_owned()))
                }
                State::Deleted { .. } => ("deleted", None),
            };
            Line { rev: Some(row.rev), looks: Some(looks), reason, ..line(decision) }.write();
            is_done
        }
        Err(error) => {
            let for_good = matches!(&error, gallery_index::Error::Backend(CallError { for_good: true, .. }));
            let reason = Some(error.to_string());
            Line { reason, ..line(if for_good { "dropped" } else { "failed" }) }.write();
            for_good
        }
    }
}

#[cfg(test)]
mod test_support;
#[cfg(test)]
#[path = "main_tests.rs"]
mod tests;

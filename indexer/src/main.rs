//! The Lambda that keeps the index: for every image that is created or removed in the bucket, S3 calls it, and it writes or
//! deletes the row.
//!
//! [`event`] reads what S3 says and decides, [`index`] writes to DynamoDB, and here they are put together: all records of an
//! event are attempted, then an error is returned if any failed, so that Lambda delivers the whole event again. Every
//! action can be repeated, so that is safe.

mod client;
mod event;
mod index;
mod log;

use std::env;
use std::fmt;

use futures_util::{StreamExt as _, stream};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

use crate::event::{Action, SkippedRecord};
use crate::index::{Index, Outcome};
use crate::log::Line;

/// How many calls to DynamoDB run at once. S3 sends one record an event in practice; this bounds what is possible.
const CALLS_AT_ONCE: usize = 8;

/// The variable that names the index table.
const TABLE: &str = "GALLERY_TABLE";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let table = env::var(TABLE).map_err(|_| format!("the environment variable {TABLE} is not set"))?;
    // Built once, while Lambda still gives the start-up its full processor; the first call is made by the first event.
    let index = Index::new(client::from_environment()?, table);
    lambda_runtime::run(service_fn(|event| handle(&index, event))).await
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

async fn handle(index: &Index, event: LambdaEvent<Value>) -> Result<(), Error> {
    let request_id = event.context.request_id.as_str();
    let decisions = event::read(&event.payload);
    let records = decisions.len();
    let failed = stream::iter(&decisions)
        .map(|decision| carry_out(index, request_id, decision.as_ref()))
        .buffer_unordered(CALLS_AT_ONCE)
        .filter(|done| std::future::ready(!done))
        .count()
        .await;
    if failed == 0 { Ok(()) } else { Err(SomeFailed { failed, records }.into()) }
}

/// Does what one record asks for and logs it; false if that failed.
async fn carry_out(index: &Index, request_id: &str, decision: Result<&Action, &SkippedRecord>) -> bool {
    let action = match decision {
        Ok(action) => action,
        Err(skipped) => {
            let reason = Some(skipped.reason.to_string());
            Line { decision: "skipped", request_id, key: skipped.key.as_deref(), reason, ..Line::default() }.write();
            return true;
        }
    };
    let result = index.apply(action).await;
    Line {
        decision: match &result {
            Ok(Outcome::Written) => "written",
            Ok(Outcome::Removed) => "removed",
            Ok(Outcome::NothingToDo) => "nothing to do",
            Err(_) => "failed",
        },
        request_id,
        gallery: Some(action.key.gallery()),
        key: Some(action.key.as_str()),
        sequencer: action.sequencer.as_ref().map(event::Sequencer::as_str),
        reason: result.as_ref().err().map(ToString::to_string),
    }
    .write();
    result.is_ok()
}

#[cfg(test)]
mod test_support;
#[cfg(test)]
#[path = "main_tests.rs"]
mod tests;

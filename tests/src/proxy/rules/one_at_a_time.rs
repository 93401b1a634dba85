//! Changes of one thing that AWS does not take at the same time.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use hyper::Method;
use serde_json::json;
use tokio::task::block_in_place;

use super::Rule;
use super::lambda::{changed_function, conflict};
use super::logs::aborted as group_aborted;
use super::s3_bucket::{aborted as bucket_aborted, bucket};
use crate::Kind;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// How long a change takes at least. What comes in that time comes too early.
const CHANGE: Duration = Duration::from_millis(30);

/// One change of a thing at a time; the second is answered otherwise. It has to be the last rule that sees a call before the local AWS does:
/// what it has let through must come back to it.
pub(super) struct OneAtATime {
    /// What a call changes.
    changes: fn(&Exchange<'_>) -> Option<String>,
    refusal: fn(&Exchange<'_>) -> Answer,
    under_way: Mutex<HashSet<String>>,
}

impl OneAtATime {
    fn new(changes: fn(&Exchange<'_>) -> Option<String>, refusal: fn(&Exchange<'_>) -> Answer) -> Self {
        Self { changes, refusal, under_way: Mutex::default() }
    }

    /// S3: settings of one bucket.
    pub(super) fn bucket() -> Self {
        let changes = |exchange: &Exchange<'_>| {
            let setting = exchange.call.kind == Kind::Write && exchange.call.operation != "DeleteObjects";
            bucket(exchange).filter(|bucket| setting && *bucket == exchange.call.resource).map(ToOwned::to_owned)
        };
        Self::new(changes, bucket_aborted)
    }

    /// I7: one user, one role.
    pub(super) fn entity() -> Self {
        let changes = |exchange: &Exchange<'_>| {
            let write = exchange.call.service == "iam" && exchange.call.kind == Kind::Write;
            write.then(|| exchange.call.resource.clone()).filter(|entity| !entity.is_empty())
        };
        let refusal = |exchange: &Exchange<'_>| {
            let words = "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few \
                         minutes and submit your request again.";
            Answer::error(exchange.call, 409, "ConcurrentModification", words)
        };
        Self::new(changes, refusal)
    }

    /// G4: one log group.
    pub(super) fn group() -> Self {
        let changes = |exchange: &Exchange<'_>| {
            let write = exchange.call.service == "logs" && exchange.call.kind == Kind::Write;
            // A group is named by its name or by its ARN.
            write.then(|| exchange.call.resource.rsplit("log-group:").next().unwrap_or_default().to_owned())
        };
        Self::new(changes, group_aborted)
    }

    /// L6: one function, but for its policy.
    pub(super) fn function() -> Self {
        let changes = |exchange: &Exchange<'_>| {
            let policy = exchange.is("lambda:AddPermission") || exchange.is("lambda:RemovePermission");
            let others = policy || exchange.is("lambda:CreateFunction") || exchange.is("lambda:Invoke");
            changed_function(exchange).filter(|_| exchange.call.kind == Kind::Write && !others)
        };
        let refusal = |exchange: &Exchange<'_>| {
            conflict(exchange, "The function could not be updated due to a concurrent update operation.")
        };
        Self::new(changes, refusal)
    }

    /// L8: one function's policy. The second change is lost, without a word.
    pub(super) fn function_policy() -> Self {
        let changes = |exchange: &Exchange<'_>| {
            let policy = exchange.is("lambda:AddPermission") || exchange.is("lambda:RemovePermission");
            policy.then(|| exchange.call.resource.clone())
        };
        let lost = |exchange: &Exchange<'_>| {
            if exchange.parts.method == Method::DELETE {
                return Answer::empty(204);
            }
            let mut answer = Answer::empty(201);
            answer.body = json!({ "Statement": "{}" }).to_string().into();
            answer
        };
        Self::new(changes, lost)
    }
}

impl Rule for OneAtATime {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let thing = (self.changes)(exchange)?;
        if !self.under_way.lock().unwrap().insert(thing) {
            return Some((self.refusal)(exchange));
        }
        block_in_place(|| sleep(CHANGE));
        None
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if let Some(thing) = (self.changes)(exchange) {
            self.under_way.lock().unwrap().remove(&thing);
        }
        answer
    }
}

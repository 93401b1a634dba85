//! CloudWatch Logs: groups that come by themselves.

use std::collections::HashSet;
use std::sync::Mutex;

use serde_json::json;

use super::Rule;
use super::countdown::Countdown;
use super::local::{iam, lambda, logs};
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// The function that writes into a group.
fn writer(group: &str) -> Option<&str> {
    group.strip_prefix("/aws/lambda/")
}

fn make(exchange: &Exchange<'_>, group: &str) {
    exchange.strike();
    logs(exchange, "CreateLogGroup", &json!({ "logGroupName": group }));
}

/// G1: Lambda makes a function's group by itself, without retention and tags. It may be there a moment before somebody else makes it:
/// here, always.
#[derive(Default)]
pub(super) struct GroupMadeByLambda {
    made: Countdown,
}

impl Rule for GroupMadeByLambda {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let group = exchange.is("logs:CreateLogGroup").then_some(&exchange.call.resource)?;
        writer(group)?;
        self.made.start_once(group, 1);
        if self.made.tick(group) {
            make(exchange, group);
        }
        None
    }
}

/// G2: what a function wrote last is flushed after the group is gone, and makes it anew where its role may create groups: also when the function and
/// its role are gone by then.
#[derive(Default)]
pub(super) struct GroupReappears {
    /// Functions that are gone, with something to flush.
    flushing: Mutex<HashSet<String>>,
}

impl Rule for GroupReappears {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let function = &exchange.call.resource;
        if exchange.is("lambda:DeleteFunction") && writes_where_it_may_create(exchange, function) {
            self.flushing.lock().unwrap().insert(function.clone());
        }
        None
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let group = exchange.call.resource.as_str();
        if exchange.is("logs:DeleteLogGroup")
            && answer.status.is_success()
            && let Some(function) = writer(group)
            && (self.flushing.lock().unwrap().remove(function) || writes_where_it_may_create(exchange, function))
        {
            make(exchange, group);
        }
        answer
    }
}

/// Whether there is such a function, and its role may create groups.
fn writes_where_it_may_create(exchange: &Exchange<'_>, function: &str) -> bool {
    let live = lambda(exchange, &format!("functions/{function}/configuration"));
    live.is_some_and(|live| may_create_groups(exchange, live["Role"].as_str().unwrap_or_default()))
}

/// Whether any inline policy of the role speaks of creating log groups.
fn may_create_groups(exchange: &Exchange<'_>, role: &str) -> bool {
    let name = role.rsplit('/').next().unwrap_or(role);
    let names = iam(exchange, "ListRolePolicies", &[("RoleName", name)]).unwrap_or_default();
    let mut policies = super::local::elements(&names, "member").into_iter();
    policies.any(|policy| {
        let document = iam(exchange, "GetRolePolicy", &[("RoleName", name), ("PolicyName", policy)]).unwrap_or_default();
        document.contains("CreateLogGroup") || document.contains("logs%3A%2A")
    })
}

/// G4: a group that was made a moment ago is still being worked on. Two requests at once are [`super::one_at_a_time`].
#[derive(Default)]
pub(super) struct GroupBusy {
    new: Countdown,
}

impl Rule for GroupBusy {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let busy = exchange.is("logs:PutRetentionPolicy") && self.new.tick(&exchange.call.resource);
        busy.then(|| aborted(exchange))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("logs:CreateLogGroup") {
            self.new.start(&exchange.call.resource, 2);
        }
        answer
    }
}

/// Another request on the same group is under way.
pub(super) fn aborted(exchange: &Exchange<'_>) -> Answer {
    let words = "A conflicting operation is currently in progress against this resource. Please try again.";
    Answer::error(exchange.call, 400, "OperationAbortedException", words)
}

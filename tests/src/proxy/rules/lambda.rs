//! Lambda: roles that are too new, functions that are not ready, permissions.

use std::collections::HashSet;
use std::sync::Mutex;

use hyper::Method;
use serde_json::{Value, json};

use super::Rule;
use super::countdown::Countdown;
use super::local::{iam, lambda};
use crate::Kind;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls find a new thing unsettled: enough to need a second retry.
const FOR_A_WHILE: u32 = 2;

const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

/// L1: Lambda cannot assume a new role for some seconds, and never a role that does not trust it; both with the same words.
#[derive(Default)]
pub(super) struct RoleNotAssumable {
    new_roles: Countdown,
}

impl Rule for RoleNotAssumable {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let role = role_of(exchange)?;
        (self.new_roles.tick(&role) || !trusts_lambda(exchange, &role)).then(|| invalid_parameter(exchange, NOT_ASSUMABLE))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let spreads = exchange.is("iam:CreateRole") || exchange.is("iam:UpdateAssumeRolePolicy");
        if spreads && answer.status.is_success() {
            self.new_roles.start(&exchange.call.resource, FOR_A_WHILE);
        }
        answer
    }
}

/// L2: the same cause in other words, when the function has environment variables.
#[derive(Default)]
pub(super) struct KeyGrantRefused {
    new_roles: Countdown,
}

impl Rule for KeyGrantRefused {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let role = role_of(exchange)?;
        let has_variables =
            exchange.json()["Environment"]["Variables"].as_object().is_some_and(|variables| !variables.is_empty());
        let words = "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. \
                     Please check your KMS key settings. KMS Exception: InvalidArnException KMS Message: ARN does not refer to a valid principal";
        (has_variables && self.new_roles.tick(&role)).then(|| invalid_parameter(exchange, words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("iam:CreateRole") && answer.status.is_success() {
            self.new_roles.start(&exchange.call.resource, 1);
        }
        answer
    }
}

/// The name of the role that a call hands to Lambda.
fn role_of(exchange: &Exchange<'_>) -> Option<String> {
    let hands_over = exchange.is("lambda:CreateFunction") || exchange.is("lambda:UpdateFunctionConfiguration");
    let body = hands_over.then(|| exchange.json())?;
    Some(body["Role"].as_str()?.rsplit('/').next()?.to_owned())
}

fn trusts_lambda(exchange: &Exchange<'_>, role: &str) -> bool {
    // The policy is percent-encoded in the answer (I9); the name of the service is not changed by that.
    iam(exchange, "GetRole", &[("RoleName", role)]).is_some_and(|role| role.contains("lambda.amazonaws.com"))
}

fn invalid_parameter(exchange: &Exchange<'_>, words: &str) -> Answer {
    Answer::error(exchange.call, 400, "InvalidParameterValueException", words)
}

pub(super) fn conflict(exchange: &Exchange<'_>, words: &str) -> Answer {
    Answer::error(exchange.call, 409, "ResourceConflictException", words)
}

fn function_of(exchange: &Exchange<'_>) -> String {
    match exchange.json()["FunctionName"].as_str() {
        Some(name) if exchange.is("lambda:CreateFunction") => name.to_owned(),
        _ => exchange.call.resource.clone(),
    }
}

fn reads_state(exchange: &Exchange<'_>) -> bool {
    exchange.is("lambda:GetFunction") || exchange.is("lambda:GetFunctionConfiguration")
}

fn updates(exchange: &Exchange<'_>) -> bool {
    exchange.is("lambda:UpdateFunctionCode") || exchange.is("lambda:UpdateFunctionConfiguration")
}

/// The answer with one field of the function's configuration set.
fn with_field(mut answer: Answer, field: &str, value: Value) -> Answer {
    if !answer.status.is_success() {
        return answer;
    }
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if body["Configuration"].is_object() {
        body["Configuration"][field] = value;
    } else {
        body[field] = value;
    }
    answer.body = body.to_string().into();
    answer
}

/// L5: a new function is pending; until it is active it can be neither called nor changed.
#[derive(Default)]
pub(super) struct Pending {
    new_functions: Countdown,
}

impl Rule for Pending {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let uses = updates(exchange) || exchange.is("lambda:Invoke");
        let words = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
        (uses && self.new_functions.tick(&exchange.call.resource)).then(|| conflict(exchange, words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("lambda:CreateFunction") && answer.status.is_success() {
            self.new_functions.start(function_of(exchange), FOR_A_WHILE);
            return with_field(answer, "State", json!("Pending"));
        }
        if reads_state(exchange) && self.new_functions.tick(&exchange.call.resource) {
            return with_field(answer, "State", json!("Pending"));
        }
        answer
    }
}

/// L6: an update takes a while, and no other may begin before its end. Its status may be missing at first.
#[derive(Default)]
pub(super) struct UpdateInProgress {
    updating: Countdown,
}

impl Rule for UpdateInProgress {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let name = &exchange.call.resource;
        let words = format!("The operation cannot be performed at this time. An update is in progress for resource: {name}");
        (updates(exchange) && self.updating.tick(name)).then(|| conflict(exchange, &words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let name = &exchange.call.resource;
        if updates(exchange) && answer.status.is_success() {
            self.updating.start(name, FOR_A_WHILE);
            return with_field(answer, "LastUpdateStatus", json!("InProgress"));
        }
        if reads_state(exchange) && self.updating.tick(name) {
            let status = if self.updating.is_running(name) { Value::Null } else { json!("InProgress") };
            return with_field(answer, "LastUpdateStatus", status);
        }
        answer
    }
}

/// L8: a function that was made a moment ago is unknown to most calls. That two changes of one policy at once may lose one is
/// [`super::one_at_a_time`].
#[derive(Default)]
pub(super) struct NewFunctionUnknown {
    /// `OPERATION FUNCTION`: each call learns of it by itself.
    unknown: Countdown,
}

/// The calls that do not know a new function yet.
const DO_NOT_KNOW: [&str; 6] = [
    "AddPermission",
    "GetFunctionConfiguration",
    "TagResource",
    "UntagResource",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
];

impl Rule for NewFunctionUnknown {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let name = changed_function(exchange)?;
        self.unknown.tick(&format!("{} {name}", exchange.call.operation)).then(|| not_found(exchange, &name))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("lambda:CreateFunction") && answer.status.is_success() {
            for operation in DO_NOT_KNOW {
                self.unknown.start(format!("{operation} {}", function_of(exchange)), FOR_A_WHILE);
            }
        }
        answer
    }
}

/// The name of the function that a call is about, be it named by its ARN.
pub(super) fn changed_function(exchange: &Exchange<'_>) -> Option<String> {
    let name = exchange.call.resource.rsplit(':').next().filter(|name| !name.is_empty());
    name.filter(|_| exchange.call.service == "lambda").map(ToOwned::to_owned)
}

/// Updates that Lambda takes and fails at: the first two of each function. Until the next one its state says so.
#[derive(Default)]
pub(super) struct UpdatesFail {
    to_fail: Countdown,
    failed: Mutex<HashSet<String>>,
}

impl Rule for UpdatesFail {
    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let name = &exchange.call.resource;
        if updates(exchange) && answer.status.is_success() {
            self.to_fail.start_once(name, 2);
            let mut failed = self.failed.lock().unwrap();
            if self.to_fail.tick(name) {
                failed.insert(name.clone());
            } else {
                failed.remove(name);
            }
        }
        if reads_state(exchange) && self.failed.lock().unwrap().contains(name) {
            let answer = with_field(answer, "LastUpdateStatus", json!("Failed"));
            return with_field(answer, "LastUpdateStatusReason", json!("The function's execution environment could not be made"));
        }
        answer
    }
}

fn not_found(exchange: &Exchange<'_>, name: &str) -> Answer {
    let words = format!("Function not found: {name}");
    Answer::error(exchange.call, 404, "ResourceNotFoundException", &words)
}

/// L11: a deleted function stays for a while, in the state `Deleting`, and keeps its name.
#[derive(Default)]
pub(super) struct Leaving {
    leaving: Countdown,
}

impl Rule for Leaving {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let name = function_of(exchange);
        if exchange.is("lambda:DeleteFunction") {
            lambda(exchange, &format!("functions/{name}/configuration"))?;
            self.leaving.start(name, FOR_A_WHILE);
            return Some(Answer::empty(204));
        }
        // Only writes are documented to meet a conflict, and only reads of its configuration tell the state.
        let tells = exchange.call.kind == Kind::Write || reads_state(exchange);
        if exchange.call.service != "lambda" || !tells || !self.leaving.tick(&name) {
            return None;
        }
        let words = "The operation cannot be performed at this time. The function is currently in the following state: Deleting";
        let answer = match exchange.call.kind {
            Kind::Write => conflict(exchange, words),
            Kind::Read => deleting(exchange),
        };
        if !self.leaving.is_running(&name) {
            // This was the last call that finds it: for the next one it is gone.
            exchange.ask("lambda", Method::DELETE, &format!("/2015-03-31/functions/{name}"), None, "");
        }
        Some(answer)
    }
}

/// What a read says of a function that is being deleted.
fn deleting(exchange: &Exchange<'_>) -> Answer {
    let path = exchange.parts.uri.path();
    with_field(exchange.ask("lambda", Method::GET, path, None, ""), "State", json!("Deleting"))
}

/// A function without a resource policy has none to read; the local AWS shows an empty one.
pub(super) struct NoEmptyPolicy;

impl Rule for NoEmptyPolicy {
    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if !(exchange.is("lambda:GetPolicy") && answer.status.is_success()) {
            return answer;
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let policy: Value = body["Policy"].as_str().and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
        if policy["Statement"].as_array().is_some_and(|statements| !statements.is_empty()) {
            return answer;
        }
        Answer::error(exchange.call, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
    }
}

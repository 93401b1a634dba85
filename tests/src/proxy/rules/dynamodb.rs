//! DynamoDB: tables come, change and go slowly.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::Rule;
use super::countdown::Countdown;
use super::local::dynamodb;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls find a table unsettled.
const FOR_A_WHILE: u32 = 2;

fn error(exchange: &Exchange<'_>, code: &str, words: &str) -> Answer {
    Answer::error(exchange.call, 400, code, words)
}

fn describe(exchange: &Exchange<'_>, table: &str) -> Option<Value> {
    dynamodb(exchange, "DescribeTable", &json!({ "TableName": table }))
}

/// The answer of a table operation with another state in it.
fn with_status(mut answer: Answer, status: &str) -> Answer {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    for description in ["Table", "TableDescription"] {
        if body[description].is_object() {
            body[description]["TableStatus"] = json!(status);
        }
    }
    answer.body = body.to_string().into();
    // The checksum of what was there before.
    answer.headers.remove("x-amz-crc32");
    answer
}

/// Changes that a table takes only while it is active.
fn changes(exchange: &Exchange<'_>) -> bool {
    ["UpdateTable", "DeleteTable", "UpdateTimeToLive"].contains(&exchange.call.operation.as_str())
        && exchange.call.service == "dynamodb"
}

/// D1: a new table is not found at first, then is being made for a while; until it is active it takes no change.
#[derive(Default)]
pub(super) struct Creating {
    unknown: Countdown,
    creating: Countdown,
}

impl Rule for Creating {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let table = &exchange.call.resource;
        if exchange.is("dynamodb:DescribeTable") && self.unknown.tick(table) {
            let words = format!("Requested resource not found: Table: {table} not found");
            return Some(error(exchange, "ResourceNotFoundException", &words));
        }
        let early = changes(exchange) && self.creating.tick(table);
        early.then(|| error(exchange, "ResourceInUseException", &format!("Table is being created: {table}")))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let table = &exchange.call.resource;
        if exchange.is("dynamodb:CreateTable") && answer.status.is_success() {
            self.unknown.start(table, 1);
            self.creating.start(table, FOR_A_WHILE);
            return with_status(answer, "CREATING");
        }
        if exchange.is("dynamodb:DescribeTable") && answer.status.is_success() && self.creating.tick(table) {
            return with_status(answer, "CREATING");
        }
        answer
    }
}

/// D2: a table that is being changed takes no other change, and a deleted one keeps its name for a while.
#[derive(Default)]
pub(super) struct Busy {
    updating: Countdown,
    leaving: Countdown,
}

impl Rule for Busy {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let table = exchange.call.resource.as_str();
        if exchange.is("dynamodb:DeleteTable") && !self.leaving.is_running(table) && !self.updating.is_running(table) {
            let live = describe(exchange, table)?;
            if live["Table"]["DeletionProtectionEnabled"] == true {
                return None;
            }
            self.leaving.start(table, FOR_A_WHILE);
            let mut answer = Answer::empty(200);
            answer.body = json!({ "TableDescription": live["Table"] }).to_string().into();
            return Some(with_status(answer, "DELETING"));
        }
        let in_use = |words: &str| Some(error(exchange, "ResourceInUseException", &format!("{words}: {table}")));
        if self.leaving.tick(table) {
            let last = !self.leaving.is_running(table);
            let answer = match exchange.call.operation.as_str() {
                "DescribeTable" => {
                    let mut answer = Answer::empty(200);
                    answer.body = describe(exchange, table).unwrap_or_default().to_string().into();
                    Some(with_status(answer, "DELETING"))
                }
                "CreateTable" => in_use("Table already exists"),
                _ if changes(exchange) => in_use("Table is being deleted"),
                _ => None,
            };
            if last {
                // For the next call it is gone.
                dynamodb(exchange, "DeleteTable", &json!({ "TableName": table }));
            }
            return answer;
        }
        if changes(exchange) && self.updating.tick(table) {
            return in_use("Table is being updated");
        }
        None
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let table = exchange.call.resource.as_str();
        if !answer.status.is_success() {
            return answer;
        }
        if exchange.is("dynamodb:UpdateTable") {
            self.updating.start(table, FOR_A_WHILE);
            return with_status(answer, "UPDATING");
        }
        if exchange.is("dynamodb:DescribeTable") && self.updating.tick(table) {
            return with_status(answer, "UPDATING");
        }
        answer
    }
}

/// D3: too many tables of the account change at once. For each new table, once.
#[derive(Default)]
pub(super) struct Crowded {
    met: Countdown,
}

impl Rule for Crowded {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        if !exchange.is("dynamodb:CreateTable") {
            return None;
        }
        self.met.start_once(&exchange.call.resource, FOR_A_WHILE);
        let words = "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously";
        self.met.tick(&exchange.call.resource).then(|| error(exchange, "LimitExceededException", words))
    }
}

/// D4: the backups of a new table are being made possible.
#[derive(Default)]
pub(super) struct BackupsStarting {
    new: Countdown,
}

impl Rule for BackupsStarting {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let table = &exchange.call.resource;
        let words = format!("Backups are being enabled for the table: {table}. Please retry later");
        let early = exchange.is("dynamodb:UpdateContinuousBackups") && self.new.tick(table);
        early.then(|| error(exchange, "ContinuousBackupsUnavailableException", &words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("dynamodb:CreateTable") && answer.status.is_success() {
            self.new.start(&exchange.call.resource, FOR_A_WHILE);
        }
        answer
    }
}

/// D5: tags are read late, those of a new table are not even found; the time to live can be changed once an hour, and not to what it is.
#[derive(Default)]
pub(super) struct TagsLate {
    unknown: Countdown,
    /// The tags from before the last change, by ARN.
    before: Mutex<HashMap<String, Value>>,
    late: Countdown,
    time_to_live: Countdown,
}

impl Rule for TagsLate {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let resource = exchange.call.resource.as_str();
        if exchange.is("dynamodb:TagResource") {
            let tags = dynamodb(exchange, "ListTagsOfResource", &json!({ "ResourceArn": resource })).unwrap_or_default();
            self.before.lock().unwrap().insert(resource.to_owned(), tags);
            self.late.start(resource, FOR_A_WHILE);
        }
        if exchange.is("dynamodb:ListTagsOfResource") && self.unknown.tick(resource) {
            let words = format!("Requested resource not found: ResourcArn: {resource} not found");
            return Some(error(exchange, "ResourceNotFoundException", &words));
        }
        let late = exchange.is("dynamodb:ListTagsOfResource") && self.late.tick(resource);
        if let Some(tags) = self.before.lock().unwrap().get(resource).filter(|_| late) {
            let mut answer = Answer::empty(200);
            answer.body = tags.to_string().into();
            return Some(answer);
        }
        if exchange.is("dynamodb:UpdateTimeToLive") {
            let on = is_expiring(exchange);
            if exchange.json()["TimeToLiveSpecification"]["Enabled"] == on {
                let words = format!("TimeToLive is already {}", if on { "enabled" } else { "disabled" });
                return Some(error(exchange, "ValidationException", &words));
            }
        }
        let words = "Time to live has been modified multiple times within a fixed interval";
        let again = exchange.is("dynamodb:UpdateTimeToLive") && self.time_to_live.tick(resource);
        again.then(|| error(exchange, "ValidationException", words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("dynamodb:CreateTable") && answer.status.is_success() {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            let arn = body["TableDescription"]["TableArn"].as_str().unwrap_or_default();
            self.before.lock().unwrap().insert(arn.to_owned(), json!({ "Tags": [] }));
            self.unknown.start(arn, 1);
            self.late.start(arn, FOR_A_WHILE);
            // Another table of the same name has not been changed yet.
            self.time_to_live.start(&exchange.call.resource, 0);
        }
        if exchange.is("dynamodb:UpdateTimeToLive") && answer.status.is_success() {
            self.time_to_live.start(&exchange.call.resource, u32::MAX);
        }
        answer
    }
}

/// Whether rows of the table of this call expire.
fn is_expiring(exchange: &Exchange<'_>) -> bool {
    let live = dynamodb(exchange, "DescribeTimeToLive", &json!({ "TableName": exchange.call.resource })).unwrap_or_default();
    live["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
}

/// Some of the words that no attribute may be called by in an expression, unless it is given another name there: those that rows like ours could
/// have. Source: "Reserved words in DynamoDB" of the developer guide, which lists 573.
const RESERVED: [&str; 15] = [
    "comment",
    "date",
    "file",
    "hash",
    "hidden",
    "key",
    "language",
    "location",
    "name",
    "path",
    "size",
    "status",
    "time",
    "timestamp",
    "type",
];

/// An expression names an attribute with a reserved word. `size (path)` is a function.
pub(super) struct ReservedWords;

impl Rule for ReservedWords {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let body = if exchange.call.service == "dynamodb" { exchange.json() } else { return None };
        let mut expressions = body.as_object()?.iter().filter(|(field, _)| field.ends_with("Expression"));
        let (field, word) = expressions.find_map(|(field, text)| Some((field, reserved(text.as_str()?)?)))?;
        let words = format!("Invalid {field}: Attribute name is a reserved keyword; reserved keyword: {word}");
        Some(error(exchange, "ValidationException", &words))
    }
}

/// The first word of an expression that is reserved. `#name` and `:name` stand for others.
fn reserved(expression: &str) -> Option<&str> {
    let is_part = |character: char| character.is_alphanumeric() || "_#:".contains(character);
    let mut rest = expression;
    while let Some(start) = rest.find(is_part) {
        let word = &rest[start..];
        let end = word.find(|character| !is_part(character)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let is_function = word == "size" && after.trim_start().starts_with('(');
        if !is_function && RESERVED.contains(&word.to_lowercase().as_str()) {
            return Some(word);
        }
        rest = after;
    }
    None
}

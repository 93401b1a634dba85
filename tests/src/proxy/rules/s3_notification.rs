//! Notifications: S3 checks where they go.

use serde_json::Value;

use super::Rule;
use super::countdown::Countdown;
use super::local::{element, elements, lambda, unescaped};
use super::s3_bucket::bucket;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

fn invalid(exchange: &Exchange<'_>, words: &str) -> Answer {
    Answer::error(exchange.call, 400, "InvalidArgument", words)
}

/// S15: every function of the whole configuration must exist and let S3 call it for this bucket, and two entries for one event may not
/// overlap. A new permission is not seen at once.
#[derive(Default)]
pub(super) struct DestinationsChecked {
    /// New permissions, by function.
    new: Countdown,
}

impl Rule for DestinationsChecked {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:PutBucketNotificationConfiguration").then(|| bucket(exchange))??;
        let entries = elements(exchange.text(), "CloudFunctionConfiguration");
        let functions: Vec<&str> = entries.iter().filter_map(|entry| element(entry, "CloudFunction")).collect();
        let skipped = exchange.header("x-amz-skip-destination-validation") == "true";
        let reachable = |function: &&str| {
            let name = function.rsplit(':').next().unwrap_or(function);
            !self.new.tick(name) && may_call(exchange, name, bucket)
        };
        if !skipped && !functions.iter().all(reachable) {
            return Some(invalid(exchange, "Unable to validate the following destination configurations"));
        }
        let words = "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for \
                     the same event type.";
        overlap(&entries).then(|| invalid(exchange, words))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("lambda:AddPermission") && answer.status.is_success() {
            self.new.start(&exchange.call.resource, 2);
        }
        answer
    }
}

/// Whether the function is there and its policy lets S3 call it for the bucket.
fn may_call(exchange: &Exchange<'_>, function: &str, bucket: &str) -> bool {
    let Some(answer) = lambda(exchange, &format!("functions/{function}/policy")) else { return false };
    let policy: Value = answer["Policy"].as_str().and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
    let arn = format!("arn:aws:s3:::{bucket}");
    policy["Statement"].as_array().into_iter().flatten().any(|statement| {
        let source = statement["Condition"].to_string();
        statement["Effect"] == "Allow"
            && statement["Principal"].to_string().contains("s3.amazonaws.com")
            && (statement["Condition"].is_null() || source.contains(&format!("\"{arn}\"")) || !source.contains("SourceArn"))
    })
}

/// Whether two entries listen for the same event below the same prefix, with suffixes of which one ends in the other.
fn overlap(entries: &[&str]) -> bool {
    let filter = |entry: &str, name: &str| {
        let rules = elements(entry, "FilterRule").into_iter();
        let mut rules = rules.filter(|rule| element(rule, "Name").is_some_and(|live| live.eq_ignore_ascii_case(name)));
        rules.next().and_then(|rule| element(rule, "Value").map(unescaped)).unwrap_or_default()
    };
    let related = |one: &str, other: &str, by: fn(&str, &str) -> bool| by(one, other) || by(other, one);
    let events = |entry: &str| -> Vec<String> { elements(entry, "Event").into_iter().map(ToOwned::to_owned).collect() };
    let same_event = |one: &str, other: &str| {
        let covers =
            |wide: &str, narrow: &str| wide == narrow || wide.strip_suffix('*').is_some_and(|start| narrow.starts_with(start));
        events(one).iter().any(|one| events(other).iter().any(|other| covers(one, other) || covers(other, one)))
    };
    entries.iter().enumerate().any(|(index, one)| {
        entries[index + 1..].iter().any(|other| {
            same_event(one, other)
                && related(&filter(one, "prefix"), &filter(other, "prefix"), |one, other| one.starts_with(other))
                && related(&filter(one, "suffix"), &filter(other, "suffix"), |one, other| one.ends_with(other))
        })
    })
}

/// S16: the names of filters come back in another case than they were sent in.
pub(super) struct FilterNames;

impl Rule for FilterNames {
    fn after(&self, exchange: &Exchange<'_>, mut answer: Answer) -> Answer {
        if exchange.is("s3:GetBucketNotificationConfiguration") {
            let text = String::from_utf8_lossy(&answer.body);
            let text = text.replace("<Name>prefix<", "<Name>Prefix<").replace("<Name>suffix<", "<Name>Suffix<");
            answer.body = text.into();
        }
        answer
    }
}

//! Buckets: where they are, whose, and how long a change takes to be seen.

use std::collections::HashMap;
use std::sync::Mutex;

use hyper::Method;

use super::Rule;
use super::countdown::Countdown;
use super::local::{element, s3};
use crate::ACCOUNT;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

/// So many calls find a bucket unsettled.
const FOR_A_WHILE: u32 = 2;

fn error(exchange: &Exchange<'_>, status: u16, code: &str, words: &str) -> Answer {
    Answer::error(exchange.call, status, code, words)
}

/// The bucket of a call to S3.
pub(super) fn bucket<'a>(exchange: &Exchange<'a>) -> Option<&'a str> {
    let resource = exchange.call.resource.as_str();
    let bucket = resource.split('/').next().filter(|bucket| !bucket.is_empty());
    bucket.filter(|_| exchange.call.service == "s3")
}

/// What the local AWS says of a bucket: 200, 403 for another account's, 404.
fn head(exchange: &Exchange<'_>, bucket: &str) -> Answer {
    exchange.ask("s3", Method::HEAD, &format!("/{bucket}"), None, "")
}

fn region_of(head: &Answer) -> Option<&str> {
    head.headers.get("x-amz-bucket-region")?.to_str().ok()
}

/// S1: the location must be that of the endpoint, and missing in us-east-1.
pub(super) struct Location;

impl Rule for Location {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let location = exchange.is("s3:CreateBucket").then(|| element(exchange.text(), "LocationConstraint"))?;
        let incompatible = |location: &str| {
            let words = format!(
                "The {location} location constraint is incompatible for the region specific endpoint this request was sent to."
            );
            Some(error(exchange, 400, "IllegalLocationConstraintException", &words))
        };
        match (location, exchange.region()) {
            (Some("us-east-1"), "us-east-1") => {
                Some(error(exchange, 400, "InvalidLocationConstraint", "The specified location-constraint is not valid"))
            }
            (None, "us-east-1") => None,
            (None, _) => incompatible("unspecified"),
            (Some(location), region) if location != region => incompatible(location),
            _ => None,
        }
    }
}

/// S2: a name is taken once for everybody. Who has it already gets another answer than a stranger, and in us-east-1 a success.
pub(super) struct NameTaken;

impl Rule for NameTaken {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:CreateBucket").then(|| bucket(exchange))??;
        let there = head(exchange, bucket);
        match there.status.as_u16() {
            403 => Some(taken(exchange)),
            200 if exchange.region() != "us-east-1" => {
                let words = "Your previous request to create the named bucket succeeded and you already own it.";
                Some(error(exchange, 409, "BucketAlreadyOwnedByYou", words))
            }
            _ => None,
        }
    }
}

/// Somebody else has a bucket of this name.
pub(super) fn taken(exchange: &Exchange<'_>) -> Answer {
    let words = "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a \
                 different name and try again.";
    error(exchange, 409, "BucketAlreadyExists", words)
}

/// S3: the name of a deleted bucket is not free at once. Two changes at once are [`super::one_at_a_time`].
#[derive(Default)]
pub(super) struct NameNotFree {
    gone: Countdown,
}

impl Rule for NameNotFree {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        (exchange.is("s3:CreateBucket") && self.gone.tick(bucket(exchange)?)).then(|| aborted(exchange))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("s3:DeleteBucket") && answer.status.is_success() {
            self.gone.start(&exchange.call.resource, FOR_A_WHILE);
        }
        answer
    }
}

/// Another change of the bucket is under way.
pub(super) fn aborted(exchange: &Exchange<'_>) -> Answer {
    let words = "A conflicting conditional operation is currently in progress against this resource. Please try again.";
    error(exchange, 409, "OperationAborted", words)
}

/// S4: reads lie for a while. A new bucket is unknown, a deleted one still there, a setting still the old one.
#[derive(Default)]
pub(super) struct LateReads {
    new: Countdown,
    gone: Countdown,
    stale: Countdown,
    /// What a setting was before its last change, by `BUCKET?SETTING`.
    before: Mutex<HashMap<String, Answer>>,
}

/// The settings of a bucket, as the query names them.
const SETTINGS: [&str; 9] = [
    "cors",
    "encryption",
    "lifecycle",
    "notification",
    "ownershipControls",
    "policy",
    "publicAccessBlock",
    "tagging",
    "versioning",
];

impl LateReads {
    /// Keeps what a setting is before its change.
    fn remember(&self, exchange: &Exchange<'_>, setting: String) {
        let live = s3(exchange, &setting);
        self.before.lock().unwrap().insert(setting, live);
    }
}

/// `BUCKET?SETTING` of all that a bucket has.
fn all_settings(bucket: &str) -> impl Iterator<Item = String> {
    SETTINGS.iter().map(move |setting| format!("{bucket}?{setting}"))
}

/// `BUCKET?SETTING`, for a call about a bucket's setting.
fn setting(exchange: &Exchange<'_>) -> Option<String> {
    let bucket = bucket(exchange).filter(|bucket| *bucket == exchange.call.resource)?;
    let setting = SETTINGS.iter().find(|setting| exchange.query(setting).is_some())?;
    Some(format!("{bucket}?{setting}"))
}

impl Rule for LateReads {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = bucket(exchange)?;
        let setting = setting(exchange);
        if (exchange.is("s3:HeadBucket") || setting.is_some()) && self.new.tick(bucket) {
            return Some(error(exchange, 404, "NoSuchBucket", "The specified bucket does not exist"));
        }
        if exchange.is("s3:HeadBucket") && self.gone.tick(bucket) {
            return Some(Answer::empty(200).with("x-amz-bucket-region", exchange.region()));
        }
        if exchange.is("s3:DeleteBucket") {
            all_settings(bucket).for_each(|setting| self.remember(exchange, setting));
        }
        let setting = setting?;
        if exchange.parts.method == Method::GET {
            let stale = self.stale.tick(&setting);
            return self.before.lock().unwrap().get(&setting).filter(|_| stale).cloned();
        }
        self.remember(exchange, setting);
        None
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if answer.status.is_success() {
            match exchange.call.name().as_str() {
                "s3:CreateBucket" => {
                    self.new.start(&exchange.call.resource, FOR_A_WHILE);
                    all_settings(&exchange.call.resource).for_each(|setting| self.stale.start(setting, 0));
                }
                "s3:DeleteBucket" => {
                    self.gone.start(&exchange.call.resource, FOR_A_WHILE);
                    all_settings(&exchange.call.resource).for_each(|setting| self.stale.start(setting, 1));
                }
                _ => {
                    if let Some(setting) = setting(exchange).filter(|_| exchange.parts.method != Method::GET) {
                        self.stale.start(setting, 1);
                    }
                }
            }
        }
        answer
    }
}

/// S5: a bucket is found in its own region only; the answer says which that is.
pub(super) struct WrongRegion;

impl Rule for WrongRegion {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = bucket(exchange).filter(|_| !exchange.is("s3:CreateBucket") && !exchange.access_key().is_empty())?;
        let there = head(exchange, bucket);
        let region = region_of(&there).filter(|region| *region != exchange.region())?;
        let words = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future \
                     requests to this endpoint.";
        Some(error(exchange, 301, "PermanentRedirect", words).with("x-amz-bucket-region", region))
    }
}

/// S6: a block of public policies that was lifted a moment ago still holds.
#[derive(Default)]
pub(super) struct BlockHolds {
    lifted: Countdown,
}

impl Rule for BlockHolds {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let holds = exchange.is("s3:PutBucketPolicy") && self.lifted.tick(bucket(exchange)?);
        holds.then(|| error(exchange, 403, "AccessDenied", "Access Denied"))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if exchange.is("s3:PutPublicAccessBlock") && answer.status.is_success() {
            self.lifted.start(&exchange.call.resource, FOR_A_WHILE);
        }
        answer
    }
}

/// A caller may say whose bucket it expects.
pub(super) struct ExpectedOwner;

impl Rule for ExpectedOwner {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let expected = exchange.header("x-amz-expected-bucket-owner");
        let wrong = !expected.is_empty() && expected != ACCOUNT;
        wrong.then(|| error(exchange, 403, "AccessDenied", "Access Denied"))
    }
}

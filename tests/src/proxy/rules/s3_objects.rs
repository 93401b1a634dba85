//! Objects: missing for a while, missing for some, slow to go, and not taken.

use std::collections::HashMap;
use std::sync::Mutex;

use hyper::StatusCode;
use percent_encoding::percent_decode_str;

use super::Rule;
use super::countdown::Countdown;
use super::local::{element, elements};
use super::permissions::caller_may;
use super::s3_bucket::bucket;
use crate::proxy::answer::Answer;
use crate::proxy::exchange::Exchange;

fn error(exchange: &Exchange<'_>, status: u16, code: &str, words: &str) -> Answer {
    Answer::error(exchange.call, status, code, words)
}

fn reads_object(exchange: &Exchange<'_>) -> bool {
    exchange.is("s3:GetObject") || exchange.is("s3:HeadObject")
}

/// S11: while versioning that was just enabled spreads, objects are missing now and then.
#[derive(Default)]
pub(super) struct VersioningSpreads {
    new: Countdown,
}

impl Rule for VersioningSpreads {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let missing = reads_object(exchange) && self.new.tick(bucket(exchange)?);
        missing.then(|| error(exchange, 404, "NoSuchKey", "The specified key does not exist."))
    }

    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        let enabled = exchange.is("s3:PutBucketVersioning") && element(exchange.text(), "Status") == Some("Enabled");
        if enabled && answer.status.is_success() {
            self.new.start(&exchange.call.resource, 2);
        }
        answer
    }
}

/// S17: of a batch that is deleted one object may fail, with HTTP 200, and an emptied bucket is not empty for a while.
#[derive(Default)]
pub(super) struct SlowToEmpty {
    /// Buckets of which one object has failed.
    failed: Countdown,
    filled: Countdown,
}

impl Rule for SlowToEmpty {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let bucket = exchange.is("s3:DeleteBucket").then(|| bucket(exchange))??;
        self.filled.start_once(bucket, 2);
        let words = "The bucket you tried to delete is not empty";
        self.filled.tick(bucket).then(|| error(exchange, 409, "BucketNotEmpty", words))
    }

    fn after(&self, exchange: &Exchange<'_>, mut answer: Answer) -> Answer {
        if !exchange.is("s3:DeleteObjects") {
            return answer;
        }
        self.failed.start_once(&exchange.call.resource, 1);
        if let Some(object) = elements(exchange.text(), "Object").first().filter(|_| self.failed.tick(&exchange.call.resource)) {
            // It may be gone all the same.
            let failure =
                format!("<Error>{object}<Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>");
            let text = String::from_utf8_lossy(&answer.body);
            answer.body = if text.contains("</DeleteResult>") {
                text.replace("</DeleteResult>", &format!("{failure}</DeleteResult>")).into()
            } else {
                format!("<DeleteResult>{failure}</DeleteResult>").into()
            };
        }
        answer
    }
}

/// A key has 1,024 bytes at most.
pub(super) struct KeyLength;

impl Rule for KeyLength {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let (_, key) = exchange.call.resource.split_once('/').filter(|_| exchange.call.service == "s3")?;
        (key.len() > 1024).then(|| error(exchange, 400, "KeyTooLongError", "Your key is too long"))
    }
}

/// A part has 5 MiB at least, but the last.
#[derive(Default)]
pub(super) struct PartSizes {
    /// By upload and number.
    sizes: Mutex<HashMap<(String, String), u64>>,
}

impl PartSizes {
    const LEAST: u64 = 5 * 1024 * 1024;
}

impl Rule for PartSizes {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let upload = exchange.query("uploadId")?;
        let mut sizes = self.sizes.lock().unwrap();
        if exchange.is("s3:UploadPart") {
            // With a checksum that follows, the length is that of the whole.
            let decoded = exchange.header("x-amz-decoded-content-length");
            let length = if decoded.is_empty() { exchange.header("content-length") } else { decoded };
            sizes.insert((upload, exchange.query("partNumber")?), length.parse().ok()?);
            return None;
        }
        let numbers = elements(exchange.text(), "PartNumber");
        let (_, others) = numbers.split_last().filter(|_| exchange.is("s3:CompleteMultipartUpload"))?;
        let too_small = others
            .iter()
            .any(|number| sizes.get(&(upload.clone(), (*number).to_owned())).is_some_and(|size| *size < Self::LEAST));
        let words = "Your proposed upload is smaller than the minimum allowed size";
        too_small.then(|| error(exchange, 400, "EntityTooSmall", words))
    }
}

/// An object is copied to itself only to change what belongs to it.
pub(super) struct CopyChangesSomething;

impl Rule for CopyChangesSomething {
    fn before(&self, exchange: &Exchange<'_>) -> Option<Answer> {
        let source = percent_decode_str(exchange.header("x-amz-copy-source")).decode_utf8_lossy();
        let same = exchange.is("s3:CopyObject") && source.trim_start_matches('/') == exchange.call.resource;
        let changes = exchange.header("x-amz-metadata-directive") == "REPLACE"
            || ["x-amz-storage-class", "x-amz-website-redirect-location", "x-amz-server-side-encryption"]
                .iter()
                .any(|header| !exchange.header(header).is_empty());
        let words = "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, \
                     storage class, website redirect location or encryption attributes.";
        (same && !changes).then(|| error(exchange, 400, "InvalidRequest", words))
    }
}

/// Who may not list a bucket does not learn that an object is missing.
pub(super) struct MissingIsDenied;

impl Rule for MissingIsDenied {
    fn after(&self, exchange: &Exchange<'_>, answer: Answer) -> Answer {
        if !reads_object(exchange) || answer.status != StatusCode::NOT_FOUND {
            return answer;
        }
        let Some(bucket) = bucket(exchange) else { return answer };
        if !exchange.access_key().is_empty() && caller_may(exchange, "s3:ListBucket", &format!("arn:aws:s3:::{bucket}")) {
            return answer;
        }
        error(exchange, 403, "AccessDenied", "Access Denied")
    }
}

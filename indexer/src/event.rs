//! From an S3 event to the keys to look at, without I/O.
//!
//! S3 delivers each event at least once, in any order, and sometimes late. So an event says nothing but *look at this key*:
//! its name, time, size, version and sequencer are not read, and kinds that S3 may add one day are understood already. Source of
//! the shapes: "Event message structure" in the S3 user guide; any version `2.x` is read alike.

use std::collections::HashSet;

use gallery_index::{InvalidKey, Key};
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Why a record, or the whole event, asks for nothing. It never will: it is logged and dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Skipped {
    /// `s3:TestEvent`, or an event of another service.
    #[error("the event has no records")]
    NoRecords,
    #[error("not a record of S3")]
    NotS3,
    #[error("a record of another bucket: {0}")]
    OtherBucket(String),
    #[error("the key is not UTF-8")]
    NotUtf8,
    #[error(transparent)]
    InvalidKey(#[from] InvalidKey),
    #[error("the event names the key more than once, which is looked at once")]
    Repeated,
}

/// A skipped record, with its key as S3 wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkippedRecord {
    pub key: Option<String>,
    pub reason: Skipped,
}

/// The key of each record of an event, in the event's order.
pub(crate) fn read(event: &Value, bucket: &str) -> Vec<Result<Key, SkippedRecord>> {
    let Some(records) = event.get("Records").and_then(Value::as_array) else {
        return vec![Err(SkippedRecord { key: None, reason: Skipped::NoRecords })];
    };
    let mut keys = HashSet::new();
    let read = records.iter().map(|record| {
        let encoded = record.pointer("/s3/object/key").and_then(Value::as_str);
        let key = read_record(record, encoded, bucket)
            .and_then(|key| if keys.insert(key.clone()) { Ok(key) } else { Err(Skipped::Repeated) });
        key.map_err(|reason| SkippedRecord { key: encoded.map(str::to_owned), reason })
    });
    read.collect()
}

fn read_record(record: &Value, encoded_key: Option<&str>, bucket: &str) -> Result<Key, Skipped> {
    let encoded_key = encoded_key.ok_or(Skipped::NotS3)?;
    match record.pointer("/s3/bucket/name").and_then(Value::as_str) {
        Some(name) if name == bucket => Ok(Key::new(decode(encoded_key)?)?),
        Some(name) => Err(Skipped::OtherBucket(name.to_owned())),
        None => Err(Skipped::NotS3),
    }
}

/// Decodes the `key` of an event, which is form-encoded: a space is `+`, the rest percent-encoded UTF-8.
fn decode(encoded: &str) -> Result<String, Skipped> {
    // The order matters: a real plus arrives as `%2B` and must stay one.
    let spaced = encoded.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().map(Into::into).map_err(|_| Skipped::NotUtf8)
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;

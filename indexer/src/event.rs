//! From an S3 event to the keys to look at, without I/O.
//!
//! S3 delivers each event at least once, in any order, and sometimes late. So an event says nothing but *look at this key*, and how much it
//! takes to believe that nothing is there (S11): its time and size are not read, its sequencer is a name and no order, and kinds that S3 may add
//! one day are understood already. Source of the shapes: "Event message structure" in the S3 user guide; any version `2.x` is read alike.

use std::collections::HashMap;

use gallery_index::{InvalidKey, Key, Told};
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

/// What an event asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub key: Key,
    /// The most that a record of the event says.
    pub told: Told,
}

/// A skipped record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkippedRecord {
    /// As S3 wrote it.
    pub key: Option<String>,
    pub reason: Skipped,
}

impl SkippedRecord {
    /// The gallery in its key, decoded, where it names one.
    pub(crate) fn gallery(&self) -> Option<String> {
        let (gallery, _) = self.key.as_ref()?.strip_prefix("images/")?.split_once('/')?;
        decode(gallery).ok().filter(|gallery| !gallery.is_empty())
    }
}

/// What each record of an event asks for, in the event's order.
pub(crate) fn read(event: &Value, bucket: &str) -> Vec<Result<Task, SkippedRecord>> {
    let Some(records) = event.get("Records").and_then(Value::as_array) else {
        return vec![Err(SkippedRecord { key: None, reason: Skipped::NoRecords })];
    };
    let encoded = |record: &Value| record.pointer("/s3/object/key").and_then(Value::as_str).map(str::to_owned);
    let read: Vec<_> = records.iter().map(|record| (encoded(record), read_record(record, bucket))).collect();
    let mut most_told: HashMap<Key, Told> = HashMap::new();
    for task in read.iter().filter_map(|(_, task)| task.as_ref().ok()) {
        let told = most_told.entry(task.key.clone()).or_insert(Told::Nothing);
        if *told < task.told {
            *told = task.told.clone();
        }
    }
    // The first record of a key stands for all.
    let tasks = read.into_iter().map(|(encoded, task)| {
        let task = task.and_then(|Task { key, .. }| match most_told.remove(&key) {
            Some(told) => Ok(Task { key, told }),
            None => Err(Skipped::Repeated),
        });
        task.map_err(|reason| SkippedRecord { key: encoded, reason })
    });
    tasks.collect()
}

fn read_record(record: &Value, bucket: &str) -> Result<Task, Skipped> {
    let encoded_key = record.pointer("/s3/object/key").and_then(Value::as_str).ok_or(Skipped::NotS3)?;
    match record.pointer("/s3/bucket/name").and_then(Value::as_str) {
        Some(name) if name == bucket => Ok(Task { key: Key::new(decode(encoded_key)?)?, told: told(record) }),
        Some(name) => Err(Skipped::OtherBucket(name.to_owned())),
        None => Err(Skipped::NotS3),
    }
}

/// What a record says of its object. Only a versioned bucket has versions, and only there S3 misses objects.
fn told(record: &Value) -> Told {
    let name = record.get("eventName").and_then(Value::as_str).unwrap_or_default();
    let of_object = |field| record.pointer(field).and_then(Value::as_str).unwrap_or_default();
    match (name.starts_with("ObjectCreated:"), of_object("/s3/object/versionId")) {
        // Among those of a key, no other event has it.
        (true, _) => Told::Came { event: of_object("/s3/object/sequencer").to_owned() },
        (false, "") => Told::Nothing,
        (false, _) => Told::MayBeThere,
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

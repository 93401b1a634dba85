//! From an S3 event to what has to be done, without I/O.
//!
//! S3 delivers each event at least once, in any order, and calls the function for everything under the notification's
//! filter. Each record becomes one [`Action`] on the index, or a [`Skipped`] with the reason. Source of the shapes:
//! "Event message structure" in the S3 user guide; any version `2.x` is read alike.

use aws_lambda_events::s3::S3EventRecord;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Every key of an image starts so; what follows up to the next slash is its gallery.
const PREFIX: &str = "images/";

/// Sequencers are compared as text of at least this many characters.
const SEQUENCER_WIDTH: usize = 32;

/// What a record asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub key: Key,
    /// Orders the events of one key, and of one key only.
    pub sequencer: Option<Sequencer>,
    pub change: Change,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The object is there, as described.
    Put(Upload),
    /// The object is gone, or hidden by a delete marker.
    Remove,
    /// This one version is gone for good. The object is gone only if this was its newest version.
    RemoveVersion(String),
}

/// The object that an event announces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Bytes.
    pub size: i64,
    /// Without quotes.
    pub etag: String,
    /// RFC 3339, UTC, milliseconds.
    pub uploaded_at: String,
    /// Only where the bucket is versioned.
    pub version: Option<String>,
}

/// An object key under `images/`, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    whole: String,
    gallery_len: usize,
}

impl Key {
    /// Reads the `key` of an event, which is form-encoded: a space is `+`, the rest percent-encoded UTF-8.
    fn from_event(encoded: &str) -> Result<Self, Skipped> {
        // The order matters: a real plus arrives as `%2B` and must stay one.
        let spaced = encoded.replace('+', " ");
        let whole = percent_decode_str(&spaced).decode_utf8().map_err(|_| Skipped::NotUtf8)?.into_owned();
        let rest = whole.strip_prefix(PREFIX).ok_or(Skipped::OtherPrefix)?;
        // What follows the gallery is the file, with any further slashes.
        match rest.split_once('/') {
            Some((gallery, file)) if !gallery.is_empty() && !file.is_empty() => {
                let gallery_len = gallery.len();
                Ok(Self { whole, gallery_len })
            }
            _ => Err(Skipped::NoFile),
        }
    }

    /// The whole object key.
    pub(crate) fn as_str(&self) -> &str {
        &self.whole
    }

    pub(crate) fn gallery(&self) -> &str {
        &self.whole[PREFIX.len()..PREFIX.len() + self.gallery_len]
    }
}

/// An event's `sequencer`, made comparable: of two events of one key, the later one has the greater text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sequencer(String);

impl Sequencer {
    /// S3 gives hexadecimal text of varying length, to be padded with zeros on the right.
    fn from_event(hexadecimal: &str) -> Self {
        Self(format!("{:0<SEQUENCER_WIDTH$}", hexadecimal.to_ascii_uppercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a record, or the whole event, asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Skipped {
    /// `s3:TestEvent`, or an event of another service.
    #[error("the event has no records")]
    NoRecords,
    #[error("not a record of S3: {0}")]
    NotS3(String),
    #[error("an event of another kind: {0}")]
    OtherEvent(String),
    #[error("the record has no {0}")]
    Incomplete(&'static str),
    #[error("the key is not UTF-8")]
    NotUtf8,
    #[error("the key is not under {PREFIX}")]
    OtherPrefix,
    #[error("the key names no file in a gallery")]
    NoFile,
}

/// A skipped record, with its key as S3 wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkippedRecord {
    pub key: Option<String>,
    pub reason: Skipped,
}

/// What each record of an event asks for, in the event's order.
pub(crate) fn read(event: &Value) -> Vec<Result<Action, SkippedRecord>> {
    match event.get("Records").and_then(Value::as_array) {
        Some(records) => records.iter().map(read_record).collect(),
        None => vec![Err(SkippedRecord { key: None, reason: Skipped::NoRecords })],
    }
}

/// Reads records one by one, so that one of an unknown shape does not stop the others.
fn read_record(record: &Value) -> Result<Action, SkippedRecord> {
    let key = record.pointer("/s3/object/key").and_then(Value::as_str).map(str::to_owned);
    <S3EventRecord as serde::Deserialize>::deserialize(record)
        .map_err(|error| Skipped::NotS3(error.to_string()))
        .and_then(|record| action(&record))
        .map_err(|reason| SkippedRecord { key, reason })
}

fn action(record: &S3EventRecord) -> Result<Action, Skipped> {
    let object = &record.s3.object;
    let name = record.event_name.as_deref().ok_or(Skipped::Incomplete("event name"))?;
    let key = Key::from_event(object.key.as_deref().ok_or(Skipped::Incomplete("key"))?)?;
    let version = object.version_id.clone().filter(|version| !version.is_empty());
    let change = match name.split_once(':') {
        Some(("ObjectCreated", _)) => Change::Put(Upload {
            size: object.size.ok_or(Skipped::Incomplete("size"))?,
            etag: object.e_tag.as_deref().ok_or(Skipped::Incomplete("ETag"))?.trim_matches('"').to_owned(),
            uploaded_at: record.event_time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
            version,
        }),
        // `Delete` with a version speaks of that version alone: someone, or a lifecycle rule, deleted it for good. A version
        // of a delete marker's event is the marker's own.
        Some(("ObjectRemoved" | "LifecycleExpiration", kind)) => match version {
            Some(version) if kind != "DeleteMarkerCreated" => Change::RemoveVersion(version),
            _ => Change::Remove,
        },
        _ => return Err(Skipped::OtherEvent(name.to_owned())),
    };
    Ok(Action { key, sequencer: object.sequencer.as_deref().map(Sequencer::from_event), change })
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;

//! The index table: one row for each image.
//!
//! A row is `gallery` and `file_path` (the object key), which are its key, `size` (N), `etag`, `uploaded_at`, `version` where
//! the bucket is versioned, and `seq`, the sequencer of the event that wrote it.
//!
//! Events come late, twice and out of order, so each write is conditional: it takes effect only on a row that no later event
//! has written. What events alone cannot settle, only looking at the bucket can:
//! * a removed row leaves no trace, so a creation event that arrives after the removal brings the row back;
//! * when the newest version or a delete marker is removed for good, an older version becomes the object: its row stays
//!   missing until it is uploaded again.

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;

use crate::event::{Action, Change, Key, Sequencer, Upload};

/// The version id of objects that were stored while the bucket was not versioned.
const UNVERSIONED: &str = "null";

pub(crate) struct Index {
    client: Client,
    table: String,
}

/// What became of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Written,
    Removed,
    /// The row shows a later event already, or is of another version, or is gone.
    NothingToDo,
}

/// A call to DynamoDB failed for good, as far as this invocation goes; the text holds every cause.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct IndexError(String);

impl Index {
    pub(crate) fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    pub(crate) async fn apply(&self, action: &Action) -> Result<Outcome, IndexError> {
        let sequencer = action.sequencer.as_ref();
        match &action.change {
            Change::Put(upload) => self.put(&action.key, sequencer, upload).await,
            Change::Remove => self.remove(&action.key, Condition::not_older_than(sequencer)).await,
            Change::RemoveVersion(version) => self.remove(&action.key, Condition::shows_version(version, sequencer)).await,
        }
    }

    async fn put(&self, key: &Key, sequencer: Option<&Sequencer>, upload: &Upload) -> Result<Outcome, IndexError> {
        let condition = Condition::not_older_than(sequencer);
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row(key, sequencer, upload)))
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values)
            .send()
            .await;
        outcome(answer, Outcome::Written)
    }

    async fn remove(&self, key: &Key, condition: Condition) -> Result<Outcome, IndexError> {
        let answer = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(row_key(key)))
            .condition_expression(condition.expression)
            .set_expression_attribute_names(Some(condition.names))
            .set_expression_attribute_values(condition.values)
            .send()
            .await;
        outcome(answer, Outcome::Removed)
    }
}

fn row_key(key: &Key) -> HashMap<String, AttributeValue> {
    HashMap::from([
        ("gallery".to_owned(), AttributeValue::S(key.gallery().to_owned())),
        ("file_path".to_owned(), AttributeValue::S(key.as_str().to_owned())),
    ])
}

fn row(key: &Key, sequencer: Option<&Sequencer>, upload: &Upload) -> HashMap<String, AttributeValue> {
    let mut row = row_key(key);
    row.insert("size".to_owned(), AttributeValue::N(upload.size.to_string()));
    row.insert("etag".to_owned(), AttributeValue::S(upload.etag.clone()));
    row.insert("uploaded_at".to_owned(), AttributeValue::S(upload.uploaded_at.clone()));
    if let Some(version) = &upload.version {
        row.insert("version".to_owned(), AttributeValue::S(version.clone()));
    }
    if let Some(sequencer) = sequencer {
        row.insert("seq".to_owned(), AttributeValue::S(sequencer.as_str().to_owned()));
    }
    row
}

/// When a write may take effect, in DynamoDB's words.
struct Condition {
    expression: String,
    names: HashMap<String, String>,
    values: Option<HashMap<String, AttributeValue>>,
}

impl Condition {
    /// No later event has written the row. An event without a sequencer cannot be placed in the order: it touches only rows
    /// that have none either.
    fn not_older_than(sequencer: Option<&Sequencer>) -> Self {
        let names = HashMap::from([("#seq".to_owned(), "seq".to_owned())]);
        match sequencer {
            Some(sequencer) => Self {
                expression: "(attribute_not_exists(#seq) OR #seq < :seq)".to_owned(),
                names,
                values: Some(HashMap::from([(":seq".to_owned(), AttributeValue::S(sequencer.as_str().to_owned()))])),
            },
            None => Self { expression: "attribute_not_exists(#seq)".to_owned(), names, values: None },
        }
    }

    /// The row shows just this version: the removal of an older one must not remove it. A version id is never used twice, so
    /// the order of events does not matter, but for the one that is overwritten in place.
    fn shows_version(version: &str, sequencer: Option<&Sequencer>) -> Self {
        let (mut condition, is_version) = if version == UNVERSIONED {
            let mut condition = Self::not_older_than(sequencer);
            condition.expression += " AND ";
            (condition, "(attribute_not_exists(#version) OR #version = :version)")
        } else {
            (Self { expression: String::new(), names: HashMap::new(), values: None }, "#version = :version")
        };
        condition.expression += is_version;
        condition.names.insert("#version".to_owned(), "version".to_owned());
        condition.values.get_or_insert_default().insert(":version".to_owned(), AttributeValue::S(version.to_owned()));
        condition
    }
}

/// A failed condition is not a failure: the row is as it should be.
fn outcome<T, E>(answer: Result<T, SdkError<E>>, done: Outcome) -> Result<Outcome, IndexError>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(done),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(Outcome::NothingToDo),
        Err(error) => Err(IndexError(with_causes(&error))),
    }
}

/// `SdkError` itself prints as "service error" only; what happened is in its sources (L3).
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;

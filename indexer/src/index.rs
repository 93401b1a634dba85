//! The function's access to the bucket and the table, for the rule.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use gallery_index::{Accepted, Backend, Error, FirstBytes, Indexed, Key, Object, Row, Value, Write, index};

use crate::client::with_causes;
use crate::s3::S3;

#[derive(Debug)]
pub(crate) struct Index {
    pub s3: S3,
    pub dynamodb: Client,
    pub table: String,
    pub accepted: Accepted,
}

/// Why a call failed after all its tries; the text holds every cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct CallError {
    /// Whether it can never succeed, however often it is tried.
    pub for_good: bool,
    text: String,
}

impl CallError {
    fn for_now(text: String) -> Self {
        Self { for_good: false, text }
    }
}

impl Index {
    /// Makes the row of the key say what the object is.
    pub(crate) async fn update(&self, key: &Key) -> Result<Indexed, Error<CallError>> {
        index(self, &self.accepted, key).await
    }
}

impl Backend for Index {
    type Error = CallError;

    async fn look(&self, key: &Key) -> Result<Option<Object>, CallError> {
        self.s3.head(key).await.map_err(CallError::for_now)
    }

    async fn read(&self, key: &Key, object: &Object) -> Result<FirstBytes, CallError> {
        self.s3.first_bytes(key, object).await.map_err(CallError::for_now)
    }

    async fn write(&self, row: &Row, seen: Option<u64>) -> Result<Write, CallError> {
        let mut request = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row.attributes().into_iter().map(|(name, value)| (name.to_owned(), attribute(value))).collect()))
            .expression_attribute_names("#rev", "rev")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        request = match seen {
            None => request.condition_expression("attribute_not_exists(#rev)"),
            Some(rev) => request
                .condition_expression("#rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
        };
        let Err(error) = request.send().await else { return Ok(Write::Written) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let rev = failed.item().and_then(|row| row.get("rev")?.as_n().ok()?.parse().ok());
                Ok(Write::Refused(rev))
            }
            _ => Err(CallError { for_good: error.code() == Some("ValidationException"), text: with_causes(&error) }),
        }
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number),
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;

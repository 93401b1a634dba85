//! The function's access to the bucket and the table, for the rule.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use gallery_index::{Accepted, Backend, Error, FirstBytes, Found, Indexed, Key, Object, Put, Row, Seen, Value, Write, index};
use tokio::sync::Semaphore;

use crate::client::{self, with_causes};
use crate::environment::Environment;
use crate::event::Task;
use crate::s3::S3;

/// How many calls are made at once. Each of them may hold the first bytes of an object.
const CALLS_AT_ONCE: usize = 8;
/// After so many looks in vain, there is no object (S11). Lambda tries again later where one came.
const LOOKS: u32 = 4;
/// After the first of them; twice as long after each further one.
const PAUSE: Duration = Duration::from_millis(40);

#[derive(Debug)]
pub(crate) struct Index {
    pub s3: S3,
    pub dynamodb: Client,
    pub table: String,
    pub accepted: Accepted,
    /// Whoever waits for an object makes no call meanwhile, and holds up nobody.
    pub calls: Semaphore,
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
    pub(crate) fn for_now(text: String) -> Self {
        Self { for_good: false, text }
    }
}

impl Index {
    pub(crate) fn new(environment: Environment, https: SharedHttpClient) -> Self {
        Self {
            s3: S3::new(&environment, https.clone()),
            dynamodb: client::dynamodb(&environment, https),
            table: environment.table,
            accepted: environment.accepted,
            calls: Semaphore::new(CALLS_AT_ONCE),
        }
    }

    /// Makes the row of the key say what the object is.
    pub(crate) async fn update(&self, task: &Task) -> Result<Indexed, Error<CallError>> {
        index(self, &self.accepted, &task.key, &task.told).await
    }
}

impl Backend for Index {
    type Error = CallError;

    async fn look(&self, key: &Key) -> Result<Found, CallError> {
        // It is never closed.
        let _call = self.calls.acquire().await;
        self.s3.head(key).await.map_err(CallError::for_now)
    }

    async fn look_again(&self, looks: u32) -> bool {
        if looks < LOOKS {
            tokio::time::sleep(PAUSE * (1 << (looks - 1))).await;
        }
        looks < LOOKS
    }

    async fn read(&self, key: &Key, object: &Object) -> Result<FirstBytes, CallError> {
        let _call = self.calls.acquire().await;
        self.s3.first_bytes(key, object).await.map_err(CallError::for_now)
    }

    async fn write(&self, row: &Row, seen: Option<u64>) -> Result<Write, CallError> {
        let Put { item, condition, names, values } = Put::new(row.attributes(), seen);
        let request = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(attributes(item)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
            .set_expression_attribute_values(values.map(|values| attributes([values])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let _call = self.calls.acquire().await;
        let Err(error) = request.send().await else { return Ok(Write::Written) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                Ok(Write::Refused(failed.item().and_then(|row| Seen::read(|name| value(row.get(name)?)))))
            }
            _ => Err(CallError { for_good: error.code() == Some("ValidationException"), text: with_causes(&error) }),
        }
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

fn attributes(values: impl IntoIterator<Item = (&'static str, Value)>) -> HashMap<String, AttributeValue> {
    let attribute = |value| match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number),
    };
    values.into_iter().map(|(name, value)| (name.to_owned(), attribute(value))).collect()
}

fn value(attribute: &AttributeValue) -> Option<Value> {
    match attribute {
        AttributeValue::S(text) => Some(Value::S(text.clone())),
        AttributeValue::N(number) => Some(Value::N(number.clone())),
        _ => None,
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;

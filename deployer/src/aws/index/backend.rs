//! The bucket and the table, for the rule.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::head_object::{HeadObjectError, HeadObjectOutput};
use aws_sdk_s3::primitives::{ByteStream, DateTimeFormat};
use gallery_index::{Backend, FIRST_BYTES, FirstBytes, Found, Key, Object, Put, Row, Seen, Stored, Value, Write};

use super::pages;
use crate::aws::Aws;
use crate::aws::error::{AwsError, Class, Named as _};
use crate::aws::optional;
use crate::resource::index::Index;

/// So many looks are taken at an image that is listed and not found (S11), within four seconds.
const LOOKS: u32 = 5;
/// After the first of them; twice as long after each further one.
const PAUSE: Duration = Duration::from_millis(250);

/// An index, and the clients to keep it.
pub(super) struct Clients<'a> {
    pub aws: &'a Aws,
    pub index: &'a Index,
}

impl Clients<'_> {
    fn object_name(&self, key: &Key) -> String {
        format!("{}/{}", self.index.bucket, key.as_str())
    }

    /// Hides a row that no image can have.
    ///
    /// # Errors
    /// The call's.
    pub(super) async fn expel(&self, row: &Stored) -> Result<Write, AwsError> {
        self.put(row.expelled(self.now()), row.rev).await
    }

    /// A HEAD says nothing of the object nor of a failure; a GET tells whether the key is missing with which it was encrypted (SSE-C), or the right to use
    /// it (KMS).
    async fn why_unreadable(&self, key: &Key) -> Result<Found, AwsError> {
        let request = self.aws.s3.get_object().bucket(&self.index.bucket).key(key.as_str()).range("bytes=0-0");
        let answer = request.expected_bucket_owner(&self.aws.account).send().await.named("s3:GetObject", &self.object_name(key));
        match answer {
            Err(error) if error.is_lack_of_a_key() => Ok(Found::Unreadable),
            Err(error) => Err(error),
            // Another object by now.
            Ok(_) => Err(AwsError::told(
                "s3:GetObject",
                &self.object_name(key),
                Class::Other,
                "Changed",
                "the object has just changed",
            )),
        }
    }

    async fn put(&self, attributes: Vec<(&'static str, Value)>, seen: Option<u64>) -> Result<Write, AwsError> {
        let Put { item, condition, names, values } = Put::new(attributes, seen);
        let request = self
            .aws
            .dynamodb
            .put_item()
            .table_name(&self.index.table)
            .set_item(Some(attribute_values(item)))
            .condition_expression(condition)
            .set_expression_attribute_names(Some(names.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
            .set_expression_attribute_values(values.map(|values| attribute_values([values])))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = request.send().await else { return Ok(Write::Written) };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(Write::Refused(failed.item().and_then(|row| Seen::read(|name| value(row.get(name)?.clone())))));
        }
        Err(error).named("dynamodb:PutItem", &self.index.table)
    }
}

impl Backend for Clients<'_> {
    type Error = AwsError;

    /// What is not found is gone only if it is not listed either: a listing misses nothing. Whoever may not list the bucket gets 403 for what is
    /// gone, too: a failure, and never taken for that.
    async fn look(&self, key: &Key) -> Result<Found, AwsError> {
        let Index { bucket, .. } = self.index;
        let request = self.aws.s3.head_object().bucket(bucket).key(key.as_str()).expected_bucket_owner(&self.aws.account);
        let answer = request.send().await;
        if answer.as_ref().is_err_and(is_marker) {
            return Ok(Found::Marker);
        }
        match optional(answer.named("s3:GetObject", &self.object_name(key))) {
            Ok(Some(head)) if is_for_some(&head) => Ok(Found::Unreadable),
            Ok(Some(head)) => Ok(Found::Object(object(&head))),
            Ok(None) => {
                let listed = pages::image(self.aws, self.index, key.as_str()).await?;
                Ok(listed.map_or(Found::Nothing, |_| Found::Missed))
            }
            Err(error) if matches!(error.status, Some(400 | 403)) => self.why_unreadable(key).await,
            Err(error) => Err(error),
        }
    }

    async fn look_again(&self, looks: u32) -> bool {
        if looks >= LOOKS {
            return false;
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE * (1 << (looks - 1))) => true,
            () = self.aws.stop.wait() => false,
        }
    }

    async fn read(&self, key: &Key, object: &Object) -> Result<FirstBytes, AwsError> {
        let Index { bucket, .. } = self.index;
        let request = self
            .aws
            .s3
            .get_object()
            .bucket(bucket)
            .key(key.as_str())
            .expected_bucket_owner(&self.aws.account)
            .range(format!("bytes=0-{}", FIRST_BYTES - 1))
            .if_match(format!("\"{}\"", object.etag))
            .customize()
            // A checksum is of the whole object.
            .config_override(
                aws_sdk_s3::config::Builder::new().response_checksum_validation(ResponseChecksumValidation::WhenRequired),
            );
        match request.send().await.named("s3:GetObject", &self.object_name(key)) {
            Ok(output) => first_bytes(output.body)
                .await
                .map(FirstBytes::Read)
                .map_err(|error| AwsError::told("s3:GetObject", &self.object_name(key), Class::Network, "BrokenBody", &error)),
            Err(error) if error.is_not_found() || matches!(error.status, Some(412 | 416)) => Ok(FirstBytes::Changed),
            Err(error) if error.is_of_an_archive() => Ok(FirstBytes::Archived),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, row: &Row, seen: Option<u64>) -> Result<Write, AwsError> {
        self.put(row.attributes(), seen).await
    }

    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// Whether there is no object because a delete marker hides it.
fn is_marker(error: &SdkError<HeadObjectError>) -> bool {
    let answer = error.raw_response().filter(|answer| answer.status().as_u16() == 404);
    answer.is_some_and(|answer| answer.headers().get("x-amz-delete-marker") == Some("true"))
}

/// Whether it is encrypted with a key of KMS: whoever reads it needs a right to the key, which the public never has.
fn is_for_some(head: &HeadObjectOutput) -> bool {
    head.server_side_encryption().is_some_and(|how| how.as_str().starts_with("aws:kms"))
}

fn object(head: &HeadObjectOutput) -> Object {
    Object {
        size: head.content_length().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
        etag: head.e_tag().unwrap_or_default().trim_matches('"').to_owned(),
        uploaded_at: head.last_modified().and_then(|time| time.fmt(DateTimeFormat::DateTime).ok()).unwrap_or_default(),
        version: head.version_id().map(ToOwned::to_owned),
    }
}

/// No more than that, also of whoever answers a range with everything.
async fn first_bytes(mut body: ByteStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while bytes.len() < FIRST_BYTES
        && let Some(chunk) = body.try_next().await.map_err(|error| error.to_string())?
    {
        bytes.extend_from_slice(&chunk);
    }
    bytes.truncate(FIRST_BYTES);
    Ok(bytes)
}

fn attribute_values(values: impl IntoIterator<Item = (&'static str, Value)>) -> HashMap<String, AttributeValue> {
    let attribute = |value| match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number),
    };
    values.into_iter().map(|(name, value)| (name.to_owned(), attribute(value))).collect()
}

/// `None`: a row has no attribute of another type.
pub(super) fn value(attribute: AttributeValue) -> Option<Value> {
    match attribute {
        AttributeValue::S(text) => Some(Value::S(text)),
        AttributeValue::N(number) => Some(Value::N(number)),
        _ => None,
    }
}

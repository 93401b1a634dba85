//! The bucket and the table, for the rule.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_sdk_s3::config::ResponseChecksumValidation;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::primitives::{ByteStream, DateTimeFormat};
use gallery_index::{Backend, FIRST_BYTES, FirstBytes, Key, Object, Row, Stored, Value, Write};

use crate::aws::Aws;
use crate::aws::error::{AwsError, Class, Named as _};
use crate::aws::optional;
use crate::aws::wait::{Pace, Pause};
use crate::resource::index::Index;

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

    async fn put(&self, attributes: Vec<(&'static str, Value)>, seen: Option<u64>) -> Result<Write, AwsError> {
        let item = attributes.into_iter().map(|(name, value)| (name.to_owned(), attribute(value))).collect();
        let mut request = self
            .aws
            .dynamodb
            .put_item()
            .table_name(&self.index.table)
            .set_item(Some(item))
            .expression_attribute_names("#rev", "rev")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        request = match seen {
            None => request.condition_expression("attribute_not_exists(#rev)"),
            Some(rev) => request
                .condition_expression("#rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(rev.to_string())),
        };
        let Err(error) = request.send().await else { return Ok(Write::Written) };
        if let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() {
            return Ok(Write::Refused(failed.item().and_then(|row| row.get("rev")?.as_n().ok()?.parse().ok())));
        }
        Err(error).named("dynamodb:PutItem", &self.index.table)
    }
}

impl Backend for Clients<'_> {
    type Error = AwsError;

    /// Whoever may not list the bucket gets 403 for what is gone, too: a failure, and never taken for that.
    async fn look(&self, key: &Key) -> Result<Option<Object>, AwsError> {
        let Index { bucket, .. } = self.index;
        let request = self.aws.s3.head_object().bucket(bucket).key(key.as_str()).expected_bucket_owner(&self.aws.account);
        let found = optional(request.send().await.named("s3:GetObject", &self.object_name(key)))?;
        Ok(found.map(|head| object(&head)))
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
            Err(error) if error.is(&["InvalidObjectState"]) => Ok(FirstBytes::Archived),
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

/// The same for an image that was listed a moment ago: while versioning that was just enabled spreads, a look may miss it (S11), so it is gone only
/// after some looks.
pub(super) struct SeenInListing<'a>(pub &'a Clients<'a>);

/// For so long such an image is looked for.
const UNSEEN: Duration = Duration::from_secs(4);

impl Backend for SeenInListing<'_> {
    type Error = AwsError;

    async fn look(&self, key: &Key) -> Result<Option<Object>, AwsError> {
        let (begun, mut pace) = (Instant::now(), Pace::new());
        loop {
            let found = self.0.look(key).await?;
            if found.is_some() || pace.pause(begun.elapsed(), UNSEEN, &self.0.aws.stop, || ()).await != Pause::Over {
                return Ok(found);
            }
        }
    }

    async fn read(&self, key: &Key, object: &Object) -> Result<FirstBytes, AwsError> {
        self.0.read(key, object).await
    }

    async fn write(&self, row: &Row, seen: Option<u64>) -> Result<Write, AwsError> {
        self.0.write(row, seen).await
    }

    fn now(&self) -> u64 {
        self.0.now()
    }
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

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number),
    }
}

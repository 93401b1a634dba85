//! How many images, rows and lost events there are, as far as that is cheap to say.

use std::collections::HashMap;
use std::pin::pin;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_s3::types::EncodingType;
use futures_util::stream::{StreamExt as _, TryStreamExt as _};

use super::error::{AwsError, Named as _};
use super::{Aws, versions};
use crate::desired::IMAGES_PREFIX;
use crate::status::{Images, Rows, Stored};

/// Pages of a list that are read: 1,000 objects, or 1 MB of rows.
const PAGES: usize = 10;

/// The images of a bucket.
///
/// # Errors
/// What S3 refuses.
pub async fn images(aws: &Aws, bucket: &str) -> Result<Images, AwsError> {
    let (count, bytes, is_all) = objects(aws, bucket, IMAGES_PREFIX).await?;
    Ok(Images { count, bytes, is_all })
}

/// Pages of versions that are read before they are deleted: 1,000 each, some seconds in all.
const VERSION_PAGES: usize = 100;

/// All that lies in the images bucket, with every version: what emptying it deletes.
///
/// # Errors
/// What S3 refuses.
pub async fn versions(aws: &Aws, bucket: &str) -> Result<Stored, AwsError> {
    let (mut images, mut versions, mut bytes, mut is_all) = (0, 0, 0, true);
    let mut pages = pin!(versions::pages(aws, bucket, 1000).take(VERSION_PAGES));
    while let Some(page) = pages.try_next().await? {
        for object in page.versions() {
            let is_image = object.key().is_some_and(|key| key.starts_with(IMAGES_PREFIX));
            images += u64::from(is_image && object.is_latest().unwrap_or(true));
            bytes += object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        }
        versions += u64::try_from(page.versions().len() + page.delete_markers().len()).unwrap_or_default();
        is_all = !page.is_truncated().unwrap_or_default();
    }
    Ok(Stored { images, versions: Some(versions), bytes, is_all })
}

/// Events that the indexer failed on for good: at most what [`PAGES`] hold.
///
/// # Errors
/// What S3 refuses.
pub async fn failed_events(aws: &Aws, bucket: &str, prefix: &str) -> Result<u64, AwsError> {
    Ok(objects(aws, bucket, prefix).await?.0)
}

/// Objects below a prefix: how many, of how many bytes, and whether these are all.
async fn objects(aws: &Aws, bucket: &str, prefix: &str) -> Result<(u64, u64, bool), AwsError> {
    let (mut count, mut bytes, mut next) = (0, 0, None);
    for _ in 0..PAGES {
        let request = aws.s3.list_objects_v2().bucket(bucket).prefix(prefix).expected_bucket_owner(&aws.account);
        // Keys that XML cannot hold would break the answer.
        let request = request.encoding_type(EncodingType::Url).set_continuation_token(next);
        let page = request.send().await.named("s3:ListBucket", bucket)?;
        for object in page.contents() {
            count += 1;
            bytes += object.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
        }
        next = page.next_continuation_token;
        if next.is_none() {
            break;
        }
    }
    Ok((count, bytes, next.is_none()))
}

/// The rows of a table, but for those of deleted images.
///
/// # Errors
/// What DynamoDB refuses.
pub async fn rows(aws: &Aws, table: &str) -> Result<Rows, AwsError> {
    let mut rows = Rows { shown: 0, rejected: 0, is_all: false };
    let mut next: Option<HashMap<String, AttributeValue>> = None;
    for _ in 0..PAGES {
        // `hidden` is a reserved word. Old rows are good enough for a count.
        let request = aws.dynamodb.scan().table_name(table).projection_expression("#hidden");
        let request = request.expression_attribute_names("#hidden", "hidden").set_exclusive_start_key(next);
        let page = request.send().await.named("dynamodb:Scan", table)?;
        for row in page.items() {
            match row.get("hidden").and_then(|hidden| hidden.as_s().ok()).map(String::as_str) {
                None => rows.shown += 1,
                Some("deleted") => {}
                Some(_) => rows.rejected += 1,
            }
        }
        next = page.last_evaluated_key;
        if next.is_none() {
            rows.is_all = true;
            break;
        }
    }
    Ok(rows)
}

//! The index table's rows, against the images: what `dev` repairs after a crash of the local AWS.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::DateTimeFormat;
use aws_sdk_s3::types::Object;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Aws;
use super::error::{AwsError, Named as _};
use crate::desired::IMAGES_PREFIX;
use crate::error::Error;
use crate::names::Names;
use crate::resource::table::{PARTITION_KEY, SORT_KEY};

/// Records in one call of the indexer: well below Lambda's payload limit even with the longest keys.
const RECORDS: usize = 50;

/// How many rows were written and deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    pub written: usize,
    pub removed: usize,
}

/// Tells the indexer of images that have no row or an old one, the way S3 would have, and removes rows that have no image.
///
/// # Errors
/// A call that fails; an indexer that fails.
pub async fn repair(aws: &Aws, names: &Names) -> Result<Repaired, Error> {
    let images = list_images(aws, &names.images_bucket).await?;
    let rows = list_rows(aws, &names.table).await?;
    let etags: BTreeMap<&str, &str> = rows.iter().map(|row| (row.path.as_str(), row.etag.as_str())).collect();
    let outdated = images.iter().filter(|(key, object)| etags.get(key.as_str()) != Some(&etag(object)));
    let records: Vec<Value> = outdated.map(|(key, object)| record(names, key, object)).collect();
    for records in records.chunks(RECORDS) {
        call_indexer(aws, &names.function, records).await?;
    }
    let stale: Vec<&Row> = rows.iter().filter(|row| !images.contains_key(&row.path)).collect();
    for row in &stale {
        let request = aws.dynamodb.delete_item().table_name(&names.table);
        let request =
            request.key(PARTITION_KEY, AttributeValue::S(row.gallery.clone())).key(SORT_KEY, AttributeValue::S(row.path.clone()));
        request.send().await.named("dynamodb:DeleteItem", &names.table)?;
    }
    Ok(Repaired { written: records.len(), removed: stale.len() })
}

/// What is compared of a row.
struct Row {
    gallery: String,
    path: String,
    etag: String,
}

/// Without quotes, as rows hold it.
fn etag(object: &Object) -> &str {
    object.e_tag().unwrap_or_default().trim_matches('"')
}

async fn list_images(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, Object>, AwsError> {
    let mut pages = aws.s3.list_objects_v2().bucket(bucket).prefix(IMAGES_PREFIX).into_paginator().send();
    let mut images = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let objects = page.named("s3:ListBucket", bucket)?.contents.unwrap_or_default();
        images.extend(objects.into_iter().filter_map(|object| Some((object.key.clone()?, object))));
    }
    Ok(images)
}

async fn list_rows(aws: &Aws, table: &str) -> Result<Vec<Row>, AwsError> {
    let request = aws.dynamodb.scan().table_name(table).projection_expression(format!("{PARTITION_KEY}, {SORT_KEY}, etag"));
    let mut items = request.into_paginator().items().send();
    let mut rows = Vec::new();
    while let Some(item) = items.next().await {
        let item = item.named("dynamodb:Scan", table)?;
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        rows.push(Row { gallery: text(PARTITION_KEY), path: text(SORT_KEY), etag: text("etag") });
    }
    Ok(rows)
}

/// A record as S3 writes it.
fn record(names: &Names, key: &str, object: &Object) -> Value {
    let time = object.last_modified().and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "awsRegion": names.place.region, "eventTime": time,
        "userIdentity": {}, "requestParameters": {}, "responseElements": {},
        "s3": {
            "bucket": { "name": names.images_bucket },
            "object": {
                "key": utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
                "size": object.size(),
                "eTag": etag(object),
            }
        }
    })
}

async fn call_indexer(aws: &Aws, function: &str, records: &[Value]) -> Result<(), Error> {
    let payload = json!({ "Records": records }).to_string();
    let request = aws.lambda.invoke().function_name(function).payload(Blob::new(payload));
    let output = request.send().await.named("lambda:InvokeFunction", function)?;
    match output.function_error() {
        None => Ok(()),
        Some(kind) => {
            let said = output.payload().map(|payload| String::from_utf8_lossy(payload.as_ref()).into_owned());
            Err(Error::Indexer(format!("{kind}: {}", said.unwrap_or_default())))
        }
    }
}

//! The index table's rows, against the images: what `dev` repairs after a crash of the local AWS.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::types::Object;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Aws;
use super::error::{AwsError, Named as _};
use crate::desired::IMAGES_PREFIX;
use crate::error::Error;
use crate::names::Names;
use crate::resource::table::SORT_KEY;

/// Records in one call of the indexer: well below Lambda's payload limit even with the longest keys.
const RECORDS: usize = 50;

/// How many images had no row or an old one, and how many rows had no image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repaired {
    pub written: usize,
    pub removed: usize,
}

/// Has the indexer look at the images that have no row or an old one, and at the keys of rows that have no image.
///
/// # Errors
/// A call that fails; an indexer that fails.
pub async fn repair(aws: &Aws, names: &Names) -> Result<Repaired, Error> {
    let images = list_images(aws, &names.images_bucket).await?;
    let rows = list_rows(aws, &names.table).await?;
    let outdated: Vec<&str> =
        images.iter().filter(|(key, etag)| rows.get(*key) != Some(etag)).map(|(key, _)| key.as_str()).collect();
    let stale: Vec<&str> = rows.keys().filter(|key| !images.contains_key(*key)).map(String::as_str).collect();
    let repaired = Repaired { written: outdated.len(), removed: stale.len() };
    let records: Vec<Value> = outdated.into_iter().chain(stale).map(|key| record(names, key)).collect();
    for records in records.chunks(RECORDS) {
        call_indexer(aws, &names.function, records).await?;
    }
    Ok(repaired)
}

/// Keys and ETags, without quotes, as rows hold them.
async fn list_images(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, String>, AwsError> {
    let mut pages = aws.s3.list_objects_v2().bucket(bucket).prefix(IMAGES_PREFIX).into_paginator().send();
    let mut images = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let objects = page.named("s3:ListBucket", bucket)?.contents.unwrap_or_default();
        let etag = |object: &Object| object.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        images.extend(objects.into_iter().filter_map(|object| Some((object.key.clone()?, etag(&object)))));
    }
    Ok(images)
}

/// Keys and ETags of the rows, but for those of deleted images.
async fn list_rows(aws: &Aws, table: &str) -> Result<BTreeMap<String, String>, AwsError> {
    // `hidden` is a reserved word.
    let request = aws
        .dynamodb
        .scan()
        .table_name(table)
        .projection_expression(format!("{SORT_KEY}, etag"))
        .filter_expression("attribute_not_exists(#hidden) OR #hidden <> :deleted")
        .expression_attribute_names("#hidden", "hidden")
        .expression_attribute_values(":deleted", AttributeValue::S("deleted".to_owned()));
    let mut items = request.into_paginator().items().send();
    let mut rows = BTreeMap::new();
    while let Some(item) = items.next().await {
        let item = item.named("dynamodb:Scan", table)?;
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        rows.insert(text(SORT_KEY), text("etag"));
    }
    Ok(rows)
}

/// A record as S3 writes it, as far as the indexer reads it.
fn record(names: &Names, key: &str) -> Value {
    json!({
        "eventSource": "aws:s3",
        "s3": {
            "bucket": { "name": names.images_bucket },
            "object": { "key": utf8_percent_encode(key, NON_ALPHANUMERIC).to_string() }
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

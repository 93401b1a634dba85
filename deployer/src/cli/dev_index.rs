//! After a crash of the local AWS: makes the index match the images again.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::DateTimeFormat;
use aws_sdk_s3::types::Object;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::aws::error::{AwsError, Named as _};
use crate::desired::IMAGES_PREFIX;
use crate::error::Error;
use crate::event::{Event, Report};
use crate::names::Names;
use crate::resource::table::{PARTITION_KEY, SORT_KEY};

/// Records in one call of the indexer: well below Lambda's payload limit even with the longest keys.
const RECORDS: usize = 50;

/// Tells the indexer of images that have no row, the way S3 would have, and removes rows that have no image.
///
/// # Errors
/// A call that fails; an indexer that fails.
pub(super) async fn repair(aws: &Aws, names: &Names, report: &dyn Report) -> Result<(), Error> {
    let images = list_images(aws, &names.images_bucket).await?;
    let rows = list_rows(aws, &names.table).await?;
    let indexed: BTreeSet<&str> = rows.iter().map(|(_, path)| path.as_str()).collect();
    let missing: Vec<Value> = images
        .iter()
        .filter(|(key, _)| !indexed.contains(key.as_str()))
        .map(|(key, object)| record(names, key, object))
        .collect();
    for records in missing.chunks(RECORDS) {
        call_indexer(aws, &names.function, records).await?;
    }
    let stale: Vec<_> = rows.iter().filter(|(_, path)| !images.contains_key(path)).collect();
    for (gallery, path) in &stale {
        let request = aws.dynamodb.delete_item().table_name(&names.table);
        let request =
            request.key(PARTITION_KEY, AttributeValue::S(gallery.clone())).key(SORT_KEY, AttributeValue::S(path.clone()));
        request.send().await.named("dynamodb:DeleteItem", &names.table)?;
    }
    if missing.len() + stale.len() > 0 {
        let note = format!("The index was repaired: {} rows added, {} removed.", missing.len(), stale.len());
        report.event(&Event::Note(&note));
    }
    Ok(())
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

/// Gallery and path of every row.
async fn list_rows(aws: &Aws, table: &str) -> Result<Vec<(String, String)>, AwsError> {
    let request = aws.dynamodb.scan().table_name(table).projection_expression(format!("{PARTITION_KEY}, {SORT_KEY}"));
    let mut pages = request.into_paginator().items().send();
    let mut rows = Vec::new();
    while let Some(item) = pages.next().await {
        let item = item.named("dynamodb:Scan", table)?;
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        rows.extend(text(PARTITION_KEY).zip(text(SORT_KEY)));
    }
    Ok(rows)
}

/// A record as S3 writes it.
fn record(names: &Names, key: &str, object: &Object) -> Value {
    let time = object.last_modified().and_then(|time| time.fmt(DateTimeFormat::DateTime).ok());
    json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "awsRegion": names.place.region, "eventTime": time,
        "s3": {
            "bucket": { "name": names.images_bucket },
            "object": {
                "key": utf8_percent_encode(key, NON_ALPHANUMERIC).to_string(),
                "size": object.size(),
                "eTag": object.e_tag().unwrap_or_default().trim_matches('"'),
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
            let said = output.payload().map(|payload| String::from_utf8_lossy(payload.as_ref()).into_owned()).unwrap_or_default();
            Err(Error::Bug(format!("the indexer failed ({kind}): {said}")))
        }
    }
}

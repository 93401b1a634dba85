//! Emptying and deleting a bucket (S17).

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures_util::stream::{FuturesUnordered, StreamExt as _};

use super::error::{AwsError, Class, Named as _};
use super::wait::{Progress, Wait};
use super::{Aws, built, gone};
use crate::error::Error;

/// `DeleteObjects` takes at most so many keys at once, and a listing gives as many.
const BATCH: i32 = 1000;
/// Batches under way at once: bounded, so that memory stays flat.
const AT_ONCE: usize = 4;
/// Somebody may still be writing: after so many rounds we say so.
const ROUNDS: usize = 5;

/// Deletes every version, every delete marker and every unfinished upload, then the bucket.
///
/// # Errors
/// Objects that may not be deleted (Object Lock), and a bucket that is written to all the time.
pub async fn delete_bucket(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let mut rounds = 1;
    loop {
        match empty(aws, name).await {
            Ok(()) => {}
            Err(Error::Aws(error)) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        }
        let settle = Wait::seconds("for S3 to finish another change of the bucket", 120);
        let call = async || {
            gone(
                aws.s3
                    .delete_bucket()
                    .bucket(name)
                    .expected_bucket_owner(&aws.account)
                    .send()
                    .await
                    .named("s3:DeleteBucket", name),
            )
        };
        match settle.retry(progress, |error| error.is(&["OperationAborted"]), call).await {
            Err(Error::Aws(error)) if error.is(&["BucketNotEmpty"]) && rounds < ROUNDS => rounds += 1,
            other => return other,
        }
    }
}

async fn empty(aws: &Aws, name: &str) -> Result<(), Error> {
    abort_uploads(aws, name).await?;
    let mut deletions = FuturesUnordered::new();
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let request = aws.s3.list_object_versions().bucket(name).expected_bucket_owner(&aws.account).max_keys(BATCH);
        let request = request.set_key_marker(key_marker.take()).set_version_id_marker(version_marker.take());
        let page = request.send().await.named("s3:ListBucketVersions", name)?;
        let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
        let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
        let objects: Vec<ObjectIdentifier> = versions
            .chain(markers)
            .map(|(key, version)| {
                let key = key.unwrap_or_default();
                built(ObjectIdentifier::builder().key(key).set_version_id(version.map(ToOwned::to_owned)).build())
            })
            .collect::<Result<_, _>>()?;
        if !objects.is_empty() {
            deletions.push(delete_batch(aws, name, objects));
        }
        if deletions.len() >= AT_ONCE
            && let Some(result) = deletions.next().await
        {
            result?;
        }
        if !page.is_truncated().unwrap_or_default() {
            break;
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
    while let Some(result) = deletions.next().await {
        result?;
    }
    Ok(())
}

async fn delete_batch(aws: &Aws, name: &str, objects: Vec<ObjectIdentifier>) -> Result<(), Error> {
    let delete = built(Delete::builder().set_objects(Some(objects)).quiet(true).build())?;
    let request = aws.s3.delete_objects().bucket(name).expected_bucket_owner(&aws.account).delete(delete);
    let output = request.send().await.named("s3:DeleteObject", name)?;
    // HTTP 200 says nothing about the single keys.
    let Some(error) = output.errors().first() else { return Ok(()) };
    let code = error.code().unwrap_or_default();
    Err(Error::from(AwsError {
        call: "s3:DeleteObjectVersion",
        resource: format!("{name}/{}", error.key().unwrap_or_default()),
        class: if code == "AccessDenied" { Class::Denied } else { Class::Other },
        code: Some(code.to_owned()),
        message: error.message().unwrap_or(code).to_owned(),
        status: Some(200),
        request_id: None,
        bucket_region: None,
    }))
}

/// Parts of unfinished uploads cost money, and nobody sees them.
async fn abort_uploads(aws: &Aws, name: &str) -> Result<(), AwsError> {
    loop {
        let request = aws.s3.list_multipart_uploads().bucket(name).expected_bucket_owner(&aws.account);
        let page = request.send().await.named("s3:ListBucketMultipartUploads", name)?;
        for upload in page.uploads() {
            let request = aws.s3.abort_multipart_upload().bucket(name).expected_bucket_owner(&aws.account);
            let request = request.set_key(upload.key.clone()).set_upload_id(upload.upload_id.clone());
            match request.send().await.named("s3:AbortMultipartUpload", name) {
                Err(error) if !error.is(&["NoSuchUpload"]) => return Err(error),
                _ => {}
            }
        }
        if !page.is_truncated().unwrap_or_default() {
            return Ok(());
        }
    }
}

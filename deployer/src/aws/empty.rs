//! Emptying and deleting a bucket (S17).

use std::cell::Cell;
use std::pin::pin;

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, EncodingType, MultipartUpload, ObjectIdentifier};
use futures_util::future::ready;
use futures_util::stream::{StreamExt as _, TryStreamExt as _, iter, try_unfold};
use futures_util::try_join;

use super::bucket::{delete_policy, put_public_access};
use super::error::passing::{BUCKET_BUSY, BUCKET_FILLED, OBJECTS_BUSY};
use super::error::{AwsError, Class, Named as _};
use super::listed_key::{as_told, fits_xml};
use super::wait::{Progress, retry};
use super::{Aws, gone, versions};
use crate::error::Error;
use crate::event::{Progressed, Unit};
use crate::resource::bucket::PublicAccessBlock;

/// `DeleteObjects` takes at most so many keys at once, and a listing gives as many.
const BATCH: i32 = 1000;
/// Batches under way at once: enough to fill a line, and so few that memory stays flat however much lies in the bucket.
const AT_ONCE: usize = 4;
/// Somebody may still be writing, and listings may lag: so often the bucket is emptied.
const ROUNDS: u32 = 5;

/// Deletes every version, every delete marker and every unfinished upload, then the bucket, as soon as nothing else needs its name. `objects`: how many
/// there were when they were counted. `close`: first of all, nobody without a key can read any more.
///
/// # Errors
/// Objects that may not be deleted (Object Lock), and a bucket that is written to all the time.
pub async fn delete_bucket(
    aws: &Aws,
    name: &str,
    objects: Option<u64>,
    close: bool,
    progress: Progress<'_>,
) -> Result<(), Error> {
    if close {
        match put_public_access(aws, name, PublicAccessBlock::ALL, progress).await {
            Err(Error::Aws(error)) if error.is_not_found() => return Ok(()),
            Err(error) if error.is_denied() => delete_policy(aws, name, progress).await?,
            blocked => blocked?,
        }
    }
    progress.proceed().await?;
    let deleted = Deleted { so_far: Cell::new(0), of: objects };
    // While others may still write to it, and trust its name.
    if !is_emptied(aws, name, &deleted, progress).await? {
        return Ok(());
    }
    progress.commit().await?;
    let mut rounds = 0;
    let mut failed = None;
    let call = async || {
        rounds += 1;
        // Empty already, unless somebody wrote meanwhile.
        if rounds > 1 {
            match is_emptied(aws, name, &deleted, progress).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    failed = Some(error);
                    return Ok(());
                }
            }
        }
        let request = aws.s3.delete_bucket().bucket(name).expected_bucket_owner(&aws.account);
        match gone(request.send().await.named("s3:DeleteBucket", name)) {
            Err(error) if rounds >= ROUNDS && error.is_of_a_filled_bucket() => Err(still_filled(aws, name).await?),
            other => other,
        }
    };
    retry(progress, &[BUCKET_FILLED, BUCKET_BUSY], call).await?;
    failed.map_or(Ok(()), Err)
}

/// How much is deleted.
struct Deleted {
    so_far: Cell<u64>,
    of: Option<u64>,
}

/// What keeps the bucket from being deleted: the first object that is in it again.
async fn still_filled(aws: &Aws, name: &str) -> Result<AwsError, AwsError> {
    let page = pin!(versions::pages(aws, name, 1)).try_next().await?;
    let left = page.and_then(|page| {
        let version = page.versions().iter().find_map(|version| version.key());
        version.or_else(|| page.delete_markers().iter().find_map(|marker| marker.key())).map(ToOwned::to_owned)
    });
    let left = left.map_or_else(|| "though no object is listed".to_owned(), |key| format!("there is again `{key}`"));
    let message = format!("it was emptied {ROUNDS} times, and {left}: who still writes to it?");
    Ok(AwsError::told("s3:DeleteBucket", name, Class::Other, "StillFilled", &message))
}

/// Empties the bucket. `false`: it is gone itself.
async fn is_emptied(aws: &Aws, name: &str, deleted: &Deleted, progress: Progress<'_>) -> Result<bool, Error> {
    match empty(aws, name, deleted, progress).await {
        Err(Error::Aws(error)) if error.is_not_found() => Ok(false),
        other => other.map(|()| true),
    }
}

/// Deletes what lies in the bucket: pages are listed while earlier ones are being deleted.
async fn empty(aws: &Aws, name: &str, deleted: &Deleted, progress: Progress<'_>) -> Result<(), Error> {
    let versions = versions::pages(aws, name, BATCH).and_then(|page| ready(identifiers(name, page))).map_err(Error::from);
    let versions = versions.try_filter(|objects| ready(!objects.is_empty()));
    let delete = async |objects: Vec<ObjectIdentifier>| {
        let count = u64::try_from(objects.len()).unwrap_or(u64::MAX);
        delete_batch(aws, name, objects, progress).await?;
        deleted.so_far.set(deleted.so_far.get() + count);
        progress.reached(Progressed { done: deleted.so_far.get(), total: deleted.of, unit: Unit::Objects });
        Ok(())
    };
    let deletions = versions.map_ok(delete).try_buffer_unordered(AT_ONCE);
    let uploads =
        try_unfold(Some(UploadMarkers::default()), |markers| list_uploads(aws, name, markers)).map_ok(|page| iter(page).map(Ok));
    let aborts = uploads.try_flatten().map_ok(|upload| abort(aws, name, upload)).try_buffer_unordered(AT_ONCE);
    let aborts = aborts.map_err(Error::from);
    try_join!(deletions.try_collect::<()>(), aborts.try_collect::<()>()).map(drop)
}

/// What is in a page of versions: the delete markers, too.
fn identifiers(bucket: &str, page: ListObjectVersionsOutput) -> Result<Vec<ObjectIdentifier>, AwsError> {
    let versions = page.versions.unwrap_or_default().into_iter().map(|version| (version.key, version.version_id));
    let deleted = page.delete_markers.unwrap_or_default().into_iter().map(|marker| (marker.key, marker.version_id));
    versions.chain(deleted).map(|(key, version)| identifier(bucket, key, version)).collect()
}

/// Where a page of unfinished uploads begins.
#[derive(Default)]
struct UploadMarkers {
    key: Option<String>,
    upload: Option<String>,
}

/// One page of unfinished uploads (their parts cost money, and nobody sees them), and where the next one begins.
async fn list_uploads(
    aws: &Aws,
    name: &str,
    markers: Option<UploadMarkers>,
) -> Result<Option<(Vec<MultipartUpload>, Option<UploadMarkers>)>, AwsError> {
    let Some(markers) = markers else { return Ok(None) };
    let request = aws.s3.list_multipart_uploads().bucket(name).expected_bucket_owner(&aws.account);
    let request = request.set_key_marker(markers.key).set_upload_id_marker(markers.upload);
    let page = request.encoding_type(EncodingType::Url).send().await.named("s3:ListBucketMultipartUploads", name)?;
    let encoding = page.encoding_type.as_ref();
    let mut uploads = page.uploads.unwrap_or_default();
    for upload in &mut uploads {
        upload.key = as_told(upload.key.take(), encoding)?;
    }
    let next = UploadMarkers { key: as_told(page.next_key_marker, encoding)?, upload: page.next_upload_id_marker };
    Ok(Some((uploads, page.is_truncated.unwrap_or_default().then_some(next))))
}

async fn abort(aws: &Aws, name: &str, upload: MultipartUpload) -> Result<(), AwsError> {
    let request = aws.s3.abort_multipart_upload().bucket(name).expected_bucket_owner(&aws.account);
    let request = request.set_key(upload.key).set_upload_id(upload.upload_id);
    match request.send().await.named("s3:AbortMultipartUpload", name) {
        Err(error) if !error.is_of_no_upload() => Err(error),
        _ => Ok(()),
    }
}

/// An object, or one version of it.
pub(super) fn identifier(bucket: &str, key: Option<String>, version: Option<String>) -> Result<ObjectIdentifier, AwsError> {
    let builder = ObjectIdentifier::builder().key(key.unwrap_or_default()).set_version_id(version);
    builder
        .build()
        .map_err(|error| AwsError::told("s3:ListBucketVersions", bucket, Class::Other, "Incomplete", &error.to_string()))
}

/// Deletes up to 1,000 objects or versions with one call, but for those whose keys XML cannot hold: each takes a call of its own. What S3 is too
/// busy for is sent again.
///
/// # Errors
/// The call's, or that of the first object that stays.
pub(super) async fn delete_batch(
    aws: &Aws,
    name: &str,
    objects: Vec<ObjectIdentifier>,
    progress: Progress<'_>,
) -> Result<(), Error> {
    let (mut left, single): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| fits_xml(object.key()));
    for object in single {
        delete_one(aws, name, &object).await?;
    }
    if left.is_empty() {
        return Ok(());
    }
    let call = async || {
        let refused = delete_at_once(aws, name, &left).await?;
        let Some(first) = refused.iter().find(|refused| !OBJECTS_BUSY.holds(&refused.error)).or(refused.first()) else {
            return Ok(());
        };
        let error = first.error.clone();
        left.retain(|object| refused.iter().any(|refused| refused.is_of(object)));
        Err(error)
    };
    retry(progress, &[OBJECTS_BUSY], call).await
}

/// An object that stays, of those that were to be deleted at once.
struct Refused {
    key: String,
    version: Option<String>,
    error: AwsError,
}

impl Refused {
    fn is_of(&self, object: &ObjectIdentifier) -> bool {
        self.key == object.key() && self.version.as_deref().is_none_or(|version| object.version_id() == Some(version))
    }
}

async fn delete_at_once(aws: &Aws, name: &str, objects: &[ObjectIdentifier]) -> Result<Vec<Refused>, AwsError> {
    let incomplete = |error: BuildError| AwsError::told("s3:DeleteObject", name, Class::Other, "Incomplete", &error.to_string());
    let delete = Delete::builder().set_objects(Some(objects.to_vec())).quiet(true).build().map_err(incomplete)?;
    let request = aws.s3.delete_objects().bucket(name).expected_bucket_owner(&aws.account).delete(delete);
    let output = request.send().await.named("s3:DeleteObject", name)?;
    // HTTP 200 says nothing about the single keys.
    let refused = output.errors.unwrap_or_default().into_iter().map(|error| {
        let (code, key) = (error.code.unwrap_or_default(), error.key.unwrap_or_default());
        // Object Lock answers so for a version, for good.
        let class = if code == "AccessDenied" { Class::Denied } else { Class::Other };
        let message = error.message.as_deref().unwrap_or(&code);
        let told = AwsError::told("s3:DeleteObjectVersion", &format!("{name}/{key}"), class, &code, message);
        Refused { key, version: error.version_id, error: told }
    });
    Ok(refused.collect())
}

async fn delete_one(aws: &Aws, name: &str, object: &ObjectIdentifier) -> Result<(), AwsError> {
    let request = aws.s3.delete_object().bucket(name).expected_bucket_owner(&aws.account);
    let request = request.key(object.key()).set_version_id(object.version_id().map(ToOwned::to_owned));
    request.send().await.named("s3:DeleteObjectVersion", &format!("{name}/{}", object.key().escape_debug()))?;
    Ok(())
}

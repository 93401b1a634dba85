//! The site's files in its bucket.

use std::collections::BTreeMap;

use futures_util::join;

use super::empty::{delete_batch, identifier};
use super::error::{AwsError, Named as _};
use super::upload::{Object, put, upload};
use super::wait::Progress;
use super::{Aws, body, none_refused, optional, seen};
use crate::error::Error;
use crate::plan::Mark;
use crate::resource::Seen;
use crate::resource::site::{Headers, MANIFEST_KEY, Manifest, ObjectSeen, Observed, SiteFile};

/// Lists the bucket and reads the manifest of the last deploy.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, bucket: &str) -> Result<Seen<Observed>, AwsError> {
    let (objects, manifest) = join!(list(aws, bucket), read_manifest(aws, bucket));
    let read = || -> Result<Observed, AwsError> {
        none_refused([objects.as_ref().err(), manifest.as_ref().err()])?;
        let manifest = optional(manifest)?.map(|body| Manifest::parse(&body));
        let newer_format = manifest.as_ref().and_then(|manifest| manifest.as_ref().err().copied().flatten());
        // One that cannot be understood is as good as none: every file is sent again.
        Ok(Observed { objects: objects?, manifest: manifest.and_then(Result::ok), newer_format })
    };
    seen(read())
}

async fn list(aws: &Aws, bucket: &str) -> Result<BTreeMap<String, ObjectSeen>, AwsError> {
    let mut objects = BTreeMap::new();
    let mut next = None;
    loop {
        let request = aws.s3.list_objects_v2().bucket(bucket).expected_bucket_owner(&aws.account).set_continuation_token(next);
        let page = request.send().await.named("s3:ListBucket", bucket)?;
        next = page.next_continuation_token;
        objects.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let etag = object.e_tag?.trim_matches('"').to_owned();
            let modified = object.last_modified.map(|time| time.as_nanos()).unwrap_or_default();
            Some((object.key?, ObjectSeen { etag, modified }))
        }));
        if next.is_none() {
            return Ok(objects);
        }
    }
}

async fn read_manifest(aws: &Aws, bucket: &str) -> Result<Vec<u8>, AwsError> {
    let request = aws.s3.get_object().bucket(bucket).key(MANIFEST_KEY).expected_bucket_owner(&aws.account);
    let output = request.send().await.named("s3:GetObject", MANIFEST_KEY)?;
    body("s3:GetObject", MANIFEST_KEY, output.body).await
}

/// The pages, when all that they ask for is there; then what nobody asks for any more goes; then the manifest, which until now knows of it.
///
/// # Errors
/// The first call that fails for good.
pub async fn publish(
    aws: &Aws,
    bucket: &str,
    pages: &[SiteFile],
    manifest: Option<&str>,
    delete: &[String],
    progress: Progress<'_>,
) -> Result<(), Error> {
    upload(aws, bucket, pages, progress).await?;
    for keys in delete.chunks(1000) {
        let objects = keys.iter().map(|key| identifier(bucket, Some(key.clone()), None)).collect::<Result<_, _>>()?;
        delete_batch(aws, bucket, objects, progress).await?;
    }
    progress.reach(Mark::Settled);
    if let Some(manifest) = manifest {
        // It says that everything was there once.
        progress.commit().await?;
        let headers = Headers { content_type: "application/json".into(), cache_control: "no-store".into(), encoding: None };
        put(aws, bucket, Object::small(MANIFEST_KEY, &headers, manifest.to_owned()), progress).await?;
    }
    Ok(())
}

//! The versions of all objects in a bucket, page by page.

use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::EncodingType;
use futures_util::stream::{Stream, try_unfold};

use super::Aws;
use super::error::{AwsError, Named as _};
use super::listed_key::as_told;

/// Where a page begins.
#[derive(Default)]
struct Markers {
    key: Option<String>,
    version: Option<String>,
}

/// Versions and delete markers, with their keys decoded; at most `page_size` in a page, as S3 gives 1,000.
pub(super) fn pages<'a>(
    aws: &'a Aws,
    bucket: &'a str,
    page_size: i32,
) -> impl Stream<Item = Result<ListObjectVersionsOutput, AwsError>> + 'a {
    try_unfold(Some(Markers::default()), move |markers| async move {
        let Some(markers) = markers else { return Ok(None) };
        let request = aws.s3.list_object_versions().bucket(bucket).expected_bucket_owner(&aws.account).max_keys(page_size);
        let request = request.set_key_marker(markers.key).set_version_id_marker(markers.version);
        let mut page = request.encoding_type(EncodingType::Url).send().await.named("s3:ListBucketVersions", bucket)?;
        let encoding = page.encoding_type.take();
        let versions = page.versions.iter_mut().flatten().map(|version| &mut version.key);
        let deleted = page.delete_markers.iter_mut().flatten().map(|marker| &mut marker.key);
        for key in versions.chain(deleted).chain([&mut page.next_key_marker]) {
            *key = as_told(key.take(), encoding.as_ref())?;
        }
        let next = Markers { key: page.next_key_marker.clone(), version: page.next_version_id_marker.clone() };
        let more = page.is_truncated.unwrap_or_default();
        Ok(Some((page, more.then_some(next))))
    })
}

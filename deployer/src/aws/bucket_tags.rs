//! A bucket's tags. Where attribute-based access control (ABAC) is enabled for the bucket, S3 shows and takes them by S3 Control alone (S14).

use aws_sdk_s3::types::{BucketAbacStatus, Tag, Tagging};
use aws_sdk_s3control::types::Tag as ControlTag;

use super::error::passing::{BUCKET_BUSY, BUCKET_NEW, of_bucket};
use super::error::{AwsError, Class, Named as _};
use super::wait::{Progress, retry};
use super::{Aws, built, optional};
use crate::error::Error;
use crate::place::partition_of;
use crate::resource::tags::TagMap;

/// Reads the tags, for someone who asks nothing else. None at all are no error.
///
/// # Errors
/// Whatever S3 refuses; no bucket.
pub(super) async fn read(aws: &Aws, name: &str) -> Result<TagMap, AwsError> {
    let tags = match get(aws, name).await {
        Err(error) => again(aws, name, error).await,
        tags => tags,
    };
    match tags {
        Err(error) if error.is_of_no_bucket() => Err(error),
        tags => Ok(optional(tags)?.unwrap_or_default()),
    }
}

/// The same of a bucket that is known to be there: S3 may not know it everywhere (S4). Taken for untagged, it would lose the tags of others with the
/// next write, which replaces all.
///
/// # Errors
/// Whatever S3 refuses; no bucket any more.
pub(super) async fn read_known(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<TagMap, Error> {
    retry(progress, &[BUCKET_NEW], async || read(aws, name).await).await
}

/// Asks S3 for the tags.
///
/// # Errors
/// *Not found* where there are none; what S3 does not tell by this call: see [`again`].
pub(super) async fn get(aws: &Aws, name: &str) -> Result<TagMap, AwsError> {
    let request = aws.s3.get_bucket_tagging().bucket(name).expected_bucket_owner(&aws.account);
    let output = request.send().await.named("s3:GetBucketTagging", name)?;
    Ok(output.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Reads the tags in the other way, if that is why the first one failed with `error`.
///
/// # Errors
/// `error`, where it has another reason; that of the second call.
pub(super) async fn again(aws: &Aws, name: &str, error: AwsError) -> Result<TagMap, AwsError> {
    if !is_for_access(aws, name, &error).await {
        return Err(error);
    }
    let request = control(aws, name, error)?.list_tags_for_resource().account_id(&aws.account).resource_arn(arn(aws, name));
    let output = request.send().await.named("s3:ListTagsForResource", name)?;
    Ok(output.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Adds and changes `tags` and takes away those to `remove`. A write replaces all tags, so those that are `live` are written again (S14).
///
/// # Errors
/// What S3 refuses for good.
pub(super) async fn put(
    aws: &Aws,
    name: &str,
    live: TagMap,
    remove: &[String],
    tags: &TagMap,
    progress: Progress<'_>,
) -> Result<(), Error> {
    let mut all = live;
    all.retain(|key, _| !remove.contains(key));
    all.extend(tags.clone());
    let tagging = built(Tagging::builder().set_tag_set(Some(sdk_tags(&all)?)).build())?;
    let control_tags = tags.iter().map(|(key, value)| built(ControlTag::builder().key(key).value(value).build()));
    let control_tags = control_tags.collect::<Result<Vec<_>, _>>()?;
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.put_bucket_tagging().bucket(name).expected_bucket_owner(&aws.account).tagging(tagging.clone());
        match request.send().await.named("s3:PutBucketTagging", name) {
            Err(error) if is_for_access(aws, name, &error).await => change(aws, name, remove, control_tags.clone(), error).await,
            other => other.map(drop),
        }
    };
    retry(progress, of_bucket(progress.subject.action), call).await
}

/// The same by S3 Control, which leaves other tags alone.
async fn change(aws: &Aws, name: &str, remove: &[String], tags: Vec<ControlTag>, error: AwsError) -> Result<(), AwsError> {
    let (control, arn) = (control(aws, name, error)?, arn(aws, name));
    if !remove.is_empty() {
        let request = control.untag_resource().account_id(&aws.account).resource_arn(&arn).set_tag_keys(Some(remove.to_vec()));
        request.send().await.named("s3:UntagResource", name)?;
    }
    if !tags.is_empty() {
        let request = control.tag_resource().account_id(&aws.account).resource_arn(&arn).set_tags(Some(tags));
        request.send().await.named("s3:TagResource", name)?;
    }
    Ok(())
}

/// Whether `error` is S3's answer since tags decide about access to this bucket. With which code S3 answers so is not documented: so it is asked.
async fn is_for_access(aws: &Aws, name: &str, error: &AwsError) -> bool {
    let is_refusal = match error.class {
        Class::Other => error.is_refusal() && !BUCKET_BUSY.holds(error),
        Class::Denied => !error.is_lack_of_a_right(),
        _ => false,
    };
    if !is_refusal {
        return false;
    }
    let request = aws.s3.get_bucket_abac().bucket(name).expected_bucket_owner(&aws.account);
    // Who may not ask is told what S3 said.
    let answer = request.send().await.named("s3:GetBucketAbac", name);
    let status = answer.ok().and_then(|output| output.abac_status).and_then(|status| status.status);
    status == Some(BucketAbacStatus::Enabled)
}

fn control<'a>(aws: &'a Aws, name: &str, error: AwsError) -> Result<&'a aws_sdk_s3control::Client, AwsError> {
    aws.s3control.as_ref().ok_or_else(|| {
        let message = format!(
            "attribute-based access control is enabled for the bucket `{name}`, and its tags can be read and written by S3 Control alone, which this endpoint does not have"
        );
        AwsError { message, ..error }
    })
}

fn arn(aws: &Aws, name: &str) -> String {
    let region = aws.s3.config().region().map(AsRef::as_ref).unwrap_or_default();
    format!("arn:{}:s3:::{name}", partition_of(region).0)
}

/// As S3 takes them.
pub(super) fn sdk_tags(tags: &TagMap) -> Result<Vec<Tag>, Error> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

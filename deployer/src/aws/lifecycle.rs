//! Lifecycle rules of a bucket, of which those with our prefix are ours.

use aws_sdk_s3::types::{
    self as s3, AbortIncompleteMultipartUpload, ExpirationStatus, LifecycleExpiration, LifecycleRuleFilter,
    NoncurrentVersionExpiration,
};

use super::error::Named as _;
use super::error::passing::of_bucket;
use super::wait::{Progress, retry};
use super::{Aws, built, optional};
use crate::error::Error;
use crate::resource::bucket::{LifecycleRule, OUR_RULES};

/// Writes our rules. What is not ours is read and written back as it is; a `new` bucket has nothing.
///
/// # Errors
/// What S3 refuses for good.
pub(super) async fn put(aws: &Aws, name: &str, rules: &[LifecycleRule], new: bool, progress: Progress<'_>) -> Result<(), Error> {
    let account = aws.account.as_str();
    let request = aws.s3.get_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(account);
    let live = if new { None } else { optional(request.send().await.named("s3:GetLifecycleConfiguration", name))? };
    let (foreign, smallest) =
        live.map(|live| (live.rules.unwrap_or_default(), live.transition_default_minimum_object_size)).unwrap_or_default();
    let foreign = foreign.into_iter().filter(|rule| !is_our_rule(rule));
    let rules: Vec<s3::LifecycleRule> =
        foreign.map(Ok).chain(rules.iter().map(sdk_lifecycle_rule)).collect::<Result<_, Error>>()?;
    let configuration = built(s3::BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build())?;
    let call = async || {
        let _turn = progress.bucket(name).await;
        let request = aws.s3.put_bucket_lifecycle_configuration().bucket(name).expected_bucket_owner(account);
        // A setting of the whole configuration, for rules that move objects: ours do not, so it is somebody else's and stays.
        let request = request.set_transition_default_minimum_object_size(smallest.clone().map(|size| size.as_str().into()));
        request.lifecycle_configuration(configuration.clone()).send().await.named("s3:PutLifecycleConfiguration", name)
    };
    retry(progress, of_bucket(progress.subject.action), call).await?;
    Ok(())
}

fn is_our_rule(rule: &s3::LifecycleRule) -> bool {
    rule.id().is_some_and(|id| id.starts_with(OUR_RULES))
}

/// Ids of the rules that are not ours.
pub(super) fn other_rules(rules: &[s3::LifecycleRule]) -> Vec<String> {
    rules.iter().filter(|rule| !is_our_rule(rule)).map(|rule| rule.id().unwrap_or("(no id)").to_owned()).collect()
}

/// Our rules, sorted.
pub(super) fn our_rules(rules: &[s3::LifecycleRule]) -> Vec<LifecycleRule> {
    let mut ours: Vec<LifecycleRule> = rules
        .iter()
        // A rule of ours that somebody has switched off is as good as gone.
        .filter(|rule| is_our_rule(rule) && rule.status() == &ExpirationStatus::Enabled)
        .map(|rule| LifecycleRule {
            id: rule.id().unwrap_or_default().to_owned(),
            prefix: rule.filter().and_then(LifecycleRuleFilter::prefix).unwrap_or_default().to_owned(),
            expire_after_days: rule.expiration().and_then(LifecycleExpiration::days),
            abort_uploads_after_days: rule
                .abort_incomplete_multipart_upload()
                .and_then(AbortIncompleteMultipartUpload::days_after_initiation),
            expire_old_versions_after_days: rule
                .noncurrent_version_expiration()
                .and_then(NoncurrentVersionExpiration::noncurrent_days),
            altered: is_altered(rule),
        })
        .collect();
    ours.sort();
    ours
}

/// Whether a rule of ours does what we never make one do, or for some objects below its prefix only.
fn is_altered(rule: &s3::LifecycleRule) -> bool {
    let filter = rule.filter();
    let all_below = filter.is_none_or(|filter| {
        filter.tag().is_none()
            && filter.and().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none()
    });
    let keeps_some = rule.noncurrent_version_expiration().is_some_and(|it| it.newer_noncurrent_versions().is_some());
    let moves = !rule.transitions().is_empty() || !rule.noncurrent_version_transitions().is_empty();
    let otherwise = rule.expiration().is_some_and(|it| it.date().is_some() || it.expired_object_delete_marker() == Some(true));
    !all_below || otherwise || keeps_some || moves
}

fn sdk_lifecycle_rule(rule: &LifecycleRule) -> Result<s3::LifecycleRule, Error> {
    let abort =
        rule.abort_uploads_after_days.map(|days| AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build());
    let expire = rule.expire_after_days.map(|days| LifecycleExpiration::builder().days(days).build());
    let expire_old =
        rule.expire_old_versions_after_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build());
    let builder = s3::LifecycleRule::builder()
        .id(&rule.id)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix(&rule.prefix).build())
        .set_abort_incomplete_multipart_upload(abort)
        .set_expiration(expire)
        .set_noncurrent_version_expiration(expire_old);
    built(builder.build())
}

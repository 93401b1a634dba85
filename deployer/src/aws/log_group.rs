//! The indexer's log group.

use futures_util::join;

use super::error::passing::GROUP_BUSY;
use super::error::{AwsError, Named as _};
use super::wait::{Progress, retry};
use super::{Aws, gone, none_refused, optional, seen_optional};
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::Seen;
use crate::resource::compare::Field;
use crate::resource::log_group::{LogGroup, Observed};
use crate::resource::tags::TagMap;

/// Reads the log group, all at once.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str, arn: &str) -> Result<Seen<Observed>, AwsError> {
    let (groups, tags) = join!(
        // The filter is a prefix: the exact name is looked for below (G6).
        async { aws.logs.describe_log_groups().log_group_name_prefix(name).send().await.named("logs:DescribeLogGroups", name) },
        async { aws.logs.list_tags_for_resource().resource_arn(arn).send().await.named("logs:ListTagsForResource", arn) },
    );
    let read = || -> Result<Option<Observed>, AwsError> {
        none_refused([groups.as_ref().err(), tags.as_ref().err()])?;
        let groups = groups?.log_groups.unwrap_or_default();
        let Some(group) = groups.into_iter().find(|group| group.log_group_name() == Some(name)) else { return Ok(None) };
        let tags: TagMap = optional(tags)?.and_then(|output| output.tags).unwrap_or_default().into_iter().collect();
        Ok(Some(Observed { tags, retention_days: group.retention_in_days() }))
    };
    seen_optional(read())
}

/// Creates the log group or changes what the plan names. One that is there already is taken over: Lambda makes it by itself (G1), and so does a lost
/// answer (G3).
///
/// # Errors
/// What CloudWatch refuses for good.
pub async fn put(aws: &Aws, want: &LogGroup, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let name = want.name.as_str();
    if change.action == Action::Create {
        let tags = want.tags.at_birth().clone().into_iter().collect();
        let request = aws.logs.create_log_group().log_group_name(name).set_tags(Some(tags));
        let call = async || match request.clone().send().await.named("logs:CreateLogGroup", name) {
            Err(error) if error.already_exists() => Ok(()),
            other => other.map(drop),
        };
        retry(progress, &[GROUP_BUSY], call).await?;
    }
    // What hangs on it is written when it is known as ours.
    if change.adopts() {
        put_tags(aws, &want.arn, want.tags.at_birth(), progress).await?;
    }
    progress.reach(Mark::Effective);
    if change.touches(Field::Retention) {
        let call = async || {
            let request = aws.logs.put_retention_policy().log_group_name(name).retention_in_days(want.settings.retention_days);
            request.send().await.named("logs:PutRetentionPolicy", name)
        };
        retry(progress, &[GROUP_BUSY], call).await?;
    }
    let removed = change.removed_tags();
    if !removed.is_empty() {
        let request = aws.logs.untag_resource().resource_arn(&want.arn).set_tag_keys(Some(removed));
        let call = async || request.clone().send().await.named("logs:UntagResource", &want.arn);
        retry(progress, &[GROUP_BUSY], call).await?;
    }
    if change.touches_tags() {
        put_tags(aws, &want.arn, &want.tags.all(), progress).await?;
    }
    Ok(())
}

/// Adds and changes tags; others stay.
async fn put_tags(aws: &Aws, arn: &str, tags: &TagMap, progress: Progress<'_>) -> Result<(), Error> {
    let call = async || {
        let request = aws.logs.tag_resource().resource_arn(arn).set_tags(Some(tags.clone().into_iter().collect()));
        request.send().await.named("logs:TagResource", arn)
    };
    retry(progress, &[GROUP_BUSY], call).await?;
    Ok(())
}

/// Deletes the log group.
///
/// # Errors
/// What CloudWatch refuses for good.
pub async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let call = async || gone(aws.logs.delete_log_group().log_group_name(name).send().await.named("logs:DeleteLogGroup", name));
    retry(progress, &[GROUP_BUSY], call).await
}

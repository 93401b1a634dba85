//! The images bucket's notification configuration, of which one entry is ours.

use aws_sdk_s3::operation::get_bucket_notification_configuration::GetBucketNotificationConfigurationOutput;
use aws_sdk_s3::types::{
    Event, FilterRule, FilterRuleName, LambdaFunctionConfiguration, NotificationConfiguration, NotificationConfigurationFilter,
    QueueConfiguration, S3KeyFilter, TopicConfiguration,
};
use futures_util::join;

use super::error::passing::{BUCKET_NEW, DESTINATION_NEW, of_bucket};
use super::error::{AwsError, Named as _};
use super::wait::{Progress, retry};
use super::{Aws, built, seen};
use crate::error::Error;
use crate::resource::Seen;
use crate::resource::notification::{Entry, Notification, OUR_ENTRIES, Observed};

/// Reads the entries.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, bucket: &str) -> Result<Seen<Observed>, AwsError> {
    seen(read(aws, bucket).await.map(|live| {
        let bridge = live.event_bridge_configuration().map(|_| "EventBridge".to_owned());
        let others = destinations(&live).map(ToOwned::to_owned).chain(bridge).collect();
        Observed { ours: our_entries(live.lambda_function_configurations()), others }
    }))
}

async fn read(aws: &Aws, bucket: &str) -> Result<GetBucketNotificationConfigurationOutput, AwsError> {
    let request = aws.s3.get_bucket_notification_configuration().bucket(bucket).expected_bucket_owner(&aws.account);
    request.send().await.named("s3:GetBucketNotification", bucket)
}

/// Writes our entry, as soon as there is a function that S3 may call. A `new_bucket` is looked at while that is made.
///
/// # Errors
/// What S3 refuses for good, a foreign entry that points nowhere among it.
pub async fn put(aws: &Aws, want: &Notification, new_bucket: bool, progress: Progress<'_>) -> Result<(), Error> {
    let early =
        if new_bucket { Some(retry(progress, &[BUCKET_NEW], async || read(aws, &want.bucket).await).await?) } else { None };
    progress.commit().await?;
    write(aws, &want.bucket, Some(&want.entry), early, progress).await
}

/// Removes our entries.
///
/// # Errors
/// What S3 refuses for good.
pub async fn delete(aws: &Aws, bucket: &str, progress: Progress<'_>) -> Result<(), Error> {
    match write(aws, bucket, None, None, progress).await {
        Err(Error::Aws(error)) if error.is_not_found() => Ok(()),
        other => other,
    }
}

/// A write replaces the whole configuration: what is not ours is read and written back (S16).
async fn write(
    aws: &Aws,
    bucket: &str,
    entry: Option<&Entry>,
    mut early: Option<GetBucketNotificationConfigurationOutput>,
    progress: Progress<'_>,
) -> Result<(), Error> {
    let ours = entry.map(sdk_entry).transpose()?;
    let call = async || {
        // Right before the write, while it waits for its turn: what was added in between would be lost, and there is no ETag to notice it.
        let live = async {
            match early.take() {
                Some(live) => Ok(live),
                None => read(aws, bucket).await,
            }
        };
        let (live, _turn) = join!(live, progress.bucket(bucket));
        let live = live?;
        // Another run was faster.
        if our_entries(live.lambda_function_configurations()).iter().eq(entry) {
            return Ok(());
        }
        let foreign = live.lambda_function_configurations.unwrap_or_default().into_iter().filter(|entry| !is_ours(entry));
        // Removing must work although somebody's other entry points nowhere (S15).
        let only_removing = ours.is_none();
        let configuration = NotificationConfiguration::builder()
            .set_lambda_function_configurations(Some(foreign.chain(ours.clone()).collect()))
            .set_queue_configurations(live.queue_configurations)
            .set_topic_configurations(live.topic_configurations)
            .set_event_bridge_configuration(live.event_bridge_configuration)
            .build();
        let request = aws.s3.put_bucket_notification_configuration().bucket(bucket).expected_bucket_owner(&aws.account);
        request
            .skip_destination_validation(only_removing)
            .notification_configuration(configuration)
            .send()
            .await
            .named("s3:PutBucketNotification", bucket)
            .map(drop)
    };
    let passing = [&[DESTINATION_NEW], of_bucket(progress.subject.action)].concat();
    match retry(progress, &passing, call).await {
        Err(Error::Deadline { for_what, seconds, last: Some(mut error) }) if for_what == DESTINATION_NEW.wait.for_what => {
            // The cause may be somebody's older entry that points to what is gone.
            let live = read(aws, bucket).await?;
            let others: Vec<&str> = destinations(&live).collect();
            let others = if others.is_empty() { "nobody".to_owned() } else { others.join(", ") };
            error.message = format!("{} (besides ours, the bucket notifies {others})", error.message);
            Err(Error::Deadline { for_what, seconds, last: Some(error) })
        }
        other => other,
    }
}

/// Every destination that is not ours.
fn destinations(live: &GetBucketNotificationConfigurationOutput) -> impl Iterator<Item = &str> {
    let functions = live.lambda_function_configurations().iter().filter(|entry| !is_ours(entry));
    let queues = live.queue_configurations().iter().map(QueueConfiguration::queue_arn);
    let topics = live.topic_configurations().iter().map(TopicConfiguration::topic_arn);
    functions.map(LambdaFunctionConfiguration::lambda_function_arn).chain(queues).chain(topics)
}

fn is_ours(entry: &LambdaFunctionConfiguration) -> bool {
    entry.id().is_some_and(|id| id.starts_with(OUR_ENTRIES))
}

fn our_entries(entries: &[LambdaFunctionConfiguration]) -> Vec<Entry> {
    let mut ours: Vec<Entry> = entries
        .iter()
        .filter(|entry| is_ours(entry))
        .map(|entry| {
            let rules =
                entry.filter().and_then(NotificationConfigurationFilter::key).map(S3KeyFilter::filter_rules).unwrap_or_default();
            // The name comes back in varying case (S16).
            let filter = |name: &str| {
                let rule = rules.iter().find(|rule| rule.name().is_some_and(|live| live.as_str().eq_ignore_ascii_case(name)));
                rule.and_then(FilterRule::value).map(ToOwned::to_owned)
            };
            let mut events: Vec<String> = entry.events().iter().map(|event| event.as_str().to_owned()).collect();
            events.sort();
            let (prefix, suffix) = (filter("prefix"), filter("suffix"));
            Entry {
                id: entry.id().unwrap_or_default().to_owned(),
                function_arn: entry.lambda_function_arn().to_owned(),
                events,
                prefix,
                suffix,
            }
        })
        .collect();
    ours.sort();
    ours
}

fn sdk_entry(entry: &Entry) -> Result<LambdaFunctionConfiguration, Error> {
    let rule = |name: FilterRuleName, value: &Option<String>| {
        value.as_ref().map(|value| FilterRule::builder().name(name).value(value).build())
    };
    let rules = [rule(FilterRuleName::Prefix, &entry.prefix), rule(FilterRuleName::Suffix, &entry.suffix)]
        .into_iter()
        .flatten()
        .collect();
    let filter =
        NotificationConfigurationFilter::builder().key(S3KeyFilter::builder().set_filter_rules(Some(rules)).build()).build();
    let builder = LambdaFunctionConfiguration::builder()
        .id(&entry.id)
        .lambda_function_arn(&entry.function_arn)
        .set_events(Some(entry.events.iter().map(|event| Event::from(event.as_str())).collect()))
        .filter(filter);
    built(builder.build())
}

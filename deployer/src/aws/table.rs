//! The index table.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::primitives::DateTime;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, PointInTimeRecoverySpecification, PointInTimeRecoveryStatus,
    ScalarAttributeType, TableDescription, TableStatus, Tag, TimeToLiveSpecification, TimeToLiveStatus,
};
use futures_util::join;
use tokio::time::Instant;

use super::clock::Skew;
use super::error::passing::{BACKUPS_STARTING, TABLE_BUSY, TABLE_NEW, TABLES_CROWDED, TIME_TO_LIVE_NEW};
use super::error::{AwsError, Class, Named as _};
use super::wait::{Pace, Pause, Progress, Wait, retry};
use super::{Aws, built, gone, if_shown, is_soon_ours, none_refused, optional, seen_optional};
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::Seen;
use crate::resource::compare::Field;
use crate::resource::table::{Observed, PARTITION_KEY, SORT_KEY, Table};
use crate::resource::tags::{GALLERY, TagMap};

/// So long after it was made, what is said of a table's tags may be out of date.
const NEW_SECONDS: i64 = 60;
/// So long they are asked for again.
const TAGS_SHOWN: Duration = Duration::from_secs(15);
const ACTIVE: Wait = Wait::seconds("for the table to become active", 600);
const GONE: Wait = Wait::seconds("for the table to be gone", 600);

/// Reads the table's settings, all at once.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str, arn: &str) -> Result<Seen<Observed>, AwsError> {
    let clock = Skew::default();
    let (table, tags, backups, time_to_live) = join!(
        async {
            let request = aws.dynamodb.describe_table().table_name(name).customize().interceptor(clock.clone());
            request.send().await.named("dynamodb:DescribeTable", name)
        },
        read_tags(aws, arn),
        async {
            aws.dynamodb
                .describe_continuous_backups()
                .table_name(name)
                .send()
                .await
                .named("dynamodb:DescribeContinuousBackups", name)
        },
        read_time_to_live(aws, name),
    );
    let read = async || -> Result<Option<Observed>, AwsError> {
        // A right that is missing now is missing when the table is there, too. Other refusals say nothing as long as there is no table: that of
        // its tags may be refused instead of being found nowhere.
        let details = [tags.as_ref().err(), backups.as_ref().err(), time_to_live.as_ref().err()];
        none_refused(details.map(|error| error.filter(|error| error.is_lack_of_a_right())))?;
        // A table that is being deleted is as good as gone; creating waits for its end (D2).
        let Some(table) = table?.table.filter(|table| table.table_status() != Some(&TableStatus::Deleting)) else {
            return Ok(None);
        };
        let late = match &tags {
            // Nobody's tags, or none at all.
            Ok(tags) => !tags.contains_key(GALLERY) && is_new(&table, &clock),
            // The table is there, whatever is said of its tags.
            Err(error) => may_hide_absence(error),
        };
        let tags = if late { read_late_tags(aws, name, arn).await? } else { Some(tags?) };
        // Deleted by now.
        let Some(tags) = tags else { return Ok(None) };
        let backups = optional(backups)?.and_then(|output| output.continuous_backups_description);
        let recovery = backups.and_then(|backups| backups.point_in_time_recovery_description);
        Ok(Some(Observed {
            tags,
            keys: keys(&table),
            items: table.item_count().and_then(|items| u64::try_from(items).ok()).unwrap_or_default(),
            on_demand: table.billing_mode_summary().and_then(|summary| summary.billing_mode())
                == Some(&BillingMode::PayPerRequest),
            point_in_time_recovery: recovery
                .is_some_and(|it| it.point_in_time_recovery_status() == Some(&PointInTimeRecoveryStatus::Enabled)),
            deletion_protection: table.deletion_protection_enabled().unwrap_or_default(),
            time_to_live: optional(time_to_live)?.flatten(),
        }))
    };
    seen_optional(read().await)
}

/// Whether the table was made a moment ago, by the clock of AWS.
fn is_new(table: &TableDescription, clock: &Skew) -> bool {
    let now = DateTime::from(SystemTime::now()).secs() - clock.seconds().unwrap_or_default();
    let age = table.creation_date_time().map(|made| now - made.secs());
    table.table_status() == Some(&TableStatus::Creating) || age.is_some_and(|age| age < NEW_SECONDS)
}

/// Whether it says of the tags of a table only that there is none.
fn may_hide_absence(error: &AwsError) -> bool {
    error.is_not_found() || (error.class == Class::Denied && !error.is_lack_of_a_right())
}

/// D5: the tags of a new table, whoever made it, are not shown at once. Without them it would be taken for a stranger's: asked again for a while. `None`:
/// the table is gone meanwhile.
async fn read_late_tags(aws: &Aws, name: &str, arn: &str) -> Result<Option<TagMap>, AwsError> {
    let (begun, mut pace) = (Instant::now(), Pace::new());
    loop {
        let tags = read_tags(aws, arn).await;
        if tags.as_ref().is_err_and(may_hide_absence) && is_gone(aws, name).await? {
            return Ok(None);
        }
        let shown = tags.as_ref().is_ok_and(|tags| tags.contains_key(GALLERY));
        let ended = shown || tags.as_ref().is_err_and(|error| !may_hide_absence(error));
        if ended || pace.pause(begun.elapsed(), TAGS_SHOWN, &aws.stop, || {}).await != Pause::Over {
            // A new table may be said to be none (D1).
            return optional(tags).map(|tags| Some(tags.unwrap_or_default()));
        }
    }
}

/// Also what is on its way out.
async fn is_gone(aws: &Aws, name: &str) -> Result<bool, AwsError> {
    let output = optional(aws.dynamodb.describe_table().table_name(name).send().await.named("dynamodb:DescribeTable", name))?;
    let table = output.and_then(|output| output.table);
    Ok(table.is_none_or(|table| table.table_status() == Some(&TableStatus::Deleting)))
}

async fn read_tags(aws: &Aws, arn: &str) -> Result<TagMap, AwsError> {
    let mut tags = TagMap::new();
    let mut next = None;
    loop {
        let request = aws.dynamodb.list_tags_of_resource().resource_arn(arn).set_next_token(next);
        let page = request.send().await.named("dynamodb:ListTagsOfResource", arn)?;
        tags.extend(page.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)));
        next = page.next_token;
        if next.is_none() {
            return Ok(tags);
        }
    }
}

/// The attribute by which rows go. Switched on is as good as in force: that takes up to an hour (D5).
async fn read_time_to_live(aws: &Aws, name: &str) -> Result<Option<String>, AwsError> {
    let output = aws.dynamodb.describe_time_to_live().table_name(name).send().await.named("dynamodb:DescribeTimeToLive", name)?;
    let on = |status: Option<&TimeToLiveStatus>| matches!(status, Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling));
    let live = output.time_to_live_description.filter(|live| on(live.time_to_live_status()));
    Ok(live.and_then(|live| live.attribute_name))
}

fn keys(table: &TableDescription) -> Vec<String> {
    let of_type = |name: &str| {
        let definition = table.attribute_definitions().iter().find(|definition| definition.attribute_name() == name);
        definition.map_or("?", |definition| definition.attribute_type().as_str())
    };
    // The partition key is always listed first.
    table.key_schema().iter().map(|key| format!("{}:{}", key.attribute_name(), of_type(key.attribute_name()))).collect()
}

/// Creates the table or changes what the plan names; DynamoDB takes one kind of change at a time (D6).
///
/// # Errors
/// What DynamoDB refuses for good.
pub async fn put(aws: &Aws, want: &Table, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let name = want.name.as_str();
    let update = change.action == Action::Update;
    if !update {
        create(aws, want, progress).await?;
        progress.reach(Mark::Effective);
        wait_active(aws, name, progress).await?;
    }
    if change.adopts() {
        put_tags(aws, &want.arn, &want.tags_at_birth(), progress).await?;
    }
    let mut updating = false;
    if update && change.touches(Field::OnDemand) {
        let request = aws.dynamodb.update_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
        let call = async || request.clone().send().await.named("dynamodb:UpdateTable", name);
        retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
        updating = true;
    }
    if update && change.touches(Field::DeletionProtection) {
        let protection = want.settings.deletion_protection;
        let request = aws.dynamodb.update_table().table_name(name).deletion_protection_enabled(protection);
        let call = async || request.clone().send().await.named("dynamodb:UpdateTable", name);
        retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
        updating = true;
    }
    // A new table has no recovery: nothing to switch off.
    let recovery = want.settings.point_in_time_recovery;
    if change.touches(Field::PointInTimeRecovery) && (recovery || update) {
        let specification = built(PointInTimeRecoverySpecification::builder().point_in_time_recovery_enabled(recovery).build())?;
        let request = aws.dynamodb.update_continuous_backups().table_name(name);
        let request = request.point_in_time_recovery_specification(specification);
        let call = async || request.clone().send().await.named("dynamodb:UpdateContinuousBackups", name);
        retry(progress, &[BACKUPS_STARTING, TABLE_BUSY], call).await?;
    }
    // A new table takes it at once. An update may be refused for an hour (D5): nothing else waits for that.
    let expiry = change.touches(Field::TimeToLive);
    if expiry && !update {
        put_time_to_live(aws, want, change, progress).await?;
    }
    let active = async {
        if updating {
            wait_active(aws, name, progress).await?;
        }
        progress.reach(Mark::Settled);
        if expiry && update { put_time_to_live(aws, want, change, progress).await } else { Ok(()) }
    };
    let (active, tagged) = join!(active, tag(aws, want, change, progress));
    active.and(tagged)
}

/// Writes the tags that differ, the record of what was applied among them.
async fn tag(aws: &Aws, want: &Table, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let removed = change.removed_tags();
    if !removed.is_empty() {
        let request = aws.dynamodb.untag_resource().resource_arn(&want.arn).set_tag_keys(Some(removed));
        let call = async || request.clone().send().await.named("dynamodb:UntagResource", &want.arn);
        retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
    }
    if change.touches_tags() {
        put_tags(aws, &want.arn, &want.tags.all(), progress).await?;
    }
    Ok(())
}

/// Switches the expiry of rows on, and one by another attribute off before that.
async fn put_time_to_live(aws: &Aws, want: &Table, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let (name, attribute) = (want.name.as_str(), want.settings.time_to_live);
    let other = change.fields.iter().find(|change| change.field == Field::TimeToLive).and_then(|change| change.before.as_str());
    for (attribute, on) in other.map(|other| (other, false)).into_iter().chain([(attribute, true)]) {
        let specification = built(TimeToLiveSpecification::builder().attribute_name(attribute).enabled(on).build())?;
        let call = async || {
            let request = aws.dynamodb.update_time_to_live().table_name(name).time_to_live_specification(specification.clone());
            match request.send().await.named("dynamodb:UpdateTimeToLive", name) {
                // Said already: the answer to an earlier attempt was lost (G3), and DynamoDB refuses to hear it twice (D5).
                Err(error) if error.is_of_no_use() && is_said(aws, name, attribute, on).await? => Ok(()),
                other => other.map(drop),
            }
        };
        retry(progress, &[TABLE_BUSY, TABLES_CROWDED, TIME_TO_LIVE_NEW], call).await?;
    }
    Ok(())
}

async fn is_said(aws: &Aws, name: &str, attribute: &str, on: bool) -> Result<bool, AwsError> {
    Ok((read_time_to_live(aws, name).await?.as_deref() == Some(attribute)) == on)
}

/// Adds and changes tags; others stay.
///
/// # Errors
/// What DynamoDB refuses for good.
pub(super) async fn put_tags(aws: &Aws, arn: &str, tags: &TagMap, progress: Progress<'_>) -> Result<(), Error> {
    let tags = sdk_tags(tags)?;
    let call = async || {
        let request = aws.dynamodb.tag_resource().resource_arn(arn).set_tags(Some(tags.clone()));
        request.send().await.named("dynamodb:TagResource", arn)
    };
    retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
    Ok(())
}

async fn create(aws: &Aws, want: &Table, progress: Progress<'_>) -> Result<(), Error> {
    let name = want.name.as_str();
    let key = |name: &str, kind| built(KeySchemaElement::builder().attribute_name(name).key_type(kind).build());
    let text =
        |name: &str| built(AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build());
    let request = aws
        .dynamodb
        .create_table()
        .table_name(name)
        .set_key_schema(Some(vec![key(PARTITION_KEY, KeyType::Hash)?, key(SORT_KEY, KeyType::Range)?]))
        .set_attribute_definitions(Some(vec![text(PARTITION_KEY)?, text(SORT_KEY)?]))
        .billing_mode(BillingMode::PayPerRequest)
        .deletion_protection_enabled(want.settings.deletion_protection)
        .set_tags(Some(sdk_tags(&want.tags_at_birth())?));
    let call = async || match request.clone().send().await.named("dynamodb:CreateTable", name) {
        Ok(_) => Ok(None),
        // There already, and not on its way out (D2).
        Err(error) if error.is_of_a_table() && !is_leaving(aws, name).await? => Ok(Some(error)),
        Err(error) => Err(error),
    };
    let there = retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
    // Made by an attempt whose answer was lost (G3), or somebody else's.
    if let Some(error) = there
        && !is_soon_ours(progress, async || is_ours(aws, want).await).await?
    {
        return Err(AwsError { class: Class::Exists, ..error }.into());
    }
    Ok(())
}

async fn wait_active(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let ask = async || {
        let output = aws.dynamodb.describe_table().table_name(name).send().await.named("dynamodb:DescribeTable", name)?;
        Ok(output.table.is_some_and(|table| table.table_status() == Some(&TableStatus::Active)).then_some(()))
    };
    ACTIVE.until(progress, &[TABLE_NEW], ask).await
}

/// D5: the tags of a new table may not be there yet, so ask again before it is taken for a stranger's.
async fn is_ours(aws: &Aws, want: &Table) -> Result<Option<bool>, AwsError> {
    Ok(if_shown(&observe(aws, &want.name, &want.arn).await?, |live| want.tags.owns(&live.tags)))
}

fn sdk_tags(tags: &TagMap) -> Result<Vec<Tag>, Error> {
    tags.iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build())).collect()
}

/// Deletes the table and waits until its name is free.
///
/// # Errors
/// What DynamoDB refuses for good, deletion protection among it.
pub async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let call = async || match gone(aws.dynamodb.delete_table().table_name(name).send().await.named("dynamodb:DeleteTable", name))
    {
        // Already being deleted, or still being created: the next look decides.
        Err(error) if error.is_of_a_table() && is_leaving(aws, name).await? => Ok(()),
        other => other,
    };
    retry(progress, &[TABLE_BUSY, TABLES_CROWDED], call).await?;
    wait_gone(aws, name, progress).await
}

async fn wait_gone(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let ask = async || {
        let output = optional(aws.dynamodb.describe_table().table_name(name).send().await.named("dynamodb:DescribeTable", name))?;
        Ok(output.is_none().then_some(()))
    };
    GONE.until(progress, &[], ask).await
}

/// Whether the table is being deleted, or gone.
async fn is_leaving(aws: &Aws, name: &str) -> Result<bool, AwsError> {
    let output = optional(aws.dynamodb.describe_table().table_name(name).send().await.named("dynamodb:DescribeTable", name))?;
    Ok(output.and_then(|output| output.table).is_none_or(|table| table.table_status() == Some(&TableStatus::Deleting)))
}

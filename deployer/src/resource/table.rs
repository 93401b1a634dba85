//! The index table: partition key `gallery`, sort key `file_path`, on demand.

use serde::Serialize;

use super::compare::{Compared, Field, compare};
use super::index::{TO_BE_FILLED, TO_FILL};
use super::rights::Right;
use super::tags::{TagMap, Tags};

pub const PARTITION_KEY: &str = "gallery";
pub const SORT_KEY: &str = "file_path";
/// Rows of deleted objects have it: when they may go, in seconds since 1970.
pub const TIME_TO_LIVE: &str = "expires_at";

/// What may differ of a table.
pub const FIELDS: &[Field] =
    &[Field::OnDemand, Field::PointInTimeRecovery, Field::DeletionProtection, Field::TimeToLive, Field::Tags, Field::Applied];

/// The table as it shall be.
#[derive(Debug, Clone)]
pub struct Table {
    pub name: String,
    pub arn: String,
    pub tags: Tags,
    /// Whether there are images already, so that a new table has rows to catch up with.
    pub to_fill: bool,
    pub settings: Settings,
}

/// What is managed of the table, apart from its keys, which are fixed when it is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Billed by request; always true.
    pub on_demand: bool,
    pub point_in_time_recovery: bool,
    pub deletion_protection: bool,
    /// The attribute that says when a row may go.
    pub time_to_live: &'static str,
}

/// The table as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub tags: TagMap,
    /// Attribute names of partition key and sort key, with their types: `gallery:S`.
    pub keys: Vec<String>,
    /// How many rows there were when DynamoDB counted them, some hours ago.
    pub items: u64,
    pub on_demand: bool,
    pub point_in_time_recovery: bool,
    pub deletion_protection: bool,
    /// The attribute by which rows go; `None`: they stay.
    pub time_to_live: Option<String>,
}

impl Observed {
    /// A table with other keys cannot be changed into ours.
    pub fn has_our_keys(&self) -> bool {
        self.keys == [format!("{PARTITION_KEY}:S"), format!("{SORT_KEY}:S")]
    }
}

impl Table {
    /// What is sent with the call that creates it.
    pub fn tags_at_birth(&self) -> TagMap {
        let mut tags = self.tags.at_birth().clone();
        tags.extend(self.to_fill.then(|| (TO_FILL.to_owned(), TO_BE_FILLED.to_owned())));
        tags
    }

    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let Settings { on_demand, point_in_time_recovery, deletion_protection, time_to_live } = &self.settings;
        let Observed {
            tags,
            keys: _,
            items: _,
            on_demand: seen_on_demand,
            point_in_time_recovery: seen_recovery,
            deletion_protection: seen_protection,
            time_to_live: seen_time_to_live,
        } = seen;
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::OnDemand, seen_on_demand, on_demand);
        compare(&mut fields, Field::PointInTimeRecovery, seen_recovery, point_in_time_recovery);
        compare(&mut fields, Field::DeletionProtection, seen_protection, deletion_protection);
        compare(&mut fields, Field::TimeToLive, &seen_time_to_live.as_deref(), &Some(*time_to_live));
        fields.tags(&self.tags, tags);
        fields
    }
}

/// What it takes to look at the table and to change it.
pub fn rights(table_arn: &str) -> Vec<Right> {
    const LOOK: &[&str] = &[
        "dynamodb:DescribeTable",
        "dynamodb:ListTagsOfResource",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTimeToLive",
    ];
    const CHANGE: &[&str] = &[
        "dynamodb:CreateTable",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
        "dynamodb:UpdateTable",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTimeToLive",
        "dynamodb:DeleteTable",
    ];
    let arn = [table_arn.to_owned()];
    vec![
        Right::to_look("Table", LOOK, &arn),
        Right::to_browse("Table", &["dynamodb:Scan"], &arn),
        Right::to_change("Table", CHANGE, &arn),
    ]
}

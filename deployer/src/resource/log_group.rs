//! The function's log group, made before the function so that its retention is set from the first line (G1).

use serde::Serialize;

use super::compare::{Compared, Field, compare};
use super::rights::Right;
use super::tags::{TagMap, Tags};
use crate::place::Place;

/// What may differ of a log group.
pub const FIELDS: &[Field] = &[Field::Retention, Field::Tags, Field::Applied];

/// The log group as it shall be.
#[derive(Debug, Clone)]
pub struct LogGroup {
    /// `/aws/lambda/FUNCTION`.
    pub name: String,
    /// Without `:*` at the end (G6).
    pub arn: String,
    pub tags: Tags,
    pub settings: Settings,
}

/// What is managed of the log group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings {
    /// Days, one of CloudWatch's closed list (G5).
    pub retention_days: i32,
}

/// The log group as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    pub tags: TagMap,
    /// `None`: kept for ever.
    pub retention_days: Option<i32>,
}

impl LogGroup {
    /// The settings that differ.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let Settings { retention_days } = &self.settings;
        let Observed { tags, retention_days: seen_days } = seen;
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::Retention, seen_days, &Some(*retention_days));
        fields.tags(&self.tags, tags);
        fields
    }
}

/// What it takes to look at the log group and to change it. `arn` is without `:*` at the end (G6): some calls are checked with it, others without.
pub fn rights(place: &Place, arn: &str) -> Vec<Right> {
    const CHANGE: &[&str] =
        &["logs:CreateLogGroup", "logs:TagResource", "logs:UntagResource", "logs:PutRetentionPolicy", "logs:DeleteLogGroup"];
    let group = [arn.to_owned(), format!("{arn}:*")];
    vec![
        Right::to_look("LogGroups", &["logs:DescribeLogGroups"], &[place.arn("logs", "log-group:*")]),
        Right::to_look("LogGroup", &["logs:ListTagsForResource"], &group),
        Right::to_browse("LogGroup", &["logs:FilterLogEvents"], &group),
        Right::to_change("LogGroup", CHANGE, &group),
    ]
}

//! The index: rows of the table that say what the images are. The rule is that of the crate `gallery-index`.
//!
//! The indexer keeps it, so it is no setting to be compared. A table that is made where images are already has rows to catch up with: it is born
//! with the tag [`TO_FILL`], which goes when they are there, so that a run that is cut off is not the end of it. One that is there gets the tag before
//! anything is put right that may have lost events (`plan/lost_events.rs`).

use gallery_index::Accepted;
use serde_json::json;

use super::compare::{Cause, Compared, Field};
use super::rights::Right;
use super::tags::TagMap;
use crate::config::Config;
use crate::names::Names;
use crate::place::Place;

/// On a table whose rows have yet to be made from the images; its value says nothing.
pub const TO_FILL: &str = "gallery-deploy:index";

/// For people.
pub const TO_BE_FILLED: &str = "to be filled";

/// What may differ of the index.
pub const FIELDS: &[Field] = &[Field::Rows];

/// Whether the table asks for its rows.
pub fn is_to_fill(table_tags: &TagMap) -> bool {
    table_tags.contains_key(TO_FILL)
}

/// Whether rows are missing, as the tags of the table tell, or may be: events were `missed`. `cause` is why, if they do.
pub fn compare(table_tags: &TagMap, missed: bool, cause: Option<Cause>) -> Compared {
    let mut fields = Compared::of(FIELDS);
    if missed || is_to_fill(table_tags) {
        fields.push(Field::Rows, json!("incomplete"), json!("from the images"), cause);
    }
    fields
}

/// What the rows are to be equal to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    pub bucket: String,
    pub table: String,
    pub accepted: Accepted,
}

impl Index {
    pub fn new(config: &Config, names: &Names) -> Self {
        let max_size = u64::from(config.images.max_size_mib) * 1024 * 1024;
        let accepted = Accepted { types: config.images.accepted_types.clone(), max_size };
        Self { bucket: names.images_bucket.clone(), table: names.table.clone(), accepted }
    }
}

/// What it takes to compare the rows with the images, and to repair them.
///
/// To list the bucket is part of every look.
pub fn rights(place: &Place, images_bucket: &str, images_prefix: &str, table_arn: &str) -> Vec<Right> {
    vec![
        Right::to_look("Table", &["dynamodb:Query", "dynamodb:Scan"], &[table_arn.to_owned()]),
        Right::to_change("Table", &["dynamodb:PutItem"], &[table_arn.to_owned()]),
        Right::to_change("Objects", &["s3:GetObject"], &[place.s3_arn(&format!("{images_bucket}/{images_prefix}*"))]),
    ]
}

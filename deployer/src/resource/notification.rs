//! The entry in the images bucket's notification configuration that calls the indexer.

use serde::Serialize;

use super::compare::{Compared, Field, compare};

/// Entries whose id starts so are ours; others are kept (S16).
pub const OUR_ENTRIES: &str = "gallery-deploy-";
pub const ENTRY_ID: &str = "gallery-deploy-index";

/// The notification as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    pub bucket: String,
    pub entry: Entry,
}

/// One Lambda entry of a notification configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    pub id: String,
    pub function_arn: String,
    /// Sorted: their order has no meaning.
    pub events: Vec<String>,
    pub prefix: Option<String>,
    pub suffix: Option<String>,
}

impl Entry {
    /// Everything that makes an image appear or disappear. Lifecycle expiry raises no `ObjectRemoved` event.
    pub fn indexing(function_arn: &str, prefix: &str) -> Self {
        let events = ["s3:LifecycleExpiration:*", "s3:ObjectCreated:*", "s3:ObjectRemoved:*"];
        Self {
            id: ENTRY_ID.into(),
            function_arn: function_arn.into(),
            events: events.map(Into::into).to_vec(),
            prefix: Some(prefix.into()),
            suffix: None,
        }
    }
}

/// Our entries in the bucket's configuration, sorted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    pub ours: Vec<Entry>,
}

impl Notification {
    /// Whether the one entry of ours is there and right.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let mut fields = Compared::default();
        compare(&mut fields, Field::Entry, &seen.ours, &vec![self.entry.clone()]);
        fields
    }
}

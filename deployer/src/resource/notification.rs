//! The entry in the images bucket's notification configuration that calls the indexer.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::compare::{Cause, Compared, Field, compare};
use super::rights::Right;
use super::tags::hex;
use crate::place::Place;

/// Entries whose id starts so are ours; others are kept (S16).
pub const OUR_ENTRIES: &str = "gallery-deploy-";

/// What may differ of a notification.
pub const FIELDS: &[Field] = &[Field::Entry];

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
    /// Everything that makes an image appear or disappear. Lifecycle expiry raises no `ObjectRemoved` event; what is moved into an archive cannot be
    /// read until it is restored, and again when the restored copy has expired.
    pub fn indexing(function_arn: &str, prefix: &str) -> Self {
        let events = [
            "s3:IntelligentTiering",
            "s3:LifecycleExpiration:*",
            "s3:LifecycleTransition",
            "s3:ObjectCreated:*",
            "s3:ObjectRemoved:*",
            "s3:ObjectRestore:Completed",
            "s3:ObjectRestore:Delete",
        ];
        let entry = Self {
            id: String::new(),
            function_arn: function_arn.into(),
            events: events.map(Into::into).to_vec(),
            prefix: Some(prefix.into()),
            suffix: None,
        };
        Self { id: entry.own_id(), ..entry }
    }

    /// Entries have no tags: a hash of what the entry says tells our work from somebody's change of it.
    fn own_id(&self) -> String {
        let Self { id: _, function_arn, events, prefix, suffix } = self;
        let hash = Sha256::digest(format!("{function_arn}\n{events:?}\n{prefix:?}\n{suffix:?}"));
        format!("{OUR_ENTRIES}{}", hex(&hash[..6]))
    }
}

/// The entries in the bucket's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Sorted.
    pub ours: Vec<Entry>,
    /// Whom the others call: ARNs, or `EventBridge`.
    pub others: Vec<String>,
}

impl Notification {
    /// Whether the one entry of ours is there and right.
    pub fn compare(&self, seen: &Observed) -> Compared {
        let mut fields = Compared::of(FIELDS);
        compare(&mut fields, Field::Entry, &seen.ours, &vec![self.entry.clone()]);
        // An older entry of our own making is no drift; without one, or with another, somebody was there.
        let our_work = !seen.ours.is_empty() && seen.ours.iter().all(|entry| entry.id == entry.own_id());
        fields.because((!our_work).then_some(Cause::Drift))
    }
}

/// What it takes to look at the bucket's notification configuration and to change it.
pub fn rights(place: &Place, bucket: &str) -> Vec<Right> {
    let arn = [place.s3_arn(bucket)];
    vec![
        Right::to_look("ImagesBucket", &["s3:GetBucketNotification"], &arn),
        Right::to_change("ImagesBucket", &["s3:PutBucketNotification"], &arn),
    ]
}

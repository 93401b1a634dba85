//! What `status` tells of a gallery.

use crate::log_line::Failures;
use crate::plan::{Action, Plan};
use crate::resource::compare::Cause;

/// A number, or why nobody knows it.
pub type Read<T> = Result<T, String>;

/// Images in the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Images {
    pub count: u64,
    pub bytes: u64,
    /// False: there are more, which were not counted.
    pub is_all: bool,
}

/// What lies in the images bucket: what `down` deletes or keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    pub images: u64,
    /// Every version and delete marker of everything, where they were counted.
    pub versions: Option<u64>,
    /// Of all that was counted.
    pub bytes: u64,
    /// False: there are more, which were not counted.
    pub is_all: bool,
}

impl From<Images> for Stored {
    fn from(Images { count, bytes, is_all }: Images) -> Self {
        Self { images: count, versions: None, bytes, is_all }
    }
}

/// Rows of the index, but for those of deleted images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    pub shown: u64,
    /// Of files that are no accepted pictures: the page does not show them.
    pub rejected: u64,
    /// False: there are more, which were not counted.
    pub is_all: bool,
}

/// What differs from `gallery.yaml`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Difference {
    /// Things that are not there.
    pub missing: usize,
    /// Fields that somebody changed.
    pub drifted: usize,
    /// Fields that differ for another reason: gallery.yaml or this program has changed.
    pub pending: usize,
}

/// A gallery that is deployed.
#[derive(Debug, Clone)]
pub struct Status {
    /// `None`: it has no page.
    pub site_url: Option<String>,
    /// The end of the last `up` that changed anything of the page: RFC 3339, UTC.
    pub last_deploy: Option<String>,
    pub images: Read<Images>,
    pub rows: Read<Rows>,
    /// Of the last [`HOURS`].
    pub failures: Read<Failures>,
    /// Events that the indexer failed on for good.
    pub failed_events: Read<u64>,
    pub difference: Difference,
    /// What could not be read, and why.
    pub unknown: Vec<String>,
}

/// So far back failures are looked for.
pub const HOURS: u64 = 24;

impl Difference {
    /// What `up` would change.
    pub fn of(plan: &Plan) -> Self {
        let missing = plan.count(Action::Create);
        let fields = || plan.changes.iter().flat_map(|change| &change.fields);
        let drifted = fields().filter(|field| field.cause == Some(Cause::Drift)).count();
        Self { missing, drifted, pending: fields().count() - drifted }
    }
}

/// Images beside rows, judged by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Balance {
    Equal,
    MoreImages {
        by: u64,
    },
    MoreRows {
        by: u64,
    },
    /// There are too many of them to be counted here.
    NotCounted,
}

impl Status {
    /// `None`: one of them could not be read. What was not counted to its end is at least what was counted, so more of them are more.
    pub fn balance(&self) -> Option<Balance> {
        let (images, rows) = (self.images.as_ref().ok()?, self.rows.as_ref().ok()?);
        let rows_in_all = rows.shown + rows.rejected;
        Some(match (images.count.checked_sub(rows_in_all), rows_in_all.checked_sub(images.count)) {
            (Some(by @ 1..), _) if rows.is_all => Balance::MoreImages { by },
            (_, Some(by @ 1..)) if images.is_all => Balance::MoreRows { by },
            _ if images.is_all && rows.is_all => Balance::Equal,
            _ => Balance::NotCounted,
        })
    }
}

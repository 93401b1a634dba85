//! Desired + Observed → Plan: pure, synchronous, deterministic. The plan that is shown is the plan that is applied.

mod depth;
mod details;
mod down;
mod kept;
mod lost_events;
mod order;
mod origin;
mod ownership;
mod renamed;
mod script;
mod up;

pub(crate) use details::texts;
pub use details::{Detail, Hidden, Part, What};
pub use down::down;
pub use order::{After, Mark, Order};
pub use origin::Origin;
pub use ownership::{Adopt, Blocked, Target, Why};
pub use script::{UPLOAD_MEMORY, UPLOADS_AT_ONCE};
pub use up::up;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::resource::Kind;
use crate::resource::async_invocation::AsyncInvocation;
use crate::resource::bucket::Bucket;
use crate::resource::compare::{Cause, Field, FieldChange};
use crate::resource::function::Function;
use crate::resource::index::Index;
use crate::resource::key::{ClientKey, KeyPlan};
use crate::resource::log_group::LogGroup;
use crate::resource::notification::Notification;
use crate::resource::permission::Permission;
use crate::resource::role::{Role, StandIn};
use crate::resource::site::SiteFile;
use crate::resource::table::Table;
use crate::resource::user::User;

/// What has to change, in the order in which it is listed; `apply` starts each change when those it waits for are done.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Whether the gallery goes.
    pub is_down: bool,
    pub changes: Vec<Change>,
    /// What stays although somebody might expect it to go, and why.
    pub kept: Vec<Kept>,
    /// What lies on something of ours and is somebody else's: it stays.
    pub notes: Vec<Kept>,
    /// Whether the images bucket is ours and stays, with what is in it, although the gallery goes.
    pub keeps_images: bool,
    /// What stands in the way. Nothing is applied while there is any.
    pub blocked: Vec<Blocked>,
    /// What was compared and found right.
    pub unchanged: Vec<(Kind, String)>,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    pub kind: Kind,
    pub name: String,
    pub action: Action,
    /// A few words for the plan; empty for an update, whose fields speak.
    pub summary: String,
    /// What differs. Empty for what is created or deleted as a whole.
    pub fields: Vec<FieldChange>,
    /// The same for people: value by value.
    pub parts: Vec<Part>,
    pub step: Step,
    /// What it waits for.
    pub order: Order,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Delete,
}

/// What `apply` does: plain data, complete, nothing left to decide.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a plan holds a dozen of them, one a kind")]
pub enum Step {
    PutBucket(Bucket),
    /// No CORS, no policy, all Block Public Access switches on; the rest stays.
    CloseBucket {
        name: String,
    },
    /// With every object and version in it.
    DeleteBucket {
        name: String,
        /// How many there were, where they were counted.
        objects: Option<u64>,
        /// Whether anybody could still read them: that ends before anything else.
        close: bool,
    },
    PutTable(Table),
    DeleteTable {
        name: String,
    },
    PutRole(Role),
    /// With the one that stood in for it, if a run was cut off and left it.
    DeleteRole {
        name: String,
        stand_in: StandIn,
    },
    PutLogGroup(LogGroup),
    DeleteLogGroup {
        name: String,
    },
    PutFunction(Function),
    DeleteFunction {
        name: String,
    },
    PutPermission {
        permission: Permission,
        /// The function is made by the same plan: nothing to look at before.
        new_function: bool,
    },
    PutAsyncInvocation(AsyncInvocation),
    PutNotification {
        notification: Notification,
        /// The bucket is made by the same plan: nobody has added anything yet.
        new_bucket: bool,
    },
    /// Our entries only.
    DeleteNotification {
        bucket: String,
    },
    /// Rows for the images that are there already; then the table's tag that asks for them goes.
    FillIndex {
        index: Index,
        table_arn: String,
        /// The table does not carry the tag yet.
        mark: bool,
    },
    PutUser(User),
    /// With its keys and all that is attached to it.
    DeleteUser {
        name: String,
    },
    PutAssets {
        bucket: String,
        files: Vec<SiteFile>,
    },
    PutKey {
        key: ClientKey,
        plan: KeyPlan,
    },
    PutPages {
        bucket: String,
        files: Vec<SiteFile>,
        manifest: Option<String>,
        delete: Vec<String>,
    },
}

/// Something that stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub kind: Kind,
    pub name: String,
    pub reason: String,
}

impl From<Blocked> for Kept {
    fn from(blocked: Blocked) -> Self {
        Self { kind: blocked.kind, reason: blocked.why.to_string(), name: blocked.name }
    }
}

impl Change {
    /// Whether `apply` shall write this field: all of them for what it creates.
    pub fn touches(&self, field: Field) -> bool {
        self.action == Action::Create || self.fields.iter().any(|change| change.field == field)
    }

    /// Keys of tags that are to be removed: ours, and no longer in `gallery.yaml`.
    pub fn removed_tags(&self) -> Vec<String> {
        self.entries(Field::Tags, |before, after| before.is_some() && after.is_none())
    }

    /// Keys of a field that is a map, of those entries that `test` picks by their value before and after.
    pub fn entries(&self, field: Field, test: impl Fn(Option<&Value>, Option<&Value>) -> bool) -> Vec<String> {
        let change = self.fields.iter().find(|change| change.field == field);
        let maps = change.map(|change| [&change.before, &change.after].map(|map| map.as_object().cloned().unwrap_or_default()));
        let [before, after] = maps.unwrap_or_default();
        let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        keys.into_iter().filter(|key| test(before.get(*key), after.get(*key))).cloned().collect()
    }

    /// Whether it takes over what somebody else made. Then the tags are written first of all, too: a run that is cut off leaves something that is
    /// known as ours.
    pub fn adopts(&self) -> bool {
        self.fields.iter().any(|change| change.cause == Some(Cause::Adopted))
    }

    /// Whether it has become necessary since somebody undid `done`: it would make what that has made or changed, or delete what that has deleted.
    pub fn undoes(&self, done: &Self) -> bool {
        let same = self.kind == done.kind && self.name == done.name;
        same && match self.action {
            Action::Create => done.action != Action::Delete,
            Action::Delete => done.action == Action::Delete,
            Action::Update => false,
        }
    }

    /// Whether any tag is to be written.
    pub fn touches_tags(&self) -> bool {
        self.touches(Field::Tags) || self.touches(Field::Applied)
    }
}

/// What a plan that is not empty means to those who only check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// The configuration, the page or the indexer is newer than what is deployed.
    Changes,
    /// Something was changed behind our back, whatever else is pending.
    Drift,
}

impl Plan {
    /// What is pending, if anything is.
    pub fn pending(&self) -> Option<Pending> {
        let mut causes = self.changes.iter().flat_map(|change| &change.fields).map(|field| field.cause.as_ref());
        if self.is_empty() {
            None
        } else if causes.any(|cause| cause == Some(&Cause::Drift)) {
            Some(Pending::Drift)
        } else {
            Some(Pending::Changes)
        }
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many changes do `action`.
    pub fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }

    fn is_blocked(&self, kind: Kind) -> bool {
        self.blocked.iter().any(|blocked| blocked.kind == kind)
    }

    fn block(&mut self, kind: Kind, name: &str, why: Why) {
        self.blocked.push(Blocked::new(kind, name, why));
    }
}

//! Desired + Observed → Plan: pure, synchronous, deterministic. The plan that is shown is the plan that is applied.

mod down;
mod kept;
mod up;

pub use down::down;
pub use up::up;

use std::fmt;

use crate::resource::bucket::Bucket;
use crate::resource::compare::{Field, FieldChange};
use crate::resource::function::Function;
use crate::resource::key::{ClientKey, KeyPlan};
use crate::resource::log_group::LogGroup;
use crate::resource::notification::Notification;
use crate::resource::permission::Permission;
use crate::resource::role::Role;
use crate::resource::site::SiteFile;
use crate::resource::table::Table;
use crate::resource::tags::{GALLERY, TagMap, Tags};
use crate::resource::user::User;
use crate::resource::{Kind, Seen, Unreadable};

/// What has to change, in the order in which it is listed; `apply` starts each change when those it waits for are done.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    pub changes: Vec<Change>,
    /// What stays although somebody might expect it to go, and why.
    pub kept: Vec<Kept>,
    /// What stands in the way. Nothing is applied while there is any.
    pub blocked: Vec<Blocked>,
    /// How many things were compared and found right.
    pub unchanged: usize,
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
    pub step: Step,
    /// The kinds whose changes must be done first.
    pub after: &'static [Kind],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Delete,
}

/// What `apply` does: plain data, complete, nothing left to decide.
#[derive(Debug, Clone)]
pub enum Step {
    PutBucket(Bucket),
    /// No CORS, no policy, all Block Public Access switches on; the rest stays.
    CloseBucket {
        name: String,
    },
    /// With every object and version in it.
    DeleteBucket {
        name: String,
    },
    PutTable(Table),
    DeleteTable {
        name: String,
    },
    PutRole(Role),
    DeleteRole {
        name: String,
    },
    PutLogGroup(LogGroup),
    DeleteLogGroup {
        name: String,
    },
    PutFunction(Function),
    DeleteFunction {
        name: String,
    },
    PutPermission(Permission),
    PutNotification(Notification),
    /// Our entries only.
    DeleteNotification {
        bucket: String,
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

/// Something that stands in the way of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    pub kind: Kind,
    pub name: String,
    pub why: Why,
}

/// Why something stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It exists and does not carry our tag.
    Untagged,
    /// It carries another gallery's tag.
    OtherGallery(String),
    /// The name belongs to somebody else.
    Foreign(String),
    /// A bucket that refuses every read.
    OtherAccount,
    /// It could not be read, so nobody knows whether it is there.
    Denied { call: String, message: String },
    /// The table has other keys, which cannot be changed.
    OtherKeys(Vec<String>),
    /// Deletion protection is on.
    Protected,
}

impl Change {
    /// Whether `apply` shall write this field: all of them for what it creates.
    pub fn touches(&self, field: Field) -> bool {
        self.action == Action::Create || self.fields.iter().any(|change| change.field == field)
    }

    /// Keys of tags that are to be removed: ours, and no longer in `gallery.yaml`.
    pub fn removed_tags(&self) -> Vec<String> {
        let tags = self.fields.iter().find(|change| change.field == Field::Tags);
        let keys = |value: &serde_json::Value| value.as_object().map(|tags| tags.keys().cloned().collect()).unwrap_or_default();
        let (before, after): (Vec<String>, Vec<String>) =
            tags.map_or_else(Default::default, |it| (keys(&it.before), keys(&it.after)));
        before.into_iter().filter(|key| !after.contains(key)).collect()
    }

    /// Whether any tag is to be written.
    pub fn touches_tags(&self) -> bool {
        self.touches(Field::Tags) || self.touches(Field::Applied)
    }
}

impl Plan {
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
        self.blocked.push(Blocked { kind, name: name.into(), why });
    }
}

/// Which resources without our tag may be taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopt {
    Nothing,
    /// Everything that carries no gallery's tag: for a local AWS that belongs to this gallery alone.
    Untagged,
}

/// Whose something is, by its tags.
fn why_not_ours(tags: &Tags, live: &TagMap, adopt: Adopt) -> Option<Why> {
    match live.get(GALLERY) {
        _ if tags.owns(live) => None,
        Some(other) => Some(Why::OtherGallery(other.clone())),
        None if adopt == Adopt::Untagged => None,
        None => Some(Why::Untagged),
    }
}

/// Roles and users of ours lie under the gallery's IAM path.
fn other_path(wanted: &str, live: &str) -> Option<Why> {
    (wanted != live).then(|| Why::Foreign(format!("an entity under the IAM path `{live}`")))
}

impl fmt::Display for Why {
    /// What is the matter with it, to be read after its name.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untagged => out.write_str("exists and is not this gallery's: it does not carry its tag"),
            Self::OtherGallery(other) => write!(out, "belongs to the gallery `{other}`"),
            Self::Foreign(by) => write!(out, "is taken by {by}"),
            Self::OtherAccount => out.write_str("belongs to another account, or this identity may read nothing of it"),
            Self::Denied { call, message } => write!(out, "could not be read: {call}: {message}"),
            Self::OtherKeys(keys) => write!(out, "has the keys {}, and keys cannot be changed", keys.join(", ")),
            Self::Protected => out.write_str("is protected against deletion"),
        }
    }
}

impl From<&Unreadable> for Why {
    fn from(reason: &Unreadable) -> Self {
        match reason {
            Unreadable::Denied { call, message } => Self::Denied { call: call.clone(), message: message.clone() },
            Unreadable::Foreign { by } => Self::Foreign(by.clone()),
            Unreadable::OtherAccount => Self::OtherAccount,
        }
    }
}

/// Blocks the plan for what could not be read, or is not ours; else says what is there.
fn ours<'seen, T>(
    plan: &mut Plan,
    kind: Kind,
    name: &str,
    seen: &'seen Seen<T>,
    why_not: impl FnOnce(&T) -> Option<Why>,
) -> Ours<'seen, T> {
    match seen {
        Seen::Absent => Ours::Absent,
        Seen::Present(value) => match why_not(value) {
            None => Ours::Present(value),
            Some(why) => {
                plan.block(kind, name, why);
                Ours::Blocked
            }
        },
        Seen::Unknown(reason) => {
            plan.block(kind, name, reason.into());
            Ours::Blocked
        }
    }
}

enum Ours<'seen, T> {
    Absent,
    Present(&'seen T),
    Blocked,
}

//! Whose a resource is, what stands in the way when it is not ours, and what may be taken over.

use std::fmt;
use std::str::FromStr;

use super::Plan;
use crate::resource::observed::Observed;
use crate::resource::role::StandIn;
use crate::resource::site::FORMAT;
use crate::resource::tags::{GALLERY, HOLDS, IMAGES, PAGE, REGION, STAGE, TagMap, Tags};
use crate::resource::{Kind, Seen, Unreadable};

/// Something that stands in the way of every write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    pub kind: Kind,
    pub name: String,
    pub why: Why,
    /// Whether `down` can go on without it.
    pub skippable: bool,
}

/// Why something stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It exists and does not carry our tag.
    Untagged,
    /// It carries the tags of another gallery, or of another stage; `region` where a role or a user belongs to a gallery of another region.
    OtherGallery { name: String, stage: Option<String>, region: Option<String> },
    /// A role or user under another IAM path, which cannot be changed.
    OtherPath(String),
    /// A statement of our id that lets in somebody else than S3.
    OtherStatement(String),
    /// The name belongs to somebody else.
    Foreign(String),
    /// A bucket that refuses every read.
    OtherAccount,
    /// It could not be read, so nobody knows whether it is there; `allow` is the missing statement, where it is known.
    Denied { call: String, message: String, allow: Option<String> },
    /// The table has other keys, which cannot be changed.
    OtherKeys(Vec<String>),
    /// It is deployed, and `gallery.yaml` has another name for it now.
    Renamed { to: String },
    /// The bucket holds this, and `gallery.yaml` says that it is for the other: `images` or `page`.
    Exchanged { holds: String },
    /// What is deployed has a record of this format, which only a newer release understands.
    NewerRelease { format: u32 },
    /// The function's environment is encrypted with a key that cannot be used: what Lambda says.
    Encrypted(String),
    /// Deletion protection is on.
    Protected,
    /// These switches of the whole account's Block Public Access are on (S7).
    AccountBlocksPublic(Vec<&'static str>),
}

impl Blocked {
    pub fn new(kind: Kind, name: &str, why: impl Into<Why>) -> Self {
        Self { kind, name: name.to_owned(), why: why.into(), skippable: false }
    }

    /// What `--adopt` takes to take this over: `KIND/NAME`. `None`: it can never be ours.
    pub fn adoptable(&self) -> Option<String> {
        matches!(self.why, Why::Untagged | Why::OtherStatement(_)).then(|| self.target())
    }

    /// As `--adopt` and `--skip` name it: `KIND/NAME`.
    pub fn target(&self) -> String {
        format!("{}/{}", self.kind.word(), self.name)
    }

    /// Whether somebody else owns it.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(
            self.why,
            Why::Untagged | Why::OtherGallery { .. } | Why::OtherPath(_) | Why::OtherStatement(_) | Why::Foreign(_)
        )
    }
}

impl Why {
    /// The statement that is missing to read it, where that is what is the matter.
    pub fn allow(&self) -> Option<&str> {
        match self {
            Self::Denied { allow, .. } => allow.as_deref(),
            _ => None,
        }
    }
}

impl fmt::Display for Why {
    /// What is the matter with it, to be read after its name.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untagged => out.write_str("exists and is not this gallery's: it does not carry its tag"),
            Self::OtherGallery { name, stage, region } => {
                if let Some(stage) = stage {
                    write!(out, "belongs to the stage `{stage}` of the gallery `{name}`")?;
                } else {
                    write!(out, "belongs to the gallery `{name}`")?;
                }
                region.as_ref().map_or(Ok(()), |region| write!(out, " in {region}"))
            }
            Self::OtherPath(path) => write!(out, "is taken by an entity under the IAM path `{path}`"),
            Self::OtherStatement(id) => write!(out, "has a statement `{id}` that lets in somebody else than S3"),
            Self::Foreign(by) => write!(out, "is taken by {by}"),
            Self::OtherAccount => out.write_str("belongs to another account, or this identity may read nothing of it"),
            Self::Denied { call, message, .. } => write!(out, "could not be read: {call}: {message}"),
            Self::OtherKeys(keys) => write!(out, "has the keys {}, and keys cannot be changed", keys.join(", ")),
            Self::Renamed { to } => write!(out, "is deployed, and gallery.yaml now says `{to}`; AWS renames nothing"),
            Self::Exchanged { holds } => {
                let wanted = if holds == IMAGES { "the page" } else { "the images" };
                write!(out, "holds the {holds} of this gallery, and gallery.yaml now says that it is for {wanted}")
            }
            Self::NewerRelease { format } => {
                write!(
                    out,
                    "was deployed by a newer release of gallery-deploy (format {format} of its record, this one knows {FORMAT})"
                )
            }
            Self::Encrypted(reason) => write!(out, "has an environment that cannot be read: {reason}"),
            Self::Protected => out.write_str("is protected against deletion"),
            Self::AccountBlocksPublic(switches) => {
                let switches = switches.join(", ");
                write!(out, "cannot be read by everybody: Block Public Access of the whole account ({switches}) forbids it")
            }
        }
    }
}

impl From<&Unreadable> for Why {
    fn from(reason: &Unreadable) -> Self {
        match reason {
            Unreadable::Denied { call, message } => Self::Denied { call: call.clone(), message: message.clone(), allow: None },
            Unreadable::Foreign { by } => Self::Foreign(by.clone()),
            Unreadable::OtherAccount => Self::OtherAccount,
        }
    }
}

/// Which resources without our tag may be taken over. What carries another gallery's tag never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopt<'a> {
    Nothing,
    /// Everything that carries no gallery's tag: for a local AWS that belongs to this gallery alone.
    Untagged,
    /// What the user named with `--adopt`.
    Named(&'a [Target]),
}

impl Adopt<'_> {
    pub(super) fn takes(self, kind: Kind, name: &str) -> bool {
        match self {
            Self::Nothing => false,
            Self::Untagged => true,
            Self::Named(targets) => targets.iter().any(|target| target.is(kind, name)),
        }
    }
}

/// `KIND/NAME`, as plans and refusals name a resource: `bucket/holiday-images`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    kind: String,
    name: String,
}

impl Target {
    pub(super) fn is(&self, kind: Kind, name: &str) -> bool {
        self.kind == kind.word() && self.name == name
    }
}

impl FromStr for Target {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((kind, name)) if !kind.is_empty() && !name.is_empty() => Ok(Self { kind: kind.into(), name: name.into() }),
            _ => Err("it must be KIND/NAME, such as bucket/holiday-images"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind, self.name)
    }
}

impl Plan {
    /// All that stands in the way and can be taken over, as `KIND/NAME`.
    pub fn adoptable(&self) -> Vec<String> {
        self.blocked.iter().filter_map(Blocked::adoptable).collect()
    }
}

/// Why something is not ours and cannot be made so. `unfit` is what could never be changed into ours, whoever tags it; `adopt` when what carries
/// no tag may be taken over.
pub(super) fn why_not_ours(tags: &Tags, live: &TagMap, unfit: Option<Why>, adopt: bool) -> Option<Why> {
    if tags.owns(live) {
        return unfit;
    }
    let untagged = || (!adopt).then_some(Why::Untagged);
    match (live.get(GALLERY), live.get(REGION)) {
        (None, _) => unfit.or_else(untagged),
        // Of this name, and nothing says of which region.
        (Some(_), None) if tags.is_of(live) => unfit.or_else(untagged),
        // The region says something only where the name does not.
        (Some(name), region) => Some(Why::OtherGallery {
            name: name.clone(),
            stage: live.get(STAGE).cloned(),
            region: region.filter(|_| tags.is_of(live)).cloned(),
        }),
    }
}

impl Plan {
    /// Whether a role of ours is left that stood in for another (L4). Blocks the plan where nobody can tell.
    pub(super) fn stand_in_is_left(&mut self, stand_in: &StandIn, seen: &Observed) -> bool {
        if let Seen::Unknown(reason) = &seen.stand_in {
            self.block(Kind::Role, &stand_in.name, reason.into());
        }
        seen.stand_in.present().is_some_and(|role| stand_in.is(role))
    }
}

/// Roles and users of ours lie under the gallery's IAM path.
pub(super) fn other_path(wanted: &str, live: &str) -> Option<Why> {
    (wanted != live).then(|| Why::OtherPath(live.to_owned()))
}

/// The two buckets carry the same tags of ownership, so another tag says which is which. One of another value is drift.
pub(super) fn exchanged(wanted: &str, live: &TagMap) -> Option<Why> {
    let holds = live.get(HOLDS).filter(|holds| *holds != wanted && [IMAGES, PAGE].contains(&holds.as_str()))?;
    Some(Why::Exchanged { holds: holds.clone() })
}

/// Something that was seen, as far as it is ours.
pub(super) enum Ours<'seen, T> {
    Absent,
    Present(&'seen T),
    Blocked,
}

/// Blocks the plan for what could not be read, or is not ours; else says what is there.
pub(super) fn ours<'seen, T>(
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

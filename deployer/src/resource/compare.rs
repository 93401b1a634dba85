//! Field by field: what was seen, what is wanted, and why they differ.

use serde::Serialize;
use serde_json::{Value, json};

use super::tags::{DESIRED, TagMap, Tags};

/// A managed setting of some kind of resource. `apply` does exactly the fields that the plan names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Tags,
    /// The tag that records which settings were applied last; written last.
    Applied,
    // Buckets.
    Ownership,
    PublicAccess,
    Encryption,
    Versioning,
    Lifecycle,
    Cors,
    Policy,
    // Table.
    OnDemand,
    PointInTimeRecovery,
    DeletionProtection,
    TimeToLive,
    // Index.
    Rows,
    // Role and user.
    TrustPolicy,
    InlinePolicies,
    AttachedPolicies,
    Groups,
    // Log group.
    Retention,
    // Function.
    Role,
    /// Which role of that name: its unique id (L4).
    RoleId,
    Runtime,
    Handler,
    Memory,
    Timeout,
    Environment,
    Architecture,
    Code,
    // What becomes of events that the function fails on.
    RetryAttempts,
    EventAge,
    Destinations,
    // Permission and notification.
    Statement,
    Entry,
    // The page's key and its configuration.
    AccessKey,
    Config,
    OtherKeys,
    // Site files.
    Files,
    OldFiles,
    Manifest,
}

impl Field {
    /// As it is written in plans.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tags => "tags",
            Self::Applied => "applied_settings",
            Self::Ownership => "object_ownership",
            Self::PublicAccess => "block_public_access",
            Self::Encryption => "encryption",
            Self::Versioning => "versioning",
            Self::Lifecycle => "lifecycle",
            Self::Cors => "cors",
            Self::Policy => "policy",
            Self::OnDemand => "on_demand",
            Self::PointInTimeRecovery => "point_in_time_recovery",
            Self::DeletionProtection => "deletion_protection",
            Self::TimeToLive => "time_to_live",
            Self::Rows => "rows",
            Self::TrustPolicy => "trust_policy",
            Self::InlinePolicies => "inline_policies",
            Self::AttachedPolicies => "attached_policies",
            Self::Groups => "groups",
            Self::Retention => "retention_days",
            Self::Role => "role",
            Self::RoleId => "role_id",
            Self::Runtime => "runtime",
            Self::Handler => "handler",
            Self::Memory => "memory",
            Self::Timeout => "timeout",
            Self::Environment => "environment",
            Self::Architecture => "architecture",
            Self::Code => "code",
            Self::RetryAttempts => "retry_attempts",
            Self::EventAge => "event_age_seconds",
            Self::Destinations => "destinations",
            Self::Statement => "statement",
            Self::Entry => "entry",
            Self::AccessKey => "access_key",
            Self::Config => "config.json",
            Self::OtherKeys => "other_keys",
            Self::Files => "files",
            Self::OldFiles => "old_files",
            Self::Manifest => "manifest",
        }
    }
}

/// Why a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// `gallery.yaml` changed since it was last applied.
    Config,
    /// The live value was changed behind our back.
    Drift,
    /// This release brings another build of the indexer.
    Release,
    /// The page's files are others than last time.
    Files,
    /// It was not ours, and is taken over.
    Adopted,
}

/// One field that differs. Values carry no secrets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    pub field: Field,
    pub before: Value,
    pub after: Value,
    /// `None` where nothing tells.
    pub cause: Option<Cause>,
}

impl FieldChange {
    /// Whether all that shall be in this list or map is there, and only something too much.
    pub fn only_takes_away(&self) -> bool {
        match (&self.before, &self.after) {
            (Value::Array(before), Value::Array(after)) => after.iter().all(|item| before.contains(item)),
            (Value::Object(before), Value::Object(after)) => after.iter().all(|(key, value)| before.get(key) == Some(value)),
            _ => false,
        }
    }
}

/// The fields of one resource that differ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compared {
    /// Every field that may differ: those that the kind declares.
    declared: &'static [Field],
    pub fields: Vec<FieldChange>,
}

impl Compared {
    /// Nothing differs yet of what `declared` lists.
    pub fn of(declared: &'static [Field]) -> Self {
        Self { declared, fields: Vec::new() }
    }

    /// Compares the tags, and with the help of what they record says of every field why it differs.
    pub fn tags(&mut self, want: &Tags, live: &TagMap) {
        compare(self, Field::Tags, &want.managed_part(live), want.at_birth());
        // Whoever made it did not mean it for us: all of it is taken over.
        let cause = if want.owns(live) { want.cause(live) } else { Some(Cause::Adopted) };
        for change in &mut self.fields {
            change.cause = change.cause.or(cause);
        }
        let (before, after) = (live.get(DESIRED), want.all().remove(DESIRED));
        if before != after.as_ref() {
            self.push(Field::Applied, json!(before), json!(after), want.record_cause(live));
        }
    }

    /// Adds a field that differs.
    pub fn push(&mut self, field: Field, before: Value, after: Value, cause: Option<Cause>) {
        self.declares(field);
        self.fields.push(FieldChange { field, before, after, cause });
    }

    /// Gives every field that has no cause this one.
    #[must_use]
    pub fn because(mut self, cause: Option<Cause>) -> Self {
        for change in &mut self.fields {
            change.cause = change.cause.or(cause);
        }
        self
    }

    /// Says why `field` differs, for one that the record of what was applied does not cover.
    #[must_use]
    pub fn cause_of(mut self, field: Field, cause: Option<Cause>) -> Self {
        let of_field = |change: &&mut FieldChange| change.field == field && change.cause != Some(Cause::Adopted);
        self.fields.iter_mut().filter(of_field).for_each(|change| change.cause = cause);
        self
    }

    /// A field that no kind declares would be one that no test changes behind our back.
    fn declares(&self, field: Field) {
        debug_assert!(self.declared.contains(&field), "{field:?} is compared but not declared");
    }
}

/// Adds `field` when `before` is not `after`.
pub fn compare<T: PartialEq + Serialize>(out: &mut Compared, field: Field, before: &T, after: &T) {
    out.declares(field);
    if before != after {
        // Settings are plain data; serialising them cannot fail.
        let value = |of: &T| serde_json::to_value(of).unwrap_or(Value::Null);
        out.push(field, value(before), value(after), None);
    }
}

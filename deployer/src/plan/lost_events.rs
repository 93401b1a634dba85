//! Events that may not have come to the indexer, or that something else took: then the rows of the index are compared with the images.
//!
//! What the indexer fails on is not lost: it is kept in the images bucket, and `status` tells of it. That takes the function's role and the bucket's consent, so
//! it is lost where those are wrong.

use serde_json::Value;

use super::up::order;
use super::{Action, Change, Plan, Step};
use crate::resource::Kind;
use crate::resource::compare::{Cause, Compared, Field, FieldChange};
use crate::resource::function::Function;
use crate::resource::index::{self, Index};
use crate::resource::observed::Observed;
use crate::resource::table::Table;

/// What decides whether events are lost, beside the change itself.
#[derive(Debug, Clone, Copy)]
struct Past {
    /// A deploy has come to its end: what is gone, or has no record any more, was changed by somebody.
    completed: bool,
    /// The function's program is one that no deploy has recorded.
    unknown_program: bool,
}

impl Plan {
    /// Rows for the images that were there before the table, and for what came and went while nobody could tell the indexer.
    pub(super) fn index(&mut self, index: &Index, table: &Table, function: &Function, seen: &Observed, completed: bool) {
        let step = |mark| Step::FillIndex { index: index.clone(), table_arn: table.arn.clone(), mark };
        if self.is_blocked(Kind::Table) || self.is_blocked(Kind::ImagesBucket) {
            return;
        }
        let is = |kind, of: fn(&Change) -> bool| self.changes.iter().any(|change| change.kind == kind && of(change));
        if is(Kind::Table, |change| change.action == Action::Create) && table.to_fill {
            let summary = "rows for the images that are there already".into();
            return self.push(Kind::Index, &table.name, Action::Create, summary, Compared::default(), step(false));
        }
        let Some(live) = seen.table.present() else { return };
        let unknown = |it: &crate::resource::function::Observed| function.tags.is_unknown_build(&it.tags, &it.code_sha256);
        let unknown_program = seen.function.present().and_then(unknown).unwrap_or(completed);
        let past = Past { completed, unknown_program };
        let lost = self.changes.iter().filter_map(|change| change.lost_events(past)).max_by_key(|cause| rank(*cause));
        let compared = index::compare(&live.tags, lost.is_some(), lost.unwrap_or_else(|| past.removed()));
        if !compared.fields.is_empty() {
            // A table that is taken over gets the mark with its other tags: nothing hangs on what is not known as ours.
            let mark = !index::is_to_fill(&live.tags) && !is(Kind::Table, Change::adopts);
            // Once it is ours, only the index tells that it was not.
            let is_taken_over = |change: &&mut Change| change.kind == Kind::ImagesBucket && change.adopts();
            if let Some(bucket) = self.changes.iter_mut().find(is_taken_over) {
                bucket.order = order(Kind::ImagesBucket, Action::Create);
            }
            self.push(Kind::Index, &table.name, Action::Update, String::new(), compared, step(mark));
        }
    }
}

/// Of several causes one is told.
const fn rank(cause: Option<Cause>) -> u8 {
    match cause {
        Some(Cause::Adopted) => 3,
        Some(Cause::Drift) => 2,
        Some(Cause::Config | Cause::Release | Cause::Files) => 1,
        None => 0,
    }
}

impl Past {
    /// Why something is not there.
    fn removed(self) -> Option<Cause> {
        self.completed.then_some(Cause::Drift)
    }
}

impl Change {
    /// Whether it puts right what has lost events; the inner value is why it was wrong, where anything tells.
    fn lost_events(&self, past: Past) -> Option<Option<Cause>> {
        match (self.kind, self.action) {
            // S3 told nobody, or the function could not run: without its role it cannot even say so.
            (Kind::Function | Kind::ImagesBucket | Kind::Permission | Kind::Notification | Kind::Role, Action::Create) => {
                Some(past.removed())
            }
            // Whoever put the images there, or wrote the rows.
            (Kind::Table | Kind::ImagesBucket, _) if self.adopts() => Some(Some(Cause::Adopted)),
            (Kind::Function, _) if self.is_bound_to_another_role() => Some(past.removed()),
            _ => {
                let lost = self.fields.iter().filter(|field| self.lost_by(field, past));
                lost.map(|field| field.cause.or(past.removed())).max_by_key(|cause| rank(*cause))
            }
        }
    }

    /// Whether a function's tag names a role that is gone. One that names none tells nothing.
    fn is_bound_to_another_role(&self) -> bool {
        self.fields.iter().any(|change| change.field == Field::RoleId && !change.before.is_null())
    }

    fn lost_by(&self, change: &FieldChange, past: Past) -> bool {
        let by_others = match change.cause {
            Some(Cause::Drift | Cause::Adopted) => true,
            Some(Cause::Config | Cause::Release | Cause::Files) => false,
            None => past.completed,
        };
        match (self.kind, change.field) {
            (Kind::Function, Field::Code) => by_others || past.unknown_program,
            // No setting of `gallery.yaml` changes these, whatever else it may have changed.
            (Kind::Function, Field::Role) | (Kind::Role, Field::TrustPolicy | Field::InlinePolicies) => true,
            (Kind::Function, Field::Environment) => (by_others && !change.only_takes_away()) || self.was_misdirected(),
            (Kind::Permission | Kind::Notification, _) => by_others && !change.only_takes_away(),
            (Kind::AsyncInvocation, Field::Destinations) => change.before["on_failure"] != change.after["on_failure"],
            (Kind::ImagesBucket, Field::Policy) => by_others && denied_more(change),
            _ => false,
        }
    }

    /// Whether the function worked for another bucket or table, or asked another server. No setting of `gallery.yaml` has it do so.
    fn was_misdirected(&self) -> bool {
        let elsewhere = |before: Option<&Value>, after: Option<&Value>| before.is_some() && before != after;
        let steers = |name: &String| ["GALLERY_BUCKET", "GALLERY_TABLE"].contains(&name.as_str());
        let extra = |before: Option<&Value>, after: Option<&Value>| before.is_some() && after.is_none();
        self.entries(Field::Environment, elsewhere).iter().any(steers)
            || self.entries(Field::Environment, extra).iter().any(|name| name.starts_with("AWS_ENDPOINT_URL"))
    }
}

/// Whether the policy denied something that it shall not: perhaps to the indexer, which could then look at nothing, nor leave a record of it.
fn denied_more(change: &FieldChange) -> bool {
    let statements = |policy: &Value| policy["Statement"].as_array().cloned().unwrap_or_default();
    let wanted = statements(&change.after);
    statements(&change.before).iter().any(|statement| statement["Effect"] == "Deny" && !wanted.contains(statement))
}

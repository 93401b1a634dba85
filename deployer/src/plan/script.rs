//! The calls that a change makes one after the other: what `aws` does, without its retries.

use super::{Action, Change, Mark, Step};
use crate::resource::bucket::Bucket;
use crate::resource::compare::Field;
use crate::resource::function::Function;
use crate::resource::key::KeyPlan;
use crate::resource::site::SiteFile;
use crate::resource::user::client_policies;

/// One step of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Play {
    Call,
    /// Changes a bucket, in turn.
    Write,
    /// A read while it waits for its turn.
    ReadInTurn,
    Reach(Mark),
    /// Waits for what must come before the rest.
    Proceed,
    /// Waits for what must come before the next call.
    Commit,
}

use Mark::{Effective, Settled};
use Play::{Call, Commit, Proceed, Reach, ReadInTurn, Write};

/// What is on the longest way through `change`.
pub(super) fn script(change: &Change) -> Vec<Play> {
    match &change.step {
        Step::PutBucket(bucket) => put_bucket(change, bucket),
        Step::CloseBucket { .. } => {
            let writes = [Field::PublicAccess, Field::Policy].map(|field| calls(Write, change.touches(field)));
            let cors = if change.touches(Field::Cors) { Write } else { Call };
            [writes.concat(), vec![cors, Reach(Settled)], calls(Write, change.touches(Field::Applied))].concat()
        }
        // One page of objects.
        Step::DeleteBucket { close, .. } => [calls(Write, *close), vec![Proceed, Call, Call, Commit, Call]].concat(),
        Step::PutTable(table) => {
            let made = if creates(change) { vec![Call, Reach(Effective), Call] } else { Vec::new() };
            let recovery = change.touches(Field::PointInTimeRecovery);
            let recovery = recovery && (table.settings.point_in_time_recovery || !creates(change));
            let updates = [Field::OnDemand, Field::DeletionProtection].map(|field| !creates(change) && change.touches(field));
            let writes = [adopts(change), updates.map(|update| calls(Call, update)).concat(), calls(Call, recovery)].concat();
            let expiry = usize::from(change.touches(Field::TimeToLive)) + usize::from(replaces_expiry(change));
            let waits = updates.contains(&true);
            if creates(change) {
                [made, writes, vec![Call; expiry], waits_beside_tags(change, waits, 0)].concat()
            } else {
                [writes, waits_beside_tags(change, waits, expiry)].concat()
            }
        }
        Step::DeleteTable { .. } => vec![Call, Call],
        Step::PutRole(_) => {
            let first = calls(Call, creates(change) || change.touches(Field::TrustPolicy));
            let policy = calls(Call, change.touches(Field::InlinePolicies));
            [first, adopts(change), vec![Reach(Effective)], policy, vec![Reach(Settled)], tags(change)].concat()
        }
        // What stood in for it, which is seldom there, comes first.
        Step::DeleteRole { .. } => vec![Call, Call, Commit, Call, Call],
        Step::PutLogGroup(_) => {
            let made = [calls(Call, creates(change)), adopts(change), vec![Reach(Effective)]].concat();
            [made, calls(Call, change.touches(Field::Retention)), tags(change)].concat()
        }
        Step::DeleteLogGroup { .. } => vec![Call],
        Step::PutFunction(function) => put_function(change, function),
        Step::DeleteFunction { .. } => vec![Call, Reach(Effective), Call, Reach(Settled)],
        Step::PutPermission { new_function, .. } => [calls(Call, !new_function), vec![Call, Reach(Effective), Call]].concat(),
        Step::PutAsyncInvocation(_) => vec![Call],
        Step::PutNotification { new_bucket: true, .. } => vec![Call, Commit, Write],
        Step::PutNotification { new_bucket: false, .. } => vec![Commit, ReadInTurn, Write],
        Step::DeleteNotification { .. } => vec![ReadInTurn, Write],
        // A page of images, one of rows, the calls that differ; the tag.
        Step::FillIndex { mark, .. } => [calls(Call, *mark), vec![Reach(Effective), Commit], vec![Call; 4]].concat(),
        Step::PutUser(user) => {
            let policies = if creates(change) {
                user.settings.policies.len()
            } else {
                change.entries(Field::InlinePolicies, |before, after| before != after).len()
            };
            let lists = [Field::AttachedPolicies, Field::Groups].map(|field| !creates(change) && change.touches(field));
            let lists = lists.map(|list| [calls(Call, list), calls(Call, list)].concat()).concat();
            let made = [calls(Call, creates(change)), adopts(change), vec![Call; policies], lists].concat();
            [made, vec![Reach(Settled)], tags(change)].concat()
        }
        // Lists, the key, the policies, the user.
        Step::DeleteUser { .. } => {
            [vec![Call, Call, Reach(Effective)], vec![Call; client_policies("", "").len()], vec![Call]].concat()
        }
        Step::PutAssets { files, .. } => uploads(files),
        Step::PutKey { plan: KeyPlan { keep: None, .. }, .. } => vec![Call, Commit, Call, Call, Reach(Settled), Call],
        Step::PutKey { plan, .. } => [calls(Call, plan.write), vec![Reach(Settled), Call]].concat(),
        Step::PutPages { files, manifest, delete, .. } => {
            let deletions = vec![Call; delete.len().div_ceil(1000)];
            [uploads(files), deletions, vec![Reach(Settled), Commit], calls(Call, manifest.is_some())].concat()
        }
    }
}

fn put_bucket(change: &Change, bucket: &Bucket) -> Vec<Play> {
    let new = creates(change);
    let settings = &bucket.settings;
    let touches = |field| change.touches(field);
    let writes = [
        calls(Write, touches(Field::Ownership) && !new),
        calls(Write, touches(Field::PublicAccess) && touches(Field::Policy) && !new),
        calls(Write, touches(Field::PublicAccess)),
        calls(Write, touches(Field::Encryption) && !new),
        calls(Write, touches(Field::Versioning) && settings.versioning.is_some_and(|on| on || !new)),
        // What is not ours is read before.
        calls(Call, touches(Field::Lifecycle) && !new),
        calls(Write, touches(Field::Lifecycle)),
        calls(Write, touches(Field::Cors) && !(new && settings.cors.is_empty())),
        calls(Write, touches(Field::Policy) && !(new && settings.policy.is_none())),
    ]
    .concat();
    // Tags are read beside the last write.
    let read = calls(Call, !new && writes.is_empty() && change.touches_tags());
    let adopts = if change.adopts() { vec![Call, Write] } else { Vec::new() };
    let made = [calls(Call, new), adopts, vec![Reach(Effective)]].concat();
    [made, writes, read, vec![Reach(Settled)], calls(Write, change.touches_tags())].concat()
}

fn put_function(change: &Change, function: &Function) -> Vec<Play> {
    let code = !creates(change) && (change.touches(Field::Code) || change.touches(Field::Architecture));
    let fields = [Field::Role, Field::Runtime, Field::Handler, Field::Memory, Field::Timeout, Field::Environment];
    let configuration = !creates(change) && fields.iter().any(|field| change.touches(*field));
    // A look, what hangs on it, its policy, itself.
    let left = if creates(change) && function.stand_in_is_left { vec![Call; 4] } else { Vec::new() };
    let made = [left, calls(Call, creates(change)), adopts(change), vec![Reach(Effective)]].concat();
    // L6: one update after the other.
    let binds = !creates(change) && change.touches(Field::RoleId);
    // The mark; where it still has its role, the second one, its policy, the update and its end.
    let stands_in = if change.touches(Field::Role) { 1 } else { 5 };
    let before = if binds { vec![Call; stands_in] } else { Vec::new() };
    // The end of the update, then the second role goes (a look, what hangs on it, its policy, itself), and the mark.
    let after = if binds { vec![Call; 6] } else { Vec::new() };
    let update = calls(Call, configuration || binds);
    let updates = [calls(Call, code), calls(Call, code && (configuration || binds)), before, update, after].concat();
    [made, updates, waits_beside_tags(change, creates(change) || code || configuration, 0)].concat()
}

/// Whether rows go by another attribute, which has to end before.
fn replaces_expiry(change: &Change) -> bool {
    change.fields.iter().any(|change| change.field == Field::TimeToLive && !change.before.is_null())
}

/// A wait for what was changed and `settled` calls after it, while tags are written.
fn waits_beside_tags(change: &Change, waits: bool, settled: usize) -> Vec<Play> {
    let tags = tags(change);
    let after = tags.len().saturating_sub(usize::from(waits)).max(settled);
    [calls(Call, waits), vec![Reach(Settled)], vec![Call; after]].concat()
}

/// The tags that go, and those that are written.
fn tags(change: &Change) -> Vec<Play> {
    [calls(Call, !change.removed_tags().is_empty()), calls(Call, change.touches_tags())].concat()
}

/// What is taken over gets our tags first of all.
fn adopts(change: &Change) -> Vec<Play> {
    calls(Call, change.adopts())
}

/// One call for each time that the line or the memory is full.
fn uploads(files: &[SiteFile]) -> Vec<Play> {
    let (mut rounds, mut count, mut memory) = (0, UPLOADS_AT_ONCE, 0);
    for file in files {
        let takes = usize::try_from(file.memory()).unwrap_or(UPLOAD_MEMORY);
        if count == UPLOADS_AT_ONCE || memory + takes > UPLOAD_MEMORY {
            (rounds, count, memory) = (rounds + 1, 0, 0);
        }
        (count, memory) = (count + 1, memory + takes);
    }
    vec![Call; rounds]
}

fn calls(play: Play, happens: bool) -> Vec<Play> {
    if happens { vec![play] } else { Vec::new() }
}

fn creates(change: &Change) -> bool {
    change.action == Action::Create
}

/// Uploads under way at once: enough to fill a line although most files are small.
pub const UPLOADS_AT_ONCE: usize = 48;
/// What uploads under way hold in memory (in bytes), so that it stays flat however large the files are.
pub const UPLOAD_MEMORY: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::resource::site::{Content, Headers, Source};

    fn rounds(files: &[(usize, u64)], on_disk: bool) -> usize {
        let file = |size| {
            let source = Source { path: "file".into(), origins: None, is_compressed: false };
            let content = if on_disk { Content::File(source) } else { Content::Held(Bytes::new()) };
            let headers = Headers { content_type: String::new(), cache_control: String::new(), encoding: None };
            SiteFile { key: String::new(), content, size, etag: String::new(), headers }
        };
        let files: Vec<SiteFile> = files.iter().flat_map(|(count, size)| vec![file(*size); *count]).collect();
        uploads(&files).len()
    }

    #[test]
    fn as_many_uploads_at_once_as_memory_holds() {
        const MIB: u64 = 1 << 20;
        assert_eq!([0, 1, 48, 49, 1000].map(|count| rounds(&[(count, 4096)], true)), [0, 1, 1, 2, 21]);
        // In memory as a whole; read while they are sent; there already.
        assert_eq!(rounds(&[(48, MIB)], true), 3);
        assert_eq!(rounds(&[(48, 100 * MIB)], true), 2);
        assert_eq!(rounds(&[(48, MIB)], false), 1);
        assert_eq!(rounds(&[(15, MIB), (3, 100 * MIB)], true), 2);
    }
}

//! What `up` leaves alone although it lies on something of ours: a short line each, so that nobody takes it for managed.

use super::{Kept, Plan};
use crate::desired::Desired;
use crate::resource::observed::Observed;
use crate::resource::tags::{TagMap, Tags};
use crate::resource::{Kind, bucket};

/// So many names are told, then only how many more there are.
const NAMED: usize = 5;

impl Plan {
    /// Lists what is there beside ours. Bucket policies, CORS, the function's environment and what is attached to the user are wholly ours: what is extra
    /// there goes, and is not listed.
    pub(super) fn list_kept(&mut self, desired: &Desired, seen: &Observed) {
        let Desired { images_bucket, site_bucket, table, role, log_group, function, user, .. } = desired;
        self.bucket(Kind::ImagesBucket, images_bucket, seen.images_bucket.present());
        self.bucket(Kind::SiteBucket, site_bucket, seen.site_bucket.present());
        if let Some(live) = seen.table.present() {
            self.keep(Kind::Table, &table.name, vec![tags(&table.tags, &live.tags)]);
        }
        if let Some(live) = seen.role.present() {
            let boundary = named("permissions boundary", live.boundary.iter().cloned());
            let policies = named("policy", live.other_policies.iter().cloned());
            self.keep(Kind::Role, &role.name, vec![tags(&role.tags, &live.tags), policies, boundary]);
        }
        if let Some(live) = seen.log_group.present() {
            self.keep(Kind::LogGroup, &log_group.name, vec![tags(&log_group.tags, &live.tags)]);
        }
        if let Some(live) = seen.function.present() {
            self.keep(Kind::Function, &function.name, vec![tags(&function.tags, &live.tags)]);
        }
        if let Some(live) = seen.permission.present() {
            self.keep(Kind::Permission, &function.name, vec![named("statement", live.others.iter().cloned())]);
        }
        if let Some(live) = seen.notification.present() {
            self.keep(Kind::Notification, &images_bucket.name, vec![named("entry for", live.others.iter().cloned())]);
        }
        if let Some(live) = seen.user.present() {
            // It can only take rights away, and organizations demand it.
            let boundary = named("permissions boundary", live.boundary.iter().cloned());
            self.keep(Kind::User, &user.name, vec![tags(&user.tags, &live.tags), boundary]);
        }
        if let Some(live) = seen.site.present() {
            self.keep(Kind::Page, &site_bucket.name, vec![named("object", desired.site.strangers(live).into_iter())]);
        }
    }

    fn bucket(&mut self, kind: Kind, want: &bucket::Bucket, live: Option<&bucket::Observed>) {
        if let Some(live) = live {
            let rules = named("lifecycle rule", live.other_rules.iter().cloned());
            self.keep(kind, &want.name, vec![tags(&want.tags, &live.tags), rules]);
        }
    }

    fn keep(&mut self, kind: Kind, name: &str, parts: Vec<Vec<String>>) {
        let mut things: Vec<String> = parts.into_iter().flatten().collect();
        let Some(last) = things.pop() else { return };
        let reason = if things.is_empty() {
            format!("{last} is not ours; it is kept")
        } else {
            format!("{} and {last} are not ours; they are kept", things.join(", "))
        };
        self.notes.push(Kept { kind, name: name.into(), reason });
    }
}

fn tags(want: &Tags, live: &TagMap) -> Vec<String> {
    named("tag", want.strangers(live))
}

/// "tag `a`", "tag `b`", "3 more of its kind".
fn named(what: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names = names.map(|name| format!("{what} `{name}`"));
    let mut told: Vec<String> = names.by_ref().take(NAMED).collect();
    let more = names.count();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    told
}

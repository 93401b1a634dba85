//! The plan of `up`: create what is missing, change what differs.

use super::details::details;
use super::ownership::{Ours, other_path, ours, why_not_ours};
use super::{Action, Adopt, Change, Plan, Step, Why};
use crate::desired::Desired;
use crate::resource::compare::{Cause, Compared, Field};
use crate::resource::index::{self, Index};
use crate::resource::observed::Observed;
use crate::resource::table::{self, Table};
use crate::resource::tags::{ROLE_ID, TagMap, Tags};
use crate::resource::{Kind, Seen, site};
use crate::text::plural;

/// What each kind waits for. Roles and policies come first, since IAM is slow to spread (I1); the key comes when everything that it opens is there; the
/// page comes last.
fn waits_for(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::ImagesBucket | Kind::SiteBucket | Kind::Table | Kind::Role | Kind::LogGroup | Kind::User => &[],
        // The log group comes first, or Lambda would make it without retention (G1).
        Kind::Function => &[Kind::Role, Kind::LogGroup],
        Kind::Permission => &[Kind::Function],
        // Lambda checks that the role may write into the bucket.
        Kind::AsyncInvocation => &[Kind::Function, Kind::ImagesBucket],
        // S3 checks the permission (S15); events must find the table.
        Kind::Notification => &[Kind::ImagesBucket, Kind::Permission, Kind::Table],
        // Whatever is uploaded meanwhile must be heard of.
        Kind::Index => &[Kind::ImagesBucket, Kind::Table, Kind::Function, Kind::Notification],
        Kind::Assets => &[Kind::SiteBucket],
        Kind::Key => &[Kind::User, Kind::SiteBucket, Kind::ImagesBucket, Kind::Table, Kind::Notification, Kind::Assets],
        Kind::Page => &[Kind::Key, Kind::Assets, Kind::SiteBucket, Kind::AsyncInvocation],
    }
}

/// Compares what shall be with what is.
pub fn up(desired: &Desired, seen: &Observed, adopt: Adopt<'_>) -> Plan {
    let Desired {
        images_bucket,
        site_bucket,
        table,
        index,
        role,
        log_group,
        function,
        permission,
        async_invocation,
        notification,
        user,
        site,
        key,
        lines,
    } = desired;
    // It may hold images, whoever put them there.
    let table = &Table { to_fill: seen.images_bucket.present().is_some(), ..table.clone() };
    let mut plan = Plan::default();
    plan.refuse_newer_release(&site.bucket, seen);
    let origins = images_bucket.settings.cors.iter().flat_map(|rule| rule.origins.iter().cloned()).collect::<Vec<_>>();
    plan.refuse_renames(&site.place, &site.names, &site.bucket, &origins, seen);
    let nothing = site::Observed::default();
    let completed = seen.site.present().is_some_and(site::Observed::completed);
    // Files of the deploy before stay readable.
    let site_seen = seen.site.present().unwrap_or(&nothing);
    let site_bucket = &site_bucket.clone().with_policy(site.policy(site_seen));
    let role_id = match &seen.role {
        Seen::Present(role) => Some(role.id.as_str()),
        Seen::Absent => None,
        // That stands in the way already.
        Seen::Unknown(_) => seen.function.present().and_then(|function| function.tags.get(ROLE_ID)).map(String::as_str),
    };
    let function = &function.clone().with_role(role_id);
    let taken = |kind: Kind, name: &str, tags: &Tags, live: &TagMap, unfit: Option<Why>| {
        why_not_ours(tags, live, unfit, adopt.takes(kind, name))
    };

    plan.resource(
        Kind::ImagesBucket,
        &images_bucket.name,
        &seen.images_bucket,
        |o| taken(Kind::ImagesBucket, &images_bucket.name, &images_bucket.tags, &o.tags, None),
        |o| images_bucket.compare(o),
        || ("images/* can be read by everybody, the rest is private".into(), Step::PutBucket(images_bucket.clone())),
    );
    plan.resource(
        Kind::SiteBucket,
        &site_bucket.name,
        &seen.site_bucket,
        |o| taken(Kind::SiteBucket, &site_bucket.name, &site_bucket.tags, &o.tags, None),
        |o| site_bucket.compare(o).cause_of(Field::Policy, site.policy_cause(site_seen, o.policy.as_ref())),
        || ("the page".into(), Step::PutBucket(site_bucket.clone())),
    );
    let table_taken = |o: &table::Observed| {
        let other_keys = (!o.has_our_keys()).then(|| Why::OtherKeys(o.keys.clone()));
        taken(Kind::Table, &table.name, &table.tags, &o.tags, other_keys)
    };
    plan.resource(
        Kind::Table,
        &table.name,
        &seen.table,
        table_taken,
        |o| table.compare(o),
        || ("on demand, key gallery + file_path".into(), Step::PutTable(table.clone())),
    );
    plan.resource(
        Kind::Role,
        &role.name,
        &seen.role,
        |o| taken(Kind::Role, &role.name, &role.tags, &o.tags, other_path(&role.path, &o.path)),
        |o| role.compare(o),
        || ("may write the index and its own logs".into(), Step::PutRole(role.clone())),
    );
    // Lambda makes an untagged group by itself (G1, G2): taken over, unless it is another gallery's.
    plan.resource(
        Kind::LogGroup,
        &log_group.name,
        &seen.log_group,
        |o| why_not_ours(&log_group.tags, &o.tags, None, true),
        |o| log_group.compare(o),
        || (format!("kept for {} days", log_group.settings.retention_days), Step::PutLogGroup(log_group.clone())),
    );
    let function_summary = || {
        let settings = &function.settings;
        (
            format!("{}, {} MiB, {} s", settings.architecture, settings.memory, settings.timeout),
            Step::PutFunction(function.clone()),
        )
    };
    plan.resource(
        Kind::Function,
        &function.name,
        &seen.function,
        |o| taken(Kind::Function, &function.name, &function.tags, &o.tags, None),
        |o| function.compare(o),
        function_summary,
    );
    plan.resource(
        Kind::Permission,
        &permission.function,
        &part(&seen.permission, |o| o.ours.is_empty(), completed && seen.function.present().is_some()),
        |o| {
            let other = o.not_for_s3().filter(|_| !adopt.takes(Kind::Permission, &permission.function));
            other.map(|id| Why::OtherStatement(id.to_owned()))
        },
        |o| permission.compare(o),
        || ("S3 may call the function, for this bucket and account only".into(), Step::PutPermission(permission.clone())),
    );
    let was_there = completed && seen.function.present().is_some() && seen.images_bucket.present().is_some();
    plan.resource(
        Kind::AsyncInvocation,
        &async_invocation.function,
        &part(&seen.async_invocation, |_| false, was_there),
        |_| None,
        |o| async_invocation.compare(o, was_there),
        || {
            (
                format!("{} more tries of what fails, then into the images bucket", async_invocation.retry_attempts),
                Step::PutAsyncInvocation(async_invocation.clone()),
            )
        },
    );
    // A bucket that is not ours says nothing about what lies in it.
    if !plan.is_blocked(Kind::ImagesBucket) {
        plan.resource(
            Kind::Notification,
            &notification.bucket,
            &part(&seen.notification, |o| o.ours.is_empty(), completed && seen.images_bucket.present().is_some()),
            |_| None,
            |o| notification.compare(o),
            || {
                (
                    format!("calls {} for every image that comes or goes", function.name),
                    Step::PutNotification(notification.clone()),
                )
            },
        );
    }
    plan.index(index, table, &seen.table, completed);
    plan.resource(
        Kind::User,
        &user.name,
        &seen.user,
        |o| taken(Kind::User, &user.name, &user.tags, &o.tags, other_path(&user.path, &o.path)),
        |o| user.compare(o),
        || ("may put and get images, and query the index".into(), Step::PutUser(user.clone())),
    );

    if !plan.is_blocked(Kind::SiteBucket) {
        plan.site_and_key(desired, seen, completed);
    }
    if completed {
        plan.changes.iter_mut().for_each(Change::blame_drift);
    }
    if let Seen::Present(account) = &seen.account_access {
        plan.refuse_public_policies(account.against_public_policies());
    }
    for change in &mut plan.changes {
        change.parts = details(change.kind, &change.fields, lines);
    }
    plan.list_kept(desired, seen);
    debug_assert!(site.bucket == key.bucket, "config.json lies beside the page");
    plan
}

/// A part that carries no tag of its own, and of which nothing of ours is left. After a deploy that came to its end, somebody took it away, and it is
/// put back; else it is yet to be made.
fn part<T: Clone + Default>(seen: &Seen<T>, is_empty: impl FnOnce(&T) -> bool, was_there: bool) -> Seen<T> {
    match seen {
        Seen::Present(live) if is_empty(live) && !was_there => Seen::Absent,
        Seen::Absent if was_there => Seen::Present(T::default()),
        other => other.clone(),
    }
}

impl Change {
    /// After a deploy that came to its end: what it had written last is gone, so somebody has removed it.
    fn blame_drift(&mut self) {
        for change in &mut self.fields {
            // A record that is there tells by itself.
            let lost_record = change.field == Field::Applied && change.before.is_null();
            if self.kind == Kind::Key || lost_record {
                change.cause = change.cause.or(Some(Cause::Drift));
            }
        }
    }
}

impl Plan {
    /// Blocks buckets that are about to get a public policy which the whole account's Block Public Access would refuse, or make useless (S7).
    fn refuse_public_policies(&mut self, switches: Vec<&'static str>) {
        if switches.is_empty() {
            return;
        }
        let opens = |change: &&Change| {
            let public = matches!(&change.step, Step::PutBucket(bucket) if bucket.settings.policy.is_some());
            public && (change.touches(Field::Policy) || change.touches(Field::PublicAccess))
        };
        let opened: Vec<(Kind, String)> =
            self.changes.iter().filter(opens).map(|change| (change.kind, change.name.clone())).collect();
        for (kind, name) in opened {
            self.block(kind, &name, Why::AccountBlocksPublic(switches.clone()));
        }
    }

    /// Plans one resource: nothing when it is right.
    fn resource<T>(
        &mut self,
        kind: Kind,
        name: &str,
        seen: &Seen<T>,
        why_not: impl FnOnce(&T) -> Option<Why>,
        compare: impl FnOnce(&T) -> Compared,
        create: impl FnOnce() -> (String, Step),
    ) {
        match ours(self, kind, name, seen, why_not) {
            Ours::Blocked => {}
            Ours::Absent => {
                let (summary, step) = create();
                self.push(kind, name, Action::Create, summary, Compared::default(), step);
            }
            Ours::Present(live) => {
                let compared = compare(live);
                if compared.fields.is_empty() {
                    self.unchanged.push((kind, name.into()));
                } else {
                    let (_, step) = create();
                    self.push(kind, name, Action::Update, String::new(), compared, step);
                }
            }
        }
    }

    /// Rows for the images that were there before the table.
    fn index(&mut self, index: &Index, table: &Table, seen: &Seen<table::Observed>, completed: bool) {
        let step = Step::FillIndex { index: index.clone(), table_arn: table.arn.clone() };
        if self.is_blocked(Kind::Table) || self.is_blocked(Kind::ImagesBucket) {
            return;
        }
        let creates_table = self.changes.iter().any(|change| change.kind == Kind::Table && change.action == Action::Create);
        if creates_table && table.to_fill {
            let summary = "rows for the images that are there already".into();
            return self.push(Kind::Index, &table.name, Action::Create, summary, Compared::default(), step);
        }
        let cause = completed.then_some(Cause::Drift);
        let compared = seen.present().map(|live| index::compare(&live.tags, cause)).unwrap_or_default();
        if !compared.fields.is_empty() {
            self.push(Kind::Index, &table.name, Action::Update, String::new(), compared, step);
        }
    }

    fn push(&mut self, kind: Kind, name: &str, action: Action, summary: String, compared: Compared, step: Step) {
        let (fields, after) = (compared.fields, waits_for(kind));
        let change = Change { kind, name: name.into(), action, summary, fields, parts: Vec::new(), step, after };
        self.changes.push(change);
    }

    /// The page's files and its key: parts of the site bucket and of the user, so they have no owner of their own.
    fn site_and_key(&mut self, desired: &Desired, seen: &Observed, completed: bool) {
        let site_seen = match &seen.site {
            Seen::Unknown(reason) => return self.block(Kind::Page, &desired.site.bucket, reason.into()),
            Seen::Absent => &site::Observed::default(),
            Seen::Present(site) => site,
        };
        let config = match &seen.client_config {
            Seen::Unknown(reason) => return self.block(Kind::Key, &desired.key.user, reason.into()),
            other => other.present(),
        };
        let site_plan = desired.site.compare(site_seen);
        let (assets, pages) = site_plan.fields();
        let keys = seen.user.present().map_or(&[][..], |user| &user.keys);
        let (key, key_plan) = desired.key.compare(config, keys);
        let deployed = config.and_then(|object| object.deployed.as_ref());
        let action = if completed { Action::Update } else { Action::Create };
        let bytes: usize = desired.site.files.iter().map(|file| file.body.len()).sum();

        if assets.fields.is_empty() {
            self.unchanged.push((Kind::Assets, desired.site.bucket.clone()));
        } else {
            let summary = if completed { String::new() } else { plural(site_plan.assets.len(), "file") };
            let step = Step::PutAssets { bucket: desired.site.bucket.clone(), files: site_plan.assets };
            self.push(Kind::Assets, &desired.site.bucket, action, summary, assets, step);
        }
        if key.fields.is_empty() {
            self.unchanged.push((Kind::Key, desired.key.user.clone()));
        } else {
            let (action, summary) = match deployed {
                None if !completed => (Action::Create, "lies in the public config.json, as in the article"),
                _ => (Action::Update, ""),
            };
            let step = Step::PutKey { key: desired.key.clone(), plan: key_plan };
            self.push(Kind::Key, &desired.key.user, action, summary.into(), key, step);
        }
        if pages.fields.is_empty() {
            self.unchanged.push((Kind::Page, desired.site.bucket.clone()));
        } else {
            let size = || format!("{} in all, {} KiB as stored", plural(desired.site.files.len(), "file"), bytes.div_ceil(1024));
            let summary = if completed { String::new() } else { size() };
            let (bucket, files) = (desired.site.bucket.clone(), site_plan.pages);
            let step = Step::PutPages { bucket, files, manifest: site_plan.manifest, delete: site_plan.delete };
            self.push(Kind::Page, &desired.site.bucket, action, summary, pages, step);
        }
    }
}

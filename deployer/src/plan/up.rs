//! The plan of `up`: create what is missing, change what differs.

use super::Mark::{Done, Effective, Settled};
use super::details::details;
use super::ownership::{Ours, exchanged, other_path, ours, why_not_ours};
use super::{Action, Adopt, After, Change, Order, Plan, Step, Why};
use crate::desired::Desired;
use crate::resource::compare::{Cause, Compared, Field};
use crate::resource::observed::Observed;
use crate::resource::table::{self, Table};
use crate::resource::tags::{IMAGES, PAGE, ROLE_ID, TagMap, Tags};
use crate::resource::{Kind, Seen, site};
use crate::text::plural;

/// What each kind waits for. Roles and policies begin as soon as they may, since IAM is slow to spread (I1); the key is made when the chain of what it opens stands;
/// the page comes last of what people see, and the record of it last of all.
pub(super) fn order(kind: Kind, action: Action) -> Order {
    match kind {
        // Once it is there again, only the index tells that it was away.
        Kind::ImagesBucket if action == Action::Create => Order::begin(&[(Kind::Index, Effective)]),
        Kind::ImagesBucket | Kind::SiteBucket | Kind::Table | Kind::LogGroup | Kind::User => Order::FREE,
        // Once it may write again, only the index tells that it might not.
        Kind::Role => Order::begin(&[(Kind::Index, Effective)]),
        // The log group comes first, or Lambda would make it without retention (G1).
        // A new one is called only when S3 knows it; one that is called already must not be told of what its role may not do yet.
        Kind::Function if action == Action::Create => {
            Order::begin(&[(Kind::Role, Effective), (Kind::LogGroup, Effective), (Kind::Index, Effective)])
        }
        // One that is bound to a new role no longer tells that it could not run.
        Kind::Function => Order::begin(&[(Kind::Role, Settled), (Kind::LogGroup, Effective), (Kind::Index, Effective)]),
        // Once it is there again, only the index tells that it was away.
        Kind::Permission => Order::begin(&[(Kind::Function, Effective), (Kind::Index, Effective)]),
        // Lambda checks that the role may write into the bucket.
        Kind::AsyncInvocation => Order::begin(&[
            (Kind::Function, Effective),
            (Kind::Role, Settled),
            (Kind::ImagesBucket, Effective),
            (Kind::Index, Effective),
        ]),
        // S3 checks the permission (S15); events must find the table. Once it is there, only the index tells that it was away.
        Kind::Notification => Order {
            begin: &[(Kind::ImagesBucket, Effective), (Kind::Index, Effective)],
            commit: &[(Kind::Permission, Effective), (Kind::Role, Settled), (Kind::Table, Settled)],
            ..Order::FREE
        },
        // Whatever is uploaded meanwhile must be heard of.
        Kind::Index => Order::commit(&[
            (Kind::ImagesBucket, Settled),
            (Kind::Table, Done),
            (Kind::Function, Settled),
            (Kind::Role, Settled),
            (Kind::Permission, Done),
            (Kind::AsyncInvocation, Done),
            (Kind::Notification, Done),
        ]),
        Kind::Assets => Order::begin(&[(Kind::SiteBucket, Effective)]),
        // What fails before that leaves no live secret.
        Kind::Key => Order {
            begin: &[(Kind::User, Settled), (Kind::SiteBucket, Effective)],
            commit: &[(Kind::User, Done), (Kind::ImagesBucket, Effective), (Kind::Table, Settled), (Kind::Notification, Done)],
            ..Order::FREE
        },
        Kind::Page => Order {
            begin: &[
                (Kind::Key, Settled),
                (Kind::Assets, Done),
                (Kind::SiteBucket, Settled),
                (Kind::ImagesBucket, Settled),
                (Kind::Function, Settled),
            ],
            commit: &[
                (Kind::ImagesBucket, Done),
                (Kind::SiteBucket, Done),
                (Kind::Table, Done),
                (Kind::Role, Done),
                (Kind::LogGroup, Done),
                (Kind::Function, Done),
                (Kind::Permission, Done),
                (Kind::AsyncInvocation, Done),
                (Kind::Notification, Done),
                (Kind::User, Done),
                (Kind::Key, Done),
            ],
            ..Order::FREE
        },
    }
}

/// What a page that accepts more waits for: or the indexer would reject what it does not know of yet.
const KEY_AFTER_FUNCTION: &[After] = &[(Kind::User, Settled), (Kind::SiteBucket, Effective), (Kind::Function, Settled)];

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
    // The bucket may hold images, whoever put them there; a table that is taken over has rows, whoever wrote them.
    let to_fill = seen.images_bucket.present().is_some() || seen.table.present().is_some();
    let table = &Table { to_fill, ..table.clone() };
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
    let mut function = function.clone().with_role(role_id);
    function.stand_in_is_left = plan.stand_in_is_left(&function.stand_in.0, seen);
    let function = &function;
    let taken = |kind: Kind, name: &str, tags: &Tags, live: &TagMap, unfit: Option<Why>| {
        why_not_ours(tags, live, unfit, adopt.takes(kind, name))
    };

    plan.resource(
        Kind::ImagesBucket,
        &images_bucket.name,
        &seen.images_bucket,
        |o| taken(Kind::ImagesBucket, &images_bucket.name, &images_bucket.tags, &o.tags, exchanged(IMAGES, &o.tags)),
        |o| images_bucket.compare(o),
        || ("images/* can be read by everybody, the rest is private".into(), Step::PutBucket(images_bucket.clone())),
    );
    plan.resource(
        Kind::SiteBucket,
        &site_bucket.name,
        &seen.site_bucket,
        |o| taken(Kind::SiteBucket, &site_bucket.name, &site_bucket.tags, &o.tags, exchanged(PAGE, &o.tags)),
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
        let goes = if function.stand_in_is_left { "; what stood in for its role goes" } else { "" };
        (
            format!("{}, {} MiB, {} s{goes}", settings.architecture, settings.memory, settings.timeout),
            Step::PutFunction(function.clone()),
        )
    };
    plan.resource(
        Kind::Function,
        &function.name,
        &seen.function,
        |o| {
            taken(Kind::Function, &function.name, &function.tags, &o.tags, None)
                .or_else(|| o.unreadable.clone().map(Why::Encrypted))
        },
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
        || {
            let new_function = matches!(seen.function, Seen::Absent);
            (
                "S3 may call the function, for this bucket and account only".into(),
                Step::PutPermission { permission: permission.clone(), new_function },
            )
        },
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
                let new_bucket = matches!(seen.images_bucket, Seen::Absent);
                (
                    format!("calls {} for every image that comes or goes", function.name),
                    Step::PutNotification { notification: notification.clone(), new_bucket },
                )
            },
        );
    }
    plan.index(index, table, function, seen, completed);
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

    pub(super) fn push(&mut self, kind: Kind, name: &str, action: Action, summary: String, compared: Compared, step: Step) {
        let (fields, order) = (compared.fields, order(kind, action));
        let change = Change { kind, name: name.into(), action, summary, fields, parts: Vec::new(), step, order };
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
        let bytes: u64 = desired.site.files.iter().map(|file| file.size).sum();

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
            if deployed.is_some_and(|deployed| desired.key.config.accepts_more(&deployed.config)) {
                self.changes.last_mut().into_iter().for_each(|change| change.order.begin = KEY_AFTER_FUNCTION);
            }
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

//! The plan of `down`: delete what is ours, close the images bucket or delete it too.

use super::Mark::{Done, Effective, Settled};
use super::details::details;
use super::ownership::{Ours, exchanged, other_path, ours, why_not_ours};
use super::{Action, Blocked, Change, Kept, Order, Plan, Step, Target, Why};
use crate::config::Lines;
use crate::names::Names;
use crate::resource::bucket::{self, Bucket, PublicAccessBlock};
use crate::resource::compare::FieldChange;
use crate::resource::observed::Observed;
use crate::resource::tags::{BINDING, IMAGES, PAGE, ROLE_ID, TagMap};
use crate::resource::{Kind, Seen, site};
use crate::status::Stored;
use crate::text::{counted, plural, size};

/// What each deletion waits for: writers go before what they write, and nothing is deleted that something alive still names (S18).
fn order(kind: Kind) -> Order {
    match kind {
        Kind::Function => Order::begin(&[(Kind::Notification, Done)]),
        // It is called no more.
        Kind::Table => Order::begin(&[(Kind::Function, Effective)]),
        Kind::Role => Order::commit(&[(Kind::Function, Effective)]),
        // The function may be flushing its last lines (G2).
        Kind::LogGroup => Order::begin(&[(Kind::Function, Settled)]),
        // Closed at once, then emptied: what fails elsewhere must not leave it open, and many objects take minutes.
        Kind::ImagesBucket => Order {
            begin: &[],
            proceed: &[(Kind::Notification, Done), (Kind::User, Effective)],
            commit: &[(Kind::Function, Settled)],
        },
        // CORS of the images bucket trusts the page's origin: nobody else may have that name before.
        Kind::SiteBucket => Order::commit(&[(Kind::ImagesBucket, Settled), (Kind::User, Effective)]),
        _ => Order::FREE,
    }
}

/// What is to be deleted of the gallery `names`, and what stays. `stored` lies in the images bucket, where it was counted. What would stand in the way and
/// is named in `skip` is left as it is.
pub fn down(names: &Names, seen: &Observed, delete_images: bool, stored: Option<Stored>, skip: &[Target]) -> Plan {
    let mut plan = Plan { is_down: true, ..Plan::default() };
    plan.refuse_newer_release(&names.site_bucket, seen);
    plan.refuse_renames(&names.place, &names.to_record(), &names.site_bucket, &[], seen);
    let taken = |tags: &TagMap| why_not_ours(&names.tags, tags, None, false);
    let entity_taken = |tags: &TagMap, path: &str| why_not_ours(&names.iam_tags, tags, other_path(&names.iam_path, path), false);

    let bucket_taken = |tags: &TagMap, holds: &str| why_not_ours(&names.tags, tags, exchanged(holds, tags), false);

    let images_taken = |o: &bucket::Observed| bucket_taken(&o.tags, IMAGES);
    let bucket = plan.mine(Kind::ImagesBucket, &names.images_bucket, &seen.images_bucket, images_taken);
    if let Some(bucket) = bucket {
        plan.notification(names, seen);
        if delete_images {
            let summary = stored.map_or_else(|| "with every image and version in it".into(), Stored::in_all);
            plan.delete(
                Kind::ImagesBucket,
                &names.images_bucket,
                summary,
                Step::DeleteBucket {
                    name: names.images_bucket.clone(),
                    objects: stored.and_then(Stored::objects),
                    close: bucket.public_access != PublicAccessBlock::ALL,
                },
            );
        } else {
            plan.close_images(names, Bucket::compare_closed(bucket).fields);
        }
    }
    let page_taken = |o: &bucket::Observed| bucket_taken(&o.tags, PAGE);
    if plan.mine(Kind::SiteBucket, &names.site_bucket, &seen.site_bucket, page_taken).is_some() {
        plan.site(names, seen);
    }
    let table = |o: &crate::resource::table::Observed| taken(&o.tags).or_else(|| o.deletion_protection.then_some(Why::Protected));
    plan.unless_foreign(Kind::Table, &names.table, &seen.table, table, || {
        (rows(seen, delete_images), Step::DeleteTable { name: names.table.clone() })
    });
    plan.unless_foreign(
        Kind::Role,
        &names.role,
        &seen.role,
        |o| entity_taken(&o.tags, &o.path),
        || (String::new(), delete_role(names)),
    );
    let being_bound = |o: &crate::resource::function::Observed| o.tags.get(ROLE_ID).is_some_and(|id| id == BINDING);
    let left = plan.stand_in_is_left(&names.stand_in(), seen);
    if seen.role == Seen::Absent && (left || seen.function.present().is_some_and(being_bound)) {
        plan.delete(Kind::Role, &names.role, "what stood in for it".into(), delete_role(names));
    }
    plan.unless_foreign(
        Kind::LogGroup,
        &names.log_group,
        &seen.log_group,
        |o| taken(&o.tags),
        || (String::new(), Step::DeleteLogGroup { name: names.log_group.clone() }),
    );
    plan.unless_foreign(
        Kind::Function,
        &names.function,
        &seen.function,
        |o| taken(&o.tags),
        || ("with the permission to call it".into(), Step::DeleteFunction { name: names.function.clone() }),
    );
    plan.unless_foreign(
        Kind::User,
        &names.user,
        &seen.user,
        |o| entity_taken(&o.tags, &o.path),
        || ("with the page's key".into(), Step::DeleteUser { name: names.user.clone() }),
    );
    plan.changes.sort_by_key(|change| change.kind);
    if bucket.is_some() && !delete_images {
        let images = stored.map_or_else(|| "your images".to_owned(), Stored::extent);
        let reason = format!("{images} (use --delete-images)");
        plan.kept.push(Kept { kind: Kind::ImagesBucket, name: names.images_bucket.clone(), reason });
        plan.keeps_images = true;
    }
    plan.skip(skip);
    plan
}

impl Stored {
    /// `1,204 images, 3.4 GiB`.
    pub fn extent(self) -> String {
        let (more, images) = (self.more(), counted(self.images, "image"));
        format!("{more}{images}, {more}{}", size(self.bytes))
    }

    /// `1,204 images, 1,310 versions in all, 3.4 GiB`.
    fn in_all(self) -> String {
        match self.versions.filter(|versions| *versions != self.images) {
            Some(versions) => {
                let (more, images, versions) = (self.more(), counted(self.images, "image"), counted(versions, "version"));
                format!("{more}{images}, {more}{versions} in all, {more}{}", size(self.bytes))
            }
            None => self.extent(),
        }
    }

    /// How much emptying deletes.
    fn objects(self) -> Option<u64> {
        self.versions.filter(|_| self.is_all)
    }

    const fn more(self) -> &'static str {
        if self.is_all { "" } else { "more than " }
    }
}

/// DynamoDB counts every few hours; a count of nothing says nothing.
fn rows(seen: &Observed, delete_images: bool) -> String {
    let items = seen.table.present().map(|table| table.items).filter(|items| *items > 0);
    let about = items.map_or_else(|| "the index".to_owned(), |items| format!("about {}", counted(items, "item")));
    if delete_images { about } else { format!("{about}, rebuilt by `up` from the images") }
}

fn delete_role(names: &Names) -> Step {
    Step::DeleteRole { name: names.role.clone(), stand_in: names.stand_in() }
}

impl Plan {
    /// Deletes what is there and ours.
    fn unless_foreign<T>(
        &mut self,
        kind: Kind,
        name: &str,
        seen: &Seen<T>,
        why_not: impl FnOnce(&T) -> Option<Why>,
        delete: impl FnOnce() -> (String, Step),
    ) {
        if self.mine(kind, name, seen, why_not).is_some() {
            let (summary, step) = delete();
            self.delete(kind, name, summary, step);
        }
    }

    /// Leaves out what is named in `skip`, as far as nothing that is deleted rests on it: a bucket of which nothing can be read, a table that is protected.
    /// What else stands in the way may be something that the gallery still uses.
    fn skip(&mut self, skip: &[Target]) {
        for blocked in &mut self.blocked {
            blocked.skippable = matches!(blocked.why, Why::OtherAccount | Why::Protected);
        }
        let skipped =
            |blocked: &mut Blocked| blocked.skippable && skip.iter().any(|target| target.is(blocked.kind, &blocked.name));
        let skipped = self.blocked.extract_if(.., skipped);
        self.kept.extend(skipped.map(Kept::from));
    }

    /// What is there and ours. What carries no tag of ours is not our business: it stays, and does not stand in the way of the rest.
    fn mine<'seen, T>(
        &mut self,
        kind: Kind,
        name: &str,
        seen: &'seen Seen<T>,
        why_not: impl FnOnce(&T) -> Option<Why>,
    ) -> Option<&'seen T> {
        match ours(self, kind, name, seen, why_not) {
            Ours::Present(value) => return Some(value),
            Ours::Absent => {}
            Ours::Blocked => {
                let foreign = self.blocked.extract_if(.., |blocked| blocked.kind == kind && blocked.is_foreign());
                self.kept.extend(foreign.map(Kept::from));
            }
        }
        None
    }

    fn delete(&mut self, kind: Kind, name: &str, summary: String, step: Step) {
        self.changes.push(Change {
            kind,
            name: name.into(),
            action: Action::Delete,
            summary,
            fields: Vec::new(),
            parts: Vec::new(),
            step,
            order: order(kind),
        });
    }

    /// What was recorded there says whether this release may delete the gallery, and what everything was called: without it, nobody knows.
    fn site(&mut self, names: &Names, seen: &Observed) {
        if let Seen::Unknown(reason) = &seen.site {
            self.block(Kind::Page, &names.site_bucket, reason.into());
        }
        if let Seen::Unknown(reason) = &seen.client_config {
            self.block(Kind::Key, &names.user, reason.into());
        }
        let objects = seen.site.present().map(|site| site.objects.len());
        let summary = objects.map_or_else(|| "the page".to_owned(), |objects| plural(objects, "file"));
        // `up` kept them.
        let strangers = seen.site.present().map(site::Observed::strangers).unwrap_or_default();
        let summary = match strangers.as_slice() {
            [] => summary,
            [one] => format!("{summary}, one of them not the page's: `{one}`"),
            [first, ..] => format!("{summary}, {} of them not the page's: `{first}` and others", strangers.len()),
        };
        let objects = objects.and_then(|objects| u64::try_from(objects).ok());
        // Its pages are public as long as they are there.
        let step = Step::DeleteBucket { name: names.site_bucket.clone(), objects, close: false };
        self.delete(Kind::SiteBucket, &names.site_bucket, summary, step);
    }

    fn notification(&mut self, names: &Names, seen: &Observed) {
        match &seen.notification {
            Seen::Present(notification) if !notification.ours.is_empty() => {
                let step = Step::DeleteNotification { bucket: names.images_bucket.clone() };
                self.delete(Kind::Notification, &names.images_bucket, "images bucket → indexer".into(), step);
            }
            Seen::Unknown(reason) => self.block(Kind::Notification, &names.images_bucket, reason.into()),
            Seen::Present(_) | Seen::Absent => {}
        }
    }

    fn close_images(&mut self, names: &Names, fields: Vec<FieldChange>) {
        if fields.is_empty() {
            return;
        }
        let parts = details(Kind::ImagesBucket, &fields, &Lines::default());
        self.changes.push(Change {
            kind: Kind::ImagesBucket,
            name: names.images_bucket.clone(),
            action: Action::Update,
            summary: "closed: no public policy, no CORS, public access blocked".into(),
            fields,
            parts,
            step: Step::CloseBucket { name: names.images_bucket.clone() },
            // What fails elsewhere must not leave it open.
            order: Order::FREE,
        });
    }
}

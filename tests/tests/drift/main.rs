//! Every field that we manage, changed behind our back: `plan` names it and says that it drifted, `up` puts it back and touches nothing else, a third run is quiet.
//!
//! The fields are those that the kinds declare (`Kind::fields`), so a new one without a case here fails at once. Cases of different kinds are tried together, one
//! of each kind in a round; `GALLERY_TESTS_ALL=1` tries each alone.

#![allow(clippy::unwrap_used, reason = "a test")]

mod buckets;
mod cut_off;
mod function;
mod iam;
mod opened;
mod site;
mod strangers;
mod tables;

use std::collections::BTreeSet;
use std::thread;

use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::{Gallery, Snapshot, World, all, eventually, picture, planned_fields};
use serde_json::Value;

/// Rounds are shared among so many galleries at once.
const GALLERIES: usize = 3;

/// One change behind our back.
struct Case {
    kind: Kind,
    field: Field,
    change: Change,
}

/// How it is made, and what follows.
struct Change {
    /// With the `aws` command line.
    make: Box<dyn Fn(&Gallery) + Send + Sync>,
    /// What `plan` names beside the field, since it cannot differ alone: `access_key`, `assets files`.
    with: &'static [&'static str],
    /// The calls that put it back: `s3:PutBucketCors`.
    writes: &'static [&'static str],
    /// Pictures came and went of which the indexer may not have heard, or made the wrong rows: the rows are compared, too.
    rows: bool,
}

fn change(writes: &'static [&'static str], make: impl Fn(&Gallery) + Send + Sync + 'static) -> Change {
    Change { make: Box::new(make), with: &[], writes, rows: false }
}

impl Change {
    /// See [`Change::rows`].
    fn and_rows(self) -> Self {
        Self { rows: true, ..self }
    }
}

/// Makes something that no gallery has, and that is there already when a change is made again.
fn create_once(gallery: &Gallery, call: &[&str]) {
    if let Err(refusal) = gallery.world.aws.attempt(call) {
        assert_eq!(refusal.code, "EntityAlreadyExists", "{}", refusal.text);
    }
}

/// Everything that can be done to one field.
fn changes(kind: Kind, field: Field) -> Vec<Change> {
    match kind {
        Kind::ImagesBucket => buckets::images(field),
        Kind::SiteBucket => buckets::site(field),
        Kind::Notification => buckets::notification(field),
        Kind::Table => tables::table(field),
        Kind::Index => tables::index(field),
        Kind::LogGroup => tables::log_group(field),
        Kind::Role => iam::role(field),
        Kind::User => iam::user(field),
        Kind::Function => function::function(field),
        Kind::Permission => function::permission(field),
        Kind::AsyncInvocation => function::async_invocation(field),
        Kind::Key => site::key(field),
        Kind::Assets => site::assets(field),
        Kind::Page => site::page(field),
    }
}

/// Fails for a field that a kind declares and that nothing changes yet.
fn no_case(kind: Kind, field: Field) -> Vec<Change> {
    panic!("{field:?} of {kind:?} is managed: it needs a case here")
}

impl Case {
    /// The lines that `plan` shows for it.
    fn lines(&self, gallery: &Gallery) -> Vec<String> {
        let name = match self.kind {
            Kind::ImagesBucket | Kind::Notification => gallery.images_bucket(),
            Kind::SiteBucket | Kind::Assets | Kind::Page => gallery.site_bucket(),
            Kind::Table | Kind::Index => gallery.table(),
            Kind::Role => gallery.role(),
            Kind::LogGroup => gallery.log_group(),
            Kind::Function | Kind::Permission | Kind::AsyncInvocation => gallery.function(),
            Kind::User | Kind::Key => gallery.user(),
        };
        let own = format!("{} {name}: {} ! drift", self.kind.word(), self.field.name());
        let with = self.change.with.iter().map(|field| match field.split_once(' ') {
            Some((kind, field)) => format!("{kind} {name}: {field} ! drift"),
            None => format!("{} {name}: {field} ! drift", self.kind.word()),
        });
        let rows =
            self.change.rows.then(|| format!("{} {}: {} ! drift", Kind::Index.word(), gallery.table(), Field::Rows.name()));
        with.chain([own]).chain(rows).collect()
    }
}

/// One case of each kind at most, or each `alone`.
fn rounds(alone: bool) -> Vec<Vec<Case>> {
    let mut rounds: Vec<Vec<Case>> = Vec::new();
    for kind in Kind::ALL {
        let of_field = |field: &Field| {
            changes(kind, *field).into_iter().map(|change| Case { kind, field: *field, change }).collect::<Vec<_>>()
        };
        let cases = kind.fields().iter().flat_map(of_field);
        for (number, case) in cases.enumerate() {
            match rounds.get_mut(number) {
                Some(round) if !alone => round.push(case),
                _ => rounds.push(vec![case]),
            }
        }
    }
    rounds
}

#[test]
fn every_field_is_put_back() {
    let world = World::new();
    world.proxy.behave("S9");
    let rounds = rounds(all());
    let fields: BTreeSet<_> = rounds.iter().flatten().map(|case| (case.kind, case.field)).collect();
    thread::scope(|scope| {
        for number in 0..GALLERIES {
            let (world, rounds) = (&world, &rounds);
            scope.spawn(move || {
                let gallery = site::deployed(world, ["ash", "birch", "cedar"][number]);
                let witness = Witness::of(&gallery);
                for round in rounds.iter().skip(number).step_by(GALLERIES) {
                    is_put_back(&gallery, round);
                }
                witness.sees_no_change();
            });
        }
    });
    assert_eq!(fields.len(), Kind::ALL.iter().map(|kind| kind.fields().len()).sum::<usize>());
}

/// Sees with the `aws` command line, so with other eyes than the program, whether a gallery is as it was.
struct Witness {
    /// The same gallery.
    world: World,
    before: (Snapshot, BTreeSet<String>),
}

const PICTURE: &str = "images/rome/forum.png";

impl Witness {
    fn of(gallery: &Gallery) -> Self {
        let world = gallery.world.beside(&gallery.name);
        world.put_image(PICTURE, picture(&gallery.name));
        let page = world.page();
        eventually("the picture in the index", || (!page.gallery(&world.aws, "rome").is_empty()).then_some(()));
        let before = Self::seen(&world);
        Self { world, before }
    }

    /// Every setting, and which files of the page anybody may read. With its manifest a gallery forgets which files there were in the deploy before.
    fn seen(world: &World) -> (Snapshot, BTreeSet<String>) {
        let readable = "site bucket/get-bucket-policy/Policy/Statement/0/Resource";
        // The first of the objects: its bytes are compared one by one.
        let manifest = ["site bucket/list-object-versions/Versions/0/", "site file .gallery-deploy/site.json/head-object/"];
        let seen = Snapshot::of(world).without("manifest/previous").without(readable);
        let policy = world.aws.call(&["s3api", "get-bucket-policy", "--bucket", &world.site_bucket()]);
        let policy: Value = serde_json::from_str(policy["Policy"].as_str().unwrap()).unwrap();
        let readable = policy["Statement"][0]["Resource"].as_array().unwrap().iter().map(ToString::to_string);
        (manifest.into_iter().fold(seen, Snapshot::without), readable.filter(|file| !file.contains(site::FORMER)).collect())
    }

    fn sees_no_change(&self) {
        let (settings, readable) = Self::seen(&self.world);
        self.before.0.assert_same(&settings, "what was changed behind our back was not all put back");
        assert_eq!(self.before.1, readable);
        self.world.assert_images_are_safe(Some((PICTURE, &picture(&self.world.name))));
    }
}

fn is_put_back(gallery: &Gallery, round: &[Case]) {
    let names: Vec<String> = round.iter().map(|case| format!("{:?} {:?}", case.kind, case.field)).collect();
    let names = names.join(", ");
    for case in round {
        (case.change.make)(gallery);
    }
    let plan = gallery.run(&["plan"]).succeeds();
    let mut found = planned_fields(&plan.stdout);
    let expected: BTreeSet<String> = round.iter().flat_map(|case| case.lines(gallery)).collect();
    // The manifest records the files as the tags record settings: it goes along.
    let manifest = format!("page {}: manifest ! drift", gallery.site_bucket());
    if !expected.contains(&manifest) {
        found.remove(&manifest);
    }
    assert_eq!(found, expected, "{names}\n{}", plan.stdout);

    let writes = gallery.writes_of(|| drop(gallery.run(&["up", "--yes"]).succeeds()));
    let mut operations: Vec<&str> = writes.iter().filter_map(|write| write.split(' ').next()).collect();
    operations.sort_unstable();
    let mut expected: Vec<&str> = round.iter().flat_map(|case| case.change.writes).copied().collect();
    // Cases that lie on the same files share the manifest, which holds no file that is to go.
    let is_recorded = |case: &Case| matches!(case.kind, Kind::Assets | Kind::Page) && case.field != Field::OldFiles;
    expected.extend(round.iter().any(is_recorded).then_some("s3:PutObject"));
    // The table's tag asks for the rows until they are there; it may have been set already.
    let asked = round.iter().any(|case| case.kind == Kind::Index);
    if !asked && round.iter().any(|case| case.change.rows) {
        expected.extend(["dynamodb:TagResource", "dynamodb:UntagResource"]);
    }
    expected.sort_unstable();
    assert_eq!(operations, expected, "{names}: {writes:#?}");

    let writes = gallery.writes_of(|| drop(gallery.run(&["up", "--yes"]).succeeds().says("No changes.")));
    assert_eq!(writes, [""; 0], "{names}");
}

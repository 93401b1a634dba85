//! Commands that only look: none of them writes, and none of them could.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::Mutex;

use gallery_deploy::apply::apply;
use gallery_deploy::architecture::Architecture;
use gallery_deploy::aws::{Access, Aws};
use gallery_deploy::bundle;
use gallery_deploy::config;
use gallery_deploy::desired::Desired;
use gallery_deploy::error::Error;
use gallery_deploy::event::{Event, Report};
use gallery_deploy::names::Names;
use gallery_deploy::observe::observe;
use gallery_deploy::plan::{Adopt, Plan, down, up};
use gallery_deploy::site_files;
use gallery_tests::{Calls, Fault, REGION, Snapshot, World, eventually, picture};

/// Commands that may change something.
const WRITE: [&str; 4] = ["up", "down", "reindex", "dev"];

/// All others, and `reindex` where it only looks. What needs other words than its name has them here.
const LOOK: [&[&str]; 18] = [
    &["init"],
    &["validate"],
    &["doctor"],
    &["plan"],
    &["plan", "--check"],
    &["plan", "--json"],
    &["reindex", "--check"],
    &["status"],
    &["status", "--json"],
    &["logs"],
    &["stages"],
    &["outputs"],
    &["policy"],
    &["policy", "--read-only"],
    &["explain", "permission"],
    &["schema"],
    &["completions", "bash"],
    &["man", "pages"],
];

#[test]
fn no_command_that_only_looks_makes_a_write() {
    let world = World::new();
    for command in gallery_deploy::cli::command().get_subcommands() {
        let name = command.get_name();
        let looks = LOOK.iter().any(|known| known[0] == name && *known != ["reindex", "--check"]);
        assert!(looks != WRITE.contains(&name), "`{name}` either looks or writes: add it to a list of this test");
    }
    look(&world, "where nothing is");

    world.run(&["up", "--yes"]).succeeds();
    world.put_image("images/rome/a.png", picture("a"));
    eventually("the picture in the index", || (!world.page().gallery(&world.aws, "rome").is_empty()).then_some(()));
    look(&world, "where all is well");

    // There is something to do for everybody: drift, another setting, a row that is missing, an event that failed for good.
    world.aws.call(&["lambda", "update-function-configuration", "--function-name", "holiday-indexer", "--timeout", "31"]);
    let row = r#"{"gallery":{"S":"rome"},"file_path":{"S":"images/rome/a.png"}}"#;
    world.aws.call(&["dynamodb", "delete-item", "--table-name", "holiday-index", "--key", row]);
    world.put_image("aws/lambda/async/holiday-indexer/2026/event", "an event");
    world.configure(&format!("name: holiday\nregion: {REGION}\ntags: {{ team: pictures }}\nsite: {{ title: Another }}\n"));
    let before = Snapshot::of(&world);
    look(&world, "where much is to be done");
    before.assert_same(&Snapshot::of(&world), "a command that only looks has changed something");
    // All of that was waiting for one that may.
    world.run(&["plan", "--check"]).exits(4);
    world.run(&["reindex", "--check"]).exits(5);
}

/// Runs every command that only looks. A write would be counted, and refused.
fn look(world: &World, state: &str) {
    world.proxy.reset();
    world.proxy.fail(Fault::Denied, Calls::writes());
    for arguments in LOOK {
        let run = world.run(arguments);
        assert!(run.code.is_some_and(|code| code < 70), "{arguments:?}, {state}: {:?}\n{}", run.code, run.stderr);
        assert_eq!(world.proxy.writes(), [], "{arguments:?}, {state}");
    }
    assert!(world.proxy.calls().len() > 100, "they look");
    world.proxy.clear();
}

/// What went wrong.
#[derive(Default)]
struct Failures(Mutex<Vec<String>>);

impl Report for Failures {
    fn event(&self, event: &Event<'_>) {
        if let Event::Failed { subject, error, .. } = event {
            self.0.lock().unwrap().push(format!("{}: {error:?}", subject.name));
        }
    }

    fn output(&self, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn ask(&self, _: &str) -> Option<String> {
        None
    }
}

/// Applies `plan`, and returns what failed.
fn failures(world: &World, aws: &Aws, plan: &Plan) -> Vec<String> {
    let failures = Failures::default();
    let outcome = world.wait_for(apply(aws, REGION, &[], plan, &failures));
    assert_eq!((outcome.created, outcome.updated, outcome.deleted), (0, 0, 0), "{outcome:?}");
    assert_eq!(outcome.failed + outcome.cut_off + outcome.not_started, plan.changes.len(), "{outcome:?}");
    failures.0.into_inner().unwrap()
}

/// The code that writes is given the clients of a command that only looks: each change ends before its first write is sent.
#[test]
fn the_clients_of_a_command_that_only_looks_refuse_every_write() {
    let world = World::deployed();
    let yaml = format!("name: holiday\nregion: {REGION}\ntags: {{ team: pictures }}\nsite: {{ title: Another }}\n");
    let config = config::parse("gallery.yaml".as_ref(), &yaml).unwrap();
    let (aws, place) = world.clients(Access::ReadOnly);
    let names = Names::new(&config, place);
    let code = bundle::indexer(Architecture::X86_64).unwrap();
    let files = site_files::load(None, &names.place, &names.images_bucket).unwrap();
    let desired = Desired::new(&config, &names, files, code.code_sha256);
    let seen = world.wait_for(observe(&aws, &names, None)).unwrap();
    let before = Snapshot::of(&world);

    world.proxy.reset();
    for plan in [up(&desired, &seen, Adopt::Nothing), down(&names, &seen, true, None, &[])] {
        assert!(plan.blocked.is_empty() && plan.changes.len() > 6, "{plan:?}");
        let failures = failures(&world, &aws, &plan);
        assert!(!failures.is_empty());
        for failure in failures {
            assert!(failure.contains("is a write, and these clients only read"), "{failure}");
        }
    }
    assert_eq!(world.proxy.writes(), []);
    before.assert_same(&Snapshot::of(&world), "a client that only reads has changed something");
}

//! Every word in `error[CODE]` can be met: the program is brought to say each of them. A code without a way to it does not compile here.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use clap::ValueEnum as _;
use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use gallery_deploy::code::Code;
use gallery_tests::{REGION, Run, World};
use rustix::process::Signal;
use serde_json::Value;

/// What a run said, with its exit code.
struct Said {
    code: Option<i32>,
    text: String,
}

impl From<Run> for Said {
    fn from(run: Run) -> Self {
        Self { code: run.code, text: run.stderr + &run.stdout }
    }
}

#[test]
fn every_code_is_met() {
    let deployed = World::new();
    deployed.run(&["up", "--yes"]).succeeds();
    for code in Code::value_variants() {
        let word = code.as_str();
        let world = deployed.beside(&format!("for-{word}"));
        let (exit, said) = meet(&world, &deployed, *code);
        let met = said.text.contains(&format!("error[{word}]: ")) || diagnosed(&said.text).contains(&word.to_owned());
        assert!(met, "no `{word}` in\n{}", said.text);
        assert_eq!(said.code, Some(exit), "{word}: {}", said.text);
    }
}

/// The codes among events.
fn diagnosed(text: &str) -> Vec<String> {
    let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let diagnostics = events.filter(|event| event["type"] == "diagnostic");
    diagnostics.filter_map(|event| Some(event["code"].as_str()?.to_owned())).collect()
}

/// Brings the program to say `code`, in a world where nothing is deployed or in one where all is. Returns how it shall end, and what it said.
fn meet(world: &World, deployed: &World, code: Code) -> (i32, Said) {
    let configure = |more: &str| world.configure(&format!("name: {}\nregion: {REGION}\n{more}", world.name));
    let run = |exit: i32, arguments: &[&str]| (exit, world.run(arguments).into());
    match code {
        Code::Account => {
            configure("account: \"111122223333\"\n");
            run(6, &["plan"])
        }
        Code::Aws => {
            world.proxy.behave("names-taken");
            run(1, &["up", "--yes"])
        }
        Code::Bug => (70, a_bug()),
        Code::Bundle => (3, with_a_damaged_indexer(world)),
        // Asked for by a flag, and no failure: only the events have a word for it.
        Code::Changes => run(4, &["plan", "--check", "--json"]),
        Code::Config => {
            configure("imagse: {}\n");
            run(3, &["validate"])
        }
        Code::Credentials => {
            let stranger = world.program().with("AWS_SECRET_ACCESS_KEY", "wrong");
            (7, world.run_as(&stranger, &["plan"]).into())
        }
        Code::Deadline => {
            world.proxy.add_round_trip(Duration::from_secs(5));
            run(1, &["plan", "--timeout", "1s"])
        }
        Code::Doctor => {
            let stranger = world.program().with("AWS_SECRET_ACCESS_KEY", "wrong");
            (7, world.run_as(&stranger, &["doctor"]).into())
        }
        Code::Drift => {
            let group = "/aws/lambda/holiday-indexer";
            deployed.aws.call(&["logs", "put-retention-policy", "--log-group-name", group, "--retention-in-days", "7"]);
            let said = deployed.run(&["plan", "--check", "--json"]);
            deployed.run(&["up", "--yes"]).succeeds();
            (5, said.into())
        }
        Code::Endpoint => {
            let elsewhere = world.program().with("AWS_ENDPOINT_URL_S3", "nowhere");
            (3, world.run_as(&elsewhere, &["plan"]).into())
        }
        Code::File => run(1, &["init", "--file", "absent/gallery.yaml"]),
        Code::Incomplete => {
            world.proxy.behave("quotas");
            run(1, &["up", "--yes", "--json"])
        }
        Code::Index => {
            // A row of an image that was never there.
            let row = r#"{"gallery":{"S":"rome"},"file_path":{"S":"images/rome/never.png"},"rev":{"N":"1"},"media_type":{"S":"image/png"}}"#;
            deployed.aws.call(&["dynamodb", "put-item", "--table-name", "holiday-index", "--item", row]);
            let said = deployed.run(&["reindex", "--check"]);
            deployed.run(&["reindex"]).succeeds();
            (5, said.into())
        }
        Code::Interrupted => {
            let something_is_made = || !world.proxy.writes().is_empty();
            (130, world.run_and_signal(&["up", "--yes", "--json"], Signal::INT, something_is_made).into())
        }
        Code::Local => (1, at_a_closed_port(world, "127.0.0.1")),
        // Not an address of this machine in name, so that no local AWS is meant.
        Code::Network => (1, at_a_closed_port(world, "0.0.0.0")),
        Code::NotDeployed => run(1, &["reindex"]),
        Code::OtherRun => (1, while_somebody_else_is_at_work(deployed)),
        Code::Output => (1, world.shell("gallery-deploy schema config > /dev/full", &[]).into()),
        Code::Permission => (1, as_somebody_without_rights(world)),
        Code::Refused => run(6, &["up"]),
        Code::Region => {
            world.configure(&format!("name: {}\n", world.name));
            run(3, &["plan"])
        }
        Code::Site => {
            world.file("page/index.html", "");
            // A name that the program writes itself.
            world.file("page/config.json", "{}");
            configure("site: { dir: page }\n");
            run(3, &["plan"])
        }
        Code::Usage => run(2, &["outputs", "no_such_output"]),
    }
}

/// What the program takes for impossible nobody can bring about from outside. This is how another program ends that panics within the same hooks.
fn a_bug() -> Said {
    let test = include_str!("../../deployer/tests/panics.rs");
    assert!(test.contains("#[test]\nfn a_panic_is_told_with_exit_code_70()") && test.contains("exit::BUG"), "the test has moved");
    let text = test.lines().find(|line| line.contains("error[bug]")).unwrap().to_owned();
    Said { code: Some(70), text }
}

/// A copy of the program in which the end of the indexer's zip is overwritten.
fn with_a_damaged_indexer(world: &World) -> Said {
    let script = "cp \"$(command -v gallery-deploy)\" damaged && chmod +w damaged";
    world.shell(script, &[]).succeeds();
    let path = world.file("found", "").replace("found", "damaged");
    let mut program = fs::read(&path).unwrap();
    let zip = bundle::indexer(Architecture::X86_64).unwrap().bytes;
    let at = program.windows(64).position(|bytes| bytes == &zip[..64]).expect("the program carries the indexer");
    program[at + zip.len() - 22..at + zip.len()].fill(0);
    fs::write(&path, program).unwrap();
    world.shell("./damaged up --yes", &[]).into()
}

/// Where nobody listens.
fn at_a_closed_port(world: &World, host: &str) -> Said {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = world.program().with("AWS_ENDPOINT_URL", &format!("http://{host}:{port}"));
    world.run_as(&program, &["plan"]).into()
}

fn as_somebody_without_rights(world: &World) -> Said {
    world.aws.call(&["iam", "create-user", "--user-name", "nobody"]);
    let key = world.aws.call(&["iam", "create-access-key", "--user-name", "nobody"]);
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    let program = world.program().with("AWS_ACCESS_KEY_ID", &text("AccessKeyId"));
    world.run_as(&program.with("AWS_SECRET_ACCESS_KEY", &text("SecretAccessKey")), &["stages"]).into()
}

/// What is to be changed is deleted between the question and the answer.
fn while_somebody_else_is_at_work(world: &World) -> Said {
    world.configure(&format!("name: {}\nregion: {REGION}\nindexer: {{ log_retention_days: 30 }}\n", world.name));
    let somebody = || {
        world.aws.call(&["logs", "delete-log-group", "--log-group-name", "/aws/lambda/holiday-indexer"]);
        "y".to_owned()
    };
    world.at_a_terminal(120, &[("NO_COLOR", "1".to_owned())], "gallery-deploy up", Some(("[y/N]", &somebody))).into()
}

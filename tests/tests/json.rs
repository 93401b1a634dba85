//! `--json`: standard output holds events and nothing else, whatever happens. Their schema is checked in each run of all these tests.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Run, World};
use serde_json::Value;

fn events(run: &Run) -> Vec<Value> {
    run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The first and the last event are there, and nothing but events.
fn frame(run: &Run) -> (Value, Value) {
    let events = events(run);
    let (first, last) = (events[0].clone(), events.last().unwrap().clone());
    assert_eq!((first["type"].as_str(), last["type"].as_str()), (Some("start"), Some("end")), "{}", run.stdout);
    assert_eq!(last["exit_code"].as_i64(), run.code.map(i64::from));
    (first, last)
}

#[test]
fn every_command_speaks_events_and_nothing_else() {
    let world = World::new();
    let plan = world.run(&["plan", "--json"]).succeeds();
    frame(&plan);
    let planned = events(&plan).iter().filter(|event| event["type"] == "planned").count();
    assert_eq!(planned, 13, "{}", plan.stdout);

    let refused = world.run(&["up", "--json"]).exits(6);
    frame(&refused);
    assert!(events(&refused).iter().any(|event| event["type"] == "diagnostic" && event["code"] == "refused"));

    let up = world.run(&["--json", "up", "--yes"]).succeeds();
    let (start, end) = frame(&up);
    assert_eq!((start["gallery"].as_str(), end["created"].as_i64()), (Some("holiday"), Some(13)));
    let url = events(&up).into_iter().find(|event| event["type"] == "output").unwrap();
    assert_eq!(url["value"], world.site_url());
    let secret = world.page().key().secret.clone();
    assert!(!up.stdout.contains(&secret) && !up.stderr.contains(&secret));

    frame(&world.run(&["down", "--json", "--confirm-name", "holiday", "--delete-images"]).succeeds());
}

/// Each command in an AWS that knows nobody of this name: events are all that there is.
#[test]
fn every_command_speaks_events_when_it_fails_or_finds_nothing() {
    let world = World::new();
    let stranger = world.program().with("AWS_SECRET_ACCESS_KEY", "wrong");
    let arguments = |command: &str| -> &'static [&'static str] {
        match command {
            "up" => &["--yes"],
            "down" => &["--confirm-name", "holiday"],
            "init" => &["--file", "absent/gallery.yaml"],
            "man" => &["absent/man"],
            _ => &[],
        }
    };
    // Those print one document or a text, and `dev` runs until Ctrl-C.
    let others = ["outputs", "policy", "schema", "completions", "explain", "dev"];
    let command = gallery_deploy::cli::command();
    let names = command.get_subcommands().map(clap::Command::get_name).filter(|name| !others.contains(name));
    let mut failed = 0;
    for name in names {
        let arguments = [&[name, "--json"], arguments(name)].concat();
        for program in [&world.program(), &stranger] {
            let run = world.run_as(program, &arguments);
            let (_, end) = frame(&run);
            let told = events(&run).iter().any(|event| event["type"] == "diagnostic");
            assert_eq!(told, end["exit_code"] != 0, "{name}: {}", run.stdout);
            assert_eq!(run.stderr, "", "{name}");
            failed += usize::from(told);
        }
        // As if nothing had been done.
        world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    }
    assert!(failed > 8, "strangers are let in");
}

#[test]
fn what_fails_before_anything_is_known_speaks_events_too() {
    let world = World::new();
    let (start, _) = frame(&world.run(&["up", "--json", "--no-such-flag"]).exits(2));
    assert!(start["gallery"].is_null());
    world.configure("name: Holiday\nregion: nowhere\n");
    let broken = world.run(&["plan", "--json"]).exits(3);
    frame(&broken);
    let problems = events(&broken).into_iter().filter(|event| event["type"] == "diagnostic");
    let lines: Vec<Value> = problems.map(|problem| problem["span"]["line"].clone()).collect();
    assert_eq!(lines, [1, 2]);
}

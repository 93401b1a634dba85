//! Nobody is there: no command waits for an answer that will not come.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_deploy::cli::command;
use gallery_tests::World;

/// What each command needs to be run with.
fn arguments(command: &str) -> &'static [&'static str] {
    match command {
        "init" => &["--file", "new.yaml"],
        "schema" => &["events"],
        "completions" => &["bash"],
        "man" => &["man"],
        _ => &[],
    }
}

#[test]
fn no_command_hangs_where_nobody_answers() {
    let world = World::new();
    let commands: Vec<String> = command().get_subcommands().map(|command| command.get_name().to_owned()).collect();
    assert!(commands.len() > 15, "{commands:?}");
    // `dev` runs until it is told to stop; it asks nothing.
    for command in commands.iter().filter(|command| *command != "dev") {
        let run = world.run(&[&[command.as_str()], arguments(command)].concat());
        // Done, or nothing is deployed, or refused.
        assert!(matches!(run.code, Some(0 | 1 | 6)), "{command}: {:?} {}{}", run.code, run.stdout, run.stderr);
        assert!(!run.stderr.contains("[y/N]"), "{command}: {}", run.stderr);
    }
}

/// What would ask names the flag that answers.
#[test]
fn what_would_ask_names_the_flag() {
    let world = World::new();
    world.run(&["up"]).exits(6).says("help: pass `--yes`");
    world.run(&["up", "--yes"]).succeeds();
    world.run(&["down"]).exits(6).says("help: pass `--confirm-name holiday`");
    world.run(&["down", "--yes"]).exits(6).says("help: pass `--confirm-name holiday`");
}

//! The chores of this repository, as `cargo xtask COMMAND`. Each does its whole set-up, can be repeated, and is quick when
//! nothing has changed.

mod bench;
mod bundle;
mod dist;
mod fuzz;
mod indexer;
mod package;
mod reproducible;
mod run;
mod site;
mod stamp;
mod steps;
mod test;
mod tools;
mod workflows;
mod workspace;

// The checks of what Lambda can run are the deployer's; it makes them again before it sends the program.
#[path = "../../deployer/src/architecture.rs"]
#[expect(unreachable_pub, reason = "public in the library it belongs to")]
mod architecture;
#[path = "../../deployer/src/elf.rs"]
#[expect(unreachable_pub, reason = "public in the library it belongs to")]
mod elf;

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

const HELP: &str = "\
The chores of gallery-deploy

Usage: cargo xtask COMMAND

Commands:
  dev [ARGS..]   build everything and run `gallery-deploy dev ARGS..`: the image host on this machine, until Ctrl-C
  test [--all]   every check and test; with --all the slow ones too
  bench [NAME..] what runs cost: `start`, `deploy`, `empty`, `reindex`, `indexer`, or all
  fuzz [RUNS]    RUNS odd files in the place of gallery.yaml (10,000,000), with optimisations; `fuzz RUNS FROM` begins with the file of that number
  dist           the release binary, for glibc 2.28 and newer: target/dist/gallery-deploy
  bundle         what travels inside the binary, into target/bundle: the indexer's zips and the page
  help           this text

Each command fetches the tools it needs into target/tools and the node_modules of site, tests/browser and xtask.
Needed on this machine: Rust, a C compiler, Python 3.10 or newer, Node.js 20.19 or newer.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[&str]) -> Result<()> {
    let (&command, rest) = arguments.split_first().unwrap_or((&"help", &[]));
    match (command, rest) {
        ("help" | "-h" | "--help", _) => {
            run::say(HELP);
            Ok(())
        }
        ("dev", arguments) => dev(&Workspace::find()?, arguments),
        ("test", []) => test::test(&Workspace::find()?, test::Extent::Quick),
        ("test", ["--all"]) => test::test(&Workspace::find()?, test::Extent::All),
        ("bench", scenarios) => bench::bench(&Workspace::find()?, scenarios),
        ("fuzz", arguments) => fuzz::fuzz(&Workspace::find()?, arguments),
        ("dist", []) => dist::dist(&Workspace::find()?),
        ("bundle", []) => bundle::bundle(&Workspace::find()?),
        _ => bail!("no such command: {}\n\n{HELP}", arguments.join(" ")),
    }
}

/// Builds everything and becomes `gallery-deploy dev`, so that Ctrl-C goes to it and its exit code to the caller.
fn dev(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    bundle::bundle(workspace)?;
    run::run(workspace.cargo().args(["build", "--package", "gallery-deploy"]))?;
    let mut program = Command::new(workspace.debug_binary());
    program.arg("dev").args(arguments);
    become_program(&mut program)
}

#[cfg(unix)]
fn become_program(program: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(program.exec()).with_context(|| format!("cannot start {}", program.get_program().display()))
}

#[cfg(not(unix))]
fn become_program(program: &mut Command) -> Result<()> {
    run::run(program)
}

//! Somebody who has never seen the program gets from an empty folder to a gallery, and rid of it again, by what it prints: each command line here is
//! taken from what a run before it said.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Run, World};

/// The command lines that a run names: in backticks, or on lines of their own.
fn named(run: &Run) -> Vec<String> {
    let text = run.stderr.clone() + &run.stdout;
    let quoted = text.split('`').skip(1).step_by(2).map(ToOwned::to_owned);
    let lines = text.lines().filter(|line| line.starts_with("  gallery-deploy "));
    // What it is for stands two spaces further.
    let lines = lines.map(|line| line.trim().split("  ").next().unwrap_or_default().to_owned());
    quoted.chain(lines).filter(|line| line.starts_with("gallery-deploy ")).collect()
}

/// The one of them that runs `command`.
fn to_run(run: &Run, command: &str) -> String {
    let start = format!("gallery-deploy {command}");
    let found = named(run).into_iter().find(|line| *line == start || line.starts_with(&format!("{start} ")));
    found.unwrap_or_else(|| panic!("nothing says `{start}`: {:?}\n{}{}", named(run), run.stdout, run.stderr))
}

/// The flag that a refusal asks for.
fn flag(run: &Run) -> String {
    let (_, rest) = run.stderr.split_once("help: pass `").unwrap_or_else(|| panic!("no flag is named: {}", run.stderr));
    rest.split('`').next().unwrap().to_owned()
}

/// An empty folder, where every command is run.
const FOLDER: &str = "mkdir -p my-trip && cd my-trip && ";
/// Nobody has credentials there, and no AWS is named.
const NOBODY: &str = "unset AWS_ENDPOINT_URL AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY; ";

#[test]
fn from_an_empty_folder_to_a_gallery_and_back() {
    let world = World::new();
    let run = |command: &str| world.shell(&format!("{FOLDER}{command}"), &[]);
    // Whoever types only the name learns with which command to begin.
    let help = run("gallery-deploy").exits(2);
    let (_, begin) = help.stderr.split_once("\nBegin:\n").unwrap();
    let first = format!("gallery-deploy {}", begin.split_whitespace().next().unwrap());
    assert_eq!(first, "gallery-deploy init");
    let init = run(&first).succeeds();

    // Without credentials, it is said how to get some, and how to do without.
    let plan = to_run(&init, "plan");
    let nobody = world.shell(&format!("{FOLDER}{NOBODY}{plan}"), &[]).exits(7).says("`aws configure`");
    assert_eq!(to_run(&nobody, "dev"), to_run(&init, "dev"));

    // With them: what the plan shows, `up` makes, once it may.
    let planned = run(&plan).succeeds();
    assert!(planned.stdout.contains("\nPlan: 13 to create"), "{}", planned.stdout);
    let up = to_run(&init, "up");
    let refused = run(&up).exits(6);
    let made = run(&format!("{up} {}", flag(&refused))).succeeds();
    assert_eq!(world.http.get(made.only_line()).status, 200);
    let status = run(&to_run(&made, "status")).succeeds();
    assert!(status.stdout.contains(made.only_line()), "{}", status.stdout);

    // The other way: the name stands in the help, and what stays says how it goes, too.
    let down = "gallery-deploy down";
    assert!(help.stderr.contains("\n  down  "), "{}", help.stderr);
    let refused = run(down).exits(6);
    let kept = run(&format!("{down} {}", flag(&refused))).succeeds();
    let all = to_run(&kept, "down");
    let refused = run(&all).exits(6);
    run(&format!("{all} {}", flag(&refused))).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

/// Without any account: `dev` prints what another terminal needs.
#[test]
fn without_an_account() {
    let world = World::new();
    let init = world.shell(&format!("{FOLDER}gallery-deploy init"), &[]).succeeds();
    let dev = to_run(&init, "dev");
    let other_terminal = format!(
        "{FOLDER}{NOBODY}
         {dev} > said 2>&1 &
         dev=$!
         trap 'kill $dev; wait $dev' EXIT
         until grep -q '^http.*index.html$' said; do kill -0 $dev; sleep 0.1; done
         eval \"$(grep -o 'export AWS_ENDPOINT_URL=.*' said)\"
         $(grep -o '`gallery-deploy status`' said | tr -d '`')
         {} > plan 2>&1
         grep -q 'No changes' plan",
        to_run(&init, "plan")
    );
    let status = world.shell(&other_terminal, &[]).succeeds();
    assert!(status.stdout.contains("  Page  ") && status.stdout.contains("index.html"), "{}", status.stdout);
    // The account that was at hand is untouched.
    assert_eq!(world.inventory(), [""; 0]);
}

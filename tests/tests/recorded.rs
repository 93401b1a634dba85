//! The screens in README are recordings: runs on a terminal of 120 columns against the local AWS. What a run shows today must say the same, but for what
//! differs from run to run; `UPDATE_GOLDEN=1` records anew what does not.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;

use gallery_tests::{REGION, Run, World, eventually, picture};
use serde_json::{Value, json};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

const COLUMNS: u16 = 120;

/// Where README's local AWS runs.
const PORT: u16 = 4566;

/// Runs `command` and compares what stands on the screen with README's block `name`.
fn record(
    world: &World,
    name: &str,
    variables: &[(&str, String)],
    command: &str,
    question: Option<(&str, &dyn Fn() -> String)>,
) -> Run {
    let run = world.at_a_terminal(COLUMNS, variables, command, question);
    let mut terminal = vt100::Parser::new(400.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
    terminal.process(run.stdout.as_bytes());
    let lines: Vec<String> = terminal.screen().contents().lines().map(|line| line.trim_end().to_owned()).collect();
    let shown = lines.join("\n").trim_end().replace(&format!(":{}", world.proxy.port()), &format!(":{PORT}"));
    let readme = fs::read_to_string(README).unwrap();
    let begin = format!("<!-- recorded: {name} -->\n```console\n$ {command}\n");
    let (before, rest) = readme.split_once(&begin).unwrap_or_else(|| panic!("README has no place for `{name}`"));
    let (there, after) = rest.split_once("\n```\n").unwrap();
    if essence(there) != essence(&shown) {
        assert!(
            std::env::var_os("UPDATE_GOLDEN").is_some(),
            "README does not show what `{command}` shows; UPDATE_GOLDEN=1 records it anew\n{shown}\n--- in README\n{there}"
        );
        fs::write(README, format!("{before}{begin}{shown}\n```\n{after}")).unwrap();
    }
    run
}

/// What is the same in each run: not how long something took, nor in which order what runs side by side came to its end.
fn essence(screen: &str) -> Vec<String> {
    let mut essence: Vec<String> = Vec::new();
    let mut steps: Vec<String> = Vec::new();
    for line in screen.lines() {
        let all: Vec<&str> = line.split_whitespace().collect();
        let accidental =
            |at: usize| is_duration(all[at]) || is_unit(all[at]) || all.get(at + 1).is_some_and(|next| is_unit(next));
        let mut words: Vec<&str> = (0..all.len()).filter(|at| !accidental(*at)).map(|at| all[at]).collect();
        if words.first() == Some(&"request") {
            words.truncate(1);
        }
        let words = words.join(" ");
        // How far what needs a failed change had come by then is an accident, too.
        if words.starts_with('·') {
            continue;
        }
        let end = words.find(", cut off").or_else(|| words.find(", not started")).unwrap_or(words.len());
        let words = words[..end].to_owned();
        if words.starts_with(['✓', '✗']) {
            steps.push(words);
            continue;
        }
        steps.sort();
        essence.append(&mut steps);
        essence.push(words);
    }
    steps.sort();
    essence.append(&mut steps);
    essence
}

/// `0.9s`, `(1m`, `05s)`.
fn is_duration(word: &str) -> bool {
    let word = word.trim_matches(['(', ')', ',']);
    let number = word.strip_suffix(['s', 'm']).unwrap_or_default();
    !number.is_empty() && number.chars().all(|character| character.is_ascii_digit() || character == '.')
}

/// What stands behind a size, or behind how often something was tried.
fn is_unit(word: &str) -> bool {
    ["KiB", "bytes", "attempts"].contains(&word.trim_matches(['(', ')', ',']))
}

#[test]
fn the_readme_shows_runs() {
    let world = World::new();
    let bucket = world.images_bucket();
    let yes = || "y".to_owned();
    record(&world, "first_up", &[], "gallery-deploy up", Some(("[y/N]", &yes))).succeeds();
    record(&world, "no_changes", &[], "gallery-deploy up", None).succeeds();

    for name in ["forum", "tiber"] {
        world.put_image(&format!("images/rome/{name}.png"), picture(name));
    }
    // The indexer is done with them: nothing is under way when the gallery goes.
    eventually("the rows", || (world.page().gallery(&world.aws, "rome").len() == 2).then_some(()));
    let mut cors = world.aws.call(&["s3api", "get-bucket-cors", "--bucket", &bucket]);
    cors["CORSRules"][0]["AllowedOrigins"] = json!(["*"]);
    world.aws.call(&["s3api", "put-bucket-cors", "--bucket", &bucket, "--cors-configuration", &cors.to_string()]);
    world.configure(&format!("name: holiday\nregion: {REGION}\nindexer:\n  memory: 512\n"));
    record(&world, "plan_with_drift", &[], "gallery-deploy plan", None).succeeds();

    world.configure(&format!("name: holiday\nregion: {REGION}\n"));
    let name = || world.name.clone();
    record(&world, "down", &[], "gallery-deploy down", Some(("to go on:", &name))).succeeds();

    let trip = world.beside("trip");
    record(&trip, "missing_permission", &without_create_role(&trip), "gallery-deploy up --yes", None).exits(1);
}

/// The key of a user who has every permission that the gallery takes, but one.
fn without_create_role(world: &World) -> Vec<(&'static str, String)> {
    let mut policy: Value = serde_json::from_str(&world.run(&["policy"]).succeeds().stdout).unwrap();
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement["Action"].as_array_mut().unwrap().retain(|action| action != "iam:CreateRole");
    }
    let document = format!("file://{}", world.file("policy.json", policy.to_string()));
    world.aws.call(&["iam", "create-user", "--user-name", "ci-deploy"]);
    let made = world.aws.call(&["iam", "create-policy", "--policy-name", "ci-deploy", "--policy-document", &document]);
    let arn = made["Policy"]["Arn"].as_str().unwrap();
    world.aws.call(&["iam", "attach-user-policy", "--user-name", "ci-deploy", "--policy-arn", arn]);
    let key = world.aws.call(&["iam", "create-access-key", "--user-name", "ci-deploy"]);
    let text = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
    vec![("AWS_ACCESS_KEY_ID", text("AccessKeyId")), ("AWS_SECRET_ACCESS_KEY", text("SecretAccessKey"))]
}

#[test]
fn what_differs_from_run_to_run_is_no_difference() {
    let one = "  ✓ created  table        t   0.9s\n  ✓ created  role         r  1m 05s   2 attempts\n\nCreated 2 in 1.2s";
    let other = "  ✓ created  role         r      2s\n  ✓ created  table        t  10.0s\n\nCreated 2 in 12s";
    assert_eq!(essence(one), essence(other));
    assert_ne!(essence(one), essence(&other.replace("created  role", "failed   role")));
    assert_ne!(essence("  KEPT: 2 images"), essence("  KEPT: images"));
}

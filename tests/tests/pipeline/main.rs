//! In a pipeline: exit codes of `plan --check`, the comment, what GitHub Actions reads, and the commands of the workflow files.

#![allow(clippy::unwrap_used, reason = "a test")]

mod gitlab;
mod gitlab_server;

use std::fs;
use std::path::Path;

use gallery_tests::World;

const GITHUB: &str = include_str!("../../../docs/ci/github.yml");

/// The script of a step of the workflow.
fn step(job: &str, step: &str) -> String {
    let (_, jobs) = GITHUB.split_once(&format!("\n  {job}:\n")).unwrap();
    let (_, rest) = jobs.split_once(&format!("- name: {step}\n")).unwrap();
    let (_, script) = rest.split_once("run: |\n").unwrap();
    let lines = script.lines().take_while(|line| line.starts_with("          "));
    lines.map(|line| format!("{}\n", line.trim_start_matches("          "))).collect()
}

#[test]
fn check_tells_pending_changes_and_drift_apart() {
    let world = World::new();
    let check = ["plan", "--check"];
    world.run(&check).exits(4);
    world.run(&["plan"]).succeeds();
    world.run(&["up", "--yes"]).succeeds();
    world.run(&check).exits(0);
    world.configure("name: holiday\nregion: eu-central-1\nindexer: { memory: 256 }\n");
    world.run(&check).exits(4);
    let group = "/aws/lambda/holiday-indexer";
    world.aws.call(&["logs", "put-retention-policy", "--log-group-name", group, "--retention-in-days", "7"]);
    // Drift wins, and each way of asking gives the same answer.
    for arguments in [&["plan", "--check"][..], &["plan", "--check", "--json"], &["plan", "--check", "-qq"]] {
        world.run(arguments).exits(5);
    }
    world.run_as(&world.program().with("GALLERY_DEPLOY_CHECK", "1"), &["plan"]).exits(5);
}

#[test]
fn a_pull_request_s_plan_is_a_page_of_markdown_whatever_happens() {
    let world = World::new();
    let page = world.file("plan.md", "");
    world.run(&["plan", "--markdown", &page]).succeeds();
    let text = fs::read_to_string(&page).unwrap();
    let marker = text.lines().next().unwrap().to_owned();
    assert_eq!(marker, "<!-- gallery-deploy plan gallery.yaml -->");
    assert!(text.contains("\n### Gallery `holiday`: ") && text.contains("| + create | table `holiday-index` |"), "{text}");
    assert!(text.contains("<details><summary>The plan in full</summary>"), "{text}");

    world.configure("name: Holiday\n");
    world.run(&["plan", "--markdown", &page]).exits(3);
    let text = fs::read_to_string(&page).unwrap();
    assert!(text.starts_with(&marker) && text.contains("failed (CONFIG)") && text.contains("gallery.yaml:1:7"), "{text}");
}

#[test]
fn github_reads_annotations_a_summary_and_outputs() {
    let world = World::new();
    let (summary, output) = (world.file("summary", ""), world.file("output", ""));
    let program = world.program().with("GITHUB_ACTIONS", "true").with("CI", "true");
    let program = program.with("GITHUB_STEP_SUMMARY", &summary).with("GITHUB_OUTPUT", &output);
    let up = world.run_as(&program, &["up", "--yes"]).succeeds();
    let groups: Vec<&str> = up.stderr.lines().filter(|line| line.starts_with("::")).collect();
    assert!(groups[0].starts_with("::group::Plan: ") && groups[1] == "::endgroup::" && groups.len() == 2, "{}", up.stderr);
    assert_eq!(up.only_line(), world.site_url());
    let outputs = fs::read_to_string(&output).unwrap();
    assert_eq!(outputs, format!("changed=true\nexit_reason=OK\nsite_url={}\n", world.site_url()));
    let told = fs::read_to_string(&summary).unwrap();
    assert!(told.contains("### Gallery `holiday`: created ") && told.contains(&format!("<{}>", world.site_url())), "{told}");

    world.configure("name: holiday\nregion: eu-central-1\nimagse: {}\n");
    let broken = world.run_as(&program, &["plan"]).exits(3);
    broken.says("\n::error file=gallery.yaml,line=3,col=1,title=unknown field `imagse`::");
    let silent = world.run_as(&program, &["plan", "--no-github"]).exits(3);
    assert!(!silent.stderr.contains("::"), "{}", silent.stderr);
    assert!(fs::read_to_string(&output).unwrap().ends_with("changed=false\nexit_reason=CONFIG\n"));
}

/// Stands in for GitHub's server alone: keeps one comment, and says that every pull request is closed.
const GH: &str = r#"#!/bin/sh
echo "$*" >> "$GH_LOG"
case "$*" in
  *"--method POST"*) touch "$GH_LOG.comment" ;;
  *pulls/*) echo closed ;;
  *"--paginate"*) [ ! -e "$GH_LOG.comment" ] || echo 17 ;;
esac
"#;

#[test]
fn the_commands_of_the_workflow_work() {
    let world = World::new();
    let temporary = world.file("temporary/log", "");
    let temporary = Path::new(&temporary).parent().unwrap().to_str().unwrap().to_owned();
    world.executable("bin/gh", GH);
    let log = format!("{temporary}/log");
    let variables = |more: &[(&'static str, &str)]| {
        let mut all = vec![("RUNNER_TEMP", temporary.clone()), ("GH_LOG", log.clone())];
        all.extend([("GALLERY", "holiday".into()), ("GITHUB_REPOSITORY", "o/r".into()), ("PULL_REQUEST", "7".into())]);
        all.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        all
    };
    world.shell(&step("plan", "Plan"), &variables(&[])).succeeds();
    // The first time it is posted, then edited in place.
    for method in ["--method POST repos/o/r/issues/7/comments", "--method PATCH repos/o/r/issues/comments/17"] {
        world.shell(&step("plan", "Comment"), &variables(&[])).succeeds();
        let calls = fs::read_to_string(&log).unwrap();
        assert!(calls.lines().last().unwrap().contains(method), "{calls}");
    }
    world.shell(&step("up", "Up"), &variables(&[])).succeeds();
    let main = world.inventory();
    for pull_request in ["pr-7", "pr-8"] {
        world.shell(&step("preview", "Up"), &variables(&[("GALLERY_DEPLOY_STAGE", pull_request)])).succeeds();
    }
    assert!(world.inventory().contains(&"table holiday-pr-7-index".to_owned()));
    world.shell(&step("close", "Down"), &variables(&[("STAGE", "pr-7")])).succeeds();
    assert!(world.inventory().contains(&"table holiday-pr-8-index".to_owned()));
    world.shell(&step("sweep", "Sweep"), &variables(&[])).succeeds();
    assert_eq!(world.inventory(), main);
}

/// Nobody is let in whom nobody knows.
#[test]
fn the_workflows_keep_forks_out_and_pin_what_they_use() {
    assert!(!GITHUB.contains("pull_request_target"));
    for job in ["plan", "preview", "close"] {
        let (_, rest) = GITHUB.split_once(&format!("\n  {job}:\n")).unwrap();
        let condition = rest.split("runs-on:").next().unwrap();
        assert!(condition.contains("github.event.pull_request.head.repo.full_name == github.repository"), "{job}");
    }
    for line in GITHUB.lines().filter_map(|line| line.trim().strip_prefix("- uses: ")) {
        let hash = line.split(['@', ' ']).nth(1).unwrap();
        assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
    }
}

//! The commands of the file for GitLab, against a local AWS and a stand-in for GitLab's server.

use gallery_tests::{Run, World};

use super::gitlab_server::GitLab;

const FILE: &str = include_str!("../../../docs/ci/gitlab.yml");

/// What GitLab hands to one shell: the entries of `section` of a job, one below the other.
fn script(job: &str, section: &str) -> String {
    let (_, jobs) = FILE.split_once(&format!("\n{job}:\n")).unwrap();
    let (_, rest) = jobs.split_once(&format!("\n  {section}:\n")).unwrap();
    let mut script = String::new();
    for line in rest.lines().take_while(|line| line.starts_with("    ")) {
        match line.strip_prefix("    - ") {
            Some("|") => {}
            Some(command) => script += &format!("{command}\n"),
            None => script += &format!("{}\n", line.strip_prefix("      ").unwrap_or(line)),
        }
    }
    script
}

fn run(world: &World, server: &GitLab, merge_request: &str, job: &str, section: &str) -> Run {
    let variables = [
        ("GALLERY", "holiday".to_owned()),
        ("CI_MERGE_REQUEST_IID", merge_request.to_owned()),
        ("CI_API_V4_URL", server.url()),
        ("CI_PROJECT_ID", "7".to_owned()),
        ("GALLERY_GITLAB_TOKEN", GitLab::TOKEN.to_owned()),
    ];
    world.shell(&script(job, section), &variables)
}

#[test]
fn the_plan_is_one_note_that_is_edited_in_place() {
    let (world, server) = (World::new(), GitLab::start());
    run(&world, &server, "9", "plan", "script").succeeds();
    run(&world, &server, "9", "plan", "after_script").succeeds();
    let first = server.notes();
    assert!(first.len() == 1 && first[0].contains("### Gallery `holiday`: 13 to create"), "{first:?}");

    // The file breaks: the same note says why.
    world.configure("name: Holiday\n");
    run(&world, &server, "9", "plan", "script").exits(3);
    run(&world, &server, "9", "plan", "after_script").succeeds();
    let second = server.notes();
    assert!(second.len() == 1 && second[0].contains("failed (CONFIG)") && second[0].contains("gallery.yaml:1:7"), "{second:?}");

    // Without a token nothing is asked of GitLab.
    let asked = server.requests().len();
    world.shell(&script("plan", "after_script"), &[]).succeeds();
    assert_eq!(server.requests().len(), asked);
}

#[test]
fn previews_come_and_go() {
    let (world, server) = (World::new(), GitLab::start());
    run(&world, &server, "", "up", "script").succeeds();
    let main = world.inventory();
    for merge_request in ["8", "9"] {
        run(&world, &server, merge_request, "preview", "script").succeeds();
    }
    let tables = |world: &World| {
        let inventory = world.inventory().into_iter();
        inventory.filter(|name| name.starts_with("table ")).collect::<Vec<_>>()
    };
    assert_eq!(tables(&world), ["table holiday-index", "table holiday-mr-8-index", "table holiday-mr-9-index"]);
    // Merge request 8 is merged, 9 is open.
    run(&world, &server, "", "sweep", "script").succeeds();
    assert_eq!(tables(&world), ["table holiday-index", "table holiday-mr-9-index"]);
    run(&world, &server, "9", "close", "script").succeeds();
    assert_eq!(world.inventory(), main);
}

//! A mistake of ours ends like any other error: told, with its code, and the last event is `end`. This test is its own program that panics.

use std::fs::{self, File};
use std::process::{Command, exit};
use std::sync::Arc;

use gallery_deploy::error::exit;
use gallery_deploy::event::{Event, Report};
use gallery_deploy::report::{Json, Lines, Screen, Several, Surroundings, Wishes, panic};
use serde_json::Value;

/// Set: be the program.
const EVENTS: &str = "GALLERY_DEPLOY_TEST_EVENTS";

/// As `main` does it.
#[expect(clippy::exit, reason = "it is the main function of a program of its own")]
fn be_the_program(events: &str) {
    std::panic::set_hook(Box::new(|info| exit(panic::tell(info).into())));
    let lines = Lines::new(Screen::decide(Wishes::default(), &Surroundings::default()));
    let json = Json::new(File::create(events).expect("a file"), "up");
    let report: Arc<dyn Report> = Arc::new(Several(vec![Box::new(lines), Box::new(json)]));
    panic::watch(&report);
    report.event(&Event::Note("all is well so far"));
    panic!("what could not be");
}

#[test]
fn a_panic_is_told_with_exit_code_70() {
    if let Ok(events) = std::env::var(EVENTS) {
        be_the_program(&events);
    }
    let events = std::env::temp_dir().join(format!("gallery-deploy-panics-{}.jsonl", std::process::id()));
    let program = std::env::current_exe().expect("this test");
    let output =
        Command::new(program).args(["--exact", "a_panic_is_told_with_exit_code_70", "--nocapture"]).env(EVENTS, &events).output();
    let output = output.expect("it runs");
    let (stderr, recorded) = (String::from_utf8_lossy(&output.stderr), fs::read_to_string(&events).expect("events"));
    fs::remove_file(&events).expect("it is there");
    assert_eq!(output.status.code(), Some(exit::BUG.into()), "{stderr}");
    let told = [
        "error[bug]: ",
        "what could not be at ",
        "panics.rs:",
        env!("CARGO_PKG_VERSION"),
        "last event: Note(\"all is well so far\")",
        "please report it",
    ];
    for words in told {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    let last: Value = serde_json::from_str(recorded.lines().last().expect("events")).expect("JSON");
    assert_eq!((last["type"].as_str(), last["exit_code"].as_i64()), (Some("end"), Some(70)), "{recorded}");
}

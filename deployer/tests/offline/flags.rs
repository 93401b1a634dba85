//! What every command takes.

use gallery_deploy::report::record;
use serde_json::Value;

use super::{Offline, Run};

const VALID: &str = "name: holiday\nregion: us-west-2\n";

/// Asserts that standard output holds events and nothing else, the first `start` and the last `end`; returns them.
#[track_caller]
fn events(run: &Run) -> Vec<Value> {
    let schema = jsonschema::validator_for(&record::schema()).expect("a schema");
    let events: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for event in &events {
        assert!(schema.is_valid(event), "{event}");
    }
    let types: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
    assert_eq!((types.first(), types.last()), (Some(&"start"), Some(&"end")), "{}", run.stdout);
    assert_eq!(events.last().and_then(|end| end["exit_code"].as_i64()), run.code.map(i64::from), "{}", run.stdout);
    events
}

#[test]
fn quiet_tells_errors_and_twice_nothing() {
    let offline = Offline::in_folder("quiet");
    offline.write("gallery.yaml", "name: Holiday\n");
    assert!(offline.run(&["plan", "-q"]).stderr.starts_with("error[config]"));
    offline.run(&["plan", "-qq"]).is(3, "", "");
    offline.run_with(&[("GALLERY_DEPLOY_QUIET", "2")], &["plan"]).is(3, "", "");
}

/// A switch in the environment is what people write there.
#[test]
fn switches_in_the_environment_are_read_as_people_write_them() {
    let offline = Offline::in_folder("switches");
    offline.write("gallery.yaml", VALID);
    for (value, json) in [("1", true), ("true", true), ("yes", true), ("0", false), ("false", false), ("", false)] {
        let run = offline.run_with(&[("GALLERY_DEPLOY_JSON", value)], &["validate"]);
        assert_eq!((run.code, run.stdout.starts_with('{')), (Some(0), json), "{value}: {}", run.stderr);
    }
}

#[test]
fn a_region_on_the_command_line_is_checked_as_that_of_the_file() {
    let offline = Offline::in_folder("region");
    offline.write("gallery.yaml", VALID);
    assert!(offline.run(&["validate", "--region", "eu-central-1"]).stderr.contains("in eu-central-1;"));
    let wrong = offline.run(&["validate", "--region", "eu-centrl-1"]);
    assert!(wrong.code == Some(2) && wrong.stderr.contains("did you mean `eu-central-1`?"), "{}", wrong.stderr);
}

#[test]
fn what_is_no_number_and_no_length_of_time_is_a_wrong_command_line() {
    let offline = Offline::in_folder("values");
    for (flag, value) in [("--parallelism", "0"), ("--parallelism", "many"), ("--timeout", "10"), ("--color", "blue")] {
        assert_eq!(offline.run(&["validate", flag, value]).code, Some(2), "{flag} {value}");
    }
}

/// Each of them fails before anything is known of the gallery.
#[test]
fn whatever_fails_early_speaks_events_where_they_are_asked_for() {
    let offline = Offline::in_folder("events");
    offline.write("invalid.yaml", "name: Holiday\n");
    let codes = |run: &Run| -> Vec<String> {
        let events = events(run);
        assert!(events[0]["account"].is_null() && events[0]["region"].is_null());
        events.iter().filter_map(|event| Some(event["code"].as_str()?.to_owned())).collect()
    };
    for (arguments, code) in [
        (&["plan", "--json"][..], "config"),
        (&["plan", "--json", "--file", "."], "config"),
        (&["plan", "--json", "--file", "invalid.yaml"], "config"),
        (&["--json", "plam"], "usage"),
        (&["--json"], "usage"),
        (&["plan", "--json", "--no-such-flag"], "usage"),
        (&["plan", "--json", "--json-out", "absent/events"], "file"),
    ] {
        let run = offline.run(arguments);
        assert_eq!(codes(&run), [code], "{arguments:?}: {}", run.stdout);
        assert_eq!(run.stderr, "", "{arguments:?}");
    }
    let run = offline.run_with(&[("GALLERY_DEPLOY_JSON", "1")], &["plan", "--no-such-flag"]);
    assert_eq!(codes(&run), ["usage"]);
}

#[test]
fn a_wrong_command_line_is_recorded_beside_the_text() {
    let offline = Offline::in_folder("json-out");
    for arguments in [&["plan", "--json-out", "events", "--no-such-flag"][..], &["plan", "--json-out=events", "--no-such-flag"]] {
        let run = offline.run(arguments);
        assert!(run.code == Some(2) && run.stderr.contains("--no-such-flag"), "{}", run.stderr);
        let recorded = offline.read("events");
        assert!(recorded.contains("\"type\":\"end\",\"exit_code\":2"), "{recorded}");
        offline.write("events", "");
    }
}

#[test]
fn colour_follows_the_flag_then_the_environment_then_the_stream() {
    let offline = Offline::in_folder("colour");
    offline.write("gallery.yaml", "name: Holiday\n");
    let coloured = |variables: &[(&str, &str)], arguments: &[&str]| {
        let run = offline.run_with(variables, &[&["init"], arguments].concat());
        assert_eq!(run.code, Some(6));
        run.stderr.contains('\u{1b}')
    };
    assert!(!coloured(&[], &[]), "no terminal");
    assert!(coloured(&[], &["--color", "always"]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("CLICOLOR_FORCE", "1")], &["--color", "never"]));
    assert!(!coloured(&[("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("GALLERY_DEPLOY_COLOR", "always")], &[]));
}

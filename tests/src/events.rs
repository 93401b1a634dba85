//! The JSON events of every run in these tests, against their schema.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use gallery_deploy::report::record;
use jsonschema::Validator;
use serde_json::Value;

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| jsonschema::validator_for(&record::schema()).unwrap());

/// Checks the events that a run left, which ended with `code`, or by a signal if there is none.
///
/// # Panics
/// They are not as promised.
pub(crate) fn check(path: &Path, code: Option<i32>) {
    let text = fs::read_to_string(path).expect("every run leaves its events");
    let lines: Vec<Value> = text.lines().map(|line| event(line, &text)).collect();
    let first = lines.first().map(|line| &line["type"]);
    assert!(code.is_none() || first == Some(&Value::from("start")), "the first line is `start`:\n{text}");
    let ends: Vec<&Value> = lines.iter().filter(|line| line["type"] == "end").collect();
    match (code, ends.as_slice()) {
        // Killed: nobody could write a last line.
        (None, []) => {}
        (Some(code), [end]) => {
            assert_eq!(end["exit_code"], code, "{text}");
            assert_eq!(lines.last(), Some(*end), "nothing follows `end`:\n{text}");
        }
        _ => panic!("`end` comes once, for {code:?}:\n{text}"),
    }
}

fn event(line: &str, text: &str) -> Value {
    let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}\n{text}"));
    if let Err(error) = SCHEMA.validate(&event) {
        panic!("{line}\n{error} at {}", error.instance_path());
    }
    event
}

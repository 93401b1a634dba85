//! The JSON events: their schema, and their frame of `start` and `end`.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::assert_golden;
use gallery_deploy::error::Error;
use gallery_deploy::event::{Event, Report as _};
use gallery_deploy::report::{Json, record};
use serde_json::{Value, json};

/// Keeps what is written.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no test panics here").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines(tell: impl FnOnce(&Json)) -> Vec<Value> {
    let kept = Kept::default();
    tell(&Json::new(kept.clone(), "up"));
    let bytes = kept.0.lock().expect("no test panics here").clone();
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

#[test]
fn the_schema_is_the_one_in_the_repository() {
    assert_golden("../docs/events.schema.json", &format!("{:#}\n", record::schema()));
}

#[test]
fn a_run_that_fails_early_still_starts_and_ends() {
    let lines = lines(|json| {
        json.event(&Event::Ended { error: Some(&Error::NoRegion) });
        json.event(&Event::Note("too late"));
    });
    let types: Vec<&Value> = lines.iter().map(|line| &line["type"]).collect();
    assert_eq!(types, ["start", "diagnostic", "end"]);
    assert_eq!((&lines[0]["command"], &lines[0]["account"]), (&json!("up"), &Value::Null));
    assert_eq!((&lines[1]["code"], &lines[2]["exit_code"]), (&json!("region"), &json!(3)));
}

#[test]
fn what_is_known_stands_in_the_first_line() {
    let lines = lines(|json| {
        let (gallery, account, region) = ("holiday", "123456789012", "us-west-2");
        json.event(&Event::Start {
            gallery,
            stage: None,
            account,
            region,
            identity: None,
            profile: None,
            by_oidc: false,
            region_is_named: false,
            endpoint: None,
        });
        json.output("site_url", "https://example.org/").expect("it can be written");
        json.event(&Event::Ended { error: None });
    });
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0]["account"], "123456789012");
    assert_eq!((&lines[1]["name"], &lines[1]["value"]), (&json!("site_url"), &json!("https://example.org/")));
    assert_eq!(lines[2]["exit_code"], 0);
}

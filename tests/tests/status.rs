//! `status` and `logs`: what there is to see of a gallery that is deployed.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use gallery_tests::{Run, World, eventually, picture};
use rustix::process::Signal;
use serde_json::Value;

/// The one event of this type on standard output.
fn event(run: &Run, kind: &str) -> Value {
    let events: Vec<Value> = events(run, kind);
    assert_eq!(events.len(), 1, "{}", run.stdout);
    events.into_iter().next().unwrap()
}

fn events(run: &Run, kind: &str) -> Vec<Value> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|event: &Value| event["type"] == kind).collect()
}

fn status(world: &World) -> Value {
    event(&world.run(&["status", "--json"]).succeeds(), "status")
}

#[test]
fn status_tells_what_is_there_and_what_is_wrong() {
    let world = World::new();
    world.run(&["status"]).exits(1).says("the gallery `holiday` is not deployed");
    world.run(&["logs"]).exits(1).says("there is no log group `/aws/lambda/holiday-indexer`");

    world.run(&["up", "--yes"]).succeeds();
    let (good, bad) = (picture("first"), b"no picture");
    world.put_image("images/rome/a.png", &good);
    world.put_image("images/rome/b.png", bad);
    let indexed = eventually("two rows", || {
        let status = status(&world);
        (status["rows"]["shown"] == 1 && status["rows"]["rejected"] == 1).then_some(status)
    });
    assert_eq!((&indexed["site_url"], indexed["images"]["count"].as_u64()), (&Value::from(world.site_url()), Some(2)));
    assert_eq!(indexed["images"]["bytes"].as_u64(), Some((good.len() + bad.len()) as u64));
    assert!(indexed["last_deploy"].as_str().unwrap().starts_with("20"), "{indexed}");
    for quiet in ["failures", "failed_events", "missing", "drifted", "pending"] {
        assert_eq!(indexed[quiet], 0, "{quiet}");
    }
    let text = world.run(&["status"]).succeeds().stdout;
    for line in [&world.site_url(), "2 in ", "1 shown, 1 hidden", "no failure in the last 24 hours", "nothing differs"] {
        assert!(text.contains(line), "{line}: {text}");
    }

    // A row and a log that somebody has lost, a setting that somebody has changed, a setting that shall change, an event that failed for good.
    let rome = r#"{"gallery":{"S":"rome"},"file_path":{"S":"images/rome/a.png"}}"#;
    world.aws.call(&["dynamodb", "delete-item", "--table-name", "holiday-index", "--key", rome]);
    world.aws.call(&["lambda", "update-function-configuration", "--function-name", "holiday-indexer", "--timeout", "31"]);
    world.aws.call(&[
        "iam",
        "delete-user-policy",
        "--user-name",
        "holiday-client-eu-central-1",
        "--policy-name",
        "gallery-deploy-index",
    ]);
    world.put_image("aws/lambda/async/holiday-indexer/2026/11/27/failed.json", b"{}");
    let stream = ["--log-group-name", "/aws/lambda/holiday-indexer", "--log-stream-name", "by-hand"];
    world.aws.call(&[&["logs", "create-log-stream"], &stream[..]].concat());
    let failed = r#"[{"timestamp":NOW,"message":"{\"decision\":\"failed\",\"request_id\":\"r\",\"key\":\"images/rome/c.png\",\"reason\":\"HTTP 503\"}"}]"#;
    let failed = failed.replace("NOW", &now().to_string());
    world.aws.call(&[&["logs", "put-log-events"], &stream[..], &["--log-events", &failed]].concat());

    world.proxy.reset();
    let broken = status(&world);
    let counts = ["failures", "failed_events", "missing", "drifted"].map(|name| broken[name].as_u64().unwrap());
    assert_eq!(counts, [1, 1, 0, 2], "{broken}");
    assert_eq!(broken["rows"]["shown"], 0);
    let text = world.run(&["status"]).succeeds().stdout;
    for line in [
        "1 more image than rows",
        "1 failure in the last 24 hours",
        "failed   images/rome/c.png: HTTP 503",
        "1 events failed for good",
        "2 fields changed by somebody",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert_eq!(world.proxy.writes(), []);
}

/// Milliseconds since 1970.
fn now() -> u128 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
}

#[test]
fn logs_tell_what_the_indexer_decided() {
    let world = World::deployed();
    let nothing = world.run(&["logs"]).succeeds().says("The log has no line in that time");
    assert_eq!(nothing.stdout, "");
    world.put_image("images/rome/a.png", picture("first"));
    let told = eventually("a line", || {
        let run = world.run(&["logs", "--since", "1h"]).succeeds();
        run.stdout.contains("images/rome/a.png").then_some(run.stdout)
    });
    assert!(told.contains("shown    images/rome/a.png  revision 1"), "{told}");
    assert!(!told.contains("START RequestId"), "{told}");
    let raw = events(&world.run(&["logs", "--json"]).succeeds(), "log");
    let messages: Vec<&str> = raw.iter().map(|event| event["message"].as_str().unwrap()).collect();
    assert!(messages.iter().any(|message| message.starts_with(r#"{"decision":"shown""#)), "{messages:?}");
    world.run(&["logs", "--since", "soon"]).exits(2);
}

#[test]
fn logs_that_are_followed_go_on_until_they_are_stopped() {
    let world = World::deployed();
    world.proxy.reset();
    let looks = || world.proxy.calls().iter().filter(|call| call.name() == "logs:FilterLogEvents").count();
    // So many looks were under way or over when the line was there.
    let there = AtomicUsize::new(usize::MAX);
    let run = thread::scope(|scope| {
        scope.spawn(|| {
            eventually("a first look, at an empty log", || (looks() > 0).then_some(()));
            world.put_image("images/rome/a.png", picture("first"));
            let log = ["logs", "filter-log-events", "--log-group-name", "/aws/lambda/holiday-indexer"];
            eventually("the line", || world.aws.call(&log).to_string().contains("rome/a.png").then_some(()));
            there.store(looks(), Ordering::Relaxed);
        });
        // The first look after that has told it, and the second has seen it again, when the third begins.
        world.run_and_signal(&["logs", "--follow"], Signal::INT, || looks() > there.load(Ordering::Relaxed).saturating_add(2))
    });
    let run = run.exits(130);
    assert_eq!(run.stdout.matches("images/rome/a.png").count(), 1, "{}", run.stdout);
}

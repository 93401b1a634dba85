//! The indexer as Lambda runs it, one event after the other: which calls it makes, what it logs, what it may do.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use gallery_tests::{Calls, Fault, Function, Key, REGION, World, eventually, peak_memory, picture};
use serde_json::{Value, json};

/// An event of S3 with a record for each key, which are encoded as S3 encodes them.
fn event(world: &World, keys: &[&str]) -> Value {
    let bucket = json!({ "name": world.images_bucket() });
    let record = |key: &&str| json!({ "eventSource": "aws:s3", "s3": { "bucket": bucket, "object": { "key": key } } });
    json!({ "Records": keys.iter().map(record).collect::<Vec<_>>() })
}

/// The lines of one request, without what differs from run to run: decision, gallery, key, revision, and the names of all that is there.
fn log(indexer: &Function, request_id: &str) -> BTreeSet<String> {
    let lines = indexer.log().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
    lines
        .filter(|line| line["request_id"] == request_id)
        .map(|line| {
            let names: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
            assert!(line["duration_ms"].is_u64(), "{line}");
            format!("{} {} {} {} ({})", line["decision"], line["gallery"], line["key"], line["rev"], names.join(" "))
        })
        .collect()
}

/// How many sockets it has that reach beyond its own process.
fn connections(indexer: &Function) -> usize {
    let proc = |name: &str| format!("/proc/{}/{name}", indexer.pid());
    let open = fs::read_dir(proc("fd")).unwrap().map(|file| fs::read_link(file.unwrap().path()).unwrap());
    // `socket:[INODE]`; the tables of the network name it in their tenth column.
    let mine: BTreeSet<String> = open.map(|target| target.to_string_lossy().replace("socket:[", "").replace(']', "")).collect();
    let tables = ["net/tcp", "net/tcp6", "net/udp", "net/udp6"].map(|table| fs::read_to_string(proc(table)).unwrap_or_default());
    let inodes = tables.iter().flat_map(|table| table.lines().filter_map(|line| line.split_whitespace().nth(9)));
    inodes.filter(|inode| mine.contains(*inode)).count()
}

fn lines(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|&line| line.to_owned()).collect()
}

/// Calls through the proxy since the last time, each `OPERATION RESOURCE`, sorted.
fn calls(world: &World) -> Vec<String> {
    let mut calls: Vec<String> = world.proxy.calls().iter().map(|call| format!("{} {}", call.name(), call.resource)).collect();
    world.proxy.reset();
    calls.sort();
    calls
}

#[test]
fn each_decision_is_a_line_and_a_new_picture_three_calls() {
    let world = World::deployed();
    let (bucket, indexer) = (world.images_bucket(), world.indexer());
    world.proxy.reset();
    indexer.first_poll();
    assert_eq!(calls(&world), [""; 0], "nothing before the first event");
    assert_eq!(connections(&indexer), 1, "to the runtime API and to nothing else");

    world.put_image("images/rome/a b+c.png", picture("a"));
    world.put_image("images/rome/text.png", "no picture");
    let keys = [
        "images/rome/a+b%2Bc.png",
        "images/rome/text.png",
        "images/rome/gone.png",
        "images/rome/gone.png",
        "other/a.png",
        "images/rome/%FF.png",
    ];
    let invocation = indexer.invoke(&event(&world, &keys));
    assert_eq!(invocation.outcome, Ok("null".to_owned()));
    let written = "(decision request_id gallery key rev duration_ms looks)";
    let rejected = "(decision request_id gallery key rev duration_ms looks reason)";
    let skipped = "(decision request_id gallery key rev duration_ms reason)";
    assert_eq!(
        log(&indexer, &invocation.request_id),
        lines(&[
            &format!(r#""shown" "rome" "images/rome/a b+c.png" 1 {written}"#),
            &format!(r#""rejected" "rome" "images/rome/text.png" 1 {rejected}"#),
            &format!(r#""deleted" "rome" "images/rome/gone.png" 1 {written}"#),
            &format!(r#""skipped" "rome" "images/rome/gone.png" null {skipped}"#),
            &format!(r#""skipped" null "other/a.png" null {skipped}"#),
            &format!(r#""skipped" "rome" "images/rome/%FF.png" null {skipped}"#),
        ])
    );
    let (head, get, put) = ("s3:HeadObject", "s3:GetObject", "dynamodb:PutItem");
    assert_eq!(
        calls(&world),
        [
            format!("{put} holiday-index"),
            format!("{put} holiday-index"),
            format!("{put} holiday-index"),
            format!("{get} {bucket}/images/rome/a b+c.png"),
            format!("{get} {bucket}/images/rome/text.png"),
            format!("{head} {bucket}/images/rome/a b+c.png"),
            format!("{head} {bucket}/images/rome/gone.png"),
            format!("{head} {bucket}/images/rome/text.png"),
        ]
    );
}

#[test]
fn what_failed_is_delivered_again_after_all_else_was_done() {
    let world = World::deployed();
    let indexer = world.indexer();
    for name in ["a", "b", "c"] {
        world.put_image(&format!("images/oslo/{name}.png"), picture(name));
    }
    let event = event(&world, &["images/oslo/a.png", "images/oslo/b.png", "images/oslo/c.png"]);
    // As often as the indexer itself tries.
    let broken = Calls::on("s3:HeadObject", &format!("{}/images/oslo/b.png", world.images_bucket()));
    world.proxy.fail(Fault::InternalError, broken);
    let first = indexer.invoke(&event);
    let error: Value = serde_json::from_str(&first.outcome.unwrap_err()).unwrap();
    assert_eq!(error["errorMessage"], "1 of 3 records could not be indexed");
    let written = "(decision request_id gallery key rev duration_ms looks)";
    assert_eq!(
        log(&indexer, &first.request_id),
        lines(&[
            &format!(r#""shown" "oslo" "images/oslo/a.png" 1 {written}"#),
            r#""failed" "oslo" "images/oslo/b.png" null (decision request_id gallery key rev duration_ms reason)"#,
            &format!(r#""shown" "oslo" "images/oslo/c.png" 1 {written}"#),
        ])
    );

    world.proxy.clear();
    let second = indexer.invoke(&event);
    assert_eq!(second.outcome, Ok("null".to_owned()));
    assert_eq!(
        log(&indexer, &second.request_id),
        lines(&[
            &format!(r#""shown" "oslo" "images/oslo/a.png" 2 {written}"#),
            &format!(r#""shown" "oslo" "images/oslo/b.png" 1 {written}"#),
            &format!(r#""shown" "oslo" "images/oslo/c.png" 2 {written}"#),
        ])
    );
}

/// The event that tells that an object came.
fn created(world: &World, key: &str) -> Value {
    let mut event = event(world, &[key]);
    event["Records"][0]["eventName"] = json!("ObjectCreated:Put");
    event
}

/// S11: for a while after versioning was enabled, S3 misses objects now and then.
#[test]
fn an_object_that_s3_misses_is_not_taken_for_deleted() {
    let world = World::deployed();
    let (bucket, indexer) = (world.images_bucket(), world.indexer());
    world.put_image("images/rome/a.png", picture("a"));
    world.proxy.behave("S11");
    let through_the_proxy = world.aws.at(&world.endpoint());
    let enable = ["s3api", "put-bucket-versioning", "--bucket", &bucket, "--versioning-configuration", "Status=Enabled"];
    through_the_proxy.call(&enable);
    world.proxy.reset();
    let invocation = indexer.invoke(&created(&world, "images/rome/a.png"));
    assert_eq!(invocation.outcome, Ok("null".to_owned()));
    let written = "(decision request_id gallery key rev duration_ms looks)";
    let shown = |revision: u64| format!(r#""shown" "rome" "images/rome/a.png" {revision} {written}"#);
    assert_eq!(log(&indexer, &invocation.request_id), lines(&[&shown(1)]));
    assert_eq!(calls(&world).iter().filter(|call| call.starts_with("s3:HeadObject")).count(), 3, "it was missed twice");

    // Missed by every look of the first try: hidden until the second one.
    let looks = Calls::on("s3:HeadObject", &format!("{bucket}/images/rome/b.png"));
    world.put_image("images/rome/b.png", picture("b"));
    world.proxy.fail(Fault::Missed, looks.first(4));
    let event = created(&world, "images/rome/b.png");
    let first = indexer.invoke(&event);
    first.outcome.unwrap_err();
    let awaited = |key: &str| format!(r#""awaited" "rome" "{key}" 1 {}"#, written.replace(')', " reason)"));
    assert_eq!(log(&indexer, &first.request_id), lines(&[&awaited("images/rome/b.png")]));
    let second = indexer.invoke(&event);
    assert_eq!(second.outcome, Ok("null".to_owned()));
    assert_eq!(log(&indexer, &second.request_id), lines(&[&shown(2).replace("a.png", "b.png")]));

    // What came and went again is looked for once more, and no more often than that.
    let event = created(&world, "images/rome/gone.png");
    let first = indexer.invoke(&event);
    first.outcome.unwrap_err();
    assert_eq!(log(&indexer, &first.request_id), lines(&[&awaited("images/rome/gone.png")]));
    let second = eventually("another second, which tells the tries apart", || {
        let second = indexer.invoke(&event);
        second.outcome.is_ok().then_some(second)
    });
    let decided = log(&indexer, &second.request_id);
    assert!(decided.iter().all(|line| line.starts_with(r#""deleted" "rome" "images/rome/gone.png""#)), "{decided:?}");
    world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(world.page().gallery(&world.aws, "rome").len(), 2);
}

/// Some objects came and went, and S3 fails for another one of the same event, which Lambda delivers again therefore.
#[test]
fn what_was_awaited_in_vain_is_not_awaited_anew_for_the_sake_of_others() {
    let world = World::deployed();
    let indexer = world.indexer();
    let mut event = event(&world, &["images/rome/a.png", "images/rome/b.png", "images/rome/c.png"]);
    for (number, record) in event["Records"].as_array_mut().unwrap().iter_mut().enumerate() {
        record["eventName"] = json!("ObjectCreated:Put");
        record["s3"]["object"]["sequencer"] = json!(format!("00{number}"));
    }
    world.proxy.fail(Fault::InternalError, Calls::on("s3:HeadObject", &format!("{}/images/rome/b.png", world.images_bucket())));
    // Of the three in the order of their names.
    let decisions = || {
        let request_id = indexer.invoke(&event).request_id;
        let mut lines: Vec<String> = log(&indexer, &request_id).into_iter().collect();
        lines.sort_by_key(|line| line.split(' ').nth(2).unwrap().to_owned());
        lines.iter().map(|line| line.split(' ').next().unwrap().trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(decisions(), ["awaited", "failed", "awaited"]);
    // Tries are told apart by the second in which they begin.
    eventually("a try in another second", || (decisions() == ["deleted", "failed", "deleted"]).then_some(()));
    world.proxy.clear();
    assert_eq!(decisions(), ["deleted", "awaited", "deleted"]);
    eventually("a try in another second", || {
        let decisions = decisions();
        assert_eq!([&decisions[0], &decisions[2]], ["deleted", "deleted"]);
        (decisions[1] == "deleted").then_some(())
    });
}

/// Lambda would end it without a word of what it has not done.
#[test]
fn what_takes_too_long_is_told_and_delivered_again() {
    let world = World::deployed();
    let indexer = world.indexer();
    let keys = ["images/oslo/a.png", "images/oslo/b.png"];
    for key in keys {
        world.put_image(key, picture(key));
    }
    let slow = Calls::on("s3:HeadObject", &format!("{}/{}", world.images_bucket(), keys[1]));
    world.proxy.fail(Fault::Delayed(Duration::from_secs(60)), slow);
    let first = indexer.invoke_within(&event(&world, &keys), Duration::from_secs(3));
    let error: Value = serde_json::from_str(&first.outcome.unwrap_err()).unwrap();
    assert_eq!(error["errorMessage"], "1 of 2 records could not be indexed");
    assert_eq!(
        log(&indexer, &first.request_id),
        lines(&[
            r#""shown" "oslo" "images/oslo/a.png" 1 (decision request_id gallery key rev duration_ms looks)"#,
            r#""failed" "oslo" "images/oslo/b.png" null (decision request_id gallery key rev duration_ms reason)"#,
        ])
    );
    assert!(indexer.log().concat().contains("the time of the function is over"));
    world.proxy.clear();
    indexer.invoke(&event(&world, &keys)).outcome.unwrap();
}

/// S3 sends one record an event. Should it ever send many, they are not all in memory at once.
#[test]
fn an_event_of_many_large_pictures_takes_little_memory() {
    let world = World::deployed();
    let large = picture(&"x".repeat(300 * 1024));
    let keys: Vec<String> = (0..150).map(|number| format!("images/rome/{number:03}.png")).collect();
    world.put_unheard(keys.len(), |number| (keys[number].clone(), large.clone()));
    let indexer = world.indexer();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    indexer.invoke(&event(&world, &keys)).outcome.unwrap();
    let peak = peak_memory(indexer.pid()).unwrap();
    assert!(peak < 20_000_000 / 1024, "{peak} KiB");
    world.run(&["reindex", "--check"]).succeeds();
}

/// A look costs what it must: what is known already is not read again.
#[test]
fn calls_of_what_is_new_known_changed_and_gone() {
    let world = World::deployed();
    let (bucket, indexer, key) = (world.images_bucket(), world.indexer(), "images/rome/a.png");
    let of = |event: &Value| -> Vec<String> {
        world.proxy.reset();
        indexer.invoke(event).outcome.unwrap();
        world.proxy.calls().iter().map(|call| call.operation.clone()).collect()
    };
    world.put_image(key, picture("a"));
    assert_eq!(of(&created(&world, key)), ["HeadObject", "GetObject", "PutItem"], "new");
    // The row is there: the write is refused, and the object looked at again, but not read again.
    let again = ["HeadObject", "GetObject", "PutItem", "HeadObject", "PutItem"];
    assert_eq!(of(&created(&world, key)), again, "the same event once more");
    world.put_image(key, picture("another"));
    assert_eq!(of(&created(&world, key)), again, "another object");
    world.aws.call(&["s3api", "delete-object", "--bucket", &bucket, "--key", key]);
    assert_eq!(of(&event(&world, &[key])), ["HeadObject", "PutItem", "HeadObject", "PutItem"], "gone");
}

/// A new user that may do what `policy` says.
fn user(world: &World, name: &str, policy: &Value) -> Key {
    world.aws.call(&["iam", "create-user", "--user-name", name]);
    let put = ["iam", "put-user-policy", "--user-name", name, "--policy-name", "p", "--policy-document"];
    world.aws.call(&[&put[..], &[&policy.to_string()]].concat());
    let made = world.aws.call(&["iam", "create-access-key", "--user-name", name]);
    let text = |field: &str| made["AccessKey"][field].as_str().unwrap().to_owned();
    Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") }
}

/// I3: what a new policy allows is refused at first. Lambda tries again what failed.
#[test]
fn a_right_that_is_not_effective_yet_writes_nothing_until_it_is() {
    let world = World::deployed();
    let role = format!("holiday-indexer-{REGION}");
    let get = ["iam", "get-role-policy", "--role-name", &role, "--policy-name", "gallery-deploy-indexer"];
    let policy = world.aws.call(&get)["PolicyDocument"].clone();
    let key = "images/rome/forum.png";
    let indexer = world.indexer_as(&user(&world, "new", &policy), "");
    world.put_image(key, picture("the forum"));
    world.proxy.behave("I3");
    let put = ["iam", "put-user-policy", "--user-name", "new", "--policy-name", "p", "--policy-document"];
    world.aws.at(&world.endpoint()).call(&[&put[..], &[&policy.to_string()]].concat());
    let page = world.page();
    let rows = || page.gallery(&world.aws, "rome").len();
    indexer.invoke(&created(&world, key)).outcome.unwrap_err();
    assert_eq!(rows(), 0);
    assert!((0..2).any(|_| indexer.invoke(&created(&world, key)).outcome.is_ok()), "as often as Lambda tries again");
    assert_eq!(rows(), 1);
    assert!(world.proxy.struck("I3") > 0);
}

/// AWS answers 403 and not 404 for what is gone to those who may not list the bucket. The proxy knows what users may do, so they stand for the role.
#[test]
fn what_cannot_be_seen_is_not_taken_for_gone() {
    let world = World::deployed();
    world.proxy.behave("missing-is-denied");
    let role = format!("holiday-indexer-{REGION}");
    let get = ["iam", "get-role-policy", "--role-name", &role, "--policy-name", "gallery-deploy-indexer"];
    let mut policy = world.aws.call(&get)["PolicyDocument"].clone();
    let gone = event(&world, &["images/rome/gone.png"]);

    let indexer = world.indexer_as(&user(&world, "as-deployed", &policy), "");
    let invocation = indexer.invoke(&gone);
    assert_eq!(invocation.outcome, Ok("null".to_owned()));
    let written = "(decision request_id gallery key rev duration_ms looks)";
    let deleted = format!(r#""deleted" "rome" "images/rome/gone.png" 1 {written}"#);
    assert_eq!(log(&indexer, &invocation.request_id), lines(&[&deleted]));

    policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Action"] != "s3:ListBucket");
    let indexer = world.indexer_as(&user(&world, "without-listing", &policy), "");
    let invocation = indexer.invoke(&gone);
    invocation.outcome.unwrap_err();
    let failed = r#""failed" "rome" "images/rome/gone.png" null (decision request_id gallery key rev duration_ms reason)"#;
    assert_eq!(log(&indexer, &invocation.request_id), lines(&[failed]));
}

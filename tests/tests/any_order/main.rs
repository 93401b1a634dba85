//! The real indexer, given the real events of real changes in any order: late, twice, in batches, while the objects still change and S3 and DynamoDB
//! fail. After the last retry, the table equals the bucket.
//!
//! A case is up to 20 keys of a gallery. 100 cases; a thousand when the variable `GALLERY_TESTS_ALL` is 1.

#![allow(clippy::unwrap_used, reason = "a test")]

mod objects;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use gallery_tests::{ACCOUNT, Calls, Fault, Function, REGION, Random, World, eventually};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::objects::{Key, Objects, Told};

/// How many cases run at once, each in a part of the bucket of its own.
const LANES: u64 = 4;

/// How many functions share the events of all cases.
const INDEXERS: u64 = 4;

/// How often an event is delivered at most. Lambda would give up after the third; no more failures of all cases at once are in store.
const DELIVERIES: usize = 20;

/// How often an object is missed in a row; no more of them are told from one that is not there.
const MISSES: usize = 3;

/// As S3 never writes them in an event, and one of 1,000 bytes.
const NAMES: [&str; 11] = ["a b", "a+b", "100%", "100%25", "é", "日本", "🖼", "a&b=c?d#e", "sub//folder/", "'\"<>", "long"];

#[test]
fn the_table_equals_the_bucket() {
    let cases = if std::env::var("GALLERY_TESTS_ALL").is_ok_and(|all| all == "1") { 1_000 } else { 100 };
    let world = World::deployed();
    let indexers: Vec<Function> = (0..INDEXERS).map(|_| world.indexer()).collect();
    let (runtime, aws) = world.sdk();
    let objects = Objects { aws, runtime, bucket: world.images_bucket() };
    let lanes: Vec<Lane<'_>> = (0..LANES).map(|number| Lane::new(&world, &objects, &indexers, number)).collect();
    send_events_to_queues(&world, &lanes);
    thread::scope(|scope| {
        for lane in &lanes {
            scope.spawn(|| (lane.number..cases).step_by(LANES as usize).for_each(|case| lane.run(case)));
        }
    });
    world.proxy.clear();
    world.run(&["reindex", "--check"]).succeeds();
}

/// From now on S3's events are ours to deliver.
fn send_events_to_queues(world: &World, lanes: &[Lane<'_>]) {
    let queue = |lane: &Lane<'_>| {
        json!({
            "Id": format!("lane-{}", lane.number),
            "QueueArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:lane-{}", lane.number),
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
            "Filter": { "Key": { "FilterRules": [{ "Name": "prefix", "Value": lane.prefix() }] } },
        })
    };
    let queues: Vec<Value> = lanes.iter().map(queue).collect();
    let configuration = world.file("queues.json", json!({ "QueueConfigurations": queues }).to_string());
    let put = ["s3api", "put-bucket-notification-configuration", "--skip-destination-validation", "--notification-configuration"];
    world.aws.call(&[&put[..], &[&format!("file://{configuration}"), "--bucket", &world.images_bucket()]].concat());
}

/// A part of the bucket, and the queue with its events.
struct Lane<'a> {
    world: &'a World,
    objects: &'a Objects,
    indexers: &'a [Function],
    number: u64,
    queue: String,
}

impl<'a> Lane<'a> {
    fn new(world: &'a World, objects: &'a Objects, indexers: &'a [Function], number: u64) -> Self {
        let policy = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" }, "Action": "sqs:SendMessage", "Resource": "*" },
        ] });
        // What was received does not come again: nothing is deleted.
        let attributes = json!({ "VisibilityTimeout": "43200", "Policy": policy.to_string() }).to_string();
        let queue = ["sqs", "create-queue", "--attributes", &attributes, "--queue-name", &format!("lane-{number}")];
        let queue = world.aws.call(&queue)["QueueUrl"].as_str().unwrap().to_owned();
        Self { world, objects, indexers, number, queue }
    }

    fn prefix(&self) -> String {
        format!("images/lane {} ", self.number)
    }

    fn run(&self, case: u64) {
        let mut random = Random::new(case);
        let gallery = format!("{}case {case}/", self.prefix());
        let mut keys: Vec<Key> =
            (0..=random.below(20)).map(|number| key(&gallery, number, random.pick::<&str>(&NAMES))).collect();
        let changes = (0..keys.len() * 2).filter_map(|_| self.objects.change(&mut random, &mut keys)).collect();
        let mut events = self.receive(changes);

        self.fail(&mut random, &keys);
        random.shuffle(&mut events);
        let early = events.split_off(events.len() / 2);
        let mut of_delivery = Random::new(random.number());
        let late = thread::scope(|scope| {
            scope.spawn(|| self.deliver(&mut of_delivery, &early));
            // Meanwhile, the objects change.
            (0..keys.len()).filter_map(|_| self.objects.change(&mut random, &mut keys)).collect()
        });
        events.extend(self.receive(late));
        // Some of those that were delivered come again, long after.
        events.extend(early.into_iter().filter(|_| random.below(4) == 0));
        random.shuffle(&mut events);
        self.deliver(&mut random, &events);
        let rows = self.objects.rows(gallery.trim_start_matches("images/").trim_end_matches('/'));
        let objects = self.objects.list(&gallery);
        let wrong: Vec<_> = rows.keys().chain(objects.keys()).filter(|key| rows.get(*key) != objects.get(*key)).collect();
        assert!(wrong.is_empty(), "case {case}: {wrong:?}\nin the table: {rows:?}\nin the bucket: {objects:?}");
    }

    /// The records of these changes, one each.
    fn receive(&self, changes: Vec<Told>) -> Vec<Value> {
        let mut missing: BTreeMap<Told, ()> = changes.into_iter().map(|change| (change, ())).collect();
        let mut records = Vec::new();
        let receive = ["sqs", "receive-message", "--queue-url", &self.queue, "--max-number-of-messages", "10"];
        eventually("the events", || {
            while !missing.is_empty()
                && let Some(messages) = self.world.aws.call(&receive)["Messages"].as_array()
            {
                for message in messages {
                    let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                    for record in body["Records"].as_array().into_iter().flatten() {
                        missing.remove(&told(record));
                        records.push(record.clone());
                    }
                }
            }
            missing.is_empty().then_some(())
        });
        records
    }

    /// Some calls are going to fail, now and then so often that the indexer gives up.
    fn fail(&self, random: &mut Random, keys: &[Key]) {
        // As a bucket that is versioned since just now: a look finds nothing, and another one does (S11).
        let missed = Calls::on("s3:HeadObject", &format!("{}/{}", self.objects.bucket, random.pick(keys).key));
        self.world.proxy.fail(Fault::Missed, missed.first(MISSES));
        for _ in 0..random.below(4) {
            let operation = *random.pick(&["s3:HeadObject", "s3:GetObject", "dynamodb:PutItem"]);
            let faults = [Fault::LostBefore, Fault::LostAfter, Fault::Reset, Fault::InternalError, Fault::Throttled];
            let calls = Calls::of(operation);
            let calls = if random.below(4) == 0 { calls.first(3) } else { calls.number(1 + random.below(5)) };
            self.world.proxy.fail(*random.pick(&faults), calls);
        }
    }

    /// Delivers the records in batches to all indexers, and again what fails.
    fn deliver(&self, random: &mut Random, records: &[Value]) {
        let mut batches = Vec::new();
        let mut rest = records;
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(rest.len().min(1 + random.below(4)));
            batches.push(json!({ "Records": batch }));
            rest = others;
        }
        let batches = Mutex::new(batches.into_iter());
        let next = || batches.lock().unwrap().next();
        thread::scope(|scope| {
            for indexer in self.indexers {
                scope.spawn(|| {
                    while let Some(event) = next() {
                        let mut tries = (0..DELIVERIES).map(|_| indexer.invoke(&event));
                        let last = tries.find(|it| it.outcome.is_ok()).unwrap_or_else(|| indexer.invoke(&event));
                        assert!(last.outcome.is_ok(), "{event} failed more than {DELIVERIES} times: {:?}", last.outcome);
                    }
                });
            }
        });
    }
}

fn key(gallery: &str, number: usize, name: &str) -> Key {
    let start = format!("{gallery}{number} {name}");
    let padding = if name == "long" { 1_000 - start.len() } else { 0 };
    Key::new(format!("{start}{}", "x".repeat(padding)))
}

/// What a record tells.
fn told(record: &Value) -> Told {
    let object = &record["s3"]["object"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let key = text(&object["key"]).replace('+', " ");
    let key = percent_decode_str(&key).decode_utf8().unwrap().into_owned();
    (text(&record["eventName"]), key, text(&object["versionId"]))
}

//! The real indexer, given the real events of real changes in any order: late, twice, in batches, while the objects still change and S3 and
//! DynamoDB fail. After the last retry, the table equals the bucket.
//!
//! A case is up to 20 keys of a gallery. 100 cases; a thousand when the variable `GALLERY_TESTS_ALL` is 1.

#![allow(clippy::unwrap_used, reason = "a test")]

mod random;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use gallery_tests::{ACCOUNT, Calls, Fault, Lambda, REGION, World, eventually, picture};
use serde_json::{Value, json};

use crate::random::Random;

/// How many cases run at once, each in its own part of the bucket.
const LANES: u64 = 4;

/// How often an event is delivered. Lambda would give up after the third; no more than nine failures of one case are in store.
const DELIVERIES: usize = 10;

const NAMES: [&str; 10] = [
    "a b.gif",
    "a+b.gif",
    "100%.gif",
    "100%25.gif",
    "é.gif",
    "日本.gif",
    "🖼.gif",
    "a&b=c?d#e.gif",
    "sub//folder/.gif",
    "'\".gif",
];

#[test]
fn the_table_equals_the_bucket() {
    let cases = if std::env::var("GALLERY_TESTS_ALL").is_ok_and(|all| all == "1") { 1_000 } else { 100 };
    let world = World::deployed();
    let lanes: Vec<Lane> = (0..LANES).map(|number| Lane::new(&world, number)).collect();
    send_events_to_queues(&world, &lanes);
    thread::scope(|scope| {
        for lane in &lanes {
            scope.spawn(|| (lane.number..cases).step_by(LANES as usize).for_each(|case| lane.run(case)));
        }
    });
}

/// From now on S3's events are ours to deliver.
fn send_events_to_queues(world: &World, lanes: &[Lane]) {
    let queues: Vec<Value> = lanes
        .iter()
        .map(|lane| {
            json!({
                "Id": format!("lane-{}", lane.number),
                "QueueArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT}:lane-{}", lane.number),
                "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
                "Filter": { "Key": { "FilterRules": [{ "Name": "prefix", "Value": lane.prefix() }] } },
            })
        })
        .collect();
    let configuration = world.file("queues.json", json!({ "QueueConfigurations": queues }).to_string());
    world.aws.call(&[
        "s3api",
        "put-bucket-notification-configuration",
        "--bucket",
        &world.images_bucket(),
        "--skip-destination-validation",
        "--notification-configuration",
        &format!("file://{configuration}"),
    ]);
}

/// A part of the bucket, the queue with its events, and two indexers at once.
struct Lane<'a> {
    world: &'a World,
    number: u64,
    queue: String,
    indexers: [Lambda; 2],
}

/// A key of a case, and its versions and delete markers, the newest last.
struct Key {
    key: String,
    versions: Vec<Version>,
}

struct Version {
    id: String,
    is_marker: bool,
}

impl<'a> Lane<'a> {
    fn new(world: &'a World, number: u64) -> Self {
        let queue = world.aws.call(&["sqs", "create-queue", "--queue-name", &format!("lane-{number}")]);
        let queue = queue["QueueUrl"].as_str().unwrap().to_owned();
        Self { world, number, queue, indexers: [world.lambda(), world.lambda()] }
    }

    fn prefix(&self) -> String {
        format!("images/lane {} ", self.number)
    }

    fn run(&self, case: u64) {
        let mut random = Random::new(case);
        let gallery = format!("{}case {case}/", self.prefix());
        let mut keys: Vec<Key> = (0..=random.below(20))
            .map(|number| Key { key: format!("{gallery}{number} {}", random.pick(&NAMES)), versions: Vec::new() })
            .collect();
        let mut changes = 0;
        for _ in 0..keys.len() * 2 {
            changes += self.change(&mut random, &mut keys);
        }
        let mut events = self.receive(changes);

        self.fail(&mut random);
        random.shuffle(&mut events);
        let early = events.split_off(events.len() / 2);
        let late = Mutex::new(Vec::new());
        let seed = random.next();
        thread::scope(|scope| {
            scope.spawn(|| self.deliver(&mut Random::new(seed), &early));
            // Meanwhile, more changes.
            let changes = (0..keys.len()).map(|_| self.change(&mut random, &mut keys)).sum();
            late.lock().unwrap().extend(self.receive(changes));
        });
        events.extend(late.into_inner().unwrap());
        // Some of those that were delivered come again, long after.
        events.extend(early.into_iter().filter(|_| random.below(4) == 0));
        random.shuffle(&mut events);
        self.deliver(&mut random, &events);
        assert_eq!(self.table(&gallery), self.bucket(&gallery), "case {case}");
    }

    /// Changes one key in some way; how many events that raises.
    fn change(&self, random: &mut Random, keys: &mut [Key]) -> usize {
        let from = keys[random.below(keys.len())].key.clone();
        let at = random.below(keys.len());
        let Key { key, versions } = &mut keys[at];
        let contents = if random.below(8) == 0 { b"no picture".to_vec() } else { picture(&random.next().to_string()) };
        let file = self.world.file(&format!("lane-{}", self.number), &contents);
        let call = |operation: &str, more: &[&str]| {
            let bucket = self.world.images_bucket();
            let arguments = [&["s3api", operation, "--bucket", &bucket, "--key", key.as_str()], more].concat();
            self.world.aws.attempt(&arguments)
        };
        let answer = match random.below(8) {
            0..=2 => call("put-object", &["--body", &file]),
            3 => {
                let source = format!("{}/{}", self.world.images_bucket(), encode(&from));
                match call("copy-object", &["--copy-source", &source]) {
                    // What is not there cannot be copied.
                    Err(refusal) if refusal.code.starts_with("NoSuch") => return 0,
                    answer => answer,
                }
            }
            4 => {
                let upload = call("create-multipart-upload", &[]).unwrap()["UploadId"].as_str().unwrap().to_owned();
                let part = call("upload-part", &["--upload-id", &upload, "--part-number", "1", "--body", &file]).unwrap();
                let parts = json!({ "Parts": [{ "ETag": part["ETag"], "PartNumber": 1 }] }).to_string();
                call("complete-multipart-upload", &["--upload-id", &upload, "--multipart-upload", &parts])
            }
            5 | 6 => match versions.last() {
                Some(Version { is_marker: false, .. }) => call("delete-object", &[]),
                // There is nothing to hide, and no event.
                _ => return 0,
            },
            _ if versions.is_empty() => return 0,
            _ => {
                // A version or a marker, old or newest, for good.
                let version = versions.remove(random.below(versions.len()));
                call("delete-object", &["--version-id", &version.id]).unwrap();
                return 1;
            }
        };
        let answer = answer.unwrap();
        versions
            .push(Version { id: answer["VersionId"].as_str().unwrap().to_owned(), is_marker: answer["DeleteMarker"] == true });
        1
    }

    /// As many events as there were changes, each with its one record.
    fn receive(&self, count: usize) -> Vec<Value> {
        let mut records = Vec::new();
        eventually(&format!("{count} events"), || {
            let receive = ["sqs", "receive-message", "--queue-url", &self.queue, "--max-number-of-messages", "10"];
            while let Some(messages) = self.world.aws.call(&receive)["Messages"].as_array() {
                for message in messages {
                    let body: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
                    records.extend(body["Records"].as_array().into_iter().flatten().cloned());
                }
            }
            assert!(records.len() <= count, "one event a change: {records:?}");
            (records.len() == count).then_some(())
        });
        records
    }

    /// Some calls are going to fail, now and then so often that the indexer gives up.
    fn fail(&self, random: &mut Random) {
        for _ in 0..random.below(4) {
            let operation = *random.pick(&["s3:HeadObject", "s3:GetObject", "dynamodb:PutItem"]);
            let fault =
                *random.pick(&[Fault::LostBefore, Fault::LostAfter, Fault::Reset, Fault::InternalError, Fault::Throttled]);
            let calls = Calls::of(operation);
            let calls = if random.below(4) == 0 { calls.first(3) } else { calls.number(1 + random.below(5)) };
            self.world.proxy.fail(fault, calls);
        }
    }

    /// Delivers the records in batches to both indexers, and again what fails.
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
            for indexer in &self.indexers {
                scope.spawn(|| {
                    while let Some(event) = next() {
                        let delivered = (0..DELIVERIES).any(|_| indexer.invoke(&event).is_ok());
                        assert!(delivered, "{event} failed {DELIVERIES} times");
                    }
                });
            }
        });
    }

    /// What the table has of a gallery, but for deleted objects: key → ETag, size, version, and whether it is shown.
    fn table(&self, gallery: &str) -> BTreeMap<String, Value> {
        let name = gallery.trim_start_matches("images/").trim_end_matches('/');
        let values = json!({ ":gallery": { "S": name } }).to_string();
        let query = ["dynamodb", "query", "--consistent-read", "--table-name", "holiday-index", "--key-condition-expression"];
        let answer =
            self.world.aws.call(&[&query[..], &["gallery = :gallery", "--expression-attribute-values", &values]].concat());
        let rows = answer["Items"].as_array().unwrap().iter().filter(|row| row["hidden"]["S"] != "deleted");
        rows.map(|row| {
            let shown = row.get("hidden").is_none() && row["media_type"]["S"] == "image/gif" && row["width"]["N"] == "30";
            let size: u64 = row["size"]["N"].as_str().unwrap().parse().unwrap();
            (row["file_path"]["S"].as_str().unwrap().to_owned(), json!([row["etag"]["S"], size, row["version"]["S"], shown]))
        })
        .collect()
    }

    /// The same as the bucket has it.
    fn bucket(&self, gallery: &str) -> BTreeMap<String, Value> {
        let answer =
            self.world.aws.call(&["s3api", "list-object-versions", "--bucket", &self.world.images_bucket(), "--prefix", gallery]);
        let versions = answer["Versions"].as_array().cloned().unwrap_or_default();
        let latest = versions.iter().filter(|version| version["IsLatest"] == true);
        latest
            .map(|version| {
                let etag = version["ETag"].as_str().unwrap().trim_matches('"');
                let shown = version["Size"] != b"no picture".len();
                let object = json!([etag, version["Size"], version["VersionId"], shown]);
                (version["Key"].as_str().unwrap().to_owned(), object)
            })
            .collect()
    }
}

/// A key as `--copy-source` wants it.
fn encode(key: &str) -> String {
    percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).to_string()
}

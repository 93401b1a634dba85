//! `reindex`: whatever the index says, it comes to equal the bucket.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use gallery_tests::{Calls, Fault, World, eventually, picture};
use rustix::process::Signal;
use serde_json::{Value, json};

const TABLE: &str = "holiday-index";

/// Keys that are awkward to encode, to sort or to split.
fn awkward_keys() -> Vec<String> {
    let names = [
        "a b.png",
        "a+b.png",
        "100%25.png",
        "é.png",
        "日本.png",
        "🖼.png",
        "\u{ffff}.png",
        "a&b=c?d#e.png",
        "sub/folder/x.png",
        "'\"<>.png",
    ];
    names.iter().map(|name| format!("images/ro me+é🖼/{name}")).collect()
}

/// Puts an image without the function hearing of it: it is deployed and not called.
fn upload_unheard(world: &World, keys: &[String]) {
    let bucket = world.images_bucket();
    let nothing = ["s3api", "put-bucket-notification-configuration", "--bucket", &bucket, "--notification-configuration", "{}"];
    let read = ["s3api", "get-bucket-notification-configuration", "--bucket", &bucket];
    let notification = world.aws.call(&read).to_string();
    world.aws.call(&nothing);
    for key in keys {
        world.put_image(key, picture(key));
    }
    let put =
        ["s3api", "put-bucket-notification-configuration", "--bucket", &bucket, "--notification-configuration", &notification];
    world.aws.call(&put);
}

fn put_row(world: &World, item: &Value) {
    world.aws.call(&["dynamodb", "put-item", "--table-name", TABLE, "--item", &item.to_string()]);
}

fn row(gallery: &str, file_path: &str) -> Value {
    json!({
        "gallery": { "S": gallery }, "file_path": { "S": file_path }, "rev": { "N": "4" }, "size": { "N": "18" }, "etag": { "S": "abc" },
        "uploaded_at": { "S": "2026-03-14T09:26:53Z" }, "media_type": { "S": "image/gif" }, "width": { "N": "30" }, "height": { "N": "20" },
    })
}

/// Changes one attribute of the row of `key`.
fn edit_row(world: &World, key: &str, attribute: &str, value: &Value) {
    let gallery = key.split('/').nth(1).unwrap();
    let id = json!({ "gallery": { "S": gallery }, "file_path": { "S": key } }).to_string();
    let names = json!({ "#a": attribute }).to_string();
    let values = json!({ ":a": value }).to_string();
    world.aws.call(&[
        "dynamodb",
        "update-item",
        "--table-name",
        TABLE,
        "--key",
        &id,
        "--update-expression",
        "SET #a = :a",
        "--expression-attribute-names",
        &names,
        "--expression-attribute-values",
        &values,
    ]);
}

fn delete_row(world: &World, gallery: &str, file_path: &str) {
    let id = json!({ "gallery": { "S": gallery }, "file_path": { "S": file_path } }).to_string();
    world.aws.call(&["dynamodb", "delete-item", "--table-name", TABLE, "--key", &id]);
}

/// The keys of all images in galleries, as S3 lists them.
fn images(world: &World) -> BTreeSet<String> {
    let listed = world.aws.call(&["s3api", "list-objects-v2", "--bucket", &world.images_bucket(), "--prefix", "images/"]);
    let contents = listed["Contents"].as_array().cloned().unwrap_or_default();
    contents.iter().map(|object| object["Key"].as_str().unwrap().to_owned()).collect()
}

/// The keys that the page shows, of every gallery that has rows.
fn shown(world: &World) -> BTreeSet<String> {
    let page = world.page();
    let rows = world.aws.call(&["dynamodb", "scan", "--table-name", TABLE]);
    let rows = rows["Items"].as_array().unwrap();
    let galleries: BTreeSet<&str> = rows.iter().map(|row| row["gallery"]["S"].as_str().unwrap()).collect();
    let entries = galleries.into_iter().flat_map(|gallery| page.gallery(&world.aws, gallery));
    entries.map(|entry| entry.file_path).collect()
}

/// The words and keys of the differences that were printed.
fn named(stdout: &str) -> BTreeSet<String> {
    let line = |line: &str| line.get(4..).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    stdout.lines().map(line).collect()
}

#[test]
fn whatever_differs_is_named_and_repaired() {
    let world = World::deployed();
    let keys = awkward_keys();
    let plain: Vec<String> =
        ["good", "size", "hidden", "type", "bare"].iter().map(|name| format!("images/rome/{name}.png")).collect();
    upload_unheard(&world, &[&keys[..], &plain, &["images/not in a gallery.png".to_owned(), "images/rome/".to_owned()]].concat());
    // A file that is no picture, and an empty one: hidden, not missing.
    world.put_image("images/rome/text.png", "no picture");
    world.put_image("images/rome/empty.png", "");

    // All is missing, but for what the indexer was called for.
    eventually("the last row", || (world.aws.call(&["dynamodb", "scan", "--table-name", TABLE])["Count"] == 2).then_some(()));
    let run = world.run(&["reindex", "--check"]).exits(5);
    let all: Vec<&String> = keys.iter().chain(&plain).collect();
    assert_eq!(named(&run.stdout), all.iter().map(|key| format!("missing {key}")).collect(), "{}", run.stderr);
    assert!(run.stderr.contains("error[index]"), "{}", run.stderr);
    world.run(&["reindex"]).succeeds().says("Repaired 15: 15 missing");
    world.proxy.reset();
    world.run(&["reindex", "--check"]).succeeds().says("The index equals the images: 17 images, 17 rows, 2 galleries");
    world.run(&["reindex"]).succeeds().says("The index equals the images");
    assert_eq!(world.proxy.writes(), [], "what is right is not written");
    assert_eq!(shown(&world), all.iter().map(|&key| key.clone()).collect());

    // Rows are wrong in every way.
    edit_row(&world, "images/rome/size.png", "size", &json!({ "N": "17" }));
    edit_row(&world, "images/rome/hidden.png", "hidden", &json!({ "S": "deleted" }));
    edit_row(&world, "images/rome/type.png", "media_type", &json!({ "S": "image/x-icon" }));
    put_row(&world, &json!({ "gallery": { "S": "rome" }, "file_path": { "S": "images/rome/bare.png" } }));
    put_row(&world, &row("rome", "images/rome/gone.png"));
    put_row(&world, &row("atlantis", "images/atlantis/sunk.png"));
    put_row(&world, &row("rome", "images/paris/elsewhere.png"));
    put_row(&world, &row("ro me+é🖼", "notes"));
    delete_row(&world, "ro me+é🖼", &keys[5]);
    let differing = [
        "wrong images/rome/size.png",
        "wrong images/rome/hidden.png",
        "wrong images/rome/type.png",
        "wrong images/rome/bare.png",
        "stale images/rome/gone.png",
        "stale images/atlantis/sunk.png",
        "foreign images/paris/elsewhere.png (in gallery `rome`)",
        "foreign notes (in gallery `ro me+é🖼`)",
        &format!("missing {}", keys[5]),
    ];
    let differing: BTreeSet<String> = differing.map(str::to_owned).into();
    world.proxy.reset();
    let run = world.run(&["reindex", "--check"]).exits(5).says("The index differs: 1 missing, 2 stale, 4 wrong, 2 foreign");
    assert_eq!(named(&run.stdout), differing);
    assert_eq!(world.proxy.writes(), []);

    // One gallery, and the others stay.
    world.run(&["reindex", "--gallery", "rome"]).succeeds().says("Repaired 6: 1 stale, 4 wrong, 1 foreign");
    world.run(&["reindex", "--check", "--gallery", "rome"]).succeeds();
    world.run(&["reindex", "--check"]).exits(5).says("The index differs: 1 missing, 1 stale, 1 foreign");
    world.run(&["reindex"]).succeeds().says("Repaired 3: 1 missing, 1 stale, 1 foreign");
    world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(shown(&world), all.into_iter().cloned().collect());
    world.run(&["reindex", "--gallery", "nowhere"]).succeeds().says("There is no gallery `nowhere`");

    // Hidden rows go by themselves.
    let rows = world.aws.call(&["dynamodb", "scan", "--table-name", TABLE]);
    let hidden = rows["Items"].as_array().unwrap().iter().filter(|row| row["hidden"]["S"] == "deleted");
    let expiring: Vec<&Value> = hidden.filter(|row| row["expires_at"]["N"].is_string()).collect();
    assert_eq!(expiring.len(), 4, "{rows}");
}

#[test]
fn other_accepted_types_make_rows_wrong() {
    let world = World::deployed();
    upload_unheard(&world, &["images/rome/a.gif".to_owned()]);
    world.run(&["reindex"]).succeeds();
    assert_eq!(shown(&world).len(), 1);
    let accept =
        |types: &str| world.configure(&format!("name: holiday\nregion: eu-central-1\nimages: {{ accepted_types: [{types}] }}\n"));
    accept("image/png");
    world.run(&["reindex"]).succeeds().says("Repaired 1: 1 wrong");
    assert_eq!(shown(&world).len(), 0);
    world.run(&["reindex", "--check"]).succeeds();
    accept("image/png, image/gif");
    world.run(&["reindex"]).succeeds().says("Repaired 1: 1 wrong");
    assert_eq!(shown(&world).len(), 1);
}

#[test]
fn lost_events_are_noticed_and_made_up_for() {
    let world = World::deployed();
    // S3 calls nobody, and nothing is left that tells of it.
    world.unheard(&world.images_bucket(), || {
        for key in ["images/rome/a.png", "images/rome/b.png"] {
            world.put_image(key, picture(key));
        }
    });
    world.run(&["up", "--yes"]).succeeds().says("No changes.");
    let status = world.run(&["status"]).succeeds().stdout;
    assert!(status.contains("2 more images than rows") && status.contains("gallery-deploy reindex"), "{status}");
    let run = world.run(&["reindex", "--check"]).exits(5);
    assert_eq!(named(&run.stdout), ["missing images/rome/a.png", "missing images/rome/b.png"].map(str::to_owned).into());
    world.run(&["reindex"]).succeeds();
    world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(shown(&world), images(&world));
}

#[test]
fn it_can_be_stopped_and_started_again() {
    let world = World::deployed();
    let keys: Vec<String> = (0..60).map(|number| format!("images/rome/{number}.png")).collect();
    upload_unheard(&world, &keys);
    world.proxy.reset();
    world.proxy.add_round_trip(Duration::from_millis(100));
    let run = world.run_and_signal(&["reindex"], Signal::INT, || !world.proxy.writes().is_empty()).exits(130);
    world.proxy.clear();
    assert!(run.stderr.contains("Stopping") && run.stderr.contains("Repaired "), "{}", run.stderr);
    let done = shown(&world).len();
    assert!((1..60).contains(&done), "{done} rows:\n{}", run.stderr);
    // No call was cut off: each write is one row.
    assert_eq!(world.proxy.writes().len(), done);

    world.run(&["reindex"]).succeeds().says(&format!("Repaired {}: {0} missing", 60 - done));
    assert_eq!(shown(&world), images(&world));
}

/// Whoever uploads may keep the key to it (SSE-C): then S3 tells nobody else what it is. Or may have a key of KMS used, to which the public has no right.
#[test]
fn what_nobody_can_read_is_hidden_and_hinders_nothing() {
    let world = World::deployed();
    let (bucket, key) = (world.images_bucket(), "images/rome/secret.png");
    let file = world.file("secret.png", picture("secret"));
    let put = |encrypted: &[&str]| {
        let put = ["s3api", "put-object", "--bucket", &bucket, "--key", key, "--body", &file];
        world.aws.call(&[&put[..], encrypted].concat());
    };
    let rejected = || {
        let rows = world.aws.call(&["dynamodb", "scan", "--table-name", TABLE]);
        let row = &rows["Items"][0];
        (row["rejection"]["S"] == "unreadable" && row["hidden"]["S"] == "rejected").then_some(())
    };
    let of_the_uploader: &[&str] =
        &["--sse-customer-algorithm", "AES256", "--sse-customer-key", "0123456789abcdef0123456789abcdef"];
    for encrypted in [of_the_uploader, &["--server-side-encryption", "aws:kms", "--ssekms-key-id", "theirs"]] {
        put(encrypted);
        eventually("the indexer's row", rejected);
        world.run(&["reindex", "--check"]).succeeds();
        delete_row(&world, "rome", key);
        world.run(&["reindex"]).succeeds().says("Repaired 1: 1 missing");
        assert_eq!(rejected(), Some(()));
        world.run(&["reindex"]).succeeds().says("The index equals the images");

        // Another object in its place, and nobody heard of it.
        upload_unheard(&world, &[key.to_owned()]);
        world.run(&["reindex", "--check"]).exits(5).says("1 wrong");
        world.run(&["reindex"]).succeeds().says("Repaired 1: 1 wrong");
    }
    assert_eq!(shown(&world), images(&world));
}

/// S11: while versioning that was just enabled spreads, S3 misses what it lists.
#[test]
fn an_image_that_is_listed_and_missed_is_not_taken_for_deleted() {
    let world = World::deployed();
    let key = "images/rome/a.png";
    upload_unheard(&world, &[key.to_owned()]);
    let looks = || Calls::on("s3:HeadObject", &format!("{}/{key}", world.images_bucket()));
    world.proxy.fail(Fault::Missed, looks().first(3));
    world.run(&["reindex"]).succeeds().says("Repaired 1: 1 missing");
    assert_eq!(shown(&world), images(&world));

    edit_row(&world, key, "size", &json!({ "N": "17" }));
    world.proxy.fail(Fault::Missed, looks());
    world.run(&["reindex"]).exits(1).says("S3 lists the object and does not find it");
    assert_eq!(shown(&world), images(&world), "the row is as it was");
    world.proxy.clear();
    world.run(&["reindex"]).succeeds().says("Repaired 1: 1 wrong");
    world.run(&["reindex", "--check"]).succeeds();
}

#[test]
fn a_run_that_was_killed_is_finished_by_the_next_one() {
    let world = World::deployed();
    world.proxy.reset();
    world.run(&["reindex"]).succeeds();
    // A listing, a query and a count of the one gallery come beside.
    let comparison = world.proxy.calls().len() + 3;
    let keys: Vec<String> = (0..30).map(|number| format!("images/rome/{number}.png")).collect();
    upload_unheard(&world, &keys);
    put_row(&world, &row("rome", "images/rome/gone.png"));
    let differing = || named(&world.run(&["reindex", "--check"]).exits(5).stdout).len();
    let mut left = vec![differing()];
    for repairs in [10, 25, 30] {
        assert!(world.run_killed(&["reindex"], comparison + repairs).is_none(), "it was killed amid its repairs");
        left.push(differing());
    }
    assert!(left[0] == 31 && left.is_sorted_by(|before, after| before >= after) && left[3] < left[0], "{left:?}");
    world.run(&["reindex"]).succeeds().says(&format!("Repaired {}: ", left[3]));
    world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(shown(&world), images(&world));
}

#[test]
fn uploads_and_deletions_go_on_meanwhile() {
    let world = World::deployed();
    let keys: Vec<String> = (0..30).map(|number| format!("images/rome/{number:02}.png")).collect();
    upload_unheard(&world, &keys);
    world.proxy.add_round_trip(Duration::from_millis(40));
    let changing = AtomicBool::new(true);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each is changed while it is being looked at: overwritten, deleted, put back; and new ones come.
            for (number, key) in keys.iter().enumerate() {
                let bucket = world.images_bucket();
                let delete = || world.aws.call(&["s3api", "delete-object", "--bucket", &bucket, "--key", key]);
                match number % 3 {
                    0 => world.put_image(key, picture(&format!("another {key}"))),
                    1 => drop(delete()),
                    _ => {
                        delete();
                        world.put_image(key, picture(key));
                    }
                }
                world.put_image(&format!("images/paris/{number}.png"), picture(key));
            }
            changing.store(false, Ordering::Relaxed);
        });
        while changing.load(Ordering::Relaxed) {
            world.run(&["reindex"]).succeeds();
        }
    });
    world.proxy.clear();
    // Once the last events have been delivered, nothing is left to repair.
    eventually("an index that equals the bucket", || (shown(&world) == images(&world)).then_some(()));
    world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(images(&world).len(), 50);
}

#[test]
fn what_is_not_deployed_or_not_ours_is_not_touched() {
    let world = World::new();
    world.run(&["reindex"]).exits(1).says("error[not-deployed]");
    world.run(&["up", "--yes"]).succeeds();
    put_row(&world, &row("rome", "images/rome/gone.png"));
    let arn = "arn:aws:dynamodb:eu-central-1:000000000000:table/holiday-index";
    world.aws.call(&["dynamodb", "untag-resource", "--resource-arn", arn, "--tag-keys", "gallery-deploy:gallery"]);
    world.proxy.reset();
    world.run(&["reindex"]).exits(1).says("error[not-deployed]");
    assert_eq!(world.proxy.writes(), []);
    world.run(&["reindex", "--gallery", "images/rome"]).exits(2);
}

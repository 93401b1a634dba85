//! Many pictures at full speed, into the bucket and by S3's own events into the index: none is lost, none is stale.
//!
//! 500 uploads; 10,000 when the variable `GALLERY_TESTS_ALL` is 1.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use aws_sdk_s3::primitives::ByteStream;
use gallery_deploy::aws::Aws;
use gallery_tests::{World, eventually, picture};
use tokio::runtime::Runtime;

/// Uploads under way at once.
const UPLOADERS: usize = 16;

/// The key of an upload. Every tenth replaces another picture, perhaps while that one is being indexed.
fn key(number: usize) -> String {
    let number = if number % 10 == 9 { number - 1 } else { number };
    format!("images/speed/{number:05} é+.gif")
}

fn upload(runtime: &Runtime, aws: &Aws, bucket: &str, uploads: usize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..UPLOADERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= uploads {
                        break;
                    }
                    let body = ByteStream::from(picture(&number.to_string()));
                    let request = aws.s3.put_object().bucket(bucket).key(key(number)).body(body);
                    runtime.block_on(request.send()).unwrap();
                }
            });
        }
    });
}

/// ETags by key, as the bucket has them.
fn objects(runtime: &Runtime, aws: &Aws, bucket: &str) -> BTreeMap<String, String> {
    let mut pages = aws.s3.list_objects_v2().bucket(bucket).prefix("images/").into_paginator().send();
    let mut objects = BTreeMap::new();
    while let Some(page) = runtime.block_on(pages.next()) {
        let page = page.unwrap();
        objects.extend(
            page.contents()
                .iter()
                .map(|object| (object.key().unwrap().to_owned(), object.e_tag().unwrap().trim_matches('"').to_owned())),
        );
    }
    objects
}

/// ETags by key, as the index shows them.
fn rows(runtime: &Runtime, aws: &Aws) -> BTreeMap<String, String> {
    let mut pages = aws.dynamodb.scan().table_name("holiday-index").consistent_read(true).into_paginator().send();
    let mut rows = BTreeMap::new();
    while let Some(page) = runtime.block_on(pages.next()) {
        let page = page.unwrap();
        rows.extend(page.items().iter().filter(|row| !row.contains_key("hidden")).map(|row| {
            let text = |name: &str| row[name].as_s().unwrap().clone();
            (text("file_path"), text("etag"))
        }));
    }
    rows
}

#[test]
fn nothing_is_lost_and_nothing_is_stale() {
    let uploads = if std::env::var("GALLERY_TESTS_ALL").is_ok_and(|all| all == "1") { 10_000 } else { 500 };
    let world = World::deployed();
    let (runtime, aws) = world.sdk();
    let bucket = world.images_bucket();
    upload(&runtime, &aws, &bucket, uploads);
    let objects = objects(&runtime, &aws, &bucket);
    assert_eq!(objects.len(), uploads / 10 * 9);

    let wrong = || {
        let rows = rows(&runtime, &aws);
        let wrong = |(key, etag): &(&String, &String)| rows.get(*key) != Some(*etag);
        objects.iter().filter(wrong).count() + rows.keys().filter(|key| !objects.contains_key(*key)).count()
    };
    // As long as it goes on, it may take its time.
    let mut left = wrong();
    while left > 0 {
        left = eventually(&format!("fewer than {left} rows to be lost or stale"), || Some(wrong()).filter(|now| *now < left));
    }
    let check = world.run(&["reindex", "--check"]).succeeds();
    assert_eq!(check.stdout, "", "nothing to repair");
}

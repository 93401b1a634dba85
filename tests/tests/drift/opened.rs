//! What somebody opened is closed before anything else is put right.

use gallery_tests::{Calls, Fault, Gallery, World};
use serde_json::json;

use super::buckets::{edit_policy, more_cors};

/// Everybody may do everything, and a write of another setting fails, run after run: the bucket is closed all the same.
#[test]
fn an_opened_bucket_is_closed_although_another_setting_cannot_be_written() {
    let world = World::new();
    let gallery = &Gallery::new(&world, "elm");
    gallery.run(&["up", "--yes"]).succeeds();
    let bucket = gallery.images_bucket();
    let file = gallery.file("private.txt", "private");
    gallery.aws(&["s3api", "put-object", "--bucket", &bucket, "--key", "private.txt", "--body", &file]);
    let private = || world.http.get(&format!("{}/{bucket}/private.txt", world.endpoint())).status;

    edit_policy(gallery, &bucket, |statements| {
        let everything = [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")];
        statements.push(json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": everything }));
    });
    more_cors(gallery, &bucket);
    assert_eq!(private(), 200);
    world.proxy.fail(Fault::Denied, Calls::of("s3:PutBucketCors"));
    gallery.run(&["up", "--yes"]).exits(1);
    assert_eq!(private(), 403);
}

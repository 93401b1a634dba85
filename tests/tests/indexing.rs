//! From the images bucket into the index, whichever way an object came.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{IndexEntry, PageConfig, World, eventually, picture};

/// Waits until the index has the key.
fn indexed(world: &World, page: &PageConfig, gallery: &str, key: &str) -> IndexEntry {
    eventually(&format!("{key} in the index"), || {
        page.gallery(&world.aws, gallery).into_iter().find(|entry| entry.file_path == key)
    })
}

/// The ETag that S3 has for the key, unquoted.
fn etag(world: &World, key: &str) -> String {
    let head = world.aws.call(&["s3api", "head-object", "--bucket", &world.images_bucket(), "--key", key]);
    head["ETag"].as_str().unwrap().trim_matches('"').to_owned()
}

#[test]
fn a_copied_file_appears_changes_and_disappears() {
    let world = World::deployed();
    let page = world.page();
    let key = "images/rome/forum.png";
    let url = format!("s3://{}/{key}", world.images_bucket());
    world.aws.call(&["s3", "cp", &world.file("small.png", picture("small")), &url]);
    let small = indexed(&world, &page, "rome", key);
    assert_eq!((small.size, &small.etag), (18, &etag(&world, key)));
    assert!(small.uploaded_at.ends_with('Z') && small.uploaded_at.contains('T'), "{}", small.uploaded_at);

    world.aws.call(&["s3", "cp", &world.file("larger.png", picture("much larger")), &url]);
    eventually("the new size", || (indexed(&world, &page, "rome", key).size == 24).then_some(()));
    assert_eq!(indexed(&world, &page, "rome", key).etag, etag(&world, key));

    world.aws.call(&["s3", "rm", &url]);
    eventually("an empty gallery", || page.gallery(&world.aws, "rome").is_empty().then_some(()));
}

#[test]
fn a_multipart_upload_is_one_picture() {
    let world = World::deployed();
    let page = world.page();
    let key = "images/rome/large.png";
    // `aws s3 cp` sends what is larger than 8 MB in parts.
    let contents = picture(&"x".repeat(9 * 1024 * 1024));
    let size = contents.len();
    let file = world.file("large.png", contents);
    world.aws.call(&["s3", "cp", &file, &format!("s3://{}/{key}", world.images_bucket())]);
    let entry = indexed(&world, &page, "rome", key);
    assert_eq!(entry.size, u64::try_from(size).unwrap());
    assert!(entry.etag.ends_with("-2") && entry.etag == etag(&world, key), "{}", entry.etag);
}

#[test]
fn awkward_keys_appear_as_they_are_and_disappear() {
    let world = World::deployed();
    let page = world.page();
    let gallery = "ro me+100%é日本🖼";
    let folder = format!("images/{gallery}/");
    let long = format!("{folder}{}", "a".repeat(1_000 - folder.len()));
    let names = [
        "a b.png",
        "a+b.png",
        "100%.png",
        "100%25.png",
        "é.png",
        "日本.png",
        "🖼.png",
        "a&b=c?d#e.png",
        "sub/folder.png",
        "'\".png",
    ];
    let mut keys: Vec<String> = names.iter().map(|name| format!("{folder}{name}")).collect();
    keys.push(long);
    keys.sort();
    for key in &keys {
        world.put_image(key, picture(key));
    }
    let found = eventually("all keys in the index", || {
        let entries = page.gallery(&world.aws, gallery);
        (entries.len() >= keys.len()).then_some(entries)
    });
    let found: Vec<String> = found.into_iter().map(|entry| entry.file_path).collect();
    assert_eq!(found, keys);

    for key in &keys {
        world.aws.call(&["s3api", "delete-object", "--bucket", &world.images_bucket(), "--key", key]);
    }
    eventually("an empty gallery", || page.gallery(&world.aws, gallery).is_empty().then_some(()));
}

#[test]
fn only_pictures_in_a_gallery_are_indexed() {
    let world = World::deployed();
    let page = world.page();
    for key in ["private/rome/a.png", "images/no-gallery.png", "imagesX/rome/a.png"] {
        world.put_image(key, picture(key));
    }
    // Sent after the others and through the same function.
    world.put_image("images/rome/last.png", picture("last"));
    indexed(&world, &page, "rome", "images/rome/last.png");
    let all = world.aws.call(&["dynamodb", "scan", "--table-name", "holiday-index"]);
    assert_eq!(all["Count"], 1, "{all}");
}

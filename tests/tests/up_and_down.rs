//! From nothing to the page and back.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Calls, Fault, PageConfig, World, eventually};

/// All that `up` makes, as [`World::inventory`] lists it.
const STACK: [&str; 7] = [
    "bucket holiday-images-000000000000-eu-central-1",
    "bucket holiday-site-000000000000-eu-central-1",
    "function holiday-indexer",
    "log group /aws/lambda/holiday-indexer",
    "role holiday-indexer-eu-central-1",
    "table holiday-index",
    "user holiday-client-eu-central-1",
];

#[test]
fn up_prints_the_url_of_a_page_that_is_there() {
    let world = World::new();
    let run = world.run(&["up", "--yes"]).succeeds();
    assert_eq!(run.only_line(), world.site_url());
    assert_eq!(world.inventory(), STACK);
    // That a key lies in a public page is said.
    run.says("public, as in the article: it may put and get images and query the index, nothing else");

    let page = world.http.get(&world.site_url());
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("cache-control").contains("no-cache"), "{}", page.header("cache-control"));

    let config = world.http.get(&format!("{}/config.json", world.site_origin()));
    assert!(config.header("content-type").starts_with("application/json"), "{}", config.header("content-type"));
    assert_eq!(config.header("content-encoding"), "");
    assert!(config.header("cache-control").contains("no-cache"), "{}", config.header("cache-control"));
}

#[test]
fn config_json_holds_exactly_what_the_page_needs() {
    let world = World::deployed();
    let PageConfig(config) = world.page();
    let mut keys: Vec<&String> = config.as_object().unwrap().keys().collect();
    keys.sort();
    let expected = [
        "accepted_types",
        "access_key_id",
        "endpoint",
        "images_bucket",
        "max_size_mib",
        "region",
        "secret_access_key",
        "table",
        "title",
    ];
    assert_eq!(keys, expected);
    assert_eq!(config["endpoint"], world.endpoint());
    assert_eq!(config["images_bucket"], world.images_bucket());
    assert_eq!(config["table"], "holiday-index");
    assert_eq!(config["max_size_mib"], 25);
    assert_eq!(config["title"], "Gallery");
}

#[test]
fn plan_changes_nothing_and_names_everything() {
    let world = World::new();
    let run = world.run(&["plan"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
    assert_eq!(world.inventory(), [""; 0]);
    let shown = run.stdout + &run.stderr;
    for name in STACK.map(|line| line.split_whitespace().last().unwrap()) {
        assert!(shown.contains(name), "the plan does not name {name}:\n{shown}");
    }

    world.run(&["up", "--yes"]).succeeds();
    world.proxy.reset();
    world.run(&["plan"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn down_leaves_only_the_closed_images_bucket_and_up_opens_it_again() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    world.put_image("images/rome/forum.png", gallery_tests::picture("forum"));
    let picture = format!("{}/{bucket}/images/rome/forum.png", world.endpoint());
    assert_eq!(world.http.get(&picture).status, 200);
    // What the local AWS logs after `down` would make the log group anew, as on AWS (G2).
    eventually("the indexer's log", || {
        let log = world.aws.attempt(&["logs", "filter-log-events", "--log-group-name", "/aws/lambda/holiday-indexer"]).ok()?;
        log.to_string().contains("forum.png").then_some(())
    });

    let down = world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    down.says(&format!("= bucket       {bucket}  KEPT: 1 image, ")).says(&format!("\n  Still there  bucket {bucket} (1 image, "));
    assert_eq!(world.inventory(), [format!("bucket {bucket}")]);
    assert_eq!(world.http.get(&picture).status, 403);
    let of_bucket = |call: &str| world.aws.attempt(&["s3api", call, "--bucket", &bucket]);
    assert_eq!(of_bucket("get-bucket-policy").unwrap_err().code, "NoSuchBucketPolicy");
    assert_eq!(of_bucket("get-bucket-cors").unwrap_err().code, "NoSuchCORSConfiguration");
    let notification = of_bucket("get-bucket-notification-configuration").unwrap();
    assert!(notification.get("LambdaFunctionConfigurations").is_none(), "{notification}");
    let access = of_bucket("get-public-access-block").unwrap();
    let switches = access["PublicAccessBlockConfiguration"].as_object().unwrap();
    assert_eq!(switches.len(), 4);
    assert!(switches.values().all(|switch| switch == true), "{access}");
    // Its data and what guards that stay.
    assert_eq!(of_bucket("get-bucket-versioning").unwrap()["Status"], "Enabled");
    assert!(!of_bucket("get-bucket-lifecycle-configuration").unwrap()["Rules"].as_array().unwrap().is_empty());
    assert!(of_bucket("get-bucket-tagging").unwrap().to_string().contains("gallery-deploy:gallery"));
    assert_eq!(of_bucket("list-objects-v2").unwrap()["Contents"][0]["Key"], "images/rome/forum.png");

    // Again: nothing is left to do.
    world.proxy.reset();
    world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    assert_eq!(world.proxy.writes(), []);

    let run = world.run(&["up", "--yes"]).succeeds();
    assert_eq!(run.only_line(), world.site_url());
    assert_eq!(world.inventory(), STACK);
    assert_eq!(world.http.get(&picture).status, 200);
    let page = world.page();
    let listed: Vec<String> = page.gallery(&world.aws, "rome").into_iter().map(|entry| entry.file_path).collect();
    assert_eq!(listed, ["images/rome/forum.png"], "the index was made from the images");
    world.put_image("images/rome/colosseum.png", gallery_tests::picture("another"));
    eventually("the new picture in the index", || {
        page.gallery(&world.aws, "rome").into_iter().find(|entry| entry.file_path == "images/rome/colosseum.png")
    });
}

#[test]
fn down_with_delete_images_leaves_nothing() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    for number in 0..3 {
        world.put_image("images/rome/forum.png", format!("version {number}"));
    }
    world.put_image("images/rome/gone.png", b"deleted, so a marker hides it");
    world.aws.call(&["s3api", "delete-object", "--bucket", &bucket, "--key", "images/rome/gone.png"]);
    world.aws.call(&["s3api", "create-multipart-upload", "--bucket", &bucket, "--key", "images/rome/unfinished.png"]);

    let down = world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    down.says("  1 image, 5 versions in all, 56 bytes\n");
    assert_eq!(world.inventory(), [""; 0]);

    world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
}

/// Many images take minutes, and what comes before them may fail: from its first moment on, nobody without a key sees them.
#[test]
fn images_that_are_to_go_are_closed_first() {
    let world = World::deployed();
    world.put_image("images/rome/forum.png", gallery_tests::picture("forum"));
    let picture = format!("{}/{}/images/rome/forum.png", world.endpoint(), world.images_bucket());
    let down = ["down", "--confirm-name", "holiday", "--delete-images"];
    // Those that stay are closed as early.
    for arguments in [&down[..3], &down] {
        world.run(&["up", "--yes"]).succeeds();
        assert_eq!(world.http.get(&picture).status, 200);
        world.proxy.fail(Fault::Denied, Calls::of("s3:PutBucketNotificationConfiguration"));
        world.run(arguments).exits(1);
        world.proxy.clear();
        assert_eq!(world.http.get(&picture).status, 403);
        let listed = world.aws.call(&["s3api", "list-objects-v2", "--bucket", &world.images_bucket()]);
        assert_eq!(listed["Contents"][0]["Key"], "images/rome/forum.png", "S3 still calls the indexer for each that goes");
    }
    world.run(&down).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

#[test]
fn down_deletes_what_an_earlier_down_kept() {
    let world = World::deployed();
    world.put_image("images/rome/forum.png", b"picture");
    world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

#[test]
fn down_where_nothing_was_does_nothing() {
    let world = World::new();
    world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn down_takes_keys_and_policies_that_somebody_added_to_the_user() {
    let world = World::deployed();
    let user = "holiday-client-eu-central-1";
    world.aws.call(&["iam", "create-access-key", "--user-name", user]);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}]}"#;
    world.aws.call(&[
        "iam",
        "put-user-policy",
        "--user-name",
        user,
        "--policy-name",
        "added-by-hand",
        "--policy-document",
        policy,
    ]);
    world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

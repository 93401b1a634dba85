//! Names that are taken: refused, or taken over knowingly; never touched by accident.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;
use gallery_tests::{Call, Calls, Fault, REGION, World, picture};
use rustix::process::Signal;

const ROLE: &str = "holiday-indexer-eu-central-1";
const USER: &str = "holiday-client-eu-central-1";
/// Ours, if it carried our tags.
const PATH: &str = "/gallery-deploy/holiday/";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

fn bucket(world: &World, name: &str) {
    let place = format!("LocationConstraint={REGION}");
    world.aws.call(&["s3api", "create-bucket", "--bucket", name, "--create-bucket-configuration", &place]);
}

fn table(world: &World, keys: [&str; 2]) {
    let attributes = keys.map(|key| format!("AttributeName={key},AttributeType=S"));
    let schema = [format!("AttributeName={},KeyType=HASH", keys[0]), format!("AttributeName={},KeyType=RANGE", keys[1])];
    let create = ["dynamodb", "create-table", "--table-name", "holiday-index", "--billing-mode", "PAY_PER_REQUEST"];
    let definitions = ["--attribute-definitions", &attributes[0], &attributes[1], "--key-schema", &schema[0], &schema[1]];
    world.aws.call(&[&create[..], &definitions].concat());
}

fn role(world: &World, path: &str) {
    world.aws.call(&["iam", "create-role", "--role-name", ROLE, "--path", path, "--assume-role-policy-document", TRUST]);
}

fn user(world: &World, path: &str) {
    world.aws.call(&["iam", "create-user", "--user-name", USER, "--path", path]);
}

fn function(world: &World, name: &str) {
    let zip = world.file("indexer.zip", bundle::indexer(Architecture::X86_64).unwrap().bytes);
    let zip = format!("fileb://{zip}");
    let role = format!("arn:aws:iam::000000000000:role{PATH}{ROLE}");
    let create = ["lambda", "create-function", "--function-name", name, "--runtime", "provided.al2023", "--handler", "theirs"];
    world.aws.call(&[&create[..], &["--role", &role, "--zip-file", &zip]].concat());
}

/// Quiet: a further `up` writes nothing.
fn is_right(world: &World) {
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn what_has_no_owner_is_refused_and_taken_over_by_name() {
    let world = World::new();
    bucket(&world, &world.images_bucket());
    bucket(&world, &world.site_bucket());
    world.put_image("images/rome/theirs.png", b"theirs");
    world.put_image("images/oslo/fjord.png", picture("the fjord"));
    table(&world, ["gallery", "file_path"]);
    role(&world, PATH);
    user(&world, PATH);
    function(&world, "holiday-indexer");

    let targets = [
        format!("bucket/{}", world.images_bucket()),
        format!("bucket/{}", world.site_bucket()),
        "table/holiday-index".to_owned(),
        format!("role/{ROLE}"),
        "function/holiday-indexer".to_owned(),
        format!("user/{USER}"),
    ];
    let flags = targets.iter().map(|target| format!("--adopt {target}")).collect::<Vec<_>>().join(" ");
    world.run(&["up", "--yes"]).exits(6).says(&flags);
    // Some of them do not suffice.
    let some = ["--adopt", &targets[0], "--adopt", &targets[3]];
    world.run(&[&["up", "--yes"][..], &some].concat()).exits(6).says(&targets[1]);
    assert_eq!(world.proxy.writes(), []);

    let all: Vec<&str> = flags.split(' ').collect();
    let plan = world.run(&[&["plan"][..], &all].concat()).succeeds();
    let marks = plan.stdout.lines().filter(|line| line.contains("tags.gallery-deploy:gallery") && line.ends_with("  taken over"));
    assert_eq!(marks.count(), targets.len(), "{}", plan.stdout);
    assert_eq!(world.proxy.writes(), []);
    world.run(&[&["up", "--yes"][..], &all].concat()).succeeds();

    // Whatever happens to the run, what it has touched is known as ours.
    let writes = world.proxy.writes();
    let first_writes = [
        ("PutBucketTagging", world.images_bucket()),
        ("PutBucketTagging", world.site_bucket()),
        ("TagRole", ROLE.to_owned()),
        ("TagUser", USER.to_owned()),
    ];
    for (operation, name) in first_writes {
        assert_eq!(first_write(&writes, &name), operation, "{name}: {writes:?}");
    }
    for service in ["dynamodb", "lambda"] {
        let first = writes.iter().find(|call| call.service == service).unwrap();
        assert_eq!(first.operation, "TagResource", "{writes:?}");
    }
    is_right(&world);
    assert_eq!(world.page().gallery(&world.aws, "oslo").len(), 1, "a picture that was there before has a row");
    let theirs: Option<(&str, &[u8])> = Some(("images/rome/theirs.png", b"theirs"));
    world.assert_images_are_safe(theirs);
    world.run(&["up", "--yes", "--adopt", &targets[0]]).exits(2).says("leave `--adopt` out");
    // Ours now, and still somebody's images.
    world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    assert_eq!(world.inventory(), [format!("bucket {}", world.images_bucket())]);
    world.assert_images_are_safe(theirs);
}

/// The operation of the first write on `name`.
fn first_write<'a>(writes: &'a [Call], name: &str) -> &'a str {
    &writes.iter().find(|call| call.resource == name).unwrap().operation
}

#[test]
fn a_wish_that_cannot_be_granted_is_a_usage_error_with_what_can() {
    let world = World::new();
    role(&world, "/");
    user(&world, PATH);
    table(&world, ["id", "when"]);
    let refused = world.run(&["up", "--yes"]).exits(6).says("`/`").says("`role:`").says("id:S").says("`table:`");
    assert!(!refused.stderr.contains("--adopt role"), "{}", refused.stderr);
    for wish in [format!("role/{ROLE}"), "table/holiday-index".into(), "bucket/nowhere".into()] {
        for command in [&["plan"][..], &["up", "--yes"]] {
            let run = world.run(&[command, &["--adopt", &wish]].concat()).exits(2).says(&wish);
            run.says(&format!("can be taken over: user/{USER}"));
        }
    }
    world.run(&["up", "--adopt", "holiday-index"]).exits(2).says("KIND/NAME");
    assert_eq!(world.proxy.writes(), []);
}

/// IAM is global: a role or user with a name of its own is wanted by two regions, and belongs to the first.
#[test]
fn the_same_gallery_in_another_region_is_another_owner() {
    let world = World::new();
    let shared = "client: { user: shared-client }\nindexer: { role: shared-indexer }\n";
    world.configure(&format!("name: holiday\nregion: {REGION}\n{shared}"));
    world.run(&["up", "--yes"]).succeeds();
    world.configure(&format!("name: holiday\nregion: us-west-2\n{shared}"));
    world.proxy.reset();
    let refused = world.run(&["up", "--yes"]).exits(6);
    let refused = refused.says("shared-client").says("shared-indexer").says(&format!("`holiday` in {REGION}"));
    assert!(!refused.stderr.contains("--adopt"), "{}", refused.stderr);
    world.run(&["down", "--confirm-name", "holiday"]).succeeds().says("shared-client");
    assert_eq!(world.proxy.writes(), []);
}

/// G1, G2: Lambda makes the group by itself, so one without a tag is nobody's.
#[test]
fn a_log_group_without_a_tag_is_taken_over_and_another_gallery_s_is_not() {
    let world = World::new();
    let group = "/aws/lambda/holiday-indexer";
    world.aws.call(&["logs", "create-log-group", "--log-group-name", group, "--tags", "gallery-deploy:gallery=party"]);
    world.run(&["up", "--yes"]).exits(6).says(group).says("`party`");
    assert_eq!(world.proxy.writes(), []);
    let arn = format!("arn:aws:logs:{REGION}:000000000000:log-group:{group}");
    world.aws.call(&["logs", "untag-resource", "--resource-arn", &arn, "--tag-keys", "gallery-deploy:gallery"]);
    world.run(&["up", "--yes"]).succeeds();
    is_right(&world);
}

/// Statements and entries carry no tags: our prefix is the mark. What could never be ours is refused, what we may have written is put right.
#[test]
fn statements_and_entries_under_our_mark() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    function(&world, "other");
    let entries = format!(
        r#"{{"LambdaFunctionConfigurations":[
            {{"Id":"gallery-deploy-index","LambdaFunctionArn":"arn:aws:lambda:{REGION}:000000000000:function:other","Events":["s3:ObjectCreated:*"]}},
            {{"Id":"theirs","LambdaFunctionArn":"arn:aws:lambda:{REGION}:000000000000:function:other","Events":["s3:ObjectRestore:Completed"]}}]}}"#
    );
    let put = ["s3api", "put-bucket-notification-configuration", "--bucket", &bucket, "--notification-configuration", &entries];
    world.aws.call(&put);
    world.run(&["up", "--yes"]).succeeds();
    let live = world.aws.call(&["s3api", "get-bucket-notification-configuration", "--bucket", &bucket]);
    let live = live["LambdaFunctionConfigurations"].as_array().unwrap();
    let points: Vec<(bool, &str)> = live
        .iter()
        .map(|entry| (entry["Id"] == "theirs", entry["LambdaFunctionArn"].as_str().unwrap().rsplit(':').next().unwrap()))
        .collect();
    assert!(points.len() == 2 && points.contains(&(true, "other")) && points.contains(&(false, "holiday-indexer")), "{live:?}");

    let add = |id: &str| {
        let who = ["--action", "lambda:InvokeFunction", "--principal", "events.amazonaws.com"];
        let statement = ["lambda", "add-permission", "--function-name", "holiday-indexer", "--statement-id", id];
        world.aws.call(&[&statement[..], &who].concat());
    };
    add("theirs");
    is_right(&world);
    add("gallery-deploy-events");
    world.proxy.reset();
    world.run(&["up", "--yes"]).exits(6).says("gallery-deploy-events").says("--adopt permission/holiday-indexer");
    assert_eq!(world.proxy.writes(), []);
    world.run(&["up", "--yes", "--adopt", "permission/holiday-indexer"]).succeeds();
    let policy = world.aws.call(&["lambda", "get-policy", "--function-name", "holiday-indexer"]).to_string();
    assert!(policy.contains("theirs") && !policy.contains("gallery-deploy-events"), "{policy}");
    is_right(&world);
}

/// Bucket names are everybody's.
#[test]
fn a_bucket_of_another_account_is_refused() {
    let world = World::new();
    let other = gallery_tests::Key { id: "111111111111".into(), secret: "test".into() };
    let (bucket, place) = (world.images_bucket(), format!("LocationConstraint={REGION}"));
    world.aws.with_key(&other).call(&["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration", &place]);
    world.run(&["up", "--yes"]).exits(6).says(&bucket).says("another account");
    assert_eq!(world.proxy.writes(), []);
}

/// The images bucket was deleted by hand, and somebody else has its name now: neither ours to deploy into nor to delete.
#[test]
fn a_name_that_another_account_has_taken_since_does_not_keep_the_rest() {
    let world = World::new();
    world.run(&["up", "--yes"]).succeeds();
    let bucket = world.images_bucket();
    world.aws.call(&["s3api", "delete-bucket", "--bucket", &bucket]);
    let other = gallery_tests::Key { id: "111111111111".into(), secret: "test".into() };
    let theirs = world.aws.with_key(&other);
    theirs.call(&[
        "s3api",
        "create-bucket",
        "--bucket",
        &bucket,
        "--create-bucket-configuration",
        &format!("LocationConstraint={REGION}"),
    ]);
    let file = world.file("letter.txt", b"theirs");
    theirs.call(&["s3api", "put-object", "--bucket", &bucket, "--key", "letter.txt", "--body", &file]);

    world.proxy.reset();
    world.run(&["up", "--yes"]).exits(6).says("another account");
    let skip = format!("bucket/{bucket}");
    let down = ["down", "--confirm-name", "holiday", "--delete-images"];
    world.run(&down).exits(6).says("another account").says(&format!("--skip {skip}"));
    world.run(&[&down[..], &["--skip", "table/holiday-index"]].concat()).exits(2).says(&format!("what can be skipped: {skip}"));
    assert_eq!(world.proxy.writes(), []);

    world.run(&[&down[..], &["--skip", &skip]].concat()).succeeds().says("KEPT: belongs to another account");
    assert_eq!(world.inventory(), [""; 0]);
    assert!(world.proxy.writes().iter().all(|call| !call.resource.starts_with(&bucket)), "{:?}", world.proxy.writes());
    theirs.call(&["s3api", "head-object", "--bucket", &bucket, "--key", "letter.txt"]);
}

/// D5: a run is killed right after it has made the table, whose tags AWS does not show yet: it is no stranger's, and not absent.
#[test]
fn a_table_whose_tags_are_late_is_ours_all_the_same() {
    let world = World::new();
    world.proxy.behave("D5");
    for next in [&["up", "--yes"][..], &["down", "--confirm-name", "holiday", "--delete-images"]] {
        world.proxy.reset();
        let made = || world.proxy.calls().iter().any(|call| call.is("dynamodb:CreateTable") && call.status.is_some());
        world.run_and_signal(&["up", "--yes"], Signal::KILL, made);
        assert!(made(), "it got so far");
        world.run(next).succeeds();
        if next[0] == "up" {
            is_right(&world);
            world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
        }
        assert_eq!(world.inventory(), [""; 0]);
    }
}

/// S5: a name that is ours in another region is taken all the same.
#[test]
fn a_bucket_in_another_region_is_refused() {
    let world = World::new();
    world.proxy.behave("S5");
    let elsewhere = "us-west-2";
    let place = format!("LocationConstraint={elsewhere}");
    for bucket in [world.images_bucket(), world.site_bucket()] {
        let create = ["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration", &place];
        world.aws.in_region(elsewhere).call(&create);
    }
    let refused = world.run(&["up", "--yes"]).exits(6);
    for bucket in [world.images_bucket(), world.site_bucket()] {
        assert!(
            refused.stderr.contains(&format!("`{bucket}` is taken by a bucket in the region {elsewhere}")),
            "{}",
            refused.stderr
        );
    }
    assert!(!refused.stderr.contains("--adopt"), "what lies elsewhere cannot be taken over: {}", refused.stderr);
    assert_eq!(world.proxy.writes(), []);
}

/// Block Public Access is all that keeps a private file from everybody. Whenever the run that lifts it ends, the file stays private.
#[test]
fn what_an_adopted_bucket_hides_is_never_shown() {
    let world = World::new();
    let name = world.images_bucket();
    bucket(&world, &name);
    let s3api = |call: &str, more: &[&str]| world.aws.attempt(&[&["s3api", call, "--bucket", &name], more].concat());
    let file = world.file("letter", "a letter");
    for key in ["private/letter.txt", "images/rome/a.png"] {
        s3api("put-object", &["--key", key, "--body", &file]).unwrap();
    }
    let status = |key: &str| world.http.get(&format!("{}/{name}/{key}", world.undisturbed_endpoint())).status;
    let everything = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":"*","Action":"*","Resource":["arn:aws:s3:::{name}","arn:aws:s3:::{name}/*"]}}]}}"#
    );
    let block = |on: bool| {
        let switches = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
        let switches = switches.map(|switch| format!("{switch}={on}")).join(",");
        s3api("put-public-access-block", &["--public-access-block-configuration", &switches]).unwrap();
    };
    // Each in the state in which AWS is when the call has taken effect and the program has not heard of it.
    let has_policy = |what: &str| s3api("get-bucket-policy", &[]).is_ok_and(|answer| answer.to_string().contains(what));
    let is_lifted = || {
        let live = s3api("get-public-access-block", &[]).unwrap();
        live["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] == false
    };
    let moments: [(&str, &dyn Fn() -> bool); 3] = [
        ("s3:DeleteBucketPolicy", &|| !has_policy("Statement")),
        ("s3:PutPublicAccessBlock", &is_lifted),
        ("s3:PutBucketPolicy", &|| has_policy("images/*")),
    ];
    let adopt = format!("bucket/{name}");
    let mut arguments = vec!["up", "--yes", "--adopt", &adopt];
    for (write, took_effect) in moments {
        block(false);
        s3api("put-bucket-policy", &["--policy", &everything]).unwrap();
        assert_eq!(status("private/letter.txt"), 200, "the policy alone shows it to everybody");
        block(true);
        assert_eq!(status("private/letter.txt"), 403);
        world.proxy.reset();
        world.proxy.fail(Fault::Delayed(Duration::from_secs(60)), Calls::on(write, &name));
        world.run_and_signal(&arguments, Signal::KILL, took_effect);
        assert!(took_effect(), "killed after {write}");
        assert_eq!(status("private/letter.txt"), 403, "after {write}");
        world.proxy.clear();
        // It carries our tags by now.
        arguments = vec!["up", "--yes"];
    }
    // The last run came furthest.
    let writes = world.proxy.writes();
    let at = |write: &str| writes.iter().position(|call| call.is(write) && call.resource == name).unwrap();
    assert!(at("s3:DeleteBucketPolicy") < at("s3:PutPublicAccessBlock"), "{writes:?}");
    assert!(at("s3:PutPublicAccessBlock") < at("s3:PutBucketPolicy"), "{writes:?}");
    world.run(&arguments).succeeds();
    assert_eq!(status("private/letter.txt"), 403);
    assert_eq!(status("images/rome/a.png"), 200);
}

//! Behaviours of the real AWS that a life of a gallery in which nothing goes wrong does not meet: here the program meets each, as `struck` tells, and
//! comes to its end all the same.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Calls, Fault, REGION, World, changed, eventually};
use rustix::process::Signal;
use serde_json::json;

const UP: [&str; 2] = ["up", "--yes"];
const DOWN: [&str; 4] = ["down", "--confirm-name", "holiday", "--delete-images"];

/// Runs the program until so many calls of an operation have reached AWS, and kills it then: none of their answers comes, but they take effect.
fn killed_at(world: &World, arguments: &[&str], operation: &str, calls: usize) {
    world.proxy.reset();
    world.proxy.fail(Fault::Held, Calls::of(operation).first(calls));
    let arrived = || world.proxy.calls().iter().filter(|call| call.is(operation)).count() == calls;
    let run = world.run_and_signal(arguments, Signal::KILL, arrived);
    assert_eq!(run.code, None, "{}", run.stderr);
    let ended = || {
        world.proxy.release();
        world.proxy.calls().iter().all(|call| call.ended.is_some()).then_some(())
    };
    eventually("the end of what was begun", ended);
    world.proxy.reset();
}

/// How often a call was answered with this status.
fn answered(world: &World, operation: &str, status: u16) -> usize {
    world.proxy.calls().iter().filter(|call| call.is(operation) && call.status == Some(status)).count()
}

/// S2: the run before made the buckets and was killed. S4: they do not show yet, so that they are made again.
#[test]
fn s2_buckets_of_a_killed_run_are_its_own() {
    let world = World::new();
    world.proxy.behave("S2");
    world.proxy.behave("S4");
    killed_at(&world, &UP, "s3:CreateBucket", 2);
    world.run(&UP).succeeds();
    // Of a bucket whose first calls were other ones, the tags have shown meanwhile.
    assert!(world.proxy.struck("S2") > 0 && answered(&world, "s3:CreateBucket", 409) > 0, "{:#?}", world.proxy.calls());
    world.proxy.clear();
    world.proxy.reset();
    world.run(&UP).succeeds();
    assert_eq!(world.proxy.writes(), []);
}

/// A first `up` that has every setting, on the worst of days: backups are switched on for a table that is being made, and the like.
#[test]
fn every_setting_from_the_beginning() {
    let world = World::new();
    world.proxy.behave_all();
    world.file("page/index.html", "<!doctype html><title>mine</title>");
    let plain = format!("name: holiday\nregion: {REGION}\n");
    world.configure(&format!("{plain}{}", changed::every_setting("image/png")));
    world.run(&UP).succeeds();
    assert!(world.proxy.struck("D4") > 0);
    world.run(&UP).succeeds().says("No changes.");
    world.configure(&plain);
    world.run(&UP).succeeds();
    world.run(&DOWN).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

/// S1, S2: us-east-1 takes no location, and says of a bucket that the account has already that it was made.
#[test]
fn s1_s2_a_life_in_us_east_1() {
    let world = World::new();
    world.configure("name: holiday\nregion: us-east-1\n");
    world.proxy.behave_all();
    killed_at(&world, &UP, "s3:CreateBucket", 2);
    world.run(&UP).succeeds();
    assert!(answered(&world, "s3:CreateBucket", 200) > 0, "again, as if it had not been there: {:#?}", world.proxy.calls());
    world.proxy.clear();
    world.proxy.reset();
    world.run(&UP).succeeds();
    assert_eq!(world.proxy.writes(), []);
    world.proxy.behave_all();
    world.run(&DOWN).succeeds();
    assert_eq!(World::inventory_of(&world.aws.in_region("us-east-1")), [""; 0]);
}

/// L11: the run before deleted the function and was killed. It is still on its way out when the next makes one.
#[test]
fn l11_a_function_is_made_where_one_is_leaving() {
    let world = World::deployed();
    world.proxy.behave("L11");
    killed_at(&world, &DOWN, "lambda:DeleteFunction", 1);
    world.run(&UP).succeeds();
    assert!(answered(&world, "lambda:CreateFunction", 409) > 0, "{:#?}", world.proxy.calls());
    assert_eq!(answered(&world, "lambda:CreateFunction", 201), 1);
}

/// A function that a killed run has made, and not let anybody call yet, has no policy to read.
#[test]
fn a_function_without_a_policy_is_let_be_called() {
    let world = World::new();
    killed_at(&world, &UP, "lambda:CreateFunction", 1);
    world.proxy.behave("no-function-policy");
    world.run(&UP).succeeds();
    assert!(world.proxy.struck("no-function-policy") > 0);
    assert_eq!(answered(&world, "lambda:AddPermission", 201), 1);
}

/// D5: DynamoDB does not hear twice that rows shall expire: not when the first answer was lost, and not when somebody else was faster.
#[test]
fn d5_an_expiry_that_is_said_already_is_no_failure() {
    let world = World::new();
    world.proxy.behave("D5");
    world.proxy.fail(Fault::LostAfter, Calls::of("dynamodb:UpdateTimeToLive").first(1));
    world.run(&UP).succeeds();
    assert_eq!(answered(&world, "dynamodb:UpdateTimeToLive", 400), 1, "{:#?}", world.proxy.writes());
}

/// S14: a write of tags replaces all of them, and what AWS itself has put there must be among them.
#[test]
fn s14_tags_of_aws_itself_are_kept() {
    let world = World::deployed();
    let bucket = world.images_bucket();
    let call = |name: &str, more: &[&str]| world.aws.call(&[&["s3api", name, "--bucket", &bucket], more].concat());
    let mut tags = call("get-bucket-tagging", &[]);
    let of_aws = json!({ "Key": "aws:cloudformation:stack-name", "Value": "theirs" });
    tags["TagSet"].as_array_mut().unwrap().push(of_aws.clone());
    call("put-bucket-tagging", &["--tagging", &tags.to_string()]);
    world.proxy.behave("S14");
    world.configure(&format!("name: holiday\nregion: {REGION}\ntags:\n  team: travel\n"));
    world.proxy.reset();
    world.run(&UP).succeeds();
    assert_eq!(answered(&world, "s3:PutBucketTagging", 204) + answered(&world, "s3:PutBucketTagging", 200), 2, "of both buckets");
    let tags = call("get-bucket-tagging", &[])["TagSet"].clone();
    let tags = tags.as_array().unwrap();
    assert!(tags.contains(&of_aws) && tags.contains(&json!({ "Key": "team", "Value": "travel" })), "{tags:?}");
}

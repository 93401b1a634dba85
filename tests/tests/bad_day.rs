//! What does not pass on a bad day of the real AWS ends a run with the reason, and holds up nothing else.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{REGION, World};
use serde_json::Value;

/// How often each of these was called.
fn attempts(world: &World, operations: &[&str]) -> Vec<usize> {
    let calls = world.proxy.calls();
    operations.iter().map(|operation| calls.iter().filter(|call| call.is(operation)).count()).collect()
}

#[test]
fn a_role_that_does_not_trust_lambda_ends_the_run_at_once() {
    let world = World::new();
    world.proxy.behave("trust-changed");
    world.proxy.behave("L1");
    world.run(&["up", "--yes"]).exits(1).says("does not name lambda.amazonaws.com").says("role");
    assert_eq!(attempts(&world, &["lambda:CreateFunction", "iam:GetRole"]), [1, 2], "looked at before the plan and once after");
    world.proxy.clear();
    world.run(&["up", "--yes"]).succeeds();
}

#[test]
fn a_quota_that_is_used_up_ends_the_run_at_once() {
    let world = World::new();
    world.proxy.behave("quotas");
    let run = world
        .run(&["up", "--yes"])
        .exits(1)
        .says("RolesPerAccount")
        .says("2500 tables")
        .says("a quota of the account is used up");
    assert!(run.stderr.contains("Resource limit exceeded"), "{}", run.stderr);
    let creations = [
        "iam:CreateRole",
        "iam:CreateUser",
        "dynamodb:CreateTable",
        "logs:CreateLogGroup",
        "s3:CreateBucket",
        "lambda:CreateFunction",
    ];
    // Two buckets; and no function without its role.
    assert_eq!(attempts(&world, &creations), [1, 1, 1, 1, 2, 0]);

    // The function alone is missing.
    world.proxy.clear();
    world.run(&["up", "--yes"]).succeeds();
    world.aws.call(&["lambda", "delete-function", "--function-name", "holiday-indexer"]);
    world.proxy.reset();
    world.proxy.behave("quotas");
    world.run(&["up", "--yes"]).exits(1).says("Code storage limit exceeded").says("a quota of the account is used up");
    assert_eq!(attempts(&world, &creations), [0, 0, 0, 0, 0, 1]);
}

#[test]
fn a_bucket_name_that_somebody_takes_ends_the_run_at_once() {
    let world = World::new();
    world.proxy.behave("names-taken");
    world.run(&["up", "--yes"]).exits(1).says("bucket name is not available").says("bucket names are shared by everybody");
    assert_eq!(attempts(&world, &["s3:CreateBucket"]), [2]);
}

#[test]
fn what_is_not_allowed_ends_the_run_at_once() {
    let world = World::new();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":["lambda:CreateFunction","s3:PutBucketPolicy"],"Resource":"*"}]}"#;
    world.aws.call(&["iam", "create-user", "--user-name", "limited"]);
    world.aws.call(&["iam", "put-user-policy", "--user-name", "limited", "--policy-name", "p", "--policy-document", policy]);
    let key = world.aws.call(&["iam", "create-access-key", "--user-name", "limited"]);
    let text = |field: &str| key["AccessKey"][field].as_str().unwrap().to_owned();
    let program = world.program().with("AWS_ACCESS_KEY_ID", &text("AccessKeyId"));
    let program = program.with("AWS_SECRET_ACCESS_KEY", &text("SecretAccessKey"));
    world
        .run_as(&program, &["up", "--yes"])
        .exits(1)
        .says("not allowed to create a Lambda function")
        .says("s3:PutBucketPolicy")
        .says("arn:aws:iam::000000000000:user/limited")
        .says("an explicit deny forbids it");
    assert_eq!(attempts(&world, &["lambda:CreateFunction", "s3:PutBucketPolicy"]), [1, 2]);
}

/// Lambda takes an update, and says afterwards that it has failed at it: no later run takes that for done.
#[test]
fn an_update_that_lambda_fails_at_is_sent_again() {
    let world = World::deployed();
    world.configure(&format!("name: holiday\nregion: {REGION}\nindexer: {{ memory: 512 }}\n"));
    world.proxy.behave("updates-fail");
    let reason = "execution environment could not be made";
    world.run(&["up", "--yes"]).exits(1).says(reason);
    let plan = world.run(&["plan"]).succeeds();
    assert!(plan.stdout.contains("not in use, since Lambda says") && plan.stdout.contains(reason), "{}", plan.stdout);
    world.run(&["up", "--yes"]).exits(1).says(reason);
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(attempts(&world, &["lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"]), [1, 0]);
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds().says("No changes.");
    assert_eq!(world.proxy.writes(), []);
}

/// D5: once an hour. Whatever does not need it is done all the same.
#[test]
fn a_time_to_live_that_cannot_change_yet_holds_up_nothing_else() {
    let world = World::new();
    world.proxy.behave("D5");
    world.run(&["up", "--yes"]).succeeds();
    let bucket = world.images_bucket();
    let switch = ["dynamodb", "update-time-to-live", "--table-name", "holiday-index", "--time-to-live-specification"];
    world.aws.call(&[&switch[..], &["Enabled=false,AttributeName=expires_at"]].concat());
    let put = ["s3api", "put-bucket-notification-configuration", "--bucket", &bucket, "--notification-configuration", "{}"];
    world.aws.call(&put);
    world.run(&["up", "--yes"]).exits(1).says("changes the time to live of a table once an hour").says("in an hour");
    let live = world.aws.call(&["s3api", "get-bucket-notification-configuration", "--bucket", &bucket]);
    assert_eq!(live["LambdaFunctionConfigurations"].as_array().map(Vec::len), Some(1), "{live}");
    world.proxy.clear();
    world.run(&["up", "--yes"]).succeeds();
    let live = world.aws.call(&["dynamodb", "describe-time-to-live", "--table-name", "holiday-index"]);
    assert_eq!(live["TimeToLiveDescription"]["AttributeName"], Value::from("expires_at"));
}

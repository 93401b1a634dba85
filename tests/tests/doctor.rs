//! `doctor`: what would make `up` fail is found beforehand, with what to do about it.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Key, Program, REGION, Run, World};
use serde_json::Value;

/// Checks and their outcomes on standard output.
fn findings(run: &Run) -> Vec<(String, String)> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    let found = lines.filter(|event: &Value| event["type"] == "finding");
    let text = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    found.map(|event| (text(&event, "check"), text(&event, "outcome"))).collect()
}

/// Whatever it finds, it writes nothing; and `up` ends with the same code.
fn doctor(world: &World, program: &Program, code: i32) -> Run {
    world.proxy.reset();
    let run = world.run_as(program, &["doctor"]).exits(code);
    assert_eq!(world.proxy.writes(), []);
    world.run_as(program, &["up", "--yes"]).exits(code);
    run
}

/// That standard output has `text`.
fn shows(run: &Run, text: &str) {
    assert!(run.stdout.contains(text), "{text:?} is not in\n{}{}", run.stdout, run.stderr);
}

#[test]
fn nothing_is_found_where_up_would_work() {
    let world = World::new();
    for _ in ["not deployed", "deployed"] {
        let run = world.run(&["doctor", "--json"]).succeeds();
        let checks = ["config", "indexer", "region", "local AWS", "clock", "credentials", "names", "permissions"];
        let fine: Vec<(String, String)> = checks.iter().map(|check| ((*check).to_owned(), "ok".to_owned())).collect();
        assert_eq!(findings(&run), fine, "{}", run.stdout);
        doctor(&world, &world.program(), 0);
    }
}

#[test]
fn missing_credentials_and_a_wrong_region_are_found() {
    let world = World::new();
    let nobody = world.program().without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    shows(&doctor(&world, &nobody, 7), "✗ wrong    credentials  no credentials were found");
    let stranger = world.program().with("AWS_SECRET_ACCESS_KEY", "wrong");
    shows(&doctor(&world, &stranger, 7), "✗ wrong    credentials  the secret access key is wrong");

    // Its buckets are elsewhere already.
    world.run(&["up", "--yes"]).succeeds();
    let images = world.images_bucket();
    world.configure(&format!("name: holiday\nregion: us-west-2\nimages: {{ bucket: {images} }}\n"));
    world.proxy.behave("S5");
    shows(
        &doctor(&world, &world.program(), 6),
        &format!(
            "✗ wrong    names        1 resource cannot be used\n                          bucket    `{images}` is taken by a bucket in the region {REGION}"
        ),
    );
    world.configure("name: holiday\n");
    let slip = world.program().with("AWS_REGION", "us-wset-2");
    let run = doctor(&world, &slip, 3);
    shows(&run, "✗ wrong    region");
    shows(&run, "did you mean `us-west-2`?");
    world.configure("name: Holiday\n");
    shows(&doctor(&world, &slip, 3), "✗ wrong    config");
}

#[test]
fn a_clock_that_is_off_by_ten_minutes_is_found() {
    let world = World::new();
    world.proxy.behave("clock-ahead");
    let run = doctor(&world, &world.program(), 7);
    shows(&run, "✗ wrong    clock        this machine's clock is 10 min ");
    shows(&run, "ahead of AWS's");
    shows(&run, "? unknown  credentials");
}

#[test]
fn a_name_that_is_taken_is_found() {
    let world = World::new();
    let place = format!("LocationConstraint={REGION}");
    let bucket = world.site_bucket();
    world.aws.call(&["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration", &place]);
    let run = doctor(&world, &world.program(), 6);
    shows(&run, &format!("bucket    `{bucket}` exists and is not this gallery's"));
    shows(&run, &format!("--adopt bucket/{bucket}"));
}

#[test]
fn a_local_aws_that_does_not_run_is_found() {
    let world = World::new();
    // A port that nobody listens on: that of a server that has ended.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = world.program().with("AWS_ENDPOINT_URL", &format!("http://127.0.0.1:{port}"));
    let run = world.run_as(&program, &["doctor"]).exits(1);
    shows(&run, &format!("✗ wrong    local AWS    nothing answers at http://127.0.0.1:{port}"));
}

#[test]
fn a_missing_action_is_found_where_iam_may_be_asked() {
    let world = World::new();
    let mut policy: Value = serde_json::from_str(&world.run(&["policy"]).succeeds().stdout).unwrap();
    let actions = |policy: &mut Value, sid: &str, change: &dyn Fn(&mut Vec<Value>)| {
        let statements = policy["Statement"].as_array_mut().unwrap();
        let statement = statements.iter_mut().find(|statement| statement["Sid"] == sid).unwrap();
        change(statement["Action"].as_array_mut().unwrap());
    };
    actions(&mut policy, "Role", &|actions| actions.retain(|action| action != "iam:CreateRole"));
    let silent = limited_to(&world, "silent", &policy);
    world.proxy.reset();
    let run = world.run_as(&silent, &["doctor"]).succeeds();
    shows(&run, "? unknown  permissions  they cannot be checked beforehand: iam:SimulatePrincipalPolicy");

    actions(&mut policy, "Galleries", &|actions| actions.push("iam:SimulatePrincipalPolicy".into()));
    let asking = limited_to(&world, "asking", &policy);
    let run = world.run_as(&asking, &["doctor"]).exits(7);
    shows(&run, "✗ wrong    permissions  3 actions not allowed");
    shows(
        &run,
        &format!("lacks     iam:CreateRole on arn:aws:iam::000000000000:role/gallery-deploy/holiday/holiday-indexer-{REGION}"),
    );
    shows(&run, r#"{"Effect":"Allow","Action":["iam:CreateRole"],"Resource":"arn:aws:iam::000000000000:role/"#);
    assert_eq!(world.proxy.writes(), []);
    world.run_as(&asking, &["up", "--yes"]).exits(1).says("iam:CreateRole");
}

/// The program with the key of a new user who has only this policy.
fn limited_to(world: &World, user: &str, policy: &Value) -> Program {
    let file = world.file("policy.json", policy.to_string());
    world.aws.call(&["iam", "create-user", "--user-name", user]);
    let document = format!("file://{file}");
    let made = world.aws.call(&["iam", "create-policy", "--policy-name", user, "--policy-document", &document]);
    world.aws.call(&["iam", "attach-user-policy", "--user-name", user, "--policy-arn", made["Policy"]["Arn"].as_str().unwrap()]);
    let created = world.aws.call(&["iam", "create-access-key", "--user-name", user]);
    let text = |field: &str| created["AccessKey"][field].as_str().unwrap().to_owned();
    let key = Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") };
    world.program().with("AWS_ACCESS_KEY_ID", &key.id).with("AWS_SECRET_ACCESS_KEY", &key.secret)
}

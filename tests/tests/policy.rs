//! Least privilege: with exactly the policy that `gallery-deploy policy` prints, everything works.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Key, Program, World, picture};

/// An IAM user whose only policy is `document`, and the program with its key.
fn limited_to(world: &World, document: &str) -> Program {
    let user = "pipeline";
    let file = world.file("policy.json", document);
    world.aws.call(&["iam", "create-user", "--user-name", user]);
    let document = format!("file://{file}");
    let policy = world.aws.call(&["iam", "create-policy", "--policy-name", user, "--policy-document", &document]);
    let arn = policy["Policy"]["Arn"].as_str().unwrap();
    world.aws.call(&["iam", "attach-user-policy", "--user-name", user, "--policy-arn", arn]);
    let created = world.aws.call(&["iam", "create-access-key", "--user-name", user]);
    let text = |name: &str| created["AccessKey"][name].as_str().unwrap().to_owned();
    let key = Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") };
    world.program().with("AWS_ACCESS_KEY_ID", &key.id).with("AWS_SECRET_ACCESS_KEY", &key.secret)
}

#[test]
fn up_plan_and_down_work_with_the_printed_policy() {
    let world = World::new();
    let document = world.run(&["policy"]).succeeds().stdout;
    let program = limited_to(&world, &document);
    let run = |arguments: &[&str]| world.run_as(&program, arguments);
    run(&["plan"]).succeeds();
    run(&["up", "--yes"]).succeeds();
    run(&["up"]).succeeds();
    run(&["outputs"]).succeeds();
    world.put_image("images/rome/forum.png", picture("forum"));
    run(&["reindex"]).succeeds();
    run(&["down", "--confirm-name", "holiday"]).succeeds();
    // It reads the images that are there, and makes rows for them.
    run(&["up", "--yes"]).succeeds();
    run(&["reindex", "--check"]).succeeds();
    run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
}

#[test]
fn the_read_only_policy_suffices_to_look_and_to_nothing_more() {
    let world = World::new();
    let document = world.run(&["policy", "--read-only"]).succeeds().stdout;
    let program = limited_to(&world, &document);
    world.run_as(&program, &["plan"]).succeeds();
    world.run_as(&program, &["up", "--yes"]).exits(1).says("error[permission]");
    assert_eq!(world.inventory(), ["user pipeline"]);

    world.run(&["up", "--yes"]).succeeds();
    world.run_as(&program, &["reindex", "--check"]).succeeds();
    world.aws.call(&["lambda", "delete-function", "--function-name", "holiday-indexer"]);
    world.put_image("images/rome/forum.png", picture("forum"));
    world.run_as(&program, &["reindex", "--check"]).exits(5);
    world.run_as(&program, &["reindex"]).exits(1).says("error[permission]");
}

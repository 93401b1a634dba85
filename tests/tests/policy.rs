//! Least privilege: with exactly the policy that `gallery-deploy policy` prints, everything works.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{Journey, Key, Program, REGION, World, changed, picture, sample, try_all};
use serde_json::Value;

/// The only policy of the IAM user `pipeline` is `document`, as a managed policy; and the program with its key.
fn limited_to(world: &World, document: &str) -> Program {
    let user = "pipeline";
    let document = format!("file://{}", world.file("policy.json", document));
    world.aws.call(&["iam", "create-user", "--user-name", user]);
    let policy = world.aws.call(&["iam", "create-policy", "--policy-name", user, "--policy-document", &document]);
    let arn = policy["Policy"]["Arn"].as_str().unwrap();
    world.aws.call(&["iam", "attach-user-policy", "--user-name", user, "--policy-arn", arn]);
    with_key_of(world, user)
}

/// The same with an inline policy, of which each user has its own.
fn limited_inline(world: &World, user: &str, document: &str) -> Program {
    let document = format!("file://{}", world.file("policy.json", document));
    world.aws.call(&["iam", "create-user", "--user-name", user]);
    world.aws.call(&["iam", "put-user-policy", "--user-name", user, "--policy-name", "only", "--policy-document", &document]);
    with_key_of(world, user)
}

/// AWS asks for rights that the local AWS does not ask for.
fn as_strict_as_aws(world: &World) {
    for id in ["pass-role", "tag-on-create", "missing-is-denied"] {
        world.proxy.behave(id);
    }
}

fn with_key_of(world: &World, user: &str) -> Program {
    let created = world.aws.call(&["iam", "create-access-key", "--user-name", user]);
    let text = |name: &str| created["AccessKey"][name].as_str().unwrap().to_owned();
    let key = Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") };
    world.program().with("AWS_ACCESS_KEY_ID", &key.id).with("AWS_SECRET_ACCESS_KEY", &key.secret)
}

#[test]
fn up_plan_and_down_work_with_the_printed_policy() {
    let world = World::new();
    as_strict_as_aws(&world);
    let document = world.run(&["policy"]).succeeds().stdout;
    let program = limited_to(&world, &document);
    let run = |arguments: &[&str]| world.run_as(&program, arguments);
    run(&["plan"]).succeeds();
    run(&["up", "--yes"]).succeeds();
    run(&["up"]).succeeds();
    run(&["outputs"]).succeeds();
    // Every setting another one, and back.
    let plain = format!("name: holiday\nregion: {REGION}\n");
    world.file("page/index.html", "<!doctype html><title>another page</title>");
    for settings in [changed::every_setting("image/png"), String::new()] {
        world.configure(&format!("{plain}{settings}"));
        run(&["up", "--yes"]).succeeds();
    }
    // Another role of the same name: the function is bound to it by way of one that stands in for it (L4).
    let role = format!("holiday-indexer-{REGION}");
    world.aws.call(&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", "gallery-deploy-indexer"]);
    world.aws.call(&["iam", "delete-role", "--role-name", &role]);
    run(&["up", "--yes"]).succeeds();
    world.put_image("images/rome/forum.png", picture("forum"));
    run(&["reindex"]).succeeds();
    run(&["down", "--confirm-name", "holiday"]).succeeds();
    // It reads the images that are there, and makes rows for them.
    run(&["up", "--yes"]).succeeds();
    run(&["reindex", "--check"]).succeeds();
    run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
}

/// What a person may do with the role and the user, and `up` or `down` undo: an instance profile and a group, named after `name`.
fn attach(world: &World, name: &str) {
    let name = format!("{}-{name}", world.name);
    let (role, user) = (format!("{}-indexer-{REGION}", world.name), format!("{}-client-{REGION}", world.name));
    world.aws.call(&["iam", "create-instance-profile", "--instance-profile-name", &name]);
    world.aws.call(&["iam", "add-role-to-instance-profile", "--instance-profile-name", &name, "--role-name", &role]);
    world.aws.call(&["iam", "create-group", "--group-name", &name]);
    world.aws.call(&["iam", "add-user-to-group", "--group-name", &name, "--user-name", &user]);
}

/// So many statements are taken out, one at a time, unless all are.
const STATEMENTS: usize = 5;

#[test]
fn no_statement_of_the_printed_policy_can_be_left_out() {
    let first = Journey::new();
    let whole: Value = serde_json::from_str(&first.world.run(&["policy"]).succeeds().stdout).unwrap();
    let statements = whole["Statement"].as_array().unwrap();
    let sids: Vec<String> = statements.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect();
    assert_eq!(sids.last().map(String::as_str), Some("LocalStandIn"), "the one for this endpoint");
    try_all("a policy without one of its statements", first, sample(sids, STATEMENTS), |gallery, sid| {
        let world = &gallery.world;
        as_strict_as_aws(world);
        let mut document: Value = serde_json::from_str(&world.run(&["policy"]).succeeds().stdout).unwrap();
        let statements = document["Statement"].as_array_mut().unwrap();
        let index = statements.iter().position(|statement| statement["Sid"] == sid.as_str()).unwrap();
        let left_out = statements.remove(index)["Action"].take();
        // Nor may the one for this endpoint stand in for it.
        if let Some(stand_in) = statements.iter_mut().find(|statement| statement["Sid"] == "LocalStandIn") {
            let actions = stand_in["Action"].as_array_mut().unwrap();
            actions.retain(|action| !left_out.as_array().unwrap().contains(action));
        }
        let program = limited_inline(world, &format!("{}-{sid}", world.name), &document.to_string());
        let refused = |arguments: &[&str]| {
            let run = world.run_as(&program, arguments);
            let denied = run.code != Some(0);
            // What stands in the way of `up` and `down` is answered with the missing statement, to be pasted.
            let pasted = format!(r#"{{"Sid":"{sid}","Effect":"Allow""#);
            let changes = ["up", "down"].contains(&arguments[0]) && sid != "LocalStandIn";
            let elsewhere = ["not allowed to ", "could not be read: ", "this identity may read nothing of it"];
            let says = |words: &[&str]| words.iter().any(|words| run.stderr.contains(words));
            let told = if changes { says(&[&pasted, elsewhere[2]]) } else { says(&elsewhere) };
            assert!(!denied || told, "another failure: {}", run.stderr);
            denied
        };
        let down = ["down", "--confirm-name", &world.name, "--delete-images"];
        let failed = refused(&["up", "--yes"]) || {
            world.put_image("images/rome/a.png", picture("a"));
            attach(world, sid);
            let others: [&[&str]; 4] = [&["stages"], &["status"], &["logs"], &["reindex"]];
            refused(&["up", "--yes"]) || others.into_iter().any(refused) || refused(&down)
        };
        world.run(&down).succeeds();
        assert!(failed, "everything works without {sid}");
    });
}

#[test]
fn the_read_only_policy_suffices_to_look_and_to_nothing_more() {
    let world = World::new();
    as_strict_as_aws(&world);
    let document = world.run(&["policy", "--read-only"]).succeeds().stdout;
    let program = limited_to(&world, &document);
    world.run_as(&program, &["plan"]).succeeds();
    world.run_as(&program, &["up", "--yes"]).exits(1).says("error[permission]");
    assert_eq!(world.inventory(), ["user pipeline"]);

    world.run(&["up", "--yes"]).succeeds();
    for looks in [&["plan"][..], &["status"], &["logs"], &["stages"], &["outputs"], &["reindex", "--check"]] {
        world.run_as(&program, looks).succeeds();
    }
    world.aws.call(&["lambda", "delete-function", "--function-name", "holiday-indexer"]);
    world.put_image("images/rome/forum.png", picture("forum"));
    world.run_as(&program, &["reindex", "--check"]).exits(5);
    world.run_as(&program, &["reindex"]).exits(1).says("error[permission]");
}

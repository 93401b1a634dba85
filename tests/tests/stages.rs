//! Stages: galleries beside the main one, from the same file; and how galleries of one account are told apart and found.

#![allow(clippy::unwrap_used, reason = "a test")]

use gallery_tests::{ACCOUNT, Aws, Key, REGION, Run, World};
use serde_json::{Value, json};

/// Events of one type on standard output.
fn events(run: &Run, kind: &str) -> Vec<Value> {
    let lines = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|event: &Value| event["type"] == kind).collect()
}

/// What `stages` tells, without when.
fn listed(world: &World) -> Vec<Value> {
    let mut found = events(&world.run(&["stages", "--json"]).succeeds(), "gallery");
    for gallery in &mut found {
        let gallery = gallery.as_object_mut().unwrap();
        let since = gallery.remove("since").unwrap();
        assert!(since.as_str().unwrap().starts_with("20"), "{since}");
        gallery.retain(|name, _| !["type", "ts"].contains(&name.as_str()));
    }
    found
}

fn page_of(world: &World, site_bucket: &str) -> String {
    format!("http://{site_bucket}.s3.localhost:{}/index.html", world.proxy.port())
}

#[test]
fn a_stage_lives_beside_the_main_gallery_and_goes_alone() {
    let world = World::new();
    world.configure(&format!(
        "name: holiday\nregion: {REGION}\nindex: {{ table: pictures }}\nsite: {{ title: Main }}\nstages: {{ staging: {{ site: {{ title: Staging }} }} }}\n"
    ));
    let main_url = world.run(&["up", "--yes"]).succeeds().only_line().to_owned();
    let main = world.inventory();

    let url = world.run(&["up", "--stage", "staging", "--yes"]).succeeds().only_line().to_owned();
    assert_eq!(url, page_of(&world, &format!("holiday-staging-site-{ACCOUNT}-{REGION}")));
    let title = |url: &str| gallery_tests::PageConfig::read(&world.http, url).0["title"].clone();
    assert_eq!((title(&main_url), title(&url)), (json!("Main"), json!("Staging")));

    // The file does not name this one; the environment names it instead of the flag.
    let preview = world.program().with("GALLERY_DEPLOY_STAGE", "pr-123");
    world.run_as(&preview, &["up", "--yes"]).succeeds();
    let bucket = world.run_as(&preview, &["outputs", "images_bucket"]).succeeds().only_line().to_owned();
    assert_eq!(bucket, format!("holiday-pr-123-images-{ACCOUNT}-{REGION}"));
    // A name of the file is the main gallery's.
    assert_eq!(world.run_as(&preview, &["outputs", "table"]).succeeds().only_line(), "pictures-pr-123");

    let gallery = |name: &str, stage: Option<&str>| {
        let site = page_of(&world, &format!("{name}-site-{ACCOUNT}-{REGION}"));
        json!({ "gallery": name, "name": "holiday", "stage": stage, "region": REGION, "site_url": site })
    };
    let expected =
        [gallery("holiday", None), gallery("holiday-pr-123", Some("pr-123")), gallery("holiday-staging", Some("staging"))];
    assert_eq!(listed(&world), expected);
    let text = world.run(&["stages"]).succeeds();
    assert!(text.stdout.contains("holiday-pr-123") && text.stdout.contains(&url), "{}", text.stdout);

    world.proxy.reset();
    for stage in [&["plan"][..], &["plan", "--stage", "staging"], &["plan", "--stage", "pr-123"]] {
        world.run(stage).succeeds().says("No changes.");
    }
    assert_eq!(world.proxy.writes(), []);

    world.run(&["down", "--stage", "pr-123", "--delete-images", "--confirm-name", "holiday"]).exits(6).says("holiday-pr-123");
    world.run(&["down", "--stage", "pr-123", "--delete-images", "--confirm-name", "holiday-pr-123"]).succeeds();
    world.run(&["down", "--stage", "staging", "--delete-images", "--confirm-name", "holiday-staging"]).succeeds();
    assert_eq!(world.inventory(), main);
    world.run(&["plan"]).succeeds().says("No changes.");
    assert_eq!(listed(&world), expected[..1]);
}

/// Both call everything `holiday-pr-…`; only tags and IAM paths tell them apart.
#[test]
fn a_stage_and_a_gallery_of_its_name_never_touch_each_other() {
    let world = World::new();
    world.run(&["up", "--stage", "pr", "--yes"]).succeeds();
    let there = world.inventory();
    world.configure(&format!("name: holiday-pr\nregion: {REGION}\n"));
    world.proxy.reset();
    world.run(&["up", "--yes"]).exits(6).says("belongs to the stage `pr` of the gallery `holiday`");
    world.run(&["down", "--delete-images", "--confirm-name", "holiday-pr"]).succeeds();
    assert_eq!(world.proxy.writes(), []);
    assert_eq!(world.inventory(), there);

    // The main gallery and its stage have one name; with names that are given they meet, too.
    world.configure(&format!("name: holiday\nregion: {REGION}\nindex: {{ table: holiday-pr-index }}\n"));
    world.run(&["up", "--yes"]).exits(6).says("`holiday-pr-index` belongs to the stage `pr` of the gallery `holiday`");
    assert_eq!(world.proxy.writes(), []);

    let other = World::new();
    other.configure(&format!("name: holiday-pr\nregion: {REGION}\n"));
    other.run(&["up", "--yes"]).succeeds();
    other.configure(&format!("name: holiday\nregion: {REGION}\n"));
    other.proxy.reset();
    other.run(&["up", "--stage", "pr", "--yes"]).exits(6).says("belongs to the gallery `holiday-pr`");
    other
        .configure(&format!("name: holiday-pr\nregion: {REGION}\nstages: {{ x: {{ index: {{ table: holiday-pr-index }} }} }}\n"));
    other.run(&["up", "--stage", "x", "--yes"]).exits(6).says("`holiday-pr-index` belongs to the gallery `holiday-pr`");
    assert_eq!(other.proxy.writes(), []);
}

#[test]
fn up_mentions_the_other_galleries_when_it_makes_a_new_one() {
    let world = World::deployed();
    let lists = || world.proxy.calls().iter().filter(|call| call.name() == "iam:ListRoles").count();
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(lists(), 0, "a quiet run does not ask");

    world.configure(&format!("name: travel\nregion: {REGION}\n"));
    let mention = format!("Also deployed in this account: `holiday` in {REGION}");
    world.run(&["plan"]).succeeds().says(&mention);
    // The same name in another region is another gallery, too.
    world.configure("name: holiday\nregion: us-west-2\n");
    world.run(&["plan"]).succeeds().says(&mention);
    world.configure(&format!("name: travel\nregion: {REGION}\n"));
    // Before the question that nobody answers.
    world.run(&["up"]).exits(6).says(&mention);
}

/// As README says: the policy of one stage, with a `*` in place of its number.
#[test]
fn one_policy_suffices_for_all_previews() {
    let world = World::new();
    let document = world.run(&["policy", "--stage", "pr-0"]).succeeds().stdout.replace("pr-0", "pr-*");
    // Who may not look for others hears nothing of them.
    let mut policy: Value = serde_json::from_str(&document).unwrap();
    policy["Statement"].as_array_mut().unwrap().retain(|statement| statement["Sid"] != "Galleries");
    let key = user_with(&world.aws, &world.file("policy.json", policy.to_string()));
    let limited = world.program().with("AWS_ACCESS_KEY_ID", &key.id).with("AWS_SECRET_ACCESS_KEY", &key.secret);
    for stage in ["pr-1", "pr-23"] {
        let run = world.run_as(&limited, &["up", "--stage", stage, "--yes"]).succeeds();
        assert!(!run.stderr.contains("Also deployed"), "{}", run.stderr);
    }
    world.run_as(&limited, &["stages"]).exits(1).says("not allowed to list IAM roles");
    world.run_as(&limited, &["plan"]).exits(7).says("could not be read");
    world.run_as(&limited, &["down", "--stage", "pr-1", "--delete-images", "--confirm-name", "holiday-pr-1"]).succeeds();
}

/// A user whose policy is the document in `file`.
fn user_with(aws: &Aws, file: &str) -> Key {
    let name = "pipeline";
    aws.call(&["iam", "create-user", "--user-name", name]);
    let document = format!("file://{file}");
    let policy = aws.call(&["iam", "create-policy", "--policy-name", name, "--policy-document", &document]);
    aws.call(&["iam", "attach-user-policy", "--user-name", name, "--policy-arn", policy["Policy"]["Arn"].as_str().unwrap()]);
    let created = aws.call(&["iam", "create-access-key", "--user-name", name]);
    let text = |field: &str| created["AccessKey"][field].as_str().unwrap().to_owned();
    Key { id: text("AccessKeyId"), secret: text("SecretAccessKey") }
}

//! What is refused, with which exit code, and that nothing was changed by then.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use gallery_tests::{Calls, Fault, REGION, World, picture};

/// Every command that talks to AWS, but for `doctor`, which goes on to the next of its checks.
const COMMANDS: [&[&str]; 8] = [
    &["up", "--yes"],
    &["plan"],
    &["down", "--confirm-name", "holiday"],
    &["outputs"],
    &["status"],
    &["logs"],
    &["stages"],
    &["reindex"],
];

#[test]
fn every_error_in_gallery_yaml_is_reported_before_aws_is_asked() {
    let world = World::new();
    world.configure("name: holiday\nregion: eu-central-1\nimagse: {}\nimages:\n  versionign: true\n  max_size_mib: many\nindexer: { memory: 64 }\n");
    for command in COMMANDS {
        world
            .run(command)
            .exits(3)
            .says("--> gallery.yaml:3:1")
            .says("`images`")
            .says("--> gallery.yaml:5:3")
            .says("`versioning`")
            .says("--> gallery.yaml:6:17")
            .says("--> gallery.yaml:7:20");
    }
    assert_eq!(world.proxy.calls(), []);
}

#[test]
fn bad_names_duplicates_and_open_cors_are_configuration_errors() {
    let world = World::new();
    let cases = [
        ("name: ho\nregion: eu-central-1\n", "gallery.yaml:1:7"),
        ("name: Holiday\nregion: eu-central-1\n", "gallery.yaml:1:7"),
        ("name: holiday\nregion: eu-central-1\nname: other\n", "gallery.yaml:3:1"),
        ("name: holiday\nregion: eu-centrall-1\n", "gallery.yaml:2:9"),
        ("name: holiday\nregion: eu-central-1\nimages: { bucket: Bad_Name }\n", "gallery.yaml:3:19"),
        ("name: holiday\nregion: eu-central-1\nimages: { cors_origins: ['*'] }\n", "gallery.yaml:3:26"),
        ("name: holiday\nregion: eu-central-1\nindexer: { log_retention_days: 15 }\n", "gallery.yaml:3:32"),
        ("name: holiday\nregion: [eu-central-1\n", "gallery.yaml:"),
    ];
    for (yaml, place) in cases {
        world.configure(yaml);
        world.run(&["up", "--yes"]).exits(3).says(place);
    }
    assert_eq!(world.proxy.calls(), []);
}

#[test]
fn a_missing_file_and_a_missing_region_exit_with_3() {
    let world = World::new();
    world.run(&["-f", "nowhere.yaml", "plan"]).exits(3).says("nowhere.yaml");
    world.configure("name: holiday\n");
    world.run(&["plan"]).exits(3).says("region");
    // The environment's region will do.
    world.run_as(&world.program().with("AWS_REGION", REGION), &["plan"]).succeeds();
}

#[test]
fn the_region_of_the_file_wins_over_the_environment() {
    let world = World::new();
    world.run_as(&world.program().with("AWS_REGION", "us-east-2"), &["up", "--yes"]).succeeds();
    let place = world.aws.call(&["s3api", "get-bucket-location", "--bucket", &world.images_bucket()]);
    assert_eq!(place["LocationConstraint"], REGION);
}

#[test]
fn without_a_terminal_changes_need_a_flag() {
    let world = World::new();
    let run = world.run(&["up"]).exits(6).says("--yes");
    // The plan is shown nevertheless, and nothing for a pipe.
    assert!(run.stderr.contains("holiday-index"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(world.proxy.writes(), []);

    world.run(&["up", "--yes"]).succeeds();
    world.proxy.reset();
    for refused in [&["down"][..], &["down", "--delete-images"]] {
        world.run(refused).exits(6).says("--confirm-name");
    }
    world.run(&["down", "--confirm-name", "other"]).exits(6);
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn yes_alone_does_not_confirm_a_deletion() {
    let world = World::deployed();
    let (key, pixels) = ("images/rome/forum.png", picture("the forum"));
    world.put_image(key, &pixels);
    world.proxy.reset();
    world.run(&["down", "--yes"]).exits(6).says("--confirm-name");
    world.run(&["down", "--yes", "--delete-images"]).exits(6).says("--confirm-name");
    assert_eq!(world.proxy.writes(), []);
    // With the name it closes the gallery, and no more than that.
    world.run(&["down", "--yes", "--confirm-name", "holiday"]).succeeds();
    world.assert_images_are_safe(Some((key, &pixels)));
}

#[test]
fn what_is_not_ours_is_named_and_left_alone() {
    let world = World::new();
    let bucket = world.images_bucket();
    let place = format!("LocationConstraint={REGION}");
    world.aws.call(&["s3api", "create-bucket", "--bucket", &bucket, "--create-bucket-configuration", &place]);
    world.run(&["up", "--yes"]).exits(6).says(&bucket);
    // Nothing of ours is there: `down` says what it leaves alone.
    world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds().says(&bucket);
    assert_eq!(world.proxy.writes(), []);
    assert_eq!(world.inventory(), [format!("bucket {bucket}")]);
}

#[test]
fn everything_of_our_names_that_is_not_ours_is_named_at_once() {
    let world = World::new();
    let attribute = ["AttributeName=gallery,AttributeType=S", "AttributeName=file_path,AttributeType=S"];
    let keys = ["AttributeName=gallery,KeyType=HASH", "AttributeName=file_path,KeyType=RANGE"];
    world.aws.call(
        &[
            &["dynamodb", "create-table", "--table-name", "holiday-index", "--billing-mode", "PAY_PER_REQUEST"][..],
            &["--attribute-definitions"],
            &attribute,
            &["--key-schema"],
            &keys,
        ]
        .concat(),
    );
    world.aws.call(&["iam", "create-user", "--user-name", "holiday-client-eu-central-1"]);
    world.run(&["up", "--yes"]).exits(6).says("holiday-index").says("holiday-client-eu-central-1");
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn another_gallery_s_bucket_is_not_ours() {
    let world = World::new();
    world.configure("name: first\nregion: eu-central-1\nimages: { bucket: shared-name }\n");
    world.run(&["up", "--yes"]).succeeds();
    world.configure("name: second\nregion: eu-central-1\nimages: { bucket: shared-name }\n");
    world.proxy.reset();
    world.run(&["up", "--yes"]).exits(6).says("shared-name").says("first");
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn credentials_that_aws_does_not_take_exit_with_7() {
    let world = World::new();
    let program = world.program();
    let wrong_secret = program.clone().with("AWS_SECRET_ACCESS_KEY", "0123456789012345678901234567890123456789");
    let unknown_key = program.clone().with("AWS_ACCESS_KEY_ID", "AKIAUNKNOWNUNKNOWN42");
    let none = program.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY");
    for program in [wrong_secret, unknown_key, none] {
        for command in COMMANDS {
            let run = world.run_as(&program, command).exits(7);
            assert!(!run.stderr.contains("0123456789012345678901234567890123456789"), "{}", run.stderr);
        }
    }
    assert_eq!(world.inventory(), [""; 0]);
}

#[test]
fn another_account_than_the_configured_one_is_refused_by_every_command() {
    let world = World::new();
    world.configure("name: holiday\nregion: eu-central-1\naccount: \"123456789012\"\n");
    for command in COMMANDS {
        world.run(command).exits(6).says("123456789012").says("000000000000");
    }
    assert_eq!(world.proxy.writes(), []);
}

#[test]
fn a_bad_command_line_exits_with_2() {
    let world = World::new();
    world.run(&["upp"]).exits(2);
    world.run(&["outputs", "no_such_output"]).exits(2).says("site_url");
}

/// The program carries an indexer for arm64 where it was built with one; elsewhere it says how to add it, before AWS is asked.
#[test]
fn an_architecture_that_the_program_does_not_carry_is_refused() {
    let world = World::new();
    world.configure("name: holiday\nregion: us-west-2\nindexer: { architecture: arm64 }\n");
    let carried = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bundle/indexer-arm64.zip").exists();
    if carried {
        world.run(&["up", "--yes"]).succeeds();
        let function = world.aws.call(&["lambda", "get-function-configuration", "--function-name", "holiday-indexer"]);
        assert_eq!(function["Architectures"][0], "arm64");
    } else {
        world.run(&["up", "--yes"]).exits(3).says("rustup target add aarch64-unknown-linux-gnu");
        assert_eq!(world.proxy.calls(), []);
    }
}

/// Both buckets are the gallery's, so their tags alone would let `down` delete the pictures as the page, without being asked for pictures.
#[test]
fn exchanged_bucket_names_do_not_have_the_pictures_deleted() {
    let world = World::new();
    let name_them = |images: &str, page: &str| {
        let buckets = format!("images: {{ bucket: {images} }}\nsite: {{ bucket: {page} }}\n");
        world.configure(&format!("name: holiday\nregion: {REGION}\n{buckets}"));
    };
    let (down, up): (&[&str], &[&str]) = (&["down", "--confirm-name", "holiday"], &["up", "--yes"]);
    name_them("the-pictures", "the-page");
    world.run(up).succeeds();
    let put = ["s3api", "put-object", "--bucket", "the-pictures", "--key", "images/rome/a.png"];
    world.aws.call(&put);
    let before = world.inventory();

    name_them("the-page", "the-pictures");
    world.proxy.reset();
    for command in [down, &[down, &["--delete-images"]].concat(), up] {
        let way_out = "Write `site: { bucket: the-page }` and `images: { bucket: the-pictures }` into gallery.yaml";
        world.run(command).exits(6).says("`the-pictures` holds the images of this gallery").says(way_out);
    }
    assert_eq!(world.proxy.writes(), []);
    assert_eq!(world.inventory(), before);

    // The page is gone, and the name of the bucket that was kept is given to the page.
    name_them("the-pictures", "the-page");
    world.run(down).succeeds();
    name_them("more-pictures", "the-pictures");
    for command in [down, up] {
        world.run(command).exits(6).says("`the-pictures` holds the images of this gallery");
    }
    world.aws.call(&["s3api", "head-object", "--bucket", "the-pictures", "--key", "images/rome/a.png"]);
}

/// An organization may forbid every change of Block Public Access, a tighter one too. The public policy goes all the same, and with `--delete-images` all does.
#[test]
fn who_may_not_block_public_access_closes_the_bucket_without_it() {
    let world = World::deployed();
    let key = "images/rome/forum.png";
    world.put_image(key, picture("the forum"));
    let url = format!("{}/{}/{key}", world.undisturbed_endpoint(), world.images_bucket());
    assert_eq!(world.http.get(&url).status, 200);
    world.proxy.fail(Fault::Denied, Calls::on("s3:PutPublicAccessBlock", &world.images_bucket()));
    let down = ["down", "--confirm-name", "holiday"];
    world.run(&down).exits(1).says("s3:PutPublicAccessBlock");
    assert_eq!(world.http.get(&url).status, 403);
    world.aws.call(&["s3api", "head-object", "--bucket", &world.images_bucket(), "--key", key]);
    world.run(&[&down[..], &["--delete-images"]].concat()).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

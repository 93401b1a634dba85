//! A part of the gallery is deleted behind our back: the next `up` repairs it and all that hung on it, the whole chain works, and a third run is quiet.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::thread;

use gallery_tests::{Calls, Fault, Gallery, Kind, World, eventually, picture, sample};
use serde_json::Value;

/// What is deleted, with the command line's own calls.
type Delete = fn(&Gallery<'_>);

const PARTS: [(&str, Delete); 9] = [
    ("role", delete_role),
    ("function", delete_function),
    ("table", |gallery| drop(gallery.aws(&["dynamodb", "delete-table", "--table-name", &gallery.table()]))),
    ("images", |gallery| delete_bucket(gallery, &gallery.images_bucket())),
    ("site", |gallery| delete_bucket(gallery, &gallery.site_bucket())),
    ("user", delete_user),
    ("rights", delete_rights),
    ("permission", delete_permission),
    ("notification", delete_notification),
];

#[test]
fn what_hung_on_a_deleted_part_is_repaired() {
    let world = World::new();
    // Or nobody would notice that the function is still bound to the role that is gone.
    world.proxy.behave("L4");
    thread::scope(|scope| {
        // Two galleries, each for every other part: more would only wait for the local AWS.
        for lane in 0..2 {
            let world = &world;
            scope.spawn(move || {
                let gallery = Gallery::new(world, ["ash", "birch"][lane]);
                gallery.run(&["up", "--yes"]).succeeds();
                for (part, delete) in PARTS.iter().skip(lane).step_by(2) {
                    delete(&gallery);
                    let put_unheard = || put_unheard(&gallery, &unheard_without(part));
                    match *part {
                        "function" | "notification" => put_unheard(),
                        // Lambda drops what it may not run, and S3 what it may not tell; the local AWS runs it all the same.
                        "role" | "rights" | "permission" => world.unheard(&gallery.images_bucket(), put_unheard),
                        _ => {}
                    }
                    gallery.run(&["up", "--yes"]).succeeds();
                    works(&gallery, part);
                    rows_are_right(&gallery, part);
                    let writes = gallery.writes_of(|| drop(gallery.run(&["up", "--yes"]).succeeds().says("No changes.")));
                    assert_eq!(writes, [""; 0], "after the {part} was deleted");
                }
            });
        }
    });
}

/// Nobody tells the function of it.
fn put_unheard(gallery: &Gallery<'_>, name: &str) {
    let (key, file) = (format!("images/{name}/picture.png"), gallery.file("unheard.png", picture(name)));
    let call = ["s3api", "put-object", "--bucket", &gallery.images_bucket(), "--key", &key, "--body", &file];
    gallery.aws(&[&call[..], &["--content-type", "image/png"]].concat());
}

/// The gallery of pictures that came while the part was away.
fn unheard_without(part: &str) -> String {
    format!("unheard-without-{part}")
}

/// Also of pictures that came and went while the part was away, or before.
fn rows_are_right(gallery: &Gallery<'_>, part: &str) {
    let (of, holds) = match part {
        "role" | "rights" | "function" | "permission" | "notification" => (unheard_without(part), true),
        "table" => ("role".to_owned(), true),
        "images" => ("function".to_owned(), false),
        _ => return,
    };
    let page = gallery.page();
    eventually(&format!("the rows of `{of}`, after the {part} was deleted"), || {
        (page.gallery(&gallery.world.aws, &of).is_empty() != holds).then_some(())
    });
}

/// The page's key, the only one of its user, puts a picture, and finds it in the index.
fn works(gallery: &Gallery<'_>, part: &str) {
    let (function, answer) = (gallery.function(), gallery.file("answer", ""));
    let through_the_proxy = gallery.world.aws.at(&gallery.world.endpoint());
    through_the_proxy.call(&["lambda", "invoke", "--function-name", &function, "--payload", r#"{"Records":[]}"#, &answer]);

    let page = gallery.page();
    let listed = gallery.aws(&["iam", "list-access-keys", "--user-name", &gallery.user()]);
    let keys: Vec<_> = listed["AccessKeyMetadata"].as_array().unwrap().iter().map(|key| &key["AccessKeyId"]).collect();
    assert_eq!(keys, [page.text("access_key_id")], "after the {part} was deleted");

    let key = format!("images/{part}/picture.png");
    let file = gallery.file("picture.png", picture(part));
    let call = ["s3api", "put-object", "--bucket", page.text("images_bucket"), "--key", &key, "--body", &file];
    gallery.world.aws.with_key(&page.key()).call(&[&call[..], &["--content-type", "image/png"]].concat());
    eventually(&format!("the picture in the index, after the {part} was deleted"), || {
        page.gallery(&gallery.world.aws, part).iter().any(|entry| entry.file_path == key).then_some(())
    });
}

fn delete_function(gallery: &Gallery<'_>) {
    gallery.aws(&["lambda", "delete-function", "--function-name", &gallery.function()]);
}

fn delete_role(gallery: &Gallery<'_>) {
    delete_rights(gallery);
    gallery.aws(&["iam", "delete-role", "--role-name", &gallery.role()]);
}

/// Without them the function cannot even leave a record of what it fails on.
fn delete_rights(gallery: &Gallery<'_>) {
    gallery.aws(&["iam", "delete-role-policy", "--role-name", &gallery.role(), "--policy-name", "gallery-deploy-indexer"]);
}

fn delete_user(gallery: &Gallery<'_>) {
    let user = gallery.user();
    let keys = gallery.aws(&["iam", "list-access-keys", "--user-name", &user]);
    for key in keys["AccessKeyMetadata"].as_array().unwrap() {
        gallery.aws(&["iam", "delete-access-key", "--user-name", &user, "--access-key-id", key["AccessKeyId"].as_str().unwrap()]);
    }
    let policies = gallery.aws(&["iam", "list-user-policies", "--user-name", &user]);
    for policy in policies["PolicyNames"].as_array().unwrap() {
        gallery.aws(&["iam", "delete-user-policy", "--user-name", &user, "--policy-name", policy.as_str().unwrap()]);
    }
    gallery.aws(&["iam", "delete-user", "--user-name", &user]);
}

fn delete_permission(gallery: &Gallery<'_>) {
    let function = gallery.function();
    let answer = gallery.aws(&["lambda", "get-policy", "--function-name", &function]);
    let policy: Value = serde_json::from_str(answer["Policy"].as_str().unwrap()).unwrap();
    let id = policy["Statement"][0]["Sid"].as_str().unwrap();
    gallery.aws(&["lambda", "remove-permission", "--function-name", &function, "--statement-id", id]);
}

fn delete_notification(gallery: &Gallery<'_>) {
    let call = ["s3api", "put-bucket-notification-configuration", "--bucket", &gallery.images_bucket()];
    gallery.aws(&[&call[..], &["--notification-configuration", "{}"]].concat());
}

/// With every version in it.
fn delete_bucket(gallery: &Gallery<'_>, bucket: &str) {
    let listed = gallery.aws(&["s3api", "list-object-versions", "--bucket", bucket]);
    for list in ["Versions", "DeleteMarkers"] {
        for object in listed[list].as_array().into_iter().flatten() {
            let (key, version) = (object["Key"].as_str().unwrap(), object["VersionId"].as_str().unwrap());
            gallery.aws(&["s3api", "delete-object", "--bucket", bucket, "--key", key, "--version-id", version]);
        }
    }
    gallery.aws(&["s3api", "delete-bucket", "--bucket", bucket]);
}

/// A first `up` ends after the table and the bucket were made, and pictures are put before the next.
#[test]
fn pictures_of_a_gallery_that_is_half_made_are_not_forgotten() {
    let world = World::new();
    let gallery = Gallery::new(&world, &world.name);
    world.proxy.fail(Fault::Denied, Calls::of("lambda:CreateFunction"));
    world.run(&["up", "--yes"]).exits(1);
    world.proxy.clear();
    put_unheard(&gallery, "early");
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(gallery.page().gallery(&world.aws, "early").len(), 1);
    world.run(&["up", "--yes"]).succeeds().says("No changes.");
}

/// The role is gone, and the run that binds the function to the new one is killed at some call: the next one comes to the end, and nothing that
/// stood in for the role is left.
#[test]
fn a_killed_repair_of_the_role_is_brought_to_its_end() {
    let world = World::deployed();
    world.proxy.behave("L4");
    let gallery = Gallery::new(&world, &world.name);
    let repaired = |number| {
        works(&gallery, &format!("killed-{number}"));
        let roles = world.inventory().into_iter().filter(|name| name.starts_with("role ")).collect::<Vec<_>>();
        assert_eq!(roles, [format!("role {}", gallery.role())], "killed after {number} calls");
    };
    killed_repairs(&world, |_| delete_role(&gallery), repaired);
}

/// Does some `damage`, kills the repair of it after some of its writes, and has the next run come to the end, which `repaired` looks at. Both get the number of
/// calls after which the run is killed.
fn killed_repairs(world: &World, damage: impl Fn(usize), repaired: impl Fn(usize)) {
    damage(0);
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    let writes = world.proxy.calls().into_iter().zip(1..).filter(|(call, _)| call.kind == Kind::Write).map(|(_, number)| number);
    for number in sample(writes.collect(), 3) {
        damage(number);
        if let Some(run) = world.run_killed(&["up", "--yes"], number) {
            run.succeeds();
        }
        world.run(&["up", "--yes"]).succeeds();
        repaired(number);
    }
}

/// The function is gone, pictures are put meanwhile, and the run that makes it anew is killed at some call: the next one comes to the end, with a row
/// for each of them.
#[test]
fn a_killed_repair_of_the_function_forgets_no_picture() {
    let world = World::deployed();
    let gallery = Gallery::new(&world, &world.name);
    let picture_of = |number| format!("unheard-{number}");
    let damage = |number| {
        delete_function(&gallery);
        put_unheard(&gallery, &picture_of(number));
    };
    let repaired = |number| {
        let rows = gallery.page().gallery(&world.aws, &picture_of(number));
        assert_eq!(rows.len(), 1, "killed after {number} calls");
        world.run(&["up", "--yes"]).succeeds().says("No changes.");
    };
    killed_repairs(&world, damage, repaired);
}

/// A run that binds the function to its new role ends half-way, and somebody deletes the function, whose tag would have told: the role that stood in goes
/// all the same.
#[test]
fn what_stood_in_for_the_role_goes_although_the_function_is_gone() {
    let world = World::deployed();
    let gallery = Gallery::new(&world, &world.name);
    let roles = || world.inventory().into_iter().filter(|name| name.starts_with("role ")).count();
    let half_bound = || {
        delete_role(&gallery);
        // The first gives the function what stands in, the second its own.
        world.proxy.fail(Fault::Denied, Calls::of("lambda:UpdateFunctionConfiguration").number(2));
        world.run(&["up", "--yes"]).exits(1);
        world.proxy.clear();
        assert_eq!(roles(), 2);
        delete_function(&gallery);
    };
    half_bound();
    world.run(&["up", "--yes"]).succeeds().says("what stood in for its role goes");
    assert_eq!(roles(), 1);
    works(&gallery, "half-bound");
    half_bound();
    delete_role(&gallery);
    world.run(&["down", "--delete-images", "--confirm-name", &world.name]).succeeds();
    assert_eq!(world.inventory(), [""; 0]);
}

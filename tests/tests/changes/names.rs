//! Names: those of resources must not change, and another gallery is another one.

use gallery_deploy::config;
use gallery_tests::{Gallery, REGION, World};
use serde_json::json;

use super::keys::{Effect, case};

#[test]
fn names_that_are_deployed_are_refused_with_the_way_out() {
    let world = World::deployed();
    world.put_image("images/rome/forum.png", gallery_tests::picture("forum"));
    let before = world.inventory();
    let plain = format!("name: holiday\nregion: {REGION}\n");
    let cases: Vec<_> =
        config::keys().iter().map(|key| case(key)).filter(|case| matches!(case.effect, Effect::Refused)).collect();
    assert_eq!(cases.len(), 6);
    world.proxy.reset();
    for case in &cases {
        let (section, key) = case.key.split_once('.').unwrap();
        world.configure(&format!("{plain}{section}: {{ {key}: {} }}\n", case.value));
        let way_out = |run: gallery_tests::Run| {
            let run =
                run.exits(6).says(&format!("gallery.yaml now says `{}`", case.value)).says(&format!("`{section}: {{ {key}: "));
            assert!(run.stdout.is_empty(), "{}", run.stdout);
        };
        way_out(world.run(&["plan"]));
        way_out(world.run(&["up", "--yes"]));
        way_out(world.run(&["down", "--confirm-name", "holiday"]));
    }
    assert_eq!(world.proxy.writes(), []);
    assert_eq!(world.inventory(), before);

    // The way out leads out: `down` with the old names, `up` with the new ones.
    world.configure(&plain);
    world.run(&["down", "--confirm-name", "holiday"]).succeeds();
    world.configure(&format!(
        "{plain}images: {{ bucket: another-images }}\nsite: {{ bucket: another-page }}\nclient: {{ user: another-user }}\n"
    ));
    world.run(&["up", "--yes"]).succeeds();
    let held = world.inventory();
    for name in
        ["bucket another-images", "bucket another-page", "user another-user", &format!("bucket {}", world.images_bucket())]
    {
        assert!(held.iter().any(|it| it == name), "{name}: {held:?}");
    }
    world.run(&["up"]).succeeds().says("No changes.");
}

/// Another name or another region is another gallery: nothing of the first is named in its plan, and nothing of it is touched.
#[test]
fn another_name_or_region_is_another_gallery() {
    let world = World::deployed();
    let first = world.inventory();
    for yaml in [format!("name: other\nregion: {REGION}\n"), "name: holiday\nregion: us-west-2\n".to_owned()] {
        world.configure(&yaml);
        let plan = world.run(&["plan"]).succeeds().stdout;
        assert!(plan.contains("Plan: 13 to create, 0 to update, 0 to delete\n"), "{plan}");
        assert!(
            first
                .iter()
                .filter_map(|it| it.split_once(' '))
                .all(|(_, name)| !plan.contains(&format!(" {name} ")) || yaml.contains("us-west-2")),
            "{plan}"
        );
    }

    // It comes and goes beside the first, which is told, and stays as it was.
    let plain = format!("name: holiday\nregion: {REGION}\n");
    let is_quiet = || {
        world.configure(&plain);
        world.proxy.reset();
        world.run(&["up", "--yes"]).succeeds().says("No changes.");
        assert_eq!(world.proxy.writes(), []);
    };
    let elsewhere = "name: holiday\nregion: us-west-2\n";
    let there = world.aws.in_region("us-west-2");
    let tables = || there.call(&["dynamodb", "list-tables"])["TableNames"].clone();
    world.configure(elsewhere);
    let up = world.run(&["up", "--yes"]).succeeds();
    up.says(&format!("Also deployed in this account: `holiday` in {REGION}"));
    assert_eq!(tables(), json!(["holiday-index"]));
    is_quiet();
    world.configure(elsewhere);
    world.run(&["down", "--confirm-name", "holiday", "--delete-images"]).succeeds();
    assert_eq!(tables(), json!([]));
    assert_eq!(world.inventory(), first);
    is_quiet();
}

/// What a newer release has deployed is left alone.
#[test]
fn what_a_newer_release_deployed_is_refused() {
    let world = World::new();
    let gallery = Gallery::new(&world, "elm");
    gallery.run(&["up", "--yes"]).succeeds();
    let record = gallery.file("record", r#"{ "format": 2 }"#);
    let put =
        ["s3api", "put-object", "--bucket", &gallery.site_bucket(), "--key", ".gallery-deploy/site.json", "--body", &record];
    gallery.aws(&put);
    let writes = gallery.writes_of(|| {
        drop(gallery.run(&["plan"]).exits(6).says("a newer release"));
        drop(gallery.run(&["up", "--yes"]).exits(6).says("format 2"));
        drop(gallery.run(&["down", "--confirm-name", "elm"]).exits(6).says("a newer release"));
    });
    assert_eq!(writes, [""; 0]);
}

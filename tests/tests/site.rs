//! The files of the page.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use gallery_tests::World;
use serde_json::Value;

/// Where the deployer keeps its own notes in the site bucket; not a part of the page.
const NOTES: &str = ".gallery-deploy/";

/// The page's files in the site bucket, sorted.
fn files(world: &World) -> Vec<String> {
    let listed = world.aws.call(&["s3api", "list-objects-v2", "--bucket", &world.site_bucket()]);
    let key = |object: &Value| object["Key"].as_str().unwrap().to_owned();
    listed["Contents"].as_array().unwrap().iter().map(key).filter(|key| !key.starts_with(NOTES)).collect()
}

/// A page of one's own, below the folder of `gallery.yaml`.
fn own_page(world: &World) -> PathBuf {
    let folder = PathBuf::from(world.file("README", "")).with_file_name("my-page");
    fs::create_dir_all(folder.join("assets")).unwrap();
    fs::write(folder.join("index.html"), "<!doctype html><title>mine</title>").unwrap();
    world.configure("name: holiday\nregion: eu-central-1\nsite: { dir: my-page }\n");
    folder
}

#[test]
fn every_file_has_its_type_and_its_cache_headers() {
    let world = World::deployed();
    let files = files(&world);
    assert!(files.iter().any(|file| file == "index.html") && files.iter().any(|file| file == "config.json"), "{files:?}");
    let mut compressed = 0;
    for file in &files {
        let answer = world.http.get(&format!("{}/{file}", world.site_origin()));
        assert_eq!(answer.status, 200, "{file}");
        compressed += usize::from(answer.header("content-encoding") == "gzip");
        let (_, ending) = file.rsplit_once('.').unwrap();
        match ending {
            "js" => assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8", "{file}"),
            "css" => assert_eq!(answer.header("content-type"), "text/css; charset=utf-8", "{file}"),
            _ => {}
        }
        let cache = answer.header("cache-control");
        let expected = if file.starts_with("assets/") { "immutable" } else { "no-cache" };
        assert!(cache.contains(expected), "{file}: {cache}");
    }
    assert!(compressed > 0, "no file is compressed: {files:?}");
}

#[test]
fn the_page_may_connect_to_the_gallery_and_to_nothing_else() {
    let world = World::deployed();
    let page = world.http.get(&world.site_url());
    let html = page.text();
    let policy = html.split_once("Content-Security-Policy").unwrap().1.split_once('>').unwrap().0;
    let sources = |directive: &str| policy.split_once(directive).unwrap().1.split([';', '"']).next().unwrap().trim().to_owned();
    assert_eq!(sources("connect-src"), format!("'self' {}", world.endpoint()));
    assert!(sources("img-src").contains(&world.endpoint()), "{policy}");
    assert!(!html.contains("origins.gallery-deploy.invalid"), "{policy}");
}

#[test]
fn your_own_page_takes_the_place_of_the_built_in_one() {
    let world = World::new();
    let folder = own_page(&world);
    fs::write(folder.join("notes.txt"), "first").unwrap();
    world.run(&["up", "--yes"]).succeeds();
    assert_eq!(files(&world), ["config.json", "index.html", "notes.txt"]);
    assert!(world.http.get(&world.site_url()).text().contains("<title>mine</title>"));
    let notes = || world.http.get(&format!("{}/notes.txt", world.site_origin()));
    assert_eq!((notes().header("content-type"), notes().text()), ("text/plain; charset=utf-8", "first"));

    // Only what changed is sent.
    fs::write(folder.join("notes.txt"), "second").unwrap();
    world.proxy.reset();
    world.run(&["up", "--yes"]).succeeds();
    let sent = world.proxy.writes().into_iter().filter(|call| call.operation == "PutObject").map(|call| call.resource);
    let site = world.site_bucket();
    let sent: Vec<String> = sent.filter(|object| !object.starts_with(&format!("{site}/{NOTES}"))).collect();
    assert_eq!(sent, [format!("{site}/notes.txt")]);
    assert_eq!(notes().text(), "second");
}

#[test]
fn the_entry_page_comes_after_what_it_needs() {
    let world = World::new();
    let folder = own_page(&world);
    for number in 0..20 {
        fs::write(folder.join(format!("assets/part-{number:08}.js")), "export {};").unwrap();
    }
    world.run(&["up", "--yes"]).succeeds();
    let writes = world.proxy.writes();
    let entry = writes.iter().find(|call| call.resource.ends_with("/index.html")).unwrap();
    let parts: Vec<_> = writes.iter().filter(|call| call.resource.contains("/assets/part-")).collect();
    assert_eq!(parts.len(), 20);
    for part in parts {
        assert!(part.ended.unwrap() < entry.started, "{part} ends after the entry page was sent");
    }
}

#[test]
fn hashed_files_stay_for_one_more_deploy_and_others_go_at_once() {
    let world = World::new();
    let folder = own_page(&world);
    let deploy = |remove: &[&str], add: &[&str]| {
        for file in remove {
            fs::remove_file(folder.join(file)).unwrap();
        }
        for file in add {
            fs::write(folder.join(file), "export {};").unwrap();
        }
        world.run(&["up", "--yes"]).succeeds();
        files(&world)
    };
    let fixed = ["config.json", "index.html"];
    let with = |more: &[&'static str]| [more, &fixed].concat();

    let first = deploy(&[], &["assets/app-0a1b2c3d.js", "about.html"]);
    assert_eq!(first, ["about.html", "assets/app-0a1b2c3d.js", "config.json", "index.html"]);
    // A page that is still open may yet ask for the hashed file; nobody asks for the other one by an old name.
    let second = deploy(&["assets/app-0a1b2c3d.js", "about.html"], &["assets/app-1a1b1c1d.js"]);
    assert_eq!(second, with(&["assets/app-0a1b2c3d.js", "assets/app-1a1b1c1d.js"]));
    let third = deploy(&["assets/app-1a1b1c1d.js"], &["assets/app-2a2b2c2d.js"]);
    assert_eq!(third, with(&["assets/app-1a1b1c1d.js", "assets/app-2a2b2c2d.js"]));
}

/// A film of so many bytes: zeros, and a few others at its end.
fn film(folder: &Path, name: &str, bytes: u64) -> PathBuf {
    let path = folder.join(name);
    let film = File::create(&path).unwrap();
    film.set_len(bytes).unwrap();
    film.write_all_at(b"the end", bytes - 7).unwrap();
    path
}

/// Neither a large file nor many of them are in memory, whether they are compared or sent.
#[test]
fn a_page_is_not_held_in_memory() {
    const MIB: u64 = 1 << 20;
    let world = World::new();
    let folder = own_page(&world);
    let peaks = || {
        let up = world.measure(&["up", "--yes"]);
        up.run.succeeds();
        let plan = world.measure(&["plan"]);
        plan.run.succeeds().says("No changes.");
        (up.peak_memory, plan.peak_memory)
    };
    let (up_before, plan_before) = peaks();
    let long = film(&folder, "film.mp4", 32 * MIB);
    for number in 0..16 {
        film(&folder, &format!("assets/{number}.mp4"), 3 * MIB);
    }
    for number in 0..32_u8 {
        fs::write(folder.join(format!("assets/{number}.png")), vec![number; MIB as usize]).unwrap();
    }
    world.proxy.reset();
    let (up, plan) = peaks();
    // The first `up` has made everything else, too.
    assert!(up < up_before + 28 * 1024, "{up} KiB instead of {up_before}");
    assert!(plan < plan_before + 4 * 1024, "{plan} KiB instead of {plan_before}");

    let sent = world.http.get(&format!("{}/film.mp4", world.site_origin()));
    assert_eq!((sent.header("content-type"), sent.header("content-encoding")), ("video/mp4", ""));
    assert!(sent.body == fs::read(long).unwrap(), "other bytes than those of the film");
    let picture = world.http.get(&format!("{}/assets/31.png", world.site_origin()));
    assert!(picture.body == vec![31; MIB as usize], "other bytes than those of the picture");
    assert_eq!(world.proxy.calls().iter().filter(|call| call.operation == "PutObject").count(), 1 + 16 + 32 + 1);
}

/// While somebody reads the plan, an export writes the page anew: what was not looked at is not deployed under the ETag of what was.
#[test]
fn a_file_that_changes_after_the_look_is_refused() {
    let world = World::new();
    let folder = own_page(&world);
    let film = film(&folder, "film.mp4", 3 << 20);
    let up = |change: &dyn Fn()| {
        let answer = || {
            change();
            "y".to_owned()
        };
        world.at_a_terminal(160, &[("NO_COLOR", "1".to_owned())], "gallery-deploy up", Some(("[y/N]", &answer)))
    };
    let of_the_same_size = || File::options().write(true).open(&film).unwrap().write_all_at(b"another end", 0).unwrap();
    let shorter = || File::options().write(true).open(&film).unwrap().set_len(2 << 20).unwrap();
    let small = || fs::write(folder.join("index.html"), "<!doctype html><title>else</title>").unwrap();
    for (file, change) in [("film.mp4", &of_the_same_size as &dyn Fn()), ("film.mp4", &shorter), ("index.html", &small)] {
        let run = up(change).exits(1);
        let told = run.stdout.lines().any(|line| line.contains(file) && line.contains("was changed while it was being deployed"));
        assert!(told && run.stdout.contains("error[site]"), "{}", run.stdout);
        // Neither it nor a manifest of what was never deployed.
        for key in [file, NOTES] {
            let listed = world.aws.call(&["s3api", "list-objects-v2", "--bucket", &world.site_bucket(), "--prefix", key]);
            assert!(listed["Contents"].is_null(), "{key}: {listed}");
        }
    }
    world.run(&["up", "--yes"]).succeeds();
    assert!(world.http.get(&world.site_url()).text().contains("<title>else</title>"));
    world.run(&["up", "--yes"]).succeeds().says("No changes.");
}

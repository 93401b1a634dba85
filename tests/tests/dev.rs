//! `dev`: the whole stack on this machine.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::net::TcpListener;

use gallery_tests::{Dev, Folder, PageConfig, World, eventually, picture};
use rustix::process::Signal;

/// Uploads a picture with the page's own key and waits until the index has it.
fn upload(dev: &Dev, folder: &Folder, key: &str) {
    let page = dev.page();
    let body = folder.write("upload.gif", picture(key));
    dev.aws().call(&[
        "s3api",
        "put-object",
        "--bucket",
        page.text("images_bucket"),
        "--key",
        key,
        "--content-type",
        "image/png",
        "--body",
        body.to_str().unwrap(),
    ]);
    has(dev, &page, key);
}

/// Waits until the index has the picture, and reads it as a browser does.
fn has(dev: &Dev, page: &PageConfig, key: &str) {
    let gallery = key.split('/').nth(1).unwrap();
    eventually(&format!("{key} in the index"), || {
        page.gallery(&dev.aws(), gallery).into_iter().find(|entry| entry.file_path == key)
    });
    let answer = dev.http.get(&format!("{}/{}/{key}", page.text("endpoint"), page.text("images_bucket")));
    assert_eq!((answer.status.as_u16(), answer.header("content-type"), &answer.body[..]), (200, "image/png", &picture(key)[..]));
}

#[test]
fn dev_prints_the_url_alone_and_ctrl_c_ends_it_with_0() {
    let folder = Folder::new();
    let dev = Dev::start(&folder, &[]);
    assert!(dev.url.starts_with("http://holiday-site-000000000000-eu-central-1.s3.localhost:"), "{}", dev.url);
    assert!(dev.url.ends_with("/index.html"), "{}", dev.url);
    assert_eq!(dev.http.get(&dev.url).status, 200);
    let endpoint = dev.page().text("endpoint").to_owned();
    // How to point the `aws` command line at it.
    eventually("AWS_ENDPOINT_URL on standard error", || dev.stderr().contains(&endpoint).then_some(()));
    assert_eq!(dev.servers().len(), 1);

    let (status, printed) = dev.end(Signal::INT);
    assert_eq!((status.code(), printed), (Some(0), vec![]));
}

#[test]
fn pictures_survive_a_restart_a_kill_and_a_kill_of_the_server() {
    let folder = Folder::new();
    let dev = Dev::start(&folder, &[]);
    let url = dev.url.clone();
    upload(&dev, &folder, "images/rome/one.png");
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));

    let dev = Dev::start(&folder, &[]);
    assert_eq!(dev.url, url, "bookmarks stay good");
    has(&dev, &dev.page(), "images/rome/one.png");
    upload(&dev, &folder, "images/rome/two.png");
    dev.end(Signal::KILL);

    let dev = Dev::start(&folder, &[]);
    for key in ["images/rome/one.png", "images/rome/two.png"] {
        has(&dev, &dev.page(), key);
    }
    upload(&dev, &folder, "images/rome/three.png");
    // The worst: nobody had time to write anything.
    for server in dev.servers() {
        let server = rustix::process::Pid::from_raw(server.cast_signed()).unwrap();
        rustix::process::kill_process(server, Signal::KILL).unwrap();
    }
    dev.end(Signal::KILL);

    let dev = Dev::start(&folder, &[]);
    for key in ["images/rome/one.png", "images/rome/two.png", "images/rome/three.png"] {
        has(&dev, &dev.page(), key);
    }
    upload(&dev, &folder, "images/rome/four.png");
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));
}

#[test]
fn fresh_forgets() {
    let folder = Folder::new();
    let dev = Dev::start(&folder, &[]);
    upload(&dev, &folder, "images/rome/one.png");
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));

    let dev = Dev::start(&folder, &["--fresh"]);
    let page = dev.page();
    assert_eq!(page.gallery(&dev.aws(), "rome"), []);
    let picture = dev.http.get(&format!("{}/{}/images/rome/one.png", page.text("endpoint"), page.text("images_bucket")));
    assert_ne!(picture.status, 200);
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));
}

#[test]
fn the_port_is_the_one_asked_for() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = Folder::new();
    let dev = Dev::start(&folder, &["--port", &port.to_string()]);
    assert!(dev.url.contains(&format!(":{port}/")), "{}", dev.url);
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));
}

#[test]
fn a_local_aws_that_runs_already_is_used_and_left_running() {
    let world = World::new();
    let folder = Folder::new();
    let dev = Dev::start(&folder, &["--endpoint", &world.endpoint()]);
    assert_eq!(dev.url, world.site_url());
    assert_eq!(dev.servers(), [0; 0]);
    upload(&dev, &folder, "images/rome/one.png");
    assert_eq!(dev.end(Signal::INT).0.code(), Some(0));
    assert_eq!(world.http.get(&world.site_url()).status, 200);
}

#[test]
fn a_key_of_the_environment_is_used_but_never_printed() {
    let world = World::new();
    let folder = Folder::new();
    let (id, secret) = world.admin();
    let variables = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
    let dev = Dev::start_with(&folder, &["--endpoint", &world.endpoint()], &variables);
    eventually("the command line is pointed there", || dev.stderr().contains("export AWS_ENDPOINT_URL=").then_some(()));
    assert!(!dev.stderr().contains(secret), "{}", dev.stderr());
}

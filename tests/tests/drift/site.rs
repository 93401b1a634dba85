//! Changes of the page's files, its configuration and its key.

use gallery_deploy::resource::Kind;
use gallery_deploy::resource::compare::Field;
use gallery_tests::{Gallery, World, eventually};
use serde_json::Value;

use super::{Change, change, no_case};

const ASSET: &str = "assets/app-0a1b2c3d.js";
/// Part of the first deploy only.
pub(super) const FORMER: &str = "about.html";
const MANIFEST: &str = ".gallery-deploy/site.json";

const SEND: &[&str] = &["s3:PutObject"];
const NEW_KEY: &[&str] = &["iam:CreateAccessKey", "s3:PutObject"];
const OTHER_KEY: &[&str] = &["iam:CreateAccessKey", "s3:PutObject", "iam:DeleteAccessKey"];

/// A gallery with a page of its own that has been deployed twice, and with a tag.
pub(super) fn deployed<'world>(world: &'world World, name: &str) -> Gallery<'world> {
    let gallery = Gallery::new(world, name);
    gallery.configure("site: { dir: page }\ntags: { team: travel }\n");
    gallery.file("page/index.html", "<!doctype html><title>mine</title>");
    gallery.file(&format!("page/{ASSET}"), "export {};");
    let former = gallery.file(&format!("page/{FORMER}"), "about");
    gallery.run(&["up", "--yes"]).succeeds();
    std::fs::remove_file(former).unwrap();
    gallery.run(&["up", "--yes"]).succeeds();
    gallery
}

pub(super) fn assets(field: Field) -> Vec<Change> {
    match field {
        Field::Files => vec![
            change(SEND, |gallery| put_object(gallery, ASSET, "alert()")),
            change(SEND, |gallery| delete_object(gallery, ASSET)),
            change(SEND, |gallery| change_headers(gallery, ASSET)),
        ],
        _ => no_case(Kind::Assets, field),
    }
}

pub(super) fn page(field: Field) -> Vec<Change> {
    match field {
        Field::Files => vec![
            change(SEND, |gallery| put_object(gallery, "index.html", "<!doctype html><title>theirs</title>")),
            change(SEND, |gallery| change_headers(gallery, "index.html")),
        ],
        Field::OldFiles => vec![change(&["s3:DeleteObjects"], |gallery| put_object(gallery, FORMER, "again"))],
        // Nobody knows any more which headers the files have, and which files there were before.
        Field::Manifest => vec![Change {
            with: &["assets files", "page files", "bucket policy"],
            ..change(&["s3:PutObject", "s3:PutObject", "s3:PutBucketPolicy"], |gallery| put_object(gallery, MANIFEST, "nonsense"))
        }],
        _ => no_case(Kind::Page, field),
    }
}

pub(super) fn key(field: Field) -> Vec<Change> {
    match field {
        Field::AccessKey => vec![
            change(OTHER_KEY, |gallery| {
                let key = published(gallery)["access_key_id"].as_str().unwrap().to_owned();
                gallery.aws(&[
                    "iam",
                    "update-access-key",
                    "--user-name",
                    &gallery.user(),
                    "--access-key-id",
                    &key,
                    "--status",
                    "Inactive",
                ]);
            }),
            change(NEW_KEY, |gallery| {
                let key = published(gallery)["access_key_id"].as_str().unwrap().to_owned();
                gallery.aws(&["iam", "delete-access-key", "--user-name", &gallery.user(), "--access-key-id", &key]);
            }),
            // The key lives, and the page has it wrong.
            Change {
                with: &["config.json"],
                ..change(OTHER_KEY, |gallery| edit_config(gallery, |config| config["secret_access_key"] = "wrong".into()))
            },
        ],
        Field::Config => vec![
            change(SEND, |gallery| edit_config(gallery, |config| config["title"] = "Theirs".into())),
            change(SEND, |gallery| change_headers(gallery, "config.json")),
            change(SEND, |gallery| encrypt_with_kms(gallery, "config.json")),
            // Its secret is lost with it.
            Change { with: &["access_key", "other_keys"], ..change(OTHER_KEY, |gallery| delete_object(gallery, "config.json")) },
        ],
        Field::OtherKeys => vec![change(&["iam:DeleteAccessKey"], |gallery| {
            gallery.aws(&["iam", "create-access-key", "--user-name", &gallery.user()]);
        })],
        _ => no_case(Kind::Key, field),
    }
}

/// `config.json` as it lies in the bucket, which may just be closed.
fn published(gallery: &Gallery) -> Value {
    let file = gallery.file("published.json", "");
    gallery.aws(&["s3api", "get-object", "--bucket", &gallery.site_bucket(), "--key", "config.json", &file]);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

fn edit_config(gallery: &Gallery, edit: impl Fn(&mut Value)) {
    let mut config = published(gallery);
    edit(&mut config);
    put_object(gallery, "config.json", &config.to_string());
}

pub(super) fn put_object(gallery: &Gallery, key: &str, body: &str) {
    let body = gallery.file("body", body);
    gallery.aws(&[
        "s3api",
        "put-object",
        "--bucket",
        &gallery.site_bucket(),
        "--key",
        key,
        "--body",
        &body,
        "--content-type",
        "text/html",
    ]);
}

fn delete_object(gallery: &Gallery, key: &str) {
    gallery.aws(&["s3api", "delete-object", "--bucket", &gallery.site_bucket(), "--key", key]);
}

/// The same bytes and headers, which the public cannot read any more.
fn encrypt_with_kms(gallery: &Gallery, key: &str) {
    let bucket = gallery.site_bucket();
    let copy = ["s3api", "copy-object", "--bucket", &bucket, "--key", key, "--copy-source", &format!("{bucket}/{key}")];
    gallery.aws(&[&copy[..], &["--server-side-encryption", "aws:kms", "--ssekms-key-id", "a-key"]].concat());
}

/// The same bytes with other headers. Only the time tells, in seconds: it is done again until it is later than the manifest's.
fn change_headers(gallery: &Gallery, key: &str) {
    let bucket = gallery.site_bucket();
    let source = format!("{bucket}/{key}");
    let copy = ["s3api", "copy-object", "--bucket", &bucket, "--key", key, "--copy-source", &source];
    let modified = |key: &str| {
        let head = gallery.aws(&["s3api", "head-object", "--bucket", &bucket, "--key", key]);
        head["LastModified"].as_str().unwrap().to_owned()
    };
    let manifest = modified(MANIFEST);
    eventually("a later second", || {
        gallery.aws(
            &[&copy[..], &["--metadata-directive", "REPLACE", "--cache-control", "max-age=9", "--content-type", "text/plain"]]
                .concat(),
        );
        (modified(key) > manifest).then_some(())
    });
}

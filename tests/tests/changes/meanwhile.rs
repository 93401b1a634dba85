//! What people do while `up` changes every setting at once: they load the page, upload with its key and query the index. Nothing of that ever fails.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use gallery_tests::{Gallery, World, changed, eventually, picture};

/// Makes the calls of a run take so long that people come in between.
const ROUND_TRIP: Duration = Duration::from_millis(20);

/// How often something was done, and how often it failed.
#[derive(Default)]
struct Count {
    done: AtomicUsize,
    failed: AtomicUsize,
}

impl Count {
    fn add(&self, what: &str, result: Result<(), String>) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if let Err(reason) = result {
            self.failed.fetch_add(1, Ordering::Relaxed);
            std::io::stderr().write_all(format!("{what}: {reason}\n").as_bytes()).unwrap();
        }
    }

    fn both(&self) -> (usize, usize) {
        (self.done.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed))
    }
}

#[test]
fn nobody_notices_an_up_that_changes_everything() {
    let world = World::new();
    let gallery = Gallery::new(&world, "holiday");
    gallery.file("page/index.html", "<!doctype html><script src=\"./assets/app-4f2a91c3.js\"></script>");
    gallery.file("page/assets/app-4f2a91c3.js", "another()");
    gallery.run(&["up", "--yes"]).succeeds();
    world.proxy.add_round_trip(ROUND_TRIP);

    let (loads, uploads, queries) = (Count::default(), Count::default(), Count::default());
    // A page that was opened before, and stays open.
    let open = gallery.page();
    // GIF stays accepted: it is what is uploaded.
    for more in [changed::every_setting("image/gif"), String::new()] {
        older_indexer(&gallery);
        gallery.configure(&more);
        let over = AtomicBool::new(false);
        let until_over = |step: &dyn Fn()| {
            while !over.load(Ordering::Relaxed) {
                step();
            }
        };
        thread::scope(|scope| {
            scope.spawn(|| until_over(&|| loads.add("page", load(&gallery))));
            scope.spawn(|| {
                until_over(&|| {
                    let number = uploads.done.load(Ordering::Relaxed);
                    uploads.add("upload", upload(&gallery, &open, number));
                });
            });
            scope.spawn(|| until_over(&|| queries.add("query", query(&gallery, &open))));
            let run = scope.spawn(|| gallery.run(&["up", "--yes"])).join();
            over.store(true, Ordering::Relaxed);
            let run = run.unwrap().succeeds();
            assert!(run.stderr.contains("to update"), "{}", run.stderr);
        });
    }
    world.proxy.clear();
    let [loads, uploads, queries] = [&loads, &uploads, &queries].map(Count::both);
    let told = format!(
        "while `up` changed everything, there and back: {} page loads, {} uploads, {} queries, {} failed\n",
        loads.0,
        uploads.0,
        queries.0,
        loads.1 + uploads.1 + queries.1
    );
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    assert!([loads, uploads, queries].iter().all(|(done, failed)| *done >= 4 && *failed == 0), "{told}");

    // Every picture is in the index: no event was lost on the way.
    let page = gallery.page();
    eventually("every picture in the index", || (page.gallery(&world.aws, "rome").len() == uploads.0).then_some(()));
    gallery.run(&["up"]).succeeds().says("No changes.");
}

/// The page with all that it names, and its configuration.
fn load(gallery: &Gallery) -> Result<(), String> {
    let http = &gallery.world.http;
    let get = |path: &str| {
        let answer = http.get(&format!("{}/{path}", gallery.site_origin()));
        if answer.status == 200 { Ok(answer.text().to_owned()) } else { Err(format!("{path}: {}", answer.status)) }
    };
    let page = get("index.html")?;
    for asset in page.split('"').filter_map(|part| part.strip_prefix("./")).filter(|part| part.starts_with("assets/")) {
        get(asset)?;
    }
    let config: serde_json::Value = serde_json::from_str(&get("config.json")?).map_err(|error| error.to_string())?;
    if config["access_key_id"].is_string() { Ok(()) } else { Err(format!("config.json: {config}")) }
}

/// As the open page does: asks whether it may, and puts the picture; then everybody can see it.
fn upload(gallery: &Gallery, page: &gallery_tests::PageConfig, number: usize) -> Result<(), String> {
    let (world, bucket) = (gallery.world, gallery.images_bucket());
    let key = format!("images/rome/{number}.gif");
    let url = format!("{}/{bucket}/{key}", world.endpoint());
    let headers = [("origin", gallery.site_origin()), ("access-control-request-method", "PUT".to_owned())];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let allowed = world.http.send("OPTIONS".parse().unwrap(), &url, &headers);
    if !allowed.status.is_success() {
        return Err(format!("CORS: {}", allowed.status));
    }
    let file = gallery.file("upload.gif", picture(&number.to_string()));
    let put = ["s3api", "put-object", "--bucket", &bucket, "--key", &key, "--body", &file, "--content-type", "image/gif"];
    world.aws.with_key(&page.key()).attempt(&put).map_err(|refusal| refusal.text)?;
    let seen = world.http.get(&url);
    if seen.status == 200 { Ok(()) } else { Err(format!("{key}: {}", seen.status)) }
}

fn query(gallery: &Gallery, page: &gallery_tests::PageConfig) -> Result<(), String> {
    let values = r#"{":gallery":{"S":"rome"}}"#;
    let query = ["dynamodb", "query", "--table-name", page.text("table"), "--key-condition-expression", "gallery = :gallery"];
    let call = [&query[..], &["--expression-attribute-values", values]].concat();
    gallery.world.aws.with_key(&page.key()).attempt(&call).map(drop).map_err(|refusal| refusal.text)
}

fn older_indexer(gallery: &Gallery) {
    let file = format!("fileb://{}", gallery.file("older.zip", changed::indexer_zip()));
    gallery.aws(&["lambda", "update-function-code", "--function-name", &gallery.function(), "--zip-file", &file]);
    gallery.aws(&["lambda", "wait", "function-updated-v2", "--function-name", &gallery.function()]);
}

/// Or whoever takes it up at once would have a good image rejected, for good: no event tells of it again.
#[test]
fn a_page_offers_more_only_when_the_indexer_takes_it() {
    let world = World::new();
    let gallery = Gallery::new(&world, "holiday");
    gallery.configure("images: { accepted_types: [image/png] }\n");
    gallery.run(&["up", "--yes"]).succeeds();
    gallery.configure("images: { accepted_types: [image/png, image/gif] }\n");
    world.proxy.reset();
    gallery.run(&["up", "--yes"]).succeeds();
    let calls = world.proxy.calls();
    let of = |operation: &str, resource: &str| {
        let mut found = calls.iter().filter(|call| call.operation == operation && call.resource.contains(resource));
        found.next().unwrap_or_else(|| panic!("{operation} {resource} in {calls:#?}"))
    };
    let updated = of("UpdateFunctionConfiguration", &gallery.function()).ended;
    let polls = calls.iter().filter(|call| call.operation == "GetFunctionConfiguration" && Some(call.started) > updated);
    let offered = of("PutObject", "/config.json").started;
    assert!(polls.filter(|poll| poll.ended < Some(offered)).count() > 0, "{calls:#?}");
}

//! Changes of `gallery.yaml`. Every key is changed: `plan` shows exactly what follows, with the key's line; `up` applies it in place with no other call; a further `up` is quiet. What
//! cannot be changed is refused with the way out.
//!
//! The keys are those that the configuration knows (`config::keys`), so a new one without a case here fails at once.

#![allow(clippy::unwrap_used, reason = "a test")]

mod keys;
mod meanwhile;
mod names;

use std::collections::BTreeSet;
use std::thread;

use gallery_deploy::config;
use gallery_tests::{Gallery, World, planned_fields};

use keys::{Case, Effect, case};

#[test]
fn every_key_is_applied_in_place() {
    let world = World::new();
    let cases: Vec<Case> = config::keys().iter().map(|key| case(key)).collect();
    let applied: Vec<&Case> = cases.iter().filter(|case| matches!(case.effect, Effect::Applied { .. })).collect();
    assert!(applied.len() > 15, "{}", applied.len());
    thread::scope(|scope| {
        for (number, name) in ["ash", "birch"].into_iter().enumerate() {
            let (world, applied) = (&world, &applied);
            scope.spawn(move || {
                let gallery = Gallery::new(world, name);
                gallery.file("page/index.html", "<!doctype html><title>mine</title>");
                gallery.run(&["up", "--yes"]).succeeds();
                let mut file = File::default();
                for case in applied.iter().skip(number).step_by(2) {
                    is_applied(&gallery, &mut file, case);
                }
                goes_again(&gallery);
            });
        }
    });
}

/// What stands in `gallery.yaml` below name and region.
#[derive(Default)]
struct File(Vec<(&'static str, String)>);

impl File {
    /// Adds a key; returns the text, and the line in which the key stands.
    fn add(&mut self, key: &'static str, value: &str) -> (String, usize) {
        self.0.push((key, value.to_owned()));
        self.0.sort_unstable();
        let mut lines = Vec::new();
        let (mut section, mut line) = ("", 0);
        for (other, value) in &self.0 {
            let (of, name) = other.split_once('.').unwrap_or(("", other));
            if of != section && !of.is_empty() {
                lines.push(format!("{of}:"));
            }
            section = of;
            let indent = if of.is_empty() { "" } else { "  " };
            lines.push(format!("{indent}{name}: {value}"));
            if *other == key {
                // After name and region.
                line = lines.len() + 2;
            }
        }
        (lines.join("\n") + "\n", line)
    }
}

fn is_applied(gallery: &Gallery, file: &mut File, case: &Case) {
    let Effect::Applied { fields, writes } = case.effect else { return };
    let (text, line) = file.add(case.key, case.value);
    gallery.configure(&text);
    let expected: BTreeSet<String> = fields.iter().map(|field| named(gallery, field, line)).collect();
    let plan = gallery.run(&["plan"]).succeeds();
    assert_eq!(planned_fields(&plan.stdout), expected, "{}:\n{text}\n{}", case.key, plan.stdout);

    let made = gallery.writes_of(|| drop(gallery.run(&["up", "--yes"]).succeeds()));
    let mut operations: Vec<&str> = made.iter().filter_map(|write| write.split(' ').next()).collect();
    operations.sort_unstable();
    assert_eq!(operations, writes, "{}: {made:#?}", case.key);

    let made = gallery.writes_of(|| drop(gallery.run(&["up", "--yes"]).succeeds().says("No changes.")));
    assert_eq!(made, [""; 0], "{}", case.key);
}

/// What the keys brought goes with them: a tag of ours that stayed would be told as somebody else's.
fn goes_again(gallery: &Gallery) {
    gallery.configure("");
    gallery.run(&["up", "--yes"]).succeeds();
    let plan = gallery.run(&["plan"]).succeeds().says("No changes.");
    assert_eq!(plan.stdout, "", "{}: nothing is there that the defaults do not bring", gallery.name);
}

/// `images: cors`, as a plan names it: `bucket ash-images-…: cors gallery.yaml:5`.
fn named(gallery: &Gallery, field: &str, line: usize) -> String {
    let (resource, field) = field.split_once(": ").unwrap();
    let (kind, name) = match resource {
        "images" => ("bucket", gallery.images_bucket()),
        "site" => ("bucket", gallery.site_bucket()),
        "table" => ("table", gallery.table()),
        "role" => ("role", gallery.role()),
        "log group" => ("log group", gallery.log_group()),
        "function" => ("function", gallery.function()),
        "user" | "key" => (resource, gallery.user()),
        "assets" | "page" => (resource, gallery.site_bucket()),
        other => panic!("{other}: no resource"),
    };
    // Files are compared with files; nothing tells from where they were.
    let cause = if matches!(resource, "assets" | "page") || field == "policy" {
        "new files".to_owned()
    } else {
        format!("gallery.yaml:{line}")
    };
    format!("{kind} {name}: {field} {cause}")
}

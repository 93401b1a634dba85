//! Every key of `gallery.yaml`, changed alone: the plan holds exactly the values that follow from it, and says in which line the key stands.

use gallery_deploy::config;
use gallery_deploy::plan::{Action, Adopt, Detail, Part, up};
use gallery_deploy::resource::Kind;
use gallery_deploy::resource::Kind::{Function, ImagesBucket, Key, LogGroup, Role, SiteBucket, Table, User};
use gallery_deploy::resource::compare::Cause;

use crate::HOLIDAY;
use crate::mirror::{file, gallery, mirror, nothing, release};

/// What a change of a key leads to.
enum Effect {
    /// These values, and nothing else.
    Values(Vec<(Kind, &'static str)>),
    /// Another gallery, of which nothing is there.
    OtherGallery,
    /// The name of something that is deployed.
    Refused,
    /// The page's files.
    Files,
}

/// The file below name and region, with the key in line 4 (a key without a section: 3), and what follows.
///
/// # Panics
/// The key has no case.
fn case(key: &str) -> (&'static str, Effect) {
    let on_all = || [ImagesBucket, SiteBucket, Table, Role, LogGroup, Function, User].map(|kind| (kind, "tags.team")).to_vec();
    let one = |kind, path| Effect::Values(vec![(kind, path)]);
    match key {
        "name" | "region" => ("", Effect::OtherGallery),
        "account" => ("account: \"123456789012\"\n", Effect::Values(vec![])),
        "images.bucket" => ("images:\n  bucket: another-images\n", Effect::Refused),
        "images.versioning" => ("images:\n  versioning: false\n", one(ImagesBucket, "versioning")),
        "images.abort_uploads_after_days" => (
            "images:\n  abort_uploads_after_days: 3\n",
            one(ImagesBucket, "lifecycle[gallery-deploy-abort-uploads].abort_uploads_after_days"),
        ),
        "images.expire_old_versions_after_days" => (
            "images:\n  expire_old_versions_after_days: 60\n",
            one(ImagesBucket, "lifecycle[gallery-deploy-old-versions].expire_old_versions_after_days"),
        ),
        "images.cors_origins" => {
            ("images:\n  cors_origins: [\"https://a.example\"]\n", one(ImagesBucket, "cors[0].allowed_origins"))
        }
        "images.allow_any_origin" => ("images:\n  allow_any_origin: true\n", Effect::Values(vec![])),
        "images.max_size_mib" => (
            "images:\n  max_size_mib: 7\n",
            Effect::Values(vec![(Function, "environment.GALLERY_MAX_SIZE"), (Key, "config.json.max_size_mib")]),
        ),
        "images.accepted_types" => (
            "images:\n  accepted_types: [image/png]\n",
            Effect::Values(vec![(Function, "environment.GALLERY_ACCEPTED_TYPES"), (Key, "config.json.accepted_types")]),
        ),
        "index.table" => ("index:\n  table: another-index\n", Effect::Refused),
        "index.point_in_time_recovery" => ("index:\n  point_in_time_recovery: true\n", one(Table, "point_in_time_recovery")),
        "index.deletion_protection" => ("index:\n  deletion_protection: true\n", one(Table, "deletion_protection")),
        "indexer.function" => ("indexer:\n  function: another-indexer\n", Effect::Refused),
        "indexer.role" => ("indexer:\n  role: another-role\n", Effect::Refused),
        "indexer.memory" => ("indexer:\n  memory: 256\n", one(Function, "memory")),
        "indexer.timeout" => ("indexer:\n  timeout: 10\n", one(Function, "timeout")),
        // The program is built for a processor.
        "indexer.architecture" => {
            ("indexer:\n  architecture: arm64\n", Effect::Values(vec![(Function, "architecture"), (Function, "code")]))
        }
        "indexer.log_retention_days" => ("indexer:\n  log_retention_days: 30\n", one(LogGroup, "retention_days")),
        "client.user" => ("client:\n  user: another-user\n", Effect::Refused),
        "site.bucket" => ("site:\n  bucket: another-page\n", Effect::Refused),
        "site.dir" => ("", Effect::Files),
        "site.title" => ("site:\n  title: Trip\n", one(Key, "config.json.title")),
        // They are other galleries.
        "stages" => ("stages:\n  pr: { indexer: { memory: 512 } }\n", Effect::Values(vec![])),
        "tags" => ("tags:\n  team: travel\n", Effect::Values(on_all())),
        other => panic!("`{other}` of gallery.yaml needs a case here"),
    }
}

#[test]
fn every_key_leads_to_exactly_its_values() {
    for key in config::keys() {
        let (more, effect) = case(&key);
        let mut seen = mirror(&gallery(HOLIDAY).desired);
        let yaml = format!("{HOLIDAY}{more}");
        let code = if key == "indexer.architecture" { "YXJt" } else { "Y29kZQ==" };
        let mut files = vec![file("assets/index-Abcd1234.js", "a1"), file("index.html", "b2")];
        match effect {
            Effect::Values(expected) => {
                let plan = up(&release(&yaml, code, files).desired, &seen, Adopt::Nothing);
                let line = if more.starts_with("account") { 3 } else { 4 };
                let name = if key == "tags" { "tags.team" } else { &key };
                let details = plan.changes.iter().flat_map(|change| change.parts.iter().map(|part| (change.kind, part)));
                let mut found = Vec::new();
                for (kind, part) in details {
                    if let Part::Differs(Detail { path, cause, origin, .. }) = part {
                        assert_eq!(*cause, Some(Cause::Config), "{key}: {path}");
                        let origin = origin.as_ref().unwrap_or_else(|| panic!("{key}: nothing tells who sets {path}"));
                        assert_eq!((origin.key.as_str(), origin.line), (name, Some(line)), "{path}");
                        found.push((kind, path.as_str()));
                    }
                }
                assert_eq!(found, expected, "{key}");
                assert!(plan.changes.iter().all(|change| change.action == Action::Update) && plan.blocked.is_empty(), "{key}");
            }
            Effect::OtherGallery => {
                let yaml = if key == "name" { HOLIDAY.replace("holiday", "party") } else { HOLIDAY.to_owned() };
                assert_eq!(up(&gallery(&yaml).desired, &nothing(), Adopt::Nothing).count(Action::Create), 13, "{key}");
            }
            Effect::Refused => {
                if key == "site.bucket" {
                    // What lies in it is looked for in the new one.
                    seen.site = gallery_deploy::resource::Seen::Absent;
                }
                let plan = up(&gallery(&yaml).desired, &seen, Adopt::Nothing);
                assert_eq!(plan.blocked.len(), 1, "{key}: {:?}", plan.blocked);
                assert!(plan.blocked[0].why.to_string().contains("gallery.yaml now says `another-"), "{key}: {:?}", plan.blocked);
            }
            Effect::Files => {
                files[1] = file("index.html", "c3");
                let plan = up(&release(&yaml, code, files).desired, &seen, Adopt::Nothing);
                assert_eq!(plan.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), [Kind::Page]);
                assert!(plan.changes[0].fields.iter().all(|change| change.cause == Some(Cause::Files)));
            }
        }
    }
}

/// Back to the default: the key is not in the file any more.
#[test]
fn a_key_that_is_gone_is_at_its_default() {
    let seen = mirror(&gallery(&format!("{HOLIDAY}indexer:\n  memory: 256\ntags:\n  team: travel\n  a: b\n")).desired);
    let plan = up(&gallery(&format!("{HOLIDAY}tags:\n  a: b\n")).desired, &seen, Adopt::Nothing);
    let mut origins = Vec::new();
    for part in plan.changes.iter().flat_map(|change| &change.parts) {
        if let Part::Differs(Detail { path, origin: Some(origin), .. }) = part {
            origins.push((path.as_str(), origin.line));
        }
    }
    origins.sort_unstable();
    origins.dedup();
    // A tag was taken out of a mapping that is still there.
    assert_eq!(origins, [("memory", None), ("tags.team", Some(3))]);
}

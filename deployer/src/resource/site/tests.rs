//! One deploy after the other.

use bytes::Bytes;

use super::*;

fn file(key: &str, etag: &str) -> SiteFile {
    let headers = Headers { content_type: "text/plain".into(), cache_control: "no-cache".into(), encoding: None };
    SiteFile { key: key.into(), content: Content::Held(Bytes::new()), size: 0, etag: etag.into(), headers }
}

fn site(files: &[(&str, &str)]) -> Site {
    let place = Place { account: "123456789012".into(), region: "us-west-2".into(), endpoint: None };
    Site {
        place,
        bucket: "site".into(),
        names: DeployedNames::default(),
        files: files.iter().map(|(key, etag)| file(key, etag)).collect(),
    }
}

/// The bucket after `plan` was applied to `seen` at `time`.
fn applied(seen: &Observed, plan: &SitePlan, time: i128) -> Observed {
    let mut after = seen.clone();
    for file in plan.assets.iter().chain(&plan.pages) {
        after.objects.insert(file.key.clone(), ObjectSeen { etag: file.etag.clone(), modified: time });
    }
    if let Some(manifest) = &plan.manifest {
        after.manifest = serde_json::from_str(manifest).unwrap();
        after.objects.insert(MANIFEST_KEY.into(), ObjectSeen { etag: String::new(), modified: time });
    }
    plan.delete.iter().for_each(|key| drop(after.objects.remove(key)));
    after
}

fn keys(files: &[SiteFile]) -> Vec<&str> {
    files.iter().map(|file| file.key.as_str()).collect()
}

#[test]
fn a_second_look_finds_nothing() {
    let site = site(&[("assets/app-Abcd1234.js", "1"), ("index.html", "2")]);
    let first = site.compare(&Observed::default());
    assert_eq!((keys(&first.assets), keys(&first.pages)), (vec!["assets/app-Abcd1234.js"], vec!["index.html"]));
    let second = site.compare(&applied(&Observed::default(), &first, 1));
    let (assets, pages) = second.fields();
    assert_eq!((assets.fields, pages.fields, second.manifest), Default::default());
}

#[test]
fn hashed_files_live_for_one_more_deploy() {
    let mut seen = Observed::default();
    for (time, name) in ["assets/a-Abcd1234.js", "assets/b-Abcd1234.js", "assets/c-Abcd1234.js"].into_iter().enumerate() {
        let plan = site(&[(name, "1"), ("about.txt", name), ("index.html", name)]).compare(&seen);
        seen = applied(&seen, &plan, time as i128);
    }
    assert_eq!(
        seen.objects.keys().filter(|key| key.starts_with("assets")).collect::<Vec<_>>(),
        ["assets/b-Abcd1234.js", "assets/c-Abcd1234.js"]
    );
}

#[test]
fn changed_headers_and_foreign_hands_are_noticed() {
    let mut wanted = site(&[("index.html", "2")]);
    let seen = applied(&Observed::default(), &wanted.compare(&Observed::default()), 1);
    wanted.files[0].headers.cache_control = "max-age=60".into();
    assert_eq!(keys(&wanted.compare(&seen).pages), ["index.html"]);
    let wanted = site(&[("index.html", "2")]);
    let mut touched = seen;
    touched.objects.get_mut("index.html").unwrap().modified = 2;
    assert_eq!(keys(&wanted.compare(&touched).pages), ["index.html"]);
}

#[test]
fn a_file_of_the_deploy_before_stays_readable_and_the_manifest_never_is() {
    let mut seen = Observed::default();
    let mut readable = Vec::new();
    for (time, name) in ["a-Abcd1234.js", "b-Abcd1234.js", "c-Abcd1234.js"].into_iter().enumerate() {
        let wanted = site(&[(name, "1"), ("assets/x.js", "1"), ("index.html", name)]);
        readable.push(wanted.policy(&seen));
        seen = applied(&seen, &wanted.compare(&seen), time as i128);
        assert_eq!(wanted.policy(&seen), readable[time], "the policy is the same after the deploy as before it");
    }
    let paths = |policy: &Policy| {
        let read = policy.statements().iter().find(|statement| statement["Sid"] == "PublicRead").unwrap();
        read["Resource"].as_array().unwrap().iter().map(|arn| arn.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let with = |more: &[&str]| {
        let all = [more, &["assets/*", "config.json", "index.html"]].concat();
        let mut all: Vec<String> = all.into_iter().map(|path| format!("arn:aws:s3:::site/{path}")).collect();
        all.sort();
        all
    };
    assert_eq!(site(&[("index.html", "")]).policy_cause(&seen, Some(&readable[2])), Some(Cause::Files));
    assert_eq!(site(&[("index.html", "")]).policy_cause(&seen, Some(&readable[1])), Some(Cause::Drift));
    assert_eq!(paths(&readable[0]), with(&["a-Abcd1234.js"]));
    assert_eq!(paths(&readable[1]), with(&["a-Abcd1234.js", "b-Abcd1234.js"]));
    assert_eq!(paths(&readable[2]), with(&["b-Abcd1234.js", "c-Abcd1234.js"]));
}

#[test]
fn a_changed_object_is_drift_and_a_changed_file_is_not() {
    let first = site(&[("assets/a.js", "1"), ("index.html", "2")]);
    let seen = applied(&Observed::default(), &first.compare(&Observed::default()), 1);
    let mut overwritten = seen.clone();
    overwritten.objects.get_mut("assets/a.js").unwrap().etag = "9".into();
    let causes = |plan: SitePlan| plan.causes.into_values().collect::<Vec<_>>();
    assert_eq!(causes(first.compare(&overwritten)), [Cause::Drift]);
    assert_eq!(causes(site(&[("assets/a.js", "3"), ("index.html", "2")]).compare(&seen)), [Cause::Files]);
    assert_eq!(causes(first.compare(&Observed::default())), []);
    let unreadable = Observed { manifest: None, ..seen };
    assert_eq!(causes(first.compare(&unreadable)), [Cause::Drift, Cause::Drift]);
}

#[test]
fn strangers_objects_stay() {
    let wanted = site(&[("index.html", "2")]);
    let mut seen = applied(&Observed::default(), &wanted.compare(&Observed::default()), 1);
    seen.objects.insert("robots.txt".into(), ObjectSeen { etag: "9".into(), modified: 1 });
    assert!(wanted.compare(&seen).delete.is_empty());
}

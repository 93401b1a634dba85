//! The files of the page: what is there, what is sent, what may go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::bucket::public_read_policy;
use super::compare::{Cause, Compared, Field};
use super::key::CONFIG_KEY;
use super::policy::Policy;
use super::rights::Right;
use crate::place::Place;

/// What may differ of the files that the page asks for.
pub const ASSETS_FIELDS: &[Field] = &[Field::Files];
/// What may differ of the page itself and of what is known about its files.
pub const PAGE_FIELDS: &[Field] = &[Field::Files, Field::OldFiles, Field::Manifest];

/// The format of the manifest: rises when an older release would do damage to what a newer one has deployed. It is what tells a newer release: a tag can be
/// anybody's.
pub const FORMAT: u32 = 1;
/// Remembers what the last deploy sent, with headers (an ETag does not cover them: E3). Not public.
pub const MANIFEST_KEY: &str = ".gallery-deploy/site.json";
/// The entry page, sent last.
pub const ENTRY_PAGE: &str = "index.html";
/// The bucket policy names each entry of the site's top level, and a policy holds 20 KB.
pub const MOST_TOP_LEVEL_ENTRIES: usize = 100;

/// A file as it is stored in the site bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    pub key: String,
    /// The bytes as stored: compressed where `encoding` says so.
    pub body: Arc<[u8]>,
    /// Lower-case hex MD5 of `body`: S3's ETag of a single-part object (E1).
    pub etag: String,
    pub headers: Headers,
}

/// What S3 sends along with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Headers {
    pub content_type: String,
    pub cache_control: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

impl SiteFile {
    fn is_page(&self) -> bool {
        self.key == ENTRY_PAGE
    }
}

/// Whether the name changes with the content, so that browsers may keep the file for ever. `assets/index-DiwrgTda.js`: the last part
/// before the ending is a hash of eight or more characters. A word is none, nor is a date.
pub fn is_hashed(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    let Some((stem, _)) = name.split_once('.').map(|_| name.rsplit_once('.').unwrap_or((name, ""))) else { return false };
    // Vite's hashes are eight characters of base64url and may hold a hyphen themselves.
    let candidates = [stem.get(stem.len().saturating_sub(8)..), stem.rsplit(['-', '.']).next()];
    candidates.into_iter().flatten().any(|hash| {
        let separated = stem.strip_suffix(hash).is_some_and(|rest| rest.ends_with(['-', '.']));
        let legal = hash.len() >= 8 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        let mixed =
            hash.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) && hash.bytes().any(|byte| byte.is_ascii_lowercase());
        let lettered = hash.bytes().any(|byte| byte.is_ascii_digit()) && hash.bytes().any(|byte| byte.is_ascii_alphabetic());
        separated && legal && (mixed || lettered) && !starts_with_a_year(hash)
    })
}

/// `20240101`, `2024-01-01`, `20240101T120000`: what cameras and people write into names.
fn starts_with_a_year(hash: &str) -> bool {
    let year = hash.get(..4).and_then(|year| year.parse::<u16>().ok());
    year.is_some_and(|year| (1900..2100).contains(&year)) && hash.bytes().filter(u8::is_ascii_digit).count() >= 6
}

/// The page as it shall be.
#[derive(Debug, Clone)]
pub struct Site {
    pub place: Place,
    pub bucket: String,
    /// To be recorded.
    pub names: DeployedNames,
    /// Sorted by key; the entry page among them.
    pub files: Vec<SiteFile>,
}

/// An object of the site bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSeen {
    /// Without quotes.
    pub etag: String,
    /// Nanoseconds since 1970, as S3 says.
    pub modified: i128,
}

/// The site bucket's objects and the manifest of the last deploy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    pub objects: BTreeMap<String, ObjectSeen>,
    pub manifest: Option<Manifest>,
    /// The manifest's format, if a newer release wrote it; then there is no `manifest`.
    pub newer_format: Option<u32>,
}

/// What the last deploy sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// What everything was called; `None` in records of before it was recorded.
    #[serde(default)]
    pub names: Option<DeployedNames>,
    pub files: BTreeMap<String, Sent>,
    /// Files of the deploy before that are none of today's. They stay publicly readable for pages that are still open, and those with hashed names stay.
    pub previous: BTreeSet<String>,
}

/// Names of what belongs to a deployed gallery, beside the site bucket, in which they are recorded. AWS renames nothing, so they must not change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedNames {
    pub images_bucket: String,
    pub table: String,
    pub role: String,
    pub function: String,
    pub user: String,
}

impl Manifest {
    /// Reads a manifest's body. `Err`: it cannot be understood; with its format, if that is a newer one.
    ///
    /// # Errors
    /// It was written by a newer release, or by nobody of us.
    pub fn parse(body: &[u8]) -> Result<Self, Option<u32>> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let newer = serde_json::from_slice::<Format>(body).ok().filter(|it| it.format > FORMAT);
        match newer {
            Some(newer) => Err(Some(newer.format)),
            None => serde_json::from_slice(body).map_err(|_| None),
        }
    }
}

/// One file of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub etag: String,
    pub headers: Headers,
}

/// What `apply` has to do: first the assets, then (when the key is in place) the pages, the manifest, and what may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitePlan {
    /// Why each file is sent or deleted, by key; missing where nothing tells.
    pub causes: BTreeMap<String, Cause>,
    /// What the manifest was before, if somebody else changed it.
    pub manifest_drifted: bool,
    pub assets: Vec<SiteFile>,
    pub pages: Vec<SiteFile>,
    /// The manifest's new body; `None` when it is right.
    pub manifest: Option<String>,
    pub delete: Vec<String>,
}

impl SitePlan {
    /// The fields of the two changes that this makes: assets, and pages.
    pub fn fields(&self) -> (Compared, Compared) {
        let mut assets = Compared::of(ASSETS_FIELDS);
        self.push_files(&mut assets, &self.assets);
        let mut pages = Compared::of(PAGE_FIELDS);
        self.push_files(&mut pages, &self.pages);
        for cause in [Cause::Drift, Cause::Files] {
            let keys: Vec<&String> = self.delete.iter().filter(|key| self.causes.get(*key) == Some(&cause)).collect();
            if !keys.is_empty() {
                pages.push(Field::OldFiles, json!(keys), json!(null), Some(cause));
            }
        }
        if self.manifest_drifted {
            pages.push(Field::Manifest, json!("altered"), json!("new"), Some(Cause::Drift));
        } else if self.manifest.is_some() && pages.fields.is_empty() {
            // It goes along with the assets.
            let causes: BTreeSet<Option<Cause>> = self.assets.iter().map(|file| self.causes.get(&file.key).copied()).collect();
            let cause = causes.iter().next().filter(|_| causes.len() == 1).copied().flatten();
            pages.push(Field::Manifest, json!("old"), json!("new"), cause);
        }
        (assets, pages)
    }

    /// One field for each cause there is.
    fn push_files(&self, fields: &mut Compared, files: &[SiteFile]) {
        for cause in [None, Some(Cause::Drift), Some(Cause::Files)] {
            let keys = files.iter().map(|file| file.key.as_str()).filter(|key| self.causes.get(*key).copied() == cause);
            let keys: Vec<&str> = keys.collect();
            if !keys.is_empty() {
                fields.push(Field::Files, json!(null), json!(keys), cause);
            }
        }
    }
}

impl Observed {
    /// Whether a deploy has come to its end here: the manifest is written last of all.
    pub fn completed(&self) -> bool {
        self.objects.contains_key(MANIFEST_KEY)
    }

    /// A manifest that cannot be understood is not of our making.
    fn manifest_drifted(&self) -> bool {
        self.completed() && self.manifest.is_none()
    }
}

impl Site {
    /// Compares with what is there: by content (ETag), by headers (manifest) and by time (nobody else touched it since).
    pub fn compare(&self, seen: &Observed) -> SitePlan {
        let manifest_written = seen.objects.get(MANIFEST_KEY).map(|object| object.modified);
        let last = seen.manifest.as_ref();
        let sent_as_wanted = |file: &SiteFile| {
            let sent = last.and_then(|manifest| manifest.files.get(&file.key));
            sent.is_some_and(|sent| sent.etag == file.etag && sent.headers == file.headers)
        };
        let stands = |file: &SiteFile| {
            let Some(object) = seen.objects.get(&file.key) else { return false };
            let touched = manifest_written.is_none_or(|written| object.modified > written);
            object.etag == file.etag && sent_as_wanted(file) && !touched
        };
        let missing: Vec<SiteFile> = self.files.iter().filter(|file| !stands(file)).cloned().collect();
        // What was sent as it shall be and is so no more was changed by somebody else.
        let cause = |file: &SiteFile| match last {
            Some(_) if sent_as_wanted(file) => Some(Cause::Drift),
            Some(_) => Some(Cause::Files),
            None => seen.manifest_drifted().then_some(Cause::Drift),
        };
        let mut causes: BTreeMap<String, Cause> =
            missing.iter().filter_map(|file| Some((file.key.clone(), cause(file)?))).collect();
        let (pages, assets): (Vec<_>, Vec<_>) = missing.into_iter().partition(SiteFile::is_page);

        let wanted = self.manifest(seen);
        // Only what an earlier deploy sent may go: an object that somebody else put here is not ours.
        let known = last.into_iter().flat_map(|manifest| manifest.files.keys().chain(&manifest.previous));
        let stays = |key: &String| wanted.files.contains_key(key) || (wanted.previous.contains(key) && is_hashed(key));
        let delete: BTreeSet<String> = known.filter(|key| !stays(key) && seen.objects.contains_key(*key)).cloned().collect();
        // The deploy before had deleted it: somebody has put it there again.
        let is_back = |key: &str| last.is_some_and(|manifest| manifest.previous.contains(key)) && !is_hashed(key);
        let cause = |key: &str| if is_back(key) { Cause::Drift } else { Cause::Files };
        causes.extend(delete.iter().map(|key| (key.clone(), cause(key))));
        let rewrite = last != Some(&wanted) || !pages.is_empty() || !assets.is_empty();
        let manifest = rewrite.then(|| serde_json::to_string(&wanted).unwrap_or_default());
        let delete = delete.into_iter().collect();
        SitePlan { causes, manifest_drifted: seen.manifest_drifted(), assets, pages, manifest, delete }
    }

    /// Objects that no deploy has sent.
    pub fn strangers(&self, seen: &Observed) -> impl Iterator<Item = String> {
        let wanted = self.manifest(seen);
        let sent = |key: &str| {
            let by = |manifest: &Manifest| manifest.files.contains_key(key) || manifest.previous.contains(key);
            by(&wanted) || seen.manifest.as_ref().is_some_and(by) || key == CONFIG_KEY || key == MANIFEST_KEY
        };
        seen.objects.keys().filter(|key| !sent(key)).cloned().collect::<Vec<_>>().into_iter()
    }

    /// The manifest as it shall be after this deploy.
    fn manifest(&self, seen: &Observed) -> Manifest {
        let sent = |file: &SiteFile| (file.key.clone(), Sent { etag: file.etag.clone(), headers: file.headers.clone() });
        let files: BTreeMap<String, Sent> = self.files.iter().map(sent).collect();
        let previous: BTreeSet<String> = match &seen.manifest {
            Some(manifest) if manifest.files == files => manifest.previous.clone(),
            Some(manifest) => manifest.files.keys().filter(|key| !files.contains_key(*key)).cloned().collect(),
            None => BTreeSet::new(),
        };
        Manifest { format: FORMAT, names: Some(self.names.clone()), files, previous }
    }

    /// The site bucket's policy: everybody may read each file and folder of the top level, so not the manifest. Files of the deploy before are still
    /// readable, as far as a policy has room for them.
    pub fn policy(&self, seen: &Observed) -> Policy {
        self.policy_for(&self.manifest(seen))
    }

    /// Why `live` is not [`Self::policy`]: it is what the last deploy made of it, so the files have changed; or it is not.
    pub fn policy_cause(&self, seen: &Observed, live: Option<&Policy>) -> Option<Cause> {
        match &seen.manifest {
            Some(last) if live == Some(&self.policy_for(last)) => Some(Cause::Files),
            _ => seen.completed().then_some(Cause::Drift),
        }
    }

    fn policy_for(&self, manifest: &Manifest) -> Policy {
        let top_level = |key: &String| key.split_once('/').map_or_else(|| key.clone(), |(folder, _)| format!("{folder}/*"));
        let mut paths: BTreeSet<String> = manifest.files.keys().map(top_level).collect();
        paths.insert(CONFIG_KEY.to_owned());
        for old in manifest.previous.iter().map(top_level) {
            if paths.len() <= MOST_TOP_LEVEL_ENTRIES {
                paths.insert(old);
            }
        }
        public_read_policy(&self.place, &self.bucket, &paths.into_iter().collect::<Vec<_>>())
    }
}

/// What it takes to look at the page's files and to change them; deleting comes with the bucket.
pub fn rights(place: &Place, bucket: &str) -> Vec<Right> {
    vec![
        Right::to_look("Objects", &["s3:GetObject"], &[place.s3_arn(&format!("{bucket}/{MANIFEST_KEY}"))]),
        Right::to_change("Page", &["s3:PutObject"], &[place.s3_arn(&format!("{bucket}/*"))]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, etag: &str) -> SiteFile {
        let headers = Headers { content_type: "text/plain".into(), cache_control: "no-cache".into(), encoding: None };
        SiteFile { key: key.into(), body: Arc::from(&b""[..]), etag: etag.into(), headers }
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

    #[test]
    fn a_record_of_a_newer_release_is_told_from_nonsense() {
        assert_eq!(Manifest::parse(br#"{ "format": 2, "what": "else" }"#), Err(Some(2)));
        for nonsense in ["", "nonsense", "{}", r#"{ "format": 1 }"#, r#"{ "format": "2" }"#] {
            assert_eq!(Manifest::parse(nonsense.as_bytes()), Err(None), "{nonsense}");
        }
        let before_names = Manifest::parse(br#"{ "format": 1, "files": {}, "previous": [] }"#);
        assert_eq!(before_names.map(|manifest| manifest.names), Ok(None));
    }

    #[test]
    fn hashes_are_told_from_words() {
        for hashed in ["assets/index-DiwrgTda.js", "assets/a-b_C-d123.css", "x.0a1b2c3d4e.js"] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "index.html",
            "assets/logo-original.png",
            "holiday-pictures.jpg",
            "assets/my-Pictures.png",
            "LICENSE",
            "IMG-20240101.jpg",
            "IMG-20240101T120000.jpg",
            "report-2024-01-01.html",
            "scan-00000123.png",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}

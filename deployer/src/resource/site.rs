//! The files of the page: what is there, what is sent, what may go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::compare::{Compared, Field};

/// Remembers what the last deploy sent, with headers (an ETag does not cover them: E3). Not public.
pub const MANIFEST_KEY: &str = ".gallery-deploy/site.json";
/// The entry page, sent last.
pub const ENTRY_PAGE: &str = "index.html";

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
/// before the ending is a hash of eight or more characters. A word is none.
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
        separated && legal && (mixed || hash.bytes().any(|byte| byte.is_ascii_digit()))
    })
}

/// The page as it shall be.
#[derive(Debug, Clone)]
pub struct Site {
    pub bucket: String,
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
}

/// What the last deploy sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub files: BTreeMap<String, Sent>,
    /// Hashed files of the deploy before: pages that are still open ask for them.
    pub previous: BTreeSet<String>,
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
    pub assets: Vec<SiteFile>,
    pub pages: Vec<SiteFile>,
    /// The manifest's new body; `None` when it is right.
    pub manifest: Option<String>,
    pub delete: Vec<String>,
}

impl SitePlan {
    /// The fields of the two changes that this makes: assets, and pages.
    pub fn fields(&self) -> (Compared, Compared) {
        fn keys(files: &[SiteFile]) -> Vec<&str> {
            files.iter().map(|file| file.key.as_str()).collect()
        }
        let mut assets = Compared::default();
        if !self.assets.is_empty() {
            assets.push(Field::Files, json!(null), json!(keys(&self.assets)), None);
        }
        let mut pages = Compared::default();
        if !self.pages.is_empty() {
            pages.push(Field::Files, json!(null), json!(keys(&self.pages)), None);
        }
        if !self.delete.is_empty() {
            pages.push(Field::OldFiles, json!(self.delete), json!(null), None);
        }
        if self.manifest.is_some() && pages.fields.is_empty() {
            pages.push(Field::Manifest, json!("old"), json!("new"), None);
        }
        (assets, pages)
    }
}

impl Site {
    /// Compares with what is there: by content (ETag), by headers (manifest) and by time (nobody else touched it since).
    pub fn compare(&self, seen: &Observed) -> SitePlan {
        let manifest_written = seen.objects.get(MANIFEST_KEY).map(|object| object.modified);
        let last = seen.manifest.as_ref();
        let stands = |file: &SiteFile| {
            let (Some(object), Some(sent)) =
                (seen.objects.get(&file.key), last.and_then(|manifest| manifest.files.get(&file.key)))
            else {
                return false;
            };
            let touched = manifest_written.is_none_or(|written| object.modified > written);
            object.etag == file.etag && sent.headers == file.headers && !touched
        };
        let (pages, assets): (Vec<_>, Vec<_>) =
            self.files.iter().filter(|file| !stands(file)).cloned().partition(SiteFile::is_page);

        let files: BTreeMap<String, Sent> = self
            .files
            .iter()
            .map(|file| (file.key.clone(), Sent { etag: file.etag.clone(), headers: file.headers.clone() }))
            .collect();
        let previous: BTreeSet<String> = match last {
            Some(manifest) if manifest.files == files => manifest.previous.clone(),
            Some(manifest) => manifest.files.keys().filter(|key| !files.contains_key(*key) && is_hashed(key)).cloned().collect(),
            None => BTreeSet::new(),
        };
        // Only what an earlier deploy sent may go: an object that somebody else put here is not ours.
        let known = last.into_iter().flat_map(|manifest| manifest.files.keys().chain(&manifest.previous));
        let delete: BTreeSet<String> = known
            .filter(|key| !files.contains_key(*key) && !previous.contains(*key) && seen.objects.contains_key(*key))
            .cloned()
            .collect();
        let wanted = Manifest { format: 1, files, previous };
        let rewrite = last != Some(&wanted) || !pages.is_empty() || !assets.is_empty();
        let manifest = rewrite.then(|| serde_json::to_string(&wanted).unwrap_or_default());
        SitePlan { assets, pages, manifest, delete: delete.into_iter().collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(key: &str, etag: &str) -> SiteFile {
        let headers = Headers { content_type: "text/plain".into(), cache_control: "no-cache".into(), encoding: None };
        SiteFile { key: key.into(), body: Arc::from(&b""[..]), etag: etag.into(), headers }
    }

    fn site(files: &[(&str, &str)]) -> Site {
        Site { bucket: "site".into(), files: files.iter().map(|(key, etag)| file(key, etag)).collect() }
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
        assert_eq!((second.fields(), second.manifest), Default::default());
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
    fn strangers_objects_stay() {
        let wanted = site(&[("index.html", "2")]);
        let mut seen = applied(&Observed::default(), &wanted.compare(&Observed::default()), 1);
        seen.objects.insert("robots.txt".into(), ObjectSeen { etag: "9".into(), modified: 1 });
        assert!(wanted.compare(&seen).delete.is_empty());
    }

    #[test]
    fn hashes_are_told_from_words() {
        for hashed in ["assets/index-DiwrgTda.js", "assets/a-b_C-d123.css", "x.0a1b2c3d4e.js"] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in ["index.html", "assets/logo-original.png", "holiday-pictures.jpg", "assets/my-Pictures.png", "LICENSE"] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}

//! The files of the page: what is there, what is sent, what may go.

mod file;
mod manifest;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::bucket::public_read_policy;
use super::compare::{Cause, Compared, Field};
use super::key::CONFIG_KEY;
use super::policy::Policy;
use super::rights::Right;
use crate::place::Place;
pub use file::{Content, ENTRY_PAGE, Headers, SiteFile, Source, is_hashed};
pub use manifest::{DeployedNames, FORMAT, MANIFEST_KEY, Manifest, Sent};

/// What may differ of the files that the page asks for.
pub const ASSETS_FIELDS: &[Field] = &[Field::Files];
/// What may differ of the page itself and of what is known about its files.
pub const PAGE_FIELDS: &[Field] = &[Field::Files, Field::OldFiles, Field::Manifest];

/// The bucket policy names each entry of the site's top level, and a policy holds 20 KB.
pub const MOST_TOP_LEVEL_ENTRIES: usize = 100;

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
    /// Objects that the last deploy that came to its end has not sent; nothing where there was none, of which nobody knows what it sent.
    pub fn strangers(&self) -> Vec<String> {
        self.manifest.as_ref().map(|manifest| self.not_sent_by(&[Some(manifest)])).unwrap_or_default()
    }

    fn not_sent_by(&self, manifests: &[Option<&Manifest>]) -> Vec<String> {
        let by = |manifest: &Manifest, key: &String| manifest.files.contains_key(key) || manifest.previous.contains(key);
        let sent = |key: &String| {
            manifests.iter().flatten().any(|manifest| by(manifest, key)) || key == CONFIG_KEY || key == MANIFEST_KEY
        };
        self.objects.keys().filter(|key| !sent(key)).cloned().collect()
    }

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
    pub fn strangers(&self, seen: &Observed) -> Vec<String> {
        let wanted = self.manifest(seen);
        seen.not_sent_by(&[Some(&wanted), seen.manifest.as_ref()])
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
mod tests;

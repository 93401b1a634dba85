//! The tags that say what is ours, and the hash that tells drift from a changed `gallery.yaml`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::compare::Cause;

/// Tag keys and values of a resource.
pub type TagMap = BTreeMap<String, String>;

/// Whose resource it is: the gallery's name.
pub const GALLERY: &str = "gallery-deploy:gallery";
/// Which region's gallery of that name, on roles and users only: IAM is global, everything else lies in its gallery's region.
pub const REGION: &str = "gallery-deploy:region";
/// Which stage of the gallery; the main gallery has none.
pub const STAGE: &str = "gallery-deploy:stage";
/// The bucket with the page, on the role only: by its roles the galleries of an account are listed.
pub const SITE: &str = "gallery-deploy:site";
/// On the two buckets only: which of them it is. Whoever exchanges their names must not have the images deleted as the page.
pub const HOLDS: &str = "gallery-deploy:holds";
/// Of the images bucket.
pub const IMAGES: &str = "images";
/// Of the site bucket.
pub const PAGE: &str = "page";
/// On the function only: the unique id of the role that it is bound to (L4).
pub const ROLE_ID: &str = "gallery-deploy:role-id";
/// In its place while the function is being bound anew: a run that is cut off meanwhile leaves it.
pub const BINDING: &str = "being-bound-anew";
/// What was applied last, as hashes; written last.
pub const DESIRED: &str = "gallery-deploy:desired";

/// The tags that a resource shall carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    own: TagMap,
    record: Option<Record>,
}

/// What the tag [`DESIRED`] says of the last run that ended well: `v1:SETTINGS:KEYS:BUILD`, without what is empty at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    /// Hash of the settings and of the tags: 24 hexadecimal digits.
    settings: String,
    /// Four characters for each tag of `gallery.yaml`, so that one that it no longer names is known as ours. With 45 tags of 128 characters their
    /// names would not fit.
    keys: String,
    /// Hash of what was built, where the resource holds any; else empty.
    build: String,
}

impl Record {
    /// `None` for what we never write.
    fn parse(value: &str) -> Option<Self> {
        let mut parts = value.split(':');
        let settings = parts.next().filter(|version| *version == "v1").and_then(|_| parts.next())?;
        let is_hash = settings.len() == 2 * HASH && settings.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut rest = || parts.next().unwrap_or_default().to_owned();
        is_hash.then(|| Self { settings: settings.to_owned(), keys: rest(), build: rest() })
    }

    fn of(live: &TagMap) -> Option<Self> {
        Self::parse(live.get(DESIRED)?)
    }

    fn to_tag(&self) -> String {
        format!("v1:{}:{}:{}", self.settings, self.keys, self.build).trim_end_matches(':').to_owned()
    }

    fn holds(&self, key: &str) -> bool {
        let mark = mark(key);
        self.keys.as_bytes().chunks(mark.len()).any(|known| known == mark.as_bytes())
    }
}

/// Whether the record begins with a version (`v2:`) that is not ours.
fn is_of_another_version(record: &str) -> bool {
    let version = record.split_once(':').and_then(|(version, _)| version.strip_prefix('v'));
    version.is_some_and(|number| number != "1" && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Bytes of a hash that are kept: far more than chance can meet.
const HASH: usize = 12;

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..HASH])
}

/// Stands for a tag's key in [`Record::keys`]: 24 bits of its hash.
fn mark(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(key)[..3])
}

impl Tags {
    /// The ownership tag and the tags of `gallery.yaml`.
    pub fn new(gallery: &str, extra: &TagMap) -> Self {
        let mut own = extra.clone();
        own.insert(GALLERY.into(), gallery.into());
        Self { own, record: None }
    }

    /// The same for what is not in a region: it belongs to the gallery of `region`.
    #[must_use]
    pub fn in_region(mut self, region: &str) -> Self {
        self.own.insert(REGION.into(), region.into());
        self
    }

    /// The same for a stage of the gallery.
    #[must_use]
    pub fn of_stage(mut self, stage: Option<&str>) -> Self {
        self.own.extend(stage.map(|stage| (STAGE.to_owned(), stage.to_owned())));
        self
    }

    /// Adds the bucket with the page.
    #[must_use]
    pub fn with_site(mut self, bucket: &str) -> Self {
        self.own.insert(SITE.into(), bucket.into());
        self
    }

    /// Adds what the bucket holds: [`IMAGES`] or [`PAGE`].
    #[must_use]
    pub fn holding(mut self, what: &str) -> Self {
        self.own.insert(HOLDS.into(), what.into());
        self
    }

    /// Adds the hash of `settings`: everything that the user can set on this resource.
    #[must_use]
    pub fn with_settings(mut self, settings: &impl Serialize) -> Self {
        // Maps are sorted and structs keep their order, so equal settings give equal bytes.
        let settings = hash(&serde_json::to_vec(&(settings, &self.own)).unwrap_or_default());
        let keys = self.own.keys().filter(|key| *key != GALLERY).map(|key| mark(key)).collect();
        self.record = Some(Record { settings, keys, build: String::new() });
        self
    }

    /// Adds the hash of what this release brings along.
    #[must_use]
    pub fn with_build(mut self, build: &str) -> Self {
        if let Some(record) = &mut self.record {
            record.build = hash(build.as_bytes());
        }
        self
    }

    /// What is sent with the call that creates the resource: all but the hash, which is written last.
    pub fn at_birth(&self) -> &TagMap {
        &self.own
    }

    /// Everything, the hash included.
    pub fn all(&self) -> TagMap {
        let mut all = self.own.clone();
        if let Some(record) = &self.record {
            all.insert(DESIRED.into(), record.to_tag());
        }
        all
    }

    /// What of `live` is ours: tags that [`Self::at_birth`] names, and those that an earlier `gallery.yaml` named. Others are somebody else's and stay.
    pub fn managed_part(&self, live: &TagMap) -> TagMap {
        let record = Record::of(live);
        let ours =
            |key: &str| key != DESIRED && (self.own.contains_key(key) || record.as_ref().is_some_and(|record| record.holds(key)));
        live.iter().filter(|(key, _)| ours(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Keys of tags that are neither ours nor AWS's own.
    pub fn strangers(&self, live: &TagMap) -> impl Iterator<Item = String> {
        let ours = self.managed_part(live);
        let of_a_tool = |key: &str| key.starts_with("aws:") || key.starts_with("gallery-deploy:");
        live.keys().filter(move |key| !ours.contains_key(*key) && !of_a_tool(key)).cloned().collect::<Vec<_>>().into_iter()
    }

    /// Why settings differ that [`Self::with_settings`] covers; `None` when `live` does not say what was applied last.
    pub fn cause(&self, live: &TagMap) -> Option<Cause> {
        let (last, wanted) = (Record::of(live)?, self.record.as_ref()?);
        Some(if last.settings == wanted.settings { Cause::Drift } else { Cause::Config })
    }

    /// The same for what [`Self::with_build`] covers.
    pub fn build_cause(&self, live: &TagMap) -> Option<Cause> {
        let (last, wanted) = (Record::of(live)?, self.record.as_ref()?);
        Some(if last.build == wanted.build { Cause::Drift } else { Cause::Release })
    }

    /// Whether `build`, which is there, is none that was recorded: somebody else's, or that of a run that was cut off. `None` when `live` does not say what was
    /// applied last.
    pub fn is_unknown_build(&self, live: &TagMap, build: &str) -> Option<bool> {
        Some(Record::of(live)?.build != hash(build.as_bytes()))
    }

    /// Why the tag [`DESIRED`] itself differs; `None` when it is missing: a first run that was cut off has not written it yet; or of a version that another
    /// release may have written.
    pub fn record_cause(&self, live: &TagMap) -> Option<Cause> {
        let last = live.get(DESIRED)?;
        if is_of_another_version(last) {
            return None;
        }
        let (Some(last), Some(wanted)) = (Record::parse(last), &self.record) else { return Some(Cause::Drift) };
        Some(if last.settings != wanted.settings {
            Cause::Config
        } else if last.keys == wanted.keys && last.build != wanted.build {
            Cause::Release
        } else {
            Cause::Drift
        })
    }

    /// Whether `live` carries our ownership tags. A stage's tag is no other stage's, nor the main gallery's.
    pub fn owns(&self, live: &TagMap) -> bool {
        [GALLERY, REGION].iter().all(|key| self.own.get(*key).is_none_or(|value| live.get(*key) == Some(value)))
            && live.get(STAGE) == self.own.get(STAGE)
    }

    /// Whether it is the stage of the gallery that `live` names.
    pub fn is_of(&self, live: &TagMap) -> bool {
        [GALLERY, STAGE].iter().all(|key| self.own.get(*key) == live.get(*key))
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_follows_settings_and_tags() {
        let tags = |extra: &[(&str, &str)], settings: u32| {
            let extra = extra.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
            Tags::new("holiday", &extra).with_settings(&settings).all()[DESIRED].clone()
        };
        assert_eq!(tags(&[], 1), tags(&[], 1));
        assert_ne!(tags(&[], 1), tags(&[], 2));
        assert_ne!(tags(&[], 1), tags(&[("team", "a")], 1));
    }

    #[test]
    fn foreign_tags_are_not_ours_to_compare() {
        let tags = Tags::new("holiday", &TagMap::new());
        let live = TagMap::from([(GALLERY.into(), "holiday".into()), ("cost".into(), "x".into())]);
        assert_eq!(tags.managed_part(&live), *tags.at_birth());
        assert!(tags.owns(&live));
        assert!(!tags.owns(&TagMap::new()));
    }

    fn team() -> TagMap {
        TagMap::from([("team".into(), "travel".into())])
    }

    #[test]
    fn a_tag_that_gallery_yaml_no_longer_names_is_still_known_as_ours() {
        let mut live = Tags::new("holiday", &team()).with_settings(&1).all();
        live.insert("cost".into(), "x".into());
        let now = Tags::new("holiday", &TagMap::new()).with_settings(&1);
        assert_eq!(now.managed_part(&live).into_keys().collect::<Vec<_>>(), [GALLERY, "team"]);
        assert_eq!(now.cause(&live), Some(Cause::Config));
    }

    #[test]
    fn the_record_tells_a_changed_file_from_drift_and_from_a_release() {
        let tags = |settings: u32, build: &str| Tags::new("holiday", &team()).with_settings(&settings).with_build(build);
        let (wanted, live) = (tags(1, "a"), |settings, build| tags(settings, build).all());
        assert_eq!(wanted.cause(&live(1, "b")), Some(Cause::Drift));
        assert_eq!(wanted.cause(&live(2, "a")), Some(Cause::Config));
        assert_eq!(wanted.build_cause(&live(2, "a")), Some(Cause::Drift));
        assert_eq!(wanted.build_cause(&live(1, "b")), Some(Cause::Release));
        assert_eq!(wanted.is_unknown_build(&live(1, "b"), "b"), Some(false));
        assert_eq!(wanted.is_unknown_build(&live(1, "b"), "theirs"), Some(true));
        assert_eq!(wanted.is_unknown_build(&team(), "b"), None);
        assert_eq!(wanted.record_cause(&live(1, "b")), Some(Cause::Release));
        assert_eq!(wanted.record_cause(&live(2, "b")), Some(Cause::Config));
        for (record, cause) in
            [("", Some(Cause::Drift)), ("v1", Some(Cause::Drift)), ("v1:0123", Some(Cause::Drift)), ("v2:0123", None)]
        {
            let live = TagMap::from([(DESIRED.into(), record.into())]);
            assert_eq!((wanted.cause(&live), wanted.record_cause(&live)), (None, cause), "{record}");
        }
        assert_eq!((wanted.cause(&team()), wanted.record_cause(&team())), (None, None));
    }

    /// A tag's value holds 256 characters, and 45 tags are allowed, beside ours.
    #[test]
    fn the_record_of_all_possible_tags_fits_into_a_tag() {
        let many = (0..45).map(|number| (format!("{number:0>128}"), String::new())).collect();
        let tags = Tags::new("holiday", &many).of_stage(Some("pr")).in_region("us-west-2").with_site("b");
        let all = tags.with_settings(&1).with_build("x").all();
        assert!(all[DESIRED].len() <= 256 && all.len() <= 50, "{}", all[DESIRED].len());
        assert!(Record::of(&all).is_some_and(|record| many.keys().all(|key| record.holds(key))));
    }

    /// Also where both are called `holiday-pr`.
    #[test]
    fn a_stage_and_a_gallery_of_its_name_are_kept_apart() {
        let main = |name: &str| Tags::new(name, &TagMap::new());
        let stage = |name: &str, stage: &str| main(name).of_stage(Some(stage));
        let all =
            [main("holiday-pr"), stage("holiday", "pr"), main("holiday"), stage("holiday", "pr-1"), stage("holiday-pr", "1")];
        for (number, tags) in all.iter().enumerate() {
            let owned: Vec<usize> = (0..all.len()).filter(|other| tags.owns(all[*other].at_birth())).collect();
            assert_eq!(owned, [number]);
        }
    }

    /// A role or user of the same gallery in another region is another gallery's.
    #[test]
    fn entities_belong_to_the_gallery_of_one_region() {
        let tags = |region: &str| Tags::new("holiday", &TagMap::new()).in_region(region);
        assert!(tags("eu-west-1").owns(tags("eu-west-1").at_birth()));
        assert!(!tags("eu-west-1").owns(tags("us-west-2").at_birth()));
        assert!(!tags("eu-west-1").owns(Tags::new("holiday", &TagMap::new()).at_birth()));
    }
}

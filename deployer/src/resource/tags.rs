//! The tags that say what is ours, and the hash that tells drift from a changed `gallery.yaml`.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// Tag keys and values of a resource.
pub type TagMap = BTreeMap<String, String>;

/// Whose resource it is: the gallery's name.
pub const GALLERY: &str = "gallery-deploy:gallery";
/// `v1:` and a hash of the settings that were last applied, written last.
pub const DESIRED: &str = "gallery-deploy:desired";

/// The tags that a resource shall carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tags {
    own: TagMap,
    desired: Option<String>,
}

impl Tags {
    /// The ownership tag and the tags of `gallery.yaml`.
    pub fn new(gallery: &str, extra: &TagMap) -> Self {
        let mut own = extra.clone();
        own.insert(GALLERY.into(), gallery.into());
        Self { own, desired: None }
    }

    /// Adds the hash of `settings`: everything that the user can set on this resource.
    #[must_use]
    pub fn with_settings(mut self, settings: &impl Serialize) -> Self {
        // Maps are sorted and structs keep their order, so equal settings give equal bytes.
        let bytes = serde_json::to_vec(&(settings, &self.own)).unwrap_or_default();
        let hash = Sha256::digest(&bytes);
        self.desired = Some(format!("v1:{}", hex(&hash[..12])));
        self
    }

    /// What is sent with the call that creates the resource: all but the hash, which is written last.
    pub fn at_birth(&self) -> &TagMap {
        &self.own
    }

    /// Everything, the hash included.
    pub fn all(&self) -> TagMap {
        let mut all = self.own.clone();
        if let Some(desired) = &self.desired {
            all.insert(DESIRED.into(), desired.clone());
        }
        all
    }

    /// The subset of `live` that [`Self::at_birth`] names: extra tags are somebody else's and stay.
    pub fn managed_part(&self, live: &TagMap) -> TagMap {
        let all = &self.own;
        live.iter().filter(|(key, _)| all.contains_key(*key)).map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Whether `live` says that these very settings were applied last: then whatever differs has drifted.
    pub fn were_applied(&self, live: &TagMap) -> bool {
        self.desired.is_some() && live.get(DESIRED) == self.desired.as_ref()
    }

    /// Whether `live` carries our ownership tag.
    pub fn owns(&self, live: &TagMap) -> bool {
        live.get(GALLERY) == self.own.get(GALLERY)
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
}

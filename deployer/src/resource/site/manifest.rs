//! The record that a deploy leaves in the site bucket: which files it sent, and what everything was called.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Headers;

/// The format of the manifest: rises when an older release would do damage to what a newer one has deployed. It is what tells a newer release: a tag can be
/// anybody's.
pub const FORMAT: u32 = 1;
/// Remembers what the last deploy sent, with headers (an ETag does not cover them: E3). Not public.
pub const MANIFEST_KEY: &str = ".gallery-deploy/site.json";

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_a_newer_release_is_told_from_nonsense() {
        assert_eq!(Manifest::parse(br#"{ "format": 2, "what": "else" }"#), Err(Some(2)));
        for nonsense in ["", "nonsense", "{}", r#"{ "format": 1 }"#, r#"{ "format": "2" }"#] {
            assert_eq!(Manifest::parse(nonsense.as_bytes()), Err(None), "{nonsense}");
        }
        let before_names = Manifest::parse(br#"{ "format": 1, "files": {}, "previous": [] }"#);
        assert_eq!(before_names.map(|manifest| manifest.names), Ok(None));
    }
}

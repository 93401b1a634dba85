//! One file of the page: its bytes, its name, and what S3 sends along with it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
    pub(super) fn is_page(&self) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

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

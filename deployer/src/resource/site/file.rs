//! One file of the page: where its bytes are, its name, and what S3 sends along with it.

use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The entry page, sent last.
pub const ENTRY_PAGE: &str = "index.html";

/// What is sent as it lies on the disk and is larger than this (in bytes) is never in memory as a whole.
const STREAMED_ABOVE: u64 = 1 << 20;
/// The buffers of an upload that is read from the disk while it is sent, in bytes.
const BUFFERS: u64 = 512 << 10;

/// A file as it is stored in the site bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFile {
    pub key: String,
    pub content: Content,
    /// Of what is stored, in bytes: compressed where `encoding` says so.
    pub size: u64,
    /// Lower-case hex MD5 of what is stored: S3's ETag of a single-part object (E1).
    pub etag: String,
    pub headers: Headers,
}

/// Where the bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Here, as they are stored.
    Held(Bytes),
    /// On the disk, and read again when they are sent: a page may be larger than memory.
    File(Source),
}

/// A file on the disk, and what is made of it before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub path: PathBuf,
    /// Written into a page that has a place for them.
    pub origins: Option<Arc<str>>,
    pub is_compressed: bool,
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

    /// The file that is read piece by piece while it is sent.
    pub fn streamed(&self) -> Option<&Source> {
        match &self.content {
            Content::File(source) if source.is_as_stored() && self.size > STREAMED_ABOVE => Some(source),
            Content::File(_) | Content::Held(_) => None,
        }
    }

    /// How much memory it takes to send it, in bytes.
    pub fn memory(&self) -> u64 {
        match &self.content {
            Content::Held(_) => 0,
            Content::File(_) if self.streamed().is_some() => BUFFERS,
            Content::File(_) => self.size,
        }
    }

    /// The header with which S3 refuses other bytes than those of `etag`: their MD5 in base64.
    pub fn content_md5(&self) -> String {
        let digits = self.etag.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        let bytes: Vec<u8> = digits.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        BASE64_STANDARD.encode(bytes)
    }
}

impl Source {
    /// Whether nothing is made of it.
    const fn is_as_stored(&self) -> bool {
        self.origins.is_none() && !self.is_compressed
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

    #[test]
    fn an_etag_and_the_header_say_the_same() {
        let headers = Headers { content_type: String::new(), cache_control: String::new(), encoding: None };
        let etag = "900150983cd24fb0d6963f7d28e17f72".to_owned();
        let file = SiteFile { key: "abc".into(), content: Content::Held(Bytes::from_static(b"abc")), size: 3, etag, headers };
        // RFC 1864 and `openssl dgst -md5 -binary | base64`.
        assert_eq!(file.content_md5(), "kAFQmDzST7DWlj99KOF/cg==");
    }
}

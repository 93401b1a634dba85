//! Site files made ready for S3: content type, cache headers, compression, and the page's Content-Security-Policy.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use md5::{Digest as _, Md5};

use crate::bundle::{self, BundleError};
use crate::place::Place;
use crate::resource::key::CONFIG_KEY;
use crate::resource::site::{ENTRY_PAGE, Headers, MANIFEST_KEY, MOST_TOP_LEVEL_ENTRIES, SiteFile, is_hashed};
use crate::resource::tags::hex;

/// Stands in the page's Content-Security-Policy where the origins of images and index belong; only the deployer knows them.
const ORIGINS_PLACEHOLDER: &str = "https://origins.gallery-deploy.invalid";

/// Why the site cannot be made ready.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error("cannot read `{}`: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("`{}` holds `{name}`, a name that gallery-deploy writes itself", dir.display())]
    Reserved { dir: PathBuf, name: String },
    #[error("`{}` is not valid UTF-8: object keys are", path.display())]
    Name { path: PathBuf },
    #[error("`{}` has {count} entries at its top level; {MOST_TOP_LEVEL_ENTRIES} fit into the bucket's policy. Put files into folders", dir.display())]
    TooManyEntries { dir: PathBuf, count: usize },
}

/// The files of `dir`, or of the page inside this program, sorted by key. `images_bucket` is what the page may talk to.
///
/// # Errors
/// A folder that cannot be read or that holds what we write ourselves; a build without the page.
pub fn load(dir: Option<&Path>, place: &Place, images_bucket: &str) -> Result<Vec<SiteFile>, SiteError> {
    let mut files: Vec<(String, Vec<u8>)> = match dir {
        None => bundle::site()?.iter().map(|file| (file.path.to_owned(), file.bytes.to_vec())).collect(),
        Some(dir) => read_folder(dir)?,
    };
    files.sort();
    let origins = origins(place, images_bucket);
    Ok(files.into_iter().map(|(key, bytes)| prepare(key, bytes, &origins)).collect())
}

fn origins(place: &Place, images_bucket: &str) -> String {
    let (images, index) = (place.bucket_origin(images_bucket), place.dynamodb_origin());
    if images == index { images } else { format!("{images} {index}") }
}

fn prepare(key: String, bytes: Vec<u8>, origins: &str) -> SiteFile {
    let mut content_type = mime_guess::from_path(&key).first_or_octet_stream().essence_str().to_owned();
    let is_text = content_type.starts_with("text/")
        || matches!(content_type.as_str(), "application/json" | "application/javascript" | "image/svg+xml");
    let bytes = if key.ends_with(".html") {
        String::from_utf8(bytes)
            .map_or_else(std::string::FromUtf8Error::into_bytes, |text| text.replace(ORIGINS_PLACEHOLDER, origins).into_bytes())
    } else {
        bytes
    };
    // S3 does not compress, and every browser takes gzip.
    let compressed = is_text.then(|| gzip(&bytes)).filter(|compressed| compressed.len() < bytes.len());
    if is_text {
        content_type.push_str("; charset=utf-8");
    }
    let cache_control = if is_hashed(&key) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers =
        Headers { content_type, cache_control: cache_control.into(), encoding: compressed.is_some().then(|| "gzip".to_owned()) };
    let body = compressed.unwrap_or(bytes);
    SiteFile { key, etag: hex(&Md5::digest(&body)), body: body.into(), headers }
}

/// The same bytes for the same input: no name, no time in the header.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    // Writing into memory cannot fail; if it did, the shorter-than-before rule drops the result.
    match encoder.write_all(bytes).and_then(|()| encoder.finish()) {
        Ok(compressed) => compressed,
        Err(_) => bytes.to_vec(),
    }
}

fn read_folder(dir: &Path) -> Result<Vec<(String, Vec<u8>)>, SiteError> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| SiteError::Read { path: folder.clone(), source };
        let mut entries = fs::read_dir(&folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
        // `.git`, `.DS_Store`: nobody means to publish them.
        entries.retain(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."));
        if folder == dir && entries.len() > MOST_TOP_LEVEL_ENTRIES {
            return Err(SiteError::TooManyEntries { dir: dir.to_owned(), count: entries.len() });
        }
        for path in entries.into_iter().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let relative = path.strip_prefix(dir).unwrap_or(&path);
            let parts: Option<Vec<&str>> = relative.iter().map(|part| part.to_str()).collect();
            let key = parts.ok_or_else(|| SiteError::Name { path: path.clone() })?.join("/");
            if key == CONFIG_KEY || key == MANIFEST_KEY {
                return Err(SiteError::Reserved { dir: dir.to_owned(), name: key });
            }
            let bytes = fs::read(&path).map_err(|source| SiteError::Read { path: path.clone(), source })?;
            files.push((key, bytes));
        }
    }
    if !files.iter().any(|(key, _)| key == ENTRY_PAGE) {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "the page to start with is missing");
        return Err(SiteError::Read { path: dir.join(ENTRY_PAGE), source });
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINS: &str = "https://images.example https://dynamodb.example";

    #[test]
    fn types_charsets_caches_and_compression() {
        let page = prepare("index.html".into(), "<p>a</p>".repeat(100).into_bytes(), ORIGINS);
        assert_eq!(page.headers.content_type, "text/html; charset=utf-8");
        assert_eq!(page.headers.cache_control, "no-cache");
        assert_eq!(page.headers.encoding.as_deref(), Some("gzip"));
        let script = prepare("assets/index-Abcd1234.js".into(), "x".repeat(500).into_bytes(), ORIGINS);
        assert_eq!(script.headers.content_type, "text/javascript; charset=utf-8");
        assert_eq!(script.headers.cache_control, "public, max-age=31536000, immutable");
        let picture = prepare("logo.png".into(), vec![0; 500], ORIGINS);
        assert_eq!((picture.headers.content_type.as_str(), picture.headers.encoding), ("image/png", None));
    }

    #[test]
    fn the_page_may_talk_to_its_own_origins_only() {
        let html = format!("<meta content=\"img-src 'self' {ORIGINS_PLACEHOLDER}\">");
        let page = prepare("index.html".into(), html.into_bytes(), ORIGINS);
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert_eq!(text, format!("<meta content=\"img-src 'self' {ORIGINS}\">"));
    }

    #[test]
    fn compression_is_reproducible() {
        assert_eq!(gzip(&[7; 999]), gzip(&[7; 999]));
    }
}

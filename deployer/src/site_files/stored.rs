//! How a file is stored: what is written into a page, whether it is compressed, its size, its MD5. However large the file, little of it is in memory.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use flate2::{Compression, GzBuilder};
use md5::{Digest as _, Md5};

use crate::resource::site::{Content, Headers, SiteFile, Source, is_hashed};
use crate::resource::tags::hex;

/// Stands in the page's Content-Security-Policy where the origins of images and index belong; only the deployer knows them.
const ORIGINS_PLACEHOLDER: &str = "https://origins.gallery-deploy.invalid";

/// A page larger than this (in bytes) is not searched for the placeholder: it would have to be in memory.
const LARGEST_PAGE: u64 = 1 << 20;
/// What is larger than this (in bytes) even when it is compressed is sent as it is: compressed files are made in memory.
const LARGEST_COMPRESSED: u64 = 4 << 20;
/// So much (in bytes) is read at once.
const PIECE: usize = 64 << 10;

/// The file `key` of the page inside this program.
///
/// # Errors
/// None that is known: only memory is read.
pub(super) fn built_in(key: &str, bytes: &'static [u8], origins: &str) -> io::Result<SiteFile> {
    let page = if is_page(key) { with_origins(bytes, origins) } else { None };
    let bytes = page.map_or(Bytes::from_static(bytes), Bytes::from);
    let plain = Sum::of(&bytes[..])?;
    Ok(match smaller(key, plain.size, &bytes[..], Vec::new())? {
        Some(packed) => Sum::of(&packed[..])?.into_file(key, true, Content::Held(packed.into())),
        None => plain.into_file(key, false, Content::Held(bytes)),
    })
}

/// What is known of a file on the disk once it was read; nothing of it lies on the heap.
pub(super) struct Sums {
    plain: Sum,
    packed: Option<Sum>,
    has_origins: bool,
}

/// Reads the file `key`, which lies at `path`.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(key: &str, path: &Path, origins: &str) -> io::Result<Sums> {
    let page = if is_page(key) { page(path, origins)? } else { None };
    let (plain, packed) = match &page {
        Some(page) => of_both(key, || Ok(&page[..]))?,
        None => of_both(key, || File::open(path))?,
    };
    Ok(Sums { plain, packed, has_origins: page.is_some() })
}

/// The file `key`, which lies at `path` and was read.
pub(super) fn on_disk(key: &str, path: PathBuf, origins: &Arc<str>, read: Sums) -> SiteFile {
    let (origins, is_compressed) = (read.has_origins.then(|| Arc::clone(origins)), read.packed.is_some());
    let content = Content::File(Source { path, origins, is_compressed });
    read.packed.unwrap_or(read.plain).into_file(key, is_compressed, content)
}

/// What is stored of `source`, made again. `None`: that is not what it was, `size` bytes with the MD5 `etag`.
///
/// # Errors
/// It cannot be read.
pub(super) fn again(source: &Source, size: u64, etag: &str) -> io::Result<Option<Vec<u8>>> {
    let page = match &source.origins {
        Some(origins) => page(&source.path, origins)?,
        None => None,
    };
    let mut from: Box<dyn Read> = match page {
        Some(page) => Box::new(io::Cursor::new(page)),
        None => Box::new(File::open(&source.path)?),
    };
    let mut bytes = Limited { to: Vec::with_capacity(usize::try_from(size).unwrap_or_default()), left: size };
    let made = if source.is_compressed { compress(from, &mut bytes) } else { io::copy(&mut from, &mut bytes).map(drop) };
    match made {
        Ok(()) => Ok((hex(&Md5::digest(&bytes.to)) == etag).then_some(bytes.to)),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(None),
        Err(error) => Err(error),
    }
}

/// The page at `path` with the origins in it, if it has a place for them.
fn page(path: &Path, origins: &str) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST_PAGE + 1).read_to_end(&mut bytes)?;
    Ok(if bytes.len() as u64 > LARGEST_PAGE { None } else { with_origins(&bytes, origins) })
}

fn with_origins(page: &[u8], origins: &str) -> Option<Vec<u8>> {
    let page = std::str::from_utf8(page).ok().filter(|page| page.contains(ORIGINS_PLACEHOLDER))?;
    Some(page.replace(ORIGINS_PLACEHOLDER, origins).into_bytes())
}

fn is_page(key: &str) -> bool {
    key.ends_with(".html")
}

fn content_type(key: &str) -> String {
    mime_guess::from_path(key).first_or_octet_stream().essence_str().to_owned()
}

fn is_text(content_type: &str) -> bool {
    content_type.starts_with("text/") || matches!(content_type, "application/json" | "application/javascript" | "image/svg+xml")
}

/// What would be stored as it is, and what is stored where that is smaller.
fn of_both<R: Read>(key: &str, open: impl Fn() -> io::Result<R>) -> io::Result<(Sum, Option<Sum>)> {
    let plain = Sum::of(open()?)?;
    let packed = smaller(key, plain.size, open()?, Sum::default())?;
    Ok((plain, packed))
}

/// Compresses where that pays. S3 does not compress, and every browser takes gzip.
fn smaller<W: Write>(key: &str, size: u64, from: impl Read, to: W) -> io::Result<Option<W>> {
    if !is_text(&content_type(key)) {
        return Ok(None);
    }
    let mut to = Limited { to, left: size.saturating_sub(1).min(LARGEST_COMPRESSED) };
    match compress(from, &mut to) {
        Ok(()) => Ok(Some(to.to)),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => Ok(None),
        Err(error) => Err(error),
    }
}

/// The same bytes for the same input: no name, no time in the header.
fn compress(from: impl Read, to: impl Write) -> io::Result<()> {
    let mut encoder = GzBuilder::new().mtime(0).write(to, Compression::best());
    io::copy(&mut BufReader::with_capacity(PIECE, from), &mut encoder)?;
    encoder.finish().map(drop)
}

/// Size and MD5 of what is written.
#[derive(Default)]
struct Sum {
    size: u64,
    md5: Md5,
}

impl Sum {
    fn of(from: impl Read) -> io::Result<Self> {
        let mut sum = Self::default();
        io::copy(&mut BufReader::with_capacity(PIECE, from), &mut sum)?;
        Ok(sum)
    }

    fn into_file(self, key: &str, is_compressed: bool, content: Content) -> SiteFile {
        let mut content_type = content_type(key);
        if is_text(&content_type) {
            content_type.push_str("; charset=utf-8");
        }
        let cache_control = if is_hashed(key) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let encoding = is_compressed.then(|| "gzip".to_owned());
        let headers = Headers { content_type, cache_control: cache_control.into(), encoding };
        SiteFile { key: key.to_owned(), content, size: self.size, etag: hex(&self.md5.finalize()), headers }
    }
}

impl Write for Sum {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.md5.update(bytes);
        self.size += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Passes on so many bytes and no more.
struct Limited<W> {
    to: W,
    left: u64,
}

impl<W: Write> Write for Limited<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ErrorKind::FileTooLarge)?;
        self.to.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGINS: &str = "https://images.example https://dynamodb.example";

    fn prepare(key: &str, bytes: impl AsRef<[u8]>) -> (SiteFile, Vec<u8>) {
        let held = built_in(key, bytes.as_ref().to_vec().leak(), ORIGINS).unwrap();
        let Content::Held(bytes) = &held.content else { panic!("it is in memory") };
        let bytes = bytes.to_vec();
        (held, bytes)
    }

    #[test]
    fn types_charsets_caches_and_compression() {
        let (page, _) = prepare("index.html", "<p>a</p>".repeat(100));
        assert_eq!(page.headers.content_type, "text/html; charset=utf-8");
        assert_eq!(page.headers.cache_control, "no-cache");
        assert_eq!(page.headers.encoding.as_deref(), Some("gzip"));
        let (script, _) = prepare("assets/index-Abcd1234.js", "x".repeat(500));
        assert_eq!(script.headers.content_type, "text/javascript; charset=utf-8");
        assert_eq!(script.headers.cache_control, "public, max-age=31536000, immutable");
        let (picture, _) = prepare("logo.png", [0; 500]);
        assert_eq!((picture.headers.content_type.as_str(), picture.headers.encoding), ("image/png", None));
    }

    #[test]
    fn the_page_may_talk_to_its_own_origins_only() {
        let (_, page) = prepare("index.html", format!("<meta content=\"img-src 'self' {ORIGINS_PLACEHOLDER}\">"));
        assert_eq!(String::from_utf8(page).unwrap(), format!("<meta content=\"img-src 'self' {ORIGINS}\">"));
    }

    /// It is read in pieces, and what an earlier release has compressed in one piece is not sent anew.
    #[test]
    fn compression_is_reproducible() {
        let script: String = (0..10_000).map(|number| format!("export const part{number} = {};\n", number * 7919)).collect();
        let mut whole = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
        whole.write_all(script.as_bytes()).unwrap();
        assert_eq!(prepare("app.js", script).1, whole.finish().unwrap());
    }

    #[test]
    fn a_file_on_the_disk_is_stored_as_one_in_memory_is() {
        let folder = std::env::temp_dir().join(format!("gallery-deploy-stored-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let long: String = (0..6_000).map(|number| format!("export const part{number} = {};\n", number * 7919)).collect();
        let noise: Vec<u8> = (0..300_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let page = format!("<meta content=\"{ORIGINS_PLACEHOLDER}\">{}", "<p>a</p>".repeat(20_000));
        for (key, bytes) in
            [("app.js", long.as_bytes()), ("film.mp4", &noise), ("index.html", page.as_bytes()), ("empty.txt", b"")]
        {
            let path = folder.join(key);
            std::fs::write(&path, bytes).unwrap();
            let (held, stored) = prepare(key, bytes);
            let file = on_disk(key, path.clone(), &ORIGINS.into(), read(key, &path, ORIGINS).unwrap());
            assert_eq!((&file.etag, file.size, &file.headers), (&held.etag, stored.len() as u64, &held.headers), "{key}");
            assert_eq!(file.etag, hex(&Md5::digest(&stored)), "{key}");
            let Content::File(source) = &file.content else { panic!("{key} is in memory") };
            assert_eq!(again(source, file.size, &file.etag).unwrap(), Some(stored), "{key}");
            // Longer, and other bytes.
            std::fs::write(&path, [bytes, b"more"].concat()).unwrap();
            assert_eq!(again(source, file.size, &file.etag).unwrap(), None, "{key}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_large_even_when_it_is_compressed_is_not() {
        let mut random = 1_u32;
        // Seven bits of eight tell something.
        let mut text = |bytes: usize| -> Vec<u8> {
            let byte = |_| {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 25) as u8
            };
            (0..bytes).map(byte).collect()
        };
        assert_eq!(prepare("a.json", text(64 << 10)).0.headers.encoding.as_deref(), Some("gzip"));
        assert_eq!(prepare("a.json", text(5 << 20)).0.headers.encoding, None);
    }
}

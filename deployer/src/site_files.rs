//! Site files made ready for S3: which there are, what is made of them, and that they are still the same when they are sent.

mod stored;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::{self, BundleError};
use crate::place::Place;
use crate::resource::key::CONFIG_KEY;
use crate::resource::site::{ENTRY_PAGE, MANIFEST_KEY, MOST_TOP_LEVEL_ENTRIES, SiteFile, Source};

/// S3 takes no more bytes in one piece.
const LARGEST: u64 = 5 << 30;

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
    #[error("`{}` has {size} bytes; S3 takes 5 GiB ({LARGEST} bytes) in one piece", path.display())]
    TooLarge { path: PathBuf, size: u64 },
    /// Since its ETag was computed.
    #[error("`{}` was changed while it was being deployed", path.display())]
    Changed { path: PathBuf },
}

/// The files of the page, sorted by key, of which none was read yet.
#[derive(Debug)]
pub struct Found(Vec<(String, Origin)>);

/// Where a file comes from.
#[derive(Debug)]
enum Origin {
    BuiltIn(&'static [u8]),
    Disk(PathBuf),
}

/// A file that was read.
#[expect(clippy::large_enum_variant, reason = "a box would be one more small thing on the heap between large ones")]
enum Read {
    BuiltIn(&'static [u8]),
    Disk(PathBuf, stored::Sums),
}

/// The files of `dir`, or of the page inside this program, made ready. `images_bucket` is what the page may talk to.
///
/// # Errors
/// Those of [`find`] and of [`Found::read`].
pub fn load(dir: Option<&Path>, place: &Place, images_bucket: &str) -> Result<Vec<SiteFile>, SiteError> {
    find(dir)?.read(place, images_bucket)
}

/// Looks for the files of `dir`, or of the page inside this program.
///
/// # Errors
/// A folder or file that cannot be opened, that S3 would not take, or that we write ourselves; a build without the page.
pub fn find(dir: Option<&Path>) -> Result<Found, SiteError> {
    let mut files: Vec<(String, Origin)> = match dir {
        None => bundle::site()?.iter().map(|file| (file.path.to_owned(), Origin::BuiltIn(file.bytes))).collect(),
        Some(dir) => list_folder(dir)?,
    };
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Found(files))
}

impl Found {
    /// Reads every file once. What lies on the disk does not stay in memory.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(self, place: &Place, images_bucket: &str) -> Result<Vec<SiteFile>, SiteError> {
        let origins: Arc<str> = origins(place, images_bucket).into();
        let read = |(key, origin): (String, Origin)| match origin {
            Origin::BuiltIn(bytes) => Ok((key, Read::BuiltIn(bytes))),
            Origin::Disk(path) => match stored::read(&key, &path, &origins) {
                Ok(sums) => Ok((key, Read::Disk(path, sums))),
                Err(source) => Err(unreadable(&path, source)),
            },
        };
        // All of them first: what compressing takes, for one file after the other, would tear the heap up between the names that stay.
        let files: Vec<(String, Read)> = self.0.into_iter().map(read).collect::<Result<_, SiteError>>()?;
        let made = |(key, read): (String, Read)| match read {
            Read::BuiltIn(bytes) => stored::built_in(&key, bytes, &origins).map_err(|source| unreadable(Path::new(&key), source)),
            Read::Disk(path, sums) => Ok(stored::on_disk(&key, path, &origins, sums)),
        };
        files.into_iter().map(made).collect()
    }
}

/// What is to be stored of `source`, a file of `size` bytes and with this ETag once it is made.
///
/// # Errors
/// It cannot be read, or is not what it was.
pub fn read_again(source: &Source, size: u64, etag: &str) -> Result<Vec<u8>, SiteError> {
    let bytes = stored::again(source, size, etag).map_err(|error| unreadable(&source.path, error))?;
    bytes.ok_or_else(|| SiteError::Changed { path: source.path.clone() })
}

/// Tells whether the file at `path` still has `size` bytes.
///
/// # Errors
/// It has not, or is not there any more.
pub fn check_size(path: &Path, size: u64) -> Result<(), SiteError> {
    let now = fs::metadata(path).map_err(|source| unreadable(path, source))?.len();
    if now == size { Ok(()) } else { Err(SiteError::Changed { path: path.to_owned() }) }
}

fn unreadable(path: &Path, source: std::io::Error) -> SiteError {
    SiteError::Read { path: path.to_owned(), source }
}

fn origins(place: &Place, images_bucket: &str) -> String {
    let (images, index) = (place.bucket_origin(images_bucket), place.dynamodb_origin());
    if images == index { images } else { format!("{images} {index}") }
}

fn list_folder(dir: &Path) -> Result<Vec<(String, Origin)>, SiteError> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        let listed = fs::read_dir(&folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let mut entries = listed.map_err(|source| unreadable(&folder, source))?;
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
            check(&path)?;
            files.push((key, Origin::Disk(path)));
        }
    }
    if !files.iter().any(|(key, _)| key == ENTRY_PAGE) {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "the page to start with is missing");
        return Err(SiteError::Read { path: dir.join(ENTRY_PAGE), source });
    }
    Ok(files)
}

/// Tells, before anything is sent, whether `path` is a file that can be read and that S3 takes.
fn check(path: &Path) -> Result<(), SiteError> {
    let metadata = fs::metadata(path).map_err(|source| unreadable(path, source))?;
    // Who opens a pipe waits for somebody who writes into it.
    if !metadata.is_file() {
        return Err(unreadable(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is neither a file nor a folder")));
    }
    File::open(path).map_err(|source| unreadable(path, source))?;
    let size = metadata.len();
    if size > LARGEST { Err(SiteError::TooLarge { path: path.to_owned(), size }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these files, each of so many bytes, none of which is written.
    fn folder(name: &str, files: &[(&str, u64)]) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gallery-deploy-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (file, size) in files {
            File::create(folder.join(file)).unwrap().set_len(*size).unwrap();
        }
        folder
    }

    /// S3 would refuse it in the middle of a deploy.
    #[test]
    fn what_s3_does_not_take_in_one_piece_is_refused_unread() {
        let folder = folder("too-large", &[("index.html", 1), ("film.mp4", LARGEST)]);
        let found = find(Some(&folder)).map(|found| found.0.into_iter().map(|(key, _)| key).collect::<Vec<_>>());
        assert_eq!(found.unwrap(), ["film.mp4", "index.html"]);
        File::create(folder.join("film.mp4")).unwrap().set_len(LARGEST + 1).unwrap();
        let error = find(Some(&folder)).unwrap_err();
        assert!(matches!(&error, SiteError::TooLarge { size, .. } if *size == LARGEST + 1), "{error}");
        assert!(error.to_string().contains("5 GiB"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let folder = folder("changes", &[("index.html", 1), ("film.mp4", 3 << 20)]);
        let place = Place { account: "123456789012".into(), region: "us-west-2".into(), endpoint: None };
        let files = load(Some(&folder), &place, "images").unwrap();
        let [film, page] = &files[..] else { panic!("two files") };
        let source = film.streamed().expect("it is larger than what is read at once");
        check_size(&source.path, film.size).unwrap();
        let crate::resource::site::Content::File(small) = &page.content else { panic!("it is in memory") };
        assert_eq!((page.streamed(), read_again(small, page.size, &page.etag).unwrap()), (None, vec![0]));

        fs::write(&source.path, "shorter").unwrap();
        let error = check_size(&source.path, film.size).unwrap_err();
        assert!(matches!(&error, SiteError::Changed { path } if path.ends_with("film.mp4")), "{error}");
        fs::write(&small.path, "2").unwrap();
        let error = read_again(small, page.size, &page.etag).unwrap_err();
        assert!(matches!(&error, SiteError::Changed { path } if path.ends_with("index.html")), "{error}");
        fs::remove_file(&small.path).unwrap();
        assert!(matches!(read_again(small, page.size, &page.etag), Err(SiteError::Read { .. })));
        fs::remove_dir_all(folder).unwrap();
    }
}

//! The files of `tests/config`.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a folder below `tests/config` that end in `.yaml`, sorted.
///
/// # Panics
/// There is no such folder.
pub(crate) fn samples(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new("tests/config").join(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    files
}

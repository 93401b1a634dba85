//! The files of `tests/config`.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// The files of a folder that end in `.yaml`, sorted.
///
/// # Errors
/// It cannot be read.
pub(crate) fn yaml_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.extension().is_some_and(|ending| ending == "yaml"));
    files.sort();
    Ok(files)
}

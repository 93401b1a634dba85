//! Collects what travels inside `gallery-deploy` in target/bundle, where deployer/build.rs takes it from.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::architecture::Architecture;
use crate::run::say;
use crate::workspace::Workspace;
use crate::{indexer, site};

/// Makes the indexer's zips and the page, and brings target/bundle up to date.
pub(crate) fn bundle(workspace: &Workspace) -> Result<()> {
    let bundle = workspace.bundle();
    for architecture in Architecture::ALL {
        let file = bundle.join(format!("indexer-{architecture}.zip"));
        match indexer::zip(workspace, architecture)? {
            Some(zip) if write_if_changed(&file, &zip)? => say(&format!("{} ({} kB)", file.display(), zip.len() / 1_000)),
            Some(_) => {}
            None => remove_if_there(&file)?,
        }
    }
    let dist = site::build(&workspace.root().join("site"))?;
    mirror(&dist, &bundle.join("site")).context("cannot copy the page into the bundle")
}

/// Writes a file only if its content is new: cargo takes a newer file for a changed one and would build the deployer again.
/// True if it was written.
fn write_if_changed(file: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(file).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    let folder = file.parent().expect("a file in a folder");
    let write = || {
        fs::create_dir_all(folder)?;
        fs::write(file, content)
    };
    write().with_context(|| format!("cannot write {}", file.display()))?;
    Ok(true)
}

fn remove_if_there(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Makes `to` hold the files of `from` and no others.
fn mirror(from: &Path, to: &Path) -> Result<()> {
    let wanted = files_below(from)?;
    for name in &wanted {
        write_if_changed(&to.join(name), &fs::read(from.join(name))?)?;
    }
    if to.exists() {
        for stale in files_below(to)?.difference(&wanted) {
            remove_if_there(&to.join(stale))?;
        }
    }
    Ok(())
}

/// The files in a folder and in those below it, relative to it.
fn files_below(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(relative) = folders.pop() {
        for entry in fs::read_dir(folder.join(&relative))? {
            let entry = entry?;
            let path = relative.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else {
                files.insert(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_copies_what_changed_and_removes_what_is_gone() {
        let dir = std::env::temp_dir().join(format!("xtask-mirror-{}", std::process::id()));
        let (from, to) = (dir.join("from"), dir.join("to"));
        fs::create_dir_all(from.join("assets")).expect("a temporary folder");
        fs::write(from.join("index.html"), "page").expect("written");
        fs::write(from.join("assets/one.js"), "one").expect("written");
        mirror(&from, &to).expect("mirrored");
        let written = |name: &str| fs::metadata(to.join(name)).and_then(|file| file.modified()).expect("copied");
        let first = written("index.html");

        fs::rename(from.join("assets/one.js"), from.join("assets/two.js")).expect("renamed");
        std::thread::sleep(std::time::Duration::from_millis(20));
        mirror(&from, &to).expect("mirrored again");
        let names: Vec<_> = files_below(&to).expect("readable").into_iter().collect();
        assert_eq!(names, [PathBuf::from("assets/two.js"), PathBuf::from("index.html")]);
        assert_eq!(written("index.html"), first, "an unchanged file keeps its time");

        fs::remove_dir_all(&dir).expect("removed");
    }
}

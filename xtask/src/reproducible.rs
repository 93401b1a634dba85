//! Is the indexer's zip the same when it is built from another folder?

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::architecture::Architecture;
use crate::indexer;
use crate::run::say;
use crate::stamp::{Stamp, hex};
use crate::workspace::Workspace;

/// What is made from the sources, and what git keeps.
const NOT_SOURCES: [&str; 4] = ["target", "node_modules", "dist", ".git"];

/// What the zip is made of, and by what.
const SOURCES: [&str; 7] =
    [".cargo", "Cargo.lock", "Cargo.toml", "indexer", "xtask/requirements.txt", "xtask/src/indexer.rs", "xtask/src/package.rs"];

/// Builds the indexer from a copy of the sources in another folder, from nothing, and compares the zips byte for byte.
/// Skipped in a checkout where that was done for the same sources.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let sources = SOURCES.map(|name| workspace.root().join(name));
    let stamp = Stamp::new(workspace.tools().join("reproducible.stamp"), &sources)?;
    if stamp.is_current() {
        say("the zip of these sources has been compared before");
        return Ok(());
    }
    let here = indexer::zip(workspace, Architecture::X86_64)?.context("x86_64 is always built")?;
    let folder = TemporaryFolder(std::env::temp_dir().join(format!("gallery-deploy-copy-{}", std::process::id())));
    // Another depth than here, which shows where a path's length matters.
    let copy = folder.0.join("one/two");
    copy_sources(workspace.root(), &copy).context("cannot copy the sources")?;
    let there = indexer::zip(&workspace.copied_to(copy.clone()), Architecture::X86_64)?.context("x86_64 is always built")?;
    if here != there {
        bail!("the zip depends on the folder: {} here, {} in {}", digest(&here), digest(&there), copy.display());
    }
    say(&format!("the same zip from two folders: {}", digest(&here)));
    stamp.set()
}

fn digest(zip: &[u8]) -> String {
    hex(&Sha256::digest(zip))
}

fn copy_sources(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if NOT_SOURCES.iter().any(|made| name == *made) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_sources(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

/// Removed when it is no longer needed, also after an error.
struct TemporaryFolder(PathBuf);

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What stays behind is in the system's temporary folder.
        fs::remove_dir_all(&self.0).ok();
    }
}

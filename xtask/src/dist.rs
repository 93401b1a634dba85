//! The release binary: one file with everything in it, for any Linux with glibc 2.28 or newer.

use std::fs;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::architecture::Architecture;
use crate::bundle;
use crate::elf::GlibcVersion;
use crate::indexer::Build;
use crate::run::say;
use crate::stamp::hex;
use crate::workspace::Workspace;

const NAME: &str = "gallery-deploy";

/// Builds it into target/dist, with its SHA-256 beside it as `sha256sum --check` reads it.
pub(crate) fn dist(workspace: &Workspace) -> Result<()> {
    bundle::bundle(workspace)?;
    let build =
        Build { package: NAME, binary: NAME, profile: "release", architecture: Architecture::X86_64, glibc: GlibcVersion(2, 28) };
    let program = build.run(workspace)?;
    let file = workspace.dist().join(NAME);
    let checksum = file.with_extension("sha256");
    let write = || {
        fs::create_dir_all(workspace.dist())?;
        // A copy that runs keeps its file: a new one takes its place.
        let new = file.with_extension("new");
        fs::write(&new, &program)?;
        make_executable(&new)?;
        fs::rename(&new, &file)?;
        fs::write(&checksum, format!("{}  {NAME}\n", hex(&Sha256::digest(&program))))
    };
    write().with_context(|| format!("cannot write {}", file.display()))?;
    say(&format!("{} ({:.1} MB)", file.display(), program.len() as f64 / 1e6));
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &std::path::Path) -> std::io::Result<()> {
    Ok(())
}

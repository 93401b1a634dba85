//! The release binary: one file with everything in it, for any Linux with glibc 2.28 or newer.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::architecture::Architecture;
use crate::bundle;
use crate::elf::GlibcVersion;
use crate::indexer::Build;
use crate::run::{output, run, say};
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
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        try_out(&workspace.dist(), env!("CARGO_PKG_VERSION"))?;
    }
    Ok(())
}

/// Checks the sum with a program that is not ours, and that the binary in `folder` runs without anything of this machine's environment.
fn try_out(folder: &Path, version: &str) -> Result<()> {
    let checksum = Path::new(NAME).with_extension("sha256");
    run(Command::new("sha256sum").args(["--check", "--strict"]).arg(checksum).current_dir(folder))?;
    let said = |argument| output(Command::new(folder.join(NAME)).arg(argument).env_clear());
    let own = said("--version").with_context(|| format!("`{NAME} --version` fails"))?;
    ensure!(own == format!("{NAME} {version}"), "`{NAME} --version` says {own:?}");
    let help = said("--help").with_context(|| format!("`{NAME} --help` fails"))?;
    ensure!(help.contains(&format!("Usage: {NAME}")), "`{NAME} --help` does not say how it is used");
    Ok(())
}

#[cfg(unix)]
fn make_executable(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_file: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What a folder with such a program and such a sum comes to.
    fn tried(name: &str, program: &str, sum_of: &str) -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-dist-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let (written, file) = (folder.join("written"), folder.join(NAME));
        fs::write(&written, program).expect("written");
        make_executable(&written).expect("executable");
        // By another process: one that is forked here meanwhile would hold the file open for writing, so that it could not be started.
        run(Command::new("cp").arg(&written).arg(&file)).expect("copied");
        let sum = format!("{}  {NAME}\n", hex(&Sha256::digest(sum_of)));
        fs::write(file.with_extension("sha256"), sum).expect("written");
        let result = try_out(&folder, "1.2.3");
        fs::remove_dir_all(&folder).expect("removed");
        result
    }

    #[test]
    fn a_binary_is_shipped_if_its_sum_is_right_and_it_runs() {
        let good = "#!/bin/sh\ncase $1 in --version) echo gallery-deploy 1.2.3;; --help) echo Usage: gallery-deploy;; esac\n";
        tried("good", good, good).expect("all is well");
        for (name, program, sum_of, wrong) in [
            ("sum", good, "another", "sha256sum"),
            ("broken", "#!/bin/sh\nexit 1\n", "#!/bin/sh\nexit 1\n", "--version` fails"),
            ("version", "#!/bin/sh\necho old\n", "#!/bin/sh\necho old\n", "--version` says \"old\""),
            ("help", "#!/bin/sh\necho gallery-deploy 1.2.3\n", "#!/bin/sh\necho gallery-deploy 1.2.3\n", "--help` does not"),
        ] {
            let error = tried(name, program, sum_of).expect_err(name);
            assert!(format!("{error:#}").contains(wrong), "{error:#}");
        }
    }
}

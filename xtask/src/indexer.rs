//! Builds the indexer for Lambda and packs it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::architecture::Architecture;
use crate::elf::{self, GlibcVersion};
use crate::package;
use crate::run::{run, say};
use crate::tools;
use crate::workspace::{Workspace, cargo_home, sysroot};

/// The glibc of Lambda's `provided.al2023`.
const GLIBC: GlibcVersion = GlibcVersion(2, 34);

/// The zip for one architecture; none where the compiler has no standard library for it.
pub(crate) fn zip(workspace: &Workspace, architecture: Architecture) -> Result<Option<Vec<u8>>> {
    let target = architecture.rust_target();
    if !sysroot()?.join("lib/rustlib").join(target).exists() {
        if architecture == Architecture::X86_64 {
            anyhow::bail!("the compiler has no standard library for {target}: rustup target add {target}");
        }
        say(&format!("no indexer for {architecture}: its standard library is missing (rustup target add {target})"));
        return Ok(None);
    }
    let build = Build { package: "gallery-indexer", binary: "bootstrap", profile: "lambda", architecture, glibc: GLIBC };
    Ok(Some(package::zip(&build.run(workspace)?)?))
}

/// A program that is linked for a given glibc instead of this machine's.
pub(crate) struct Build {
    pub package: &'static str,
    pub binary: &'static str,
    pub profile: &'static str,
    pub architecture: Architecture,
    /// The newest that it may ask for.
    pub glibc: GlibcVersion,
}

impl Build {
    /// Builds the program, checks that it will load where it is to run, and returns it.
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<Vec<u8>> {
        let target = self.architecture.rust_target();
        let mut zigbuild = tools::zigbuild(workspace)?;
        zigbuild.args(["--locked", "--package", self.package, "--profile", self.profile]);
        zigbuild.arg("--target").arg(format!("{target}.{}", self.glibc));
        zigbuild.arg("--target-dir").arg(workspace.zig_target());
        zigbuild.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", remap_paths(workspace.root())?);
        run(&mut zigbuild)?;

        let path: PathBuf = workspace.zig_target().join(target).join(self.profile).join(self.binary);
        let program = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        elf::check(&program, self.architecture, self.glibc)
            .with_context(|| format!("{} would not start where it is to run", path.display()))?;
        Ok(program)
    }
}

/// Flags that replace the folders of this machine by fixed names, so that the same sources give the same program in any
/// checkout (Z2). They are separated as `CARGO_ENCODED_RUSTFLAGS` wants it.
fn remap_paths(root: &Path) -> Result<String> {
    let folders = [(root.to_owned(), "/gallery-deploy"), (cargo_home()?, "/cargo"), (sysroot()?, "/rust")];
    let flags = folders.map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()));
    Ok(flags.join("\u{1f}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_gets_a_fixed_name() {
        let flags = remap_paths(Path::new("/home/me/my checkout")).expect("cargo and rustc are there");
        assert_eq!(flags.split('\u{1f}').next(), Some("--remap-path-prefix=/home/me/my checkout=/gallery-deploy"));
        assert_eq!(flags.split('\u{1f}').count(), 3);
    }
}

//! Builds the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::run::run;
use crate::stamp::Stamp;
use crate::tools;

/// What the build and the tests leave in site/, which is not their input.
const MADE: [&str; 3] = ["node_modules", "dist", "coverage"];

/// Builds the page unless its sources are those of the last build; gives the folder with the result.
pub(crate) fn build(site: &Path) -> Result<PathBuf> {
    tools::npm_ci(site)?;
    let dist = site.join("dist");
    // Beside the packages, not in dist: everything in dist is the page.
    let stamp = Stamp::new(site.join("node_modules/.built"), &sources(site)?)?;
    if !(stamp.is_current() && dist.join("index.html").is_file()) {
        run(Command::new("npm").args(["run", "build"]).current_dir(site))?;
        stamp.set()?;
    }
    Ok(dist)
}

fn sources(site: &Path) -> Result<Vec<PathBuf>> {
    let mut sources = Vec::new();
    for entry in fs::read_dir(site).with_context(|| format!("cannot read {}", site.display()))? {
        let entry = entry?;
        if !MADE.iter().any(|made| entry.file_name() == *made) {
            sources.push(entry.path());
        }
    }
    sources.sort();
    Ok(sources)
}

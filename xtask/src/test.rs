//! Every check and test, cheap ones first. This is what runs for each change.

use std::process::Command;

use anyhow::Result;

use crate::run::{output, run, say};
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{bundle, dist, reproducible, site, tools, workflows};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    Quick,
    /// With what takes minutes and seldom breaks.
    All,
}

/// The indexer goes apart from the rest: it turns on features of crates far below the SDK, so that one build of all would
/// share nothing with a plain `cargo build`.
const APART: [&[&str]; 2] = [&["--package", "gallery-indexer"], &["--workspace", "--exclude", "gallery-indexer"]];

pub(crate) fn test(workspace: &Workspace, extent: Extent) -> Result<()> {
    let site = workspace.root().join("site");
    let browser = workspace.root().join("tests/browser");
    let binary = workspace.debug_binary();

    let mut steps = Steps::default();
    steps.step("format", || run(workspace.cargo().args(["fmt", "--all", "--check"])))?;
    steps.step("dependencies", || deny(workspace))?;
    steps.step("tools", || {
        tools::npm_ci(&site)?;
        tools::npm_ci(&browser)?;
        tools::chromium()?;
        tools::pipelines()
    })?;
    steps.step("workflows", || workflows::check(workspace))?;
    steps.step("page", || {
        site::build(&site)?;
        run(Command::new("npm").arg("test").current_dir(&site))
    })?;
    steps.step("bundle", || bundle::bundle(workspace))?;
    let for_all = |arguments: &[&str], rest: &[&str]| {
        APART.into_iter().try_for_each(|packages| {
            let mut cargo = workspace.cargo();
            cargo.args(arguments).args(packages).args(rest).env("GALLERY_DEPLOY_BIN", &binary);
            if extent == Extent::All {
                // Tests that try a sample of many cases try them all.
                cargo.env("GALLERY_TESTS_ALL", "1");
            }
            run(&mut cargo)
        })
    };
    steps.step("lints", || for_all(&["clippy", "--locked", "--all-targets"], &["--", "--deny", "warnings"]))?;
    // With all targets, so that the program is built with the features that the tests turn on, once for both.
    steps.step("build", || for_all(&["build", "--locked", "--all-targets"], &[]))?;
    // One run names all that fails.
    steps.step("tests", || for_all(&["test", "--locked", "--no-fail-fast"], &[]))?;
    steps.step("browser", || run(Command::new("npm").arg("test").current_dir(&browser).env("GALLERY_DEPLOY_BIN", &binary)))?;
    steps.step("reproducible", || reproducible::check(workspace))?;
    if extent == Extent::All {
        steps.step("dist", || dist::dist(workspace))?;
    }
    say(&format!("\n{}\nall is well", steps.summary()));
    Ok(())
}

/// Licences, bans and advisories, as far as this machine can: `cargo deny` is no part of Rust, and its advisories come by
/// git from elsewhere.
fn deny(workspace: &Workspace) -> Result<()> {
    if output(workspace.cargo().args(["deny", "--version"])).is_none() {
        say("skipped: cargo-deny is not installed (cargo install cargo-deny)");
        return Ok(());
    }
    run(workspace.cargo().args(["deny", "--locked", "check", "bans", "licenses", "sources"]))?;
    if output(workspace.cargo().args(["deny", "fetch", "db"])).is_none() {
        say("advisories skipped: their database cannot be fetched");
        return Ok(());
    }
    run(workspace.cargo().args(["deny", "--locked", "check", "advisories"]))
}

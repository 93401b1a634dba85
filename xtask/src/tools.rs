//! What has to be on this machine: what is ours to install is installed, for the rest the error says how.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::run::{output, run};
use crate::stamp::Stamp;
use crate::workspace::Workspace;

const PYTHON: (u32, u32) = (3, 10);
/// What Vite asks for.
const NODE: (u32, u32) = (20, 19);

/// Where Debian's package puts the browser of the tests.
const CHROMIUM: &str = "/usr/bin/chromium";

/// `cargo zigbuild`, from its own virtual environment.
pub(crate) fn zigbuild(workspace: &Workspace) -> Result<Command> {
    let venv = python_venv(workspace)?;
    let mut zigbuild = Command::new(venv.join("bin/cargo-zigbuild"));
    workspace.prepare(&mut zigbuild);
    // It looks for zig on the path, as a module of the first Python there.
    zigbuild.arg("zigbuild").env("PATH", path_with(&venv.join("bin"))?);
    Ok(zigbuild)
}

/// Makes the virtual environment in target/tools, with the hashes that xtask/requirements.txt asks for.
fn python_venv(workspace: &Workspace) -> Result<&Path> {
    let requirements = workspace.root().join("xtask/requirements.txt");
    let venv = workspace.tools();
    let stamp = Stamp::new(venv.join("requirements.stamp"), std::slice::from_ref(&requirements))?;
    // Its packages are not found any more when the system has moved to another Python.
    let works = || output(Command::new(venv.join("bin/python")).args(["-c", "import ziglang"])).is_some();
    if stamp.is_current() && works() {
        return Ok(venv);
    }
    require("python3", PYTHON, "install Python 3.10 or newer, on Debian and Ubuntu: apt-get install python3 python3-venv")?;
    if output(Command::new("python3").args(["-c", "import ensurepip"])).is_none() {
        apt_install("python3-venv", "Python's module ensurepip")?;
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv))?;
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:", "--require-hashes"]);
    run(pip.arg("--requirement").arg(requirements))?;
    stamp.set()?;
    Ok(venv)
}

/// Installs the packages that a folder's package-lock.json names, unless just those are there.
pub(crate) fn npm_ci(folder: &Path) -> Result<()> {
    let hint = "install Node.js 20.19 or newer with npm: https://nodejs.org";
    require("node", NODE, hint)?;
    let lock = folder.join("package-lock.json");
    let stamp = Stamp::new(folder.join("node_modules/.installed"), &[folder.join("package.json"), lock])?;
    if stamp.is_current() {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    // Browsers come from Debian; packages must not download their own.
    npm.args(["ci", "--no-audit", "--no-fund"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(npm.current_dir(folder)).context(hint)?;
    stamp.set()
}

/// Makes sure that the tests have a browser.
pub(crate) fn chromium() -> Result<()> {
    if Path::new(CHROMIUM).exists() { Ok(()) } else { apt_install("chromium", CHROMIUM) }
}

/// Makes sure that there is what the commands of pipelines need.
pub(crate) fn pipelines() -> Result<()> {
    for program in ["curl", "jq"] {
        if output(Command::new(program).arg("--version")).is_none() {
            apt_install(program, program)?;
        }
    }
    Ok(())
}

/// Installs a Debian package where we may; `what` is what it brings.
fn apt_install(package: &str, what: &str) -> Result<()> {
    let is_root = output(Command::new("id").arg("-u")).is_some_and(|user| user == "0");
    let has_apt = output(Command::new("apt-get").arg("--version")).is_some();
    if !(is_root && has_apt) {
        bail!("{what} is missing: install it (on Debian and Ubuntu: sudo apt-get install {package}), then run this again");
    }
    run(Command::new("apt-get").args(["update", "--quiet"]))?;
    let mut apt_get = Command::new("apt-get");
    apt_get.args(["install", "--quiet", "--yes", "--no-install-recommends", package]);
    run(apt_get.env("DEBIAN_FRONTEND", "noninteractive"))
}

/// Checks that a program is there in `version` (major and minor) or newer.
fn require(program: &str, version: (u32, u32), hint: &str) -> Result<()> {
    let Some(text) = output(Command::new(program).arg("--version")) else {
        bail!("`{program}` is missing: {hint}");
    };
    match parse_version(&text) {
        Some(found) if found >= version => Ok(()),
        _ => bail!("`{program}` is too old ({text}): {hint}"),
    }
}

/// Major and minor of `Python 3.11.2`, `v20.20.2` or `cargo 1.95.0 (f2d3ce0bd 2026-03-21)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut words = text.split_whitespace().map(|word| word.trim_start_matches('v'));
    let number = words.find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    let mut parts = number.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}

/// The path to search programs in, with `first` before all others.
fn path_with(first: &Path) -> Result<OsString> {
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(env::split_paths(&rest));
    env::join_paths(folders).with_context(|| format!("{} cannot stand in PATH", first.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_the_programs_write_them() {
        assert_eq!(parse_version("Python 3.11.2"), Some((3, 11)));
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert_eq!(parse_version("cargo 1.95.0 (f2d3ce0bd 2026-03-21)"), Some((1, 95)));
        assert_eq!(parse_version("Python 3.13.0rc1"), Some((3, 13)));
        assert_eq!(parse_version("command not found"), None);
    }

    #[test]
    fn a_missing_or_old_program_is_an_error_that_says_what_to_install() {
        let missing = require("no-such-program", (1, 0), "install it").expect_err("missing").to_string();
        assert_eq!(missing, "`no-such-program` is missing: install it");
        let old = require("cargo", (999, 0), "install it").expect_err("too old").to_string();
        assert!(old.starts_with("`cargo` is too old (cargo "), "{old}");
    }
}

//! Where things are.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

/// A checkout of this repository, and where cargo puts what it builds from it.
pub(crate) struct Workspace {
    root: PathBuf,
    cargo_target: PathBuf,
    tools: PathBuf,
}

impl Workspace {
    /// The checkout that this program belongs to.
    pub(crate) fn find() -> Result<Self> {
        // Read when it runs, not when it is built: a build cache may serve several checkouts.
        let own = env::var_os("CARGO_MANIFEST_DIR").context("not started by cargo: use `cargo xtask`")?;
        let root = Path::new(&own).parent().context("xtask is below the root")?.to_owned();
        let cargo_target = match env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => env::current_dir()?.join(dir),
            None => root.join("target"),
        };
        let tools = root.join("target/tools");
        Ok(Self { root, cargo_target, tools })
    }

    /// The same sources in another folder: they are built anew there, with the same tools.
    pub(crate) fn copied_to(&self, root: PathBuf) -> Self {
        let cargo_target = root.join("target");
        Self { root, cargo_target, tools: self.tools.clone() }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// What travels inside the binary. In the checkout even where cargo builds elsewhere: deployer/build.rs looks here.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.root.join("target/bundle")
    }

    /// The virtual environment with the cross-compiler.
    pub(crate) fn tools(&self) -> &Path {
        &self.tools
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("target/dist")
    }

    /// Where cross-compiled programs are built: a folder of its own, so that neither build waits for the other.
    pub(crate) fn zig_target(&self) -> PathBuf {
        self.cargo_target.join("zig")
    }

    /// What `cargo build` makes of the deployer.
    pub(crate) fn debug_binary(&self) -> PathBuf {
        self.cargo_target.join("debug").join(format!("gallery-deploy{}", env::consts::EXE_SUFFIX))
    }

    /// The same with optimisations.
    pub(crate) fn release_binary(&self) -> PathBuf {
        self.cargo_target.join("release").join(format!("gallery-deploy{}", env::consts::EXE_SUFFIX))
    }

    /// Cargo, in the root of the checkout.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        self.prepare(&mut cargo);
        cargo
    }

    /// Makes a command start in the root of the checkout, with cargo's own variables taken away: ring's build script watches
    /// them, and would be run again at each change between `cargo xtask` and plain cargo.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.root);
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
    }
}

/// The folder that holds the compiler and its libraries.
pub(crate) fn sysroot() -> Result<PathBuf> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    let path = crate::run::output(rustc.args(["--print", "sysroot"])).context("`rustc --print sysroot` failed")?;
    Ok(path.into())
}

/// Where cargo keeps what it downloads.
pub(crate) fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    let home = env::home_dir().context("this user has no home folder")?;
    Ok(home.join(".cargo"))
}

//! Why there is no local AWS.

use std::io;
use std::path::{Path, PathBuf};

/// Everything that can go wrong with the local AWS. No message holds a secret: the server's log names keys by id only.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    #[error(
        "the local AWS needs Python 3.10 or newer, and found {found}. Install it, for example with `apt install python3 python3-venv` or `brew install python`"
    )]
    NoPython { found: String },
    #[error(
        "`{python}` cannot make virtual environments, which the local AWS needs. Install that part of it, for example with `apt install python3-venv`"
    )]
    NoVenv { python: String },
    #[error("no folder for the local AWS: set HOME or XDG_CACHE_HOME")]
    NoCacheFolder,
    #[error("could not {step} in {folder}:\n{output}", folder = folder.display())]
    Install { step: &'static str, folder: PathBuf, output: String },
    #[error("could not {action} {path}: {source}", path = path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("port {0} is in use")]
    PortTaken(u16),
    #[error("another local AWS uses {store}; end it first", store = .0.display())]
    Busy(PathBuf),
    #[error("the local AWS did not start:\n{log}")]
    Start { log: String },
    #[error("the local AWS was not ready after {seconds} s:\n{log}")]
    NotReady { seconds: u64, log: String },
    #[error("the local AWS ended by itself ({status}):\n{log}")]
    Died { status: String, log: String },
    #[error("the local AWS could not write its state:\n{log}")]
    Unsaved { log: String },
    #[error("the local AWS did not end within {seconds} s and was killed:\n{log}")]
    Stuck { seconds: u64, log: String },
    #[error("the local AWS refused its administrator: {0}")]
    Admin(String),
}

impl LocalError {
    /// For `map_err`: a failed step on a file or folder.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { action, path, source }
    }
}

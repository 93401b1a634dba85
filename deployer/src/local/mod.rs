//! The local AWS: MiniStack in a Python environment of its own, with IAM enforced.
//!
//! The same code serves `dev` and the tests. The first start installs it below the user's cache folder; later ones take half a second. It
//! listens on 127.0.0.1 only, lives no longer than this process whatever that dies of, and takes the functions it runs with it.
//!
//! # What a store keeps
//! After [`LocalAws::stop`], and when this process dies, everything. After a SIGKILL of the server itself: everything as of the last
//! [`LocalAws::save`], and beside it every object up to the last moment, with its content type, metadata and versions, since objects are
//! written as they come. What is lost is what changed elsewhere since then: above all index entries, which can be made again from the objects.
//! [`LocalAws::kept`] says which of these it was.

mod admin;
mod error;
mod group;
pub mod python;
mod server;
mod store;

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use self::python::Environment;
use self::server::{Port, Server};
use self::store::Store;

pub use self::error::LocalError;

/// MiniStack and all that it needs.
const MINISTACK: Environment<'_> = Environment { name: "ministack-1.5.33", requirements: include_str!("requirements.txt") };

/// How to start a local AWS.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that keeps its state; made if it is not there. `None`: a temporary one that is removed with the server.
    pub store: Option<PathBuf>,
    /// `None`: the port of the last run on this store if it is free, else any free one.
    pub port: Option<u16>,
    /// The region of buckets whose own was lost with their settings (see [`Kept::Objects`]).
    pub region: String,
}

/// The key of the administrator, an IAM user inside the local AWS that may do anything.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl fmt::Debug for Credentials {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// What the store held at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is a new store.
    Nothing,
    /// All that there was.
    Everything,
    /// The server was killed: all objects, and the rest as it was last saved, or not at all.
    Objects,
}

/// A running local AWS. Dropping it ends it too, but without waiting for that.
#[derive(Debug)]
pub struct LocalAws {
    // Dropped in this order: the server lets go of the store before a temporary one is removed.
    server: Server,
    store: Store,
    endpoint: String,
    credentials: Credentials,
}

impl LocalAws {
    /// Starts a local AWS and waits until it takes calls. `progress` is told of what may take long. What was begun is ended when the future is
    /// dropped before that.
    ///
    /// # Errors
    /// No Python, a failed installation, a port or a store that is in use, or a server that does not start.
    pub async fn start(options: Options, progress: &(dyn Fn(&str) + Sync)) -> Result<Self, LocalError> {
        let python = MINISTACK.ensure(&cache_folder()?, progress).await?;
        let store = Store::open(options.store)?;
        let port = match (options.port, store.port()) {
            (Some(port), _) => Port::Only(port),
            (None, Some(port)) => Port::Prefer(port),
            (None, None) => Port::Any,
        };
        let server = Server::start(&python, &store, port, &options.region, progress).await?;
        store.write("port", &server.port.to_string())?;
        let endpoint = format!("http://127.0.0.1:{}", server.port);
        let (credentials, new) = admin::ensure(&endpoint, &store).await?;
        let mut local = Self { server, store, endpoint, credentials };
        if new {
            // So that the key outlives a SIGKILL.
            local.save().await?;
        }
        local.server.outlives_its_start();
        Ok(local)
    }

    /// `http://127.0.0.1:PORT`, for every service.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn port(&self) -> u16 {
        self.server.port
    }

    /// The administrator's key.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What the store held at the start.
    pub fn kept(&self) -> Kept {
        self.server.kept
    }

    /// The process id of the server, which is also its process group; `None` after its end.
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// Writes all state now, so that a later SIGKILL of the server loses no more than what comes after.
    ///
    /// # Errors
    /// The disk is full, or the server is gone.
    pub async fn save(&mut self) -> Result<(), LocalError> {
        self.server.save(&self.store).await
    }

    /// Ends the server and its functions; all state is written first.
    ///
    /// # Errors
    /// It had to be killed, or could not write its state.
    pub async fn stop(self) -> Result<(), LocalError> {
        self.stop_or_kill(std::future::pending()).await
    }

    /// The same, but when `hurry` comes first it is killed: then what was not saved is lost, as after a SIGKILL.
    ///
    /// # Errors
    /// It had to be killed for another reason, or could not write its state.
    pub async fn stop_or_kill(self, hurry: impl Future<Output = ()>) -> Result<(), LocalError> {
        self.server.stop(&self.store, hurry).await
    }

    /// Resolves when the server ends by itself. Cancel-safe.
    pub async fn exited(&mut self) -> LocalError {
        let status = self.server.wait().await.map_or_else(|| "unknown".to_owned(), |status| status.to_string());
        LocalError::Died { status, log: self.store.log_tail() }
    }
}

/// `gallery-deploy` in the user's cache folder: shared by all galleries, safe to delete.
///
/// # Errors
/// Neither `XDG_CACHE_HOME` nor `HOME` is set.
pub fn cache_folder() -> Result<PathBuf, LocalError> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|folder| folder.join(home)))
        .map(|folder| folder.join("gallery-deploy"))
        .ok_or(LocalError::NoCacheFolder)
}

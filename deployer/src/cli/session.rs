//! What every command that talks to AWS begins with: configuration, clients, identity, names.

use std::path::Path;

use crate::aws::{Access, Aws, Connection, Origin};
use crate::bundle;
use crate::config::{self, Config};
use crate::desired::Desired;
use crate::error::Error;
use crate::event::{Event, Report};
use crate::names::Names;
use crate::site_files;

/// A gallery, and the clients to work on it.
pub(super) struct Session {
    pub config: Config,
    pub aws: Aws,
    pub names: Names,
    identity: String,
}

impl Session {
    /// Reads the file at `path`, then asks AWS who is calling.
    ///
    /// # Errors
    /// An invalid file, no region, no credentials, the wrong account.
    pub(super) async fn open(path: &Path, access: Access) -> Result<Self, Error> {
        Self::connect(config::load(path)?, Origin::Environment, access).await
    }

    /// The same for a configuration that was read already.
    pub(super) async fn connect(config: Config, origin: Origin, access: Access) -> Result<Self, Error> {
        let connection = Connection::open(origin, access, config.region.as_deref()).await?;
        let (aws, identity) = connection.identify(config.account.as_deref()).await?;
        let names = Names::new(&config, identity.place);
        Ok(Self { config, aws, names, identity: identity.arn })
    }

    /// Everything as it shall be.
    ///
    /// # Errors
    /// A build without indexer or page; a site folder that cannot be read.
    pub(super) fn desired(&self) -> Result<Desired, Error> {
        let files = site_files::load(self.config.site.dir.as_deref(), &self.names.place, &self.names.images_bucket)?;
        let code = bundle::indexer(self.config.indexer.architecture)?;
        Ok(Desired::new(&self.config, &self.names, files, code.code_sha256))
    }

    /// Tells which gallery this is, where, and as whom.
    pub(super) fn introduce(&self, report: &dyn Report) {
        let place = &self.names.place;
        report.event(&Event::Start {
            gallery: &self.names.gallery,
            account: &place.account,
            region: &place.region,
            identity: Some(&self.identity),
            endpoint: place.endpoint.as_deref(),
        });
    }
}

/// The names of the gallery at `path`. AWS is asked for the account only where the file does not say it.
///
/// # Errors
/// An invalid file, no region; without `account:`, no credentials.
pub(super) async fn names(path: &Path) -> Result<Names, Error> {
    let config = config::load(path)?;
    let connection = Connection::open(Origin::Environment, Access::ReadOnly, config.region.as_deref()).await?;
    let place = match config.account.clone() {
        Some(account) => connection.place_in(account),
        None => connection.identify(None).await?.1.place,
    };
    Ok(Names::new(&config, place))
}

/// Reads the configuration for a command that needs what travels inside the program: a build without it says so before AWS is asked.
///
/// # Errors
/// An invalid file; a build without the indexer.
pub(super) fn load_deployable(path: &Path) -> Result<Config, Error> {
    let config = config::load(path)?;
    bundle::indexer(config.indexer.architecture)?;
    if config.site.dir.is_none() {
        bundle::site()?;
    }
    Ok(config)
}

//! What every command that talks to AWS begins with: configuration, clients, identity, names.

use super::global::Global;
use crate::aws::{Access, Aws, Connection, Origin};
use crate::bundle;
use crate::config::Config;
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
    profile: Option<String>,
    /// On the command line.
    region_is_named: bool,
}

impl Session {
    /// Reads the configuration, then asks AWS who is calling.
    ///
    /// # Errors
    /// An invalid file, no region, no credentials, the wrong account.
    pub(super) async fn open(global: &Global, access: Access) -> Result<Self, Error> {
        Self::connect(global, global.config()?, Origin::Environment, access).await
    }

    /// The same for a configuration that was read already.
    pub(super) async fn connect(global: &Global, config: Config, origin: Origin, access: Access) -> Result<Self, Error> {
        let connection = Connection::open(origin, access, config.region.as_deref(), &global.reach).await?;
        let (aws, identity) = connection.identify(config.account.as_deref()).await?;
        let names = Names::new(&config, identity.place);
        names.check()?;
        let profile = global.profile_in_use();
        Ok(Self { config, aws, names, identity: identity.arn, profile, region_is_named: global.region.is_some() })
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
            stage: self.names.stage.as_deref(),
            account: &place.account,
            region: &place.region,
            identity: Some(&self.identity),
            profile: self.profile.as_deref(),
            region_is_named: self.region_is_named,
            endpoint: place.endpoint.as_deref(),
        });
    }
}

/// The names of the gallery. AWS is asked for the account only where the file does not say it.
///
/// # Errors
/// An invalid file, no region; without `account:`, no credentials.
pub(super) async fn names(global: &Global) -> Result<Names, Error> {
    let config = global.config()?;
    let connection = Connection::open(Origin::Environment, Access::ReadOnly, config.region.as_deref(), &global.reach).await?;
    let place = match config.account.clone() {
        Some(account) => connection.place_in(account),
        None => connection.identify(None).await?.1.place,
    };
    let names = Names::new(&config, place);
    names.check()?;
    Ok(names)
}

/// Reads the configuration for a command that needs what travels inside the program: a build without it says so before AWS is asked.
///
/// # Errors
/// An invalid file; a build without the indexer.
pub(super) fn load_deployable(global: &Global) -> Result<Config, Error> {
    let config = global.config()?;
    bundle::indexer(config.indexer.architecture)?;
    if config.site.dir.is_none() {
        bundle::site()?;
    }
    Ok(config)
}

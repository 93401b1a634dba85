//! What every command that talks to AWS begins with: configuration, clients, identity, names.

use std::cell::OnceCell;

use super::global::Global;
use crate::aws::{Access, Aws, Connection, Contact, Origin};
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
    /// ARN of the caller, once AWS was asked.
    identity: OnceCell<String>,
    profile: Option<String>,
    /// On the command line.
    region_is_named: bool,
}

impl Session {
    /// Reads the configuration; asks AWS who is calling where it does not say the account.
    ///
    /// # Errors
    /// An invalid file, no region; without `account:`, no credentials.
    pub(super) async fn open(global: &Global, access: Access) -> Result<Self, Error> {
        Self::connect(global, global.config()?, Origin::Environment, access).await
    }

    /// The same for a configuration that was read already.
    pub(super) async fn connect(global: &Global, config: Config, origin: Origin, access: Access) -> Result<Self, Error> {
        let connection = Connection::open(origin, access, config.region.as_deref(), &global.reach).await?;
        let identity = OnceCell::new();
        let (aws, place) = match config.account.clone() {
            Some(account) => connection.in_account(account),
            None => {
                let (aws, place, caller) = connection.identify().await?;
                identity.get_or_init(|| caller.arn);
                (aws, place)
            }
        };
        let names = Names::new(&config, place);
        names.check()?;
        let profile = global.profile_in_use();
        Ok(Self { config, aws, names, identity, profile, region_is_named: global.region.is_some() })
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

    /// Asks AWS who is calling, unless it was asked. Nothing is to be shown or written before.
    ///
    /// # Errors
    /// No credentials; those of another account than that of `gallery.yaml`.
    pub(super) async fn identify(&self) -> Result<&str, Error> {
        if let Some(identity) = self.identity.get() {
            return Ok(identity);
        }
        let place = &self.names.place;
        let contact = Contact { profile: self.profile.as_deref(), region: &place.region, endpoint: place.endpoint.as_deref() };
        let caller = self.aws.caller(contact).await?;
        let wanted = &place.account;
        if caller.account != *wanted {
            return Err(Error::WrongAccount { wanted: wanted.clone(), found: caller.account });
        }
        Ok(self.identity.get_or_init(|| caller.arn))
    }

    /// Tells which gallery this is, where, and as whom.
    ///
    /// # Errors
    /// Those of [`Self::identify`].
    pub(super) async fn introduce(&self, report: &dyn Report) -> Result<(), Error> {
        let identity = self.identify().await?;
        let place = &self.names.place;
        report.event(&Event::Start {
            gallery: &self.names.gallery,
            stage: self.names.stage.as_deref(),
            account: &place.account,
            region: &place.region,
            identity: Some(identity),
            profile: self.profile.as_deref(),
            region_is_named: self.region_is_named,
            endpoint: place.endpoint.as_deref(),
        });
        Ok(())
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
        None => connection.identify().await?.1,
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

//! What every command that talks to AWS begins with: configuration, clients, identity, names.

use std::cell::OnceCell;

use tokio::task::spawn_blocking;

use super::global::Global;
use crate::aws::{Access, Aws, Connection, Contact, Origin};
use crate::bundle;
use crate::config::Config;
use crate::desired::Desired;
use crate::error::Error;
use crate::event::{Event, Report};
use crate::names::Names;
use crate::site_files::{self, Found};

/// A gallery, and the clients to work on it.
pub(super) struct Session {
    pub config: Config,
    /// What is planned is written with these. Every look is taken with [`Self::looking`].
    pub aws: Aws,
    /// Clients that can only read, where [`Self::aws`] can write.
    reader: Option<Aws>,
    pub names: Names,
    /// Not the environment's AWS, which the other commands talk to.
    pub is_dev: bool,
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
        let is_dev = matches!(origin, Origin::Local { .. });
        let connection = Connection::open(origin, access, config.region.as_deref(), &global.reach).await?;
        let profile = connection.profile().map(ToOwned::to_owned);
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
        let reader = (access == Access::ReadWrite).then(|| aws.only_reading());
        Ok(Self { config, aws, reader, names, is_dev, identity, profile, region_is_named: global.region.is_some() })
    }

    /// The clients of a look, which cannot write, whatever the command may do.
    pub(super) fn looking(&self) -> &Aws {
        self.reader.as_ref().unwrap_or(&self.aws)
    }

    /// The files of the page, before any of them is read.
    ///
    /// # Errors
    /// A build without the page; a site folder that cannot become a page.
    pub(super) fn page(&self) -> Result<Found, Error> {
        Ok(site_files::find(self.config.site.dir.as_deref())?)
    }

    /// Everything as it shall be. The files of the page are read and compressed on a thread of their own, so that AWS can be asked meanwhile.
    ///
    /// # Errors
    /// A build without indexer; a file that cannot be read.
    pub(super) async fn desired(&self, page: Found) -> Result<Desired, Error> {
        let (place, images_bucket) = (self.names.place.clone(), self.names.images_bucket.clone());
        let files = spawn_blocking(move || page.read(&place, &images_bucket)).await;
        let files = files.map_err(|error| Error::Bug(error.to_string()))??;
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
        let contact = Contact { profile: self.profile.as_deref(), region: &place.region, endpoint: place.endpoint.as_ref() };
        let caller = self.looking().caller(contact).await?;
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
        let endpoint = place.endpoint.as_ref().map(ToString::to_string);
        report.event(&Event::Start {
            gallery: &self.names.gallery,
            stage: self.names.stage.as_deref(),
            account: &place.account,
            region: &place.region,
            identity: Some(identity),
            profile: self.profile.as_deref(),
            by_oidc: self.profile.is_none() && came_by_token(identity, |name| std::env::var(name).ok()),
            region_is_named: self.region_is_named,
            endpoint: endpoint.as_deref(),
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

/// Reads the configuration for a command that needs what travels inside the program and the page: what is wrong with them is said before AWS is asked.
///
/// # Errors
/// An invalid file; a build without indexer or page; a site folder that cannot become a page.
pub(super) fn load_deployable(global: &Global) -> Result<Config, Error> {
    let config = global.config()?;
    if let Some(dir) = &config.site.dir {
        site_files::find(Some(dir))?;
    }
    bundle::indexer(config.indexer.architecture)?;
    if config.site.dir.is_none() {
        bundle::site()?;
    }
    Ok(config)
}

/// Whether the session `arn` is one of the role that an OIDC token was exchanged for. A key in the environment outranks the token.
fn came_by_token(arn: &str, variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let role_of = |arn: &str, before: &str| Some(arn.split_once(before)?.1.split('/').next_back()?.to_owned());
    let role = set("AWS_ROLE_ARN").and_then(|arn| role_of(&arn, ":role/"));
    let session = arn.rsplit_once('/').and_then(|(arn, _)| role_of(arn, ":assumed-role/"));
    set("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && set("AWS_ACCESS_KEY_ID").is_none() && role.is_some() && role == session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_s_token_is_told_from_a_key() {
        let session = "arn:aws:sts::111122223333:assumed-role/gha-deploy/run-8123";
        let role = ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/ci/gha-deploy");
        let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/tmp/token");
        let by_token = |arn: &str, variables: &[(&str, &str)]| {
            came_by_token(arn, |name| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(by_token(session, &[role, token]));
        assert!(!by_token(session, &[role]));
        assert!(!by_token(session, &[role, token, ("AWS_ACCESS_KEY_ID", "AKIA")]));
        assert!(!by_token("arn:aws:iam::111122223333:user/ana", &[role, token]));
        assert!(!by_token("arn:aws:sts::111122223333:assumed-role/other/run", &[role, token]));
    }
}

//! `outputs`: names and addresses of what is deployed.

use futures_util::join;
use serde::Serialize;
use serde_json::Value;

use super::global::Global;
use super::session::Session;
use crate::aws::Access;
use crate::aws::bucket::{self, Extent};
use crate::error::Error;
use crate::names::Names;
use crate::plan::Blocked;
use crate::report::{print, print_to_fit};
use crate::resource::{Kind, Seen};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print only this one, bare
    name: Option<String>,
}

/// The document that scripts read; its keys are part of the contract.
#[derive(Debug, Serialize)]
struct Outputs<'a> {
    name: &'a str,
    account: &'a str,
    region: &'a str,
    site_url: String,
    site_bucket: &'a str,
    images_bucket: &'a str,
    table: &'a str,
    indexer: &'a str,
    log_group: &'a str,
    client_user: &'a str,
}

impl<'a> Outputs<'a> {
    fn of(names: &'a Names) -> Self {
        Self {
            name: &names.gallery,
            account: &names.place.account,
            region: &names.place.region,
            site_url: names.site_url(),
            site_bucket: &names.site_bucket,
            images_bucket: &names.images_bucket,
            table: &names.table,
            indexer: &names.function,
            log_group: &names.log_group,
            client_user: &names.user,
        }
    }

    /// Names and values, in the order of the document.
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let Self { name, account, region, site_url, site_bucket, images_bucket, table, indexer, log_group, client_user } = self;
        vec![
            ("name", name),
            ("account", account),
            ("region", region),
            ("site_url", site_url),
            ("site_bucket", site_bucket),
            ("images_bucket", images_bucket),
            ("table", table),
            ("indexer", indexer),
            ("log_group", log_group),
            ("client_user", client_user),
        ]
    }
}

/// With `--json`: one document, or one JSON value.
pub(super) async fn run(global: &Global, args: &Args) -> Result<(), Error> {
    let session = Session::open(global, Access::ReadOnly).await?;
    let (names, json) = (&session.names, global.json);
    let outputs = Outputs::of(names);
    let pairs = outputs.pairs();
    let wanted = match &args.name {
        None => None,
        Some(name) => match pairs.iter().find(|(known, _)| known == name) {
            Some((_, value)) => Some(*value),
            None => {
                let outputs = pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                return Err(Error::NoSuchOutput { name: name.clone(), outputs });
            }
        },
    };
    let (identified, site) = join!(session.identify(), bucket::observe(&session.aws, &names.site_bucket, Extent::Unversioned));
    identified?;
    match site? {
        Seen::Present(site) if names.tags.owns(&site.tags) => {}
        Seen::Present(_) | Seen::Absent => return Err(Error::NotDeployed(names.gallery.clone())),
        Seen::Unknown(reason) => {
            let blocked = Blocked::new(Kind::SiteBucket, &names.site_bucket, &reason);
            return Err(Error::Blocked { blocked: vec![blocked] });
        }
    }
    match wanted {
        Some(value) if json => print(&Value::from(value).to_string()),
        Some(value) => print(value),
        None if json => print(&serde_json::to_string_pretty(&outputs).map_err(|error| Error::Bug(error.to_string()))?),
        None => pairs.iter().try_for_each(|(name, value)| print_to_fit(&format!("{name:<14} {value}"))),
    }
}

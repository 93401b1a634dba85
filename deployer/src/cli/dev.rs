//! `dev`: the gallery in a local AWS, until Ctrl-C.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::global::Global;
use super::session::{Session, load_deployable};
use super::until::Until;
use super::up::{Consent, deploy};
use crate::aws::index::{Mode, reindex};
use crate::aws::{Access, Origin};
use crate::config::{Config, check_region};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::event::{Event, Report};
use crate::local::{Kept, LocalAws, LocalError, Options};
use crate::plan::Adopt;
use crate::resource::index::Index;
use crate::resource::key::{KeyPair, Secret};

/// Beside `gallery.yaml`: everything that `dev` keeps. Safe to delete.
const STORE: &str = ".gallery-deploy";
/// Where neither `gallery.yaml` nor the environment names a region.
const DEFAULT_REGION: &str = "us-east-1";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Forget the pictures and everything else of earlier runs
    #[arg(long, conflicts_with = "endpoint")]
    fresh: bool,
    /// The port of the local AWS [default: that of the last run, or a free one]
    #[arg(long, value_name = "N", conflicts_with = "endpoint")]
    port: Option<u16>,
    /// Use the local AWS that runs at URL instead of starting one
    #[arg(long, value_name = "URL", value_parser = local_endpoint)]
    endpoint: Option<String>,
}

/// The real AWS is no playground.
fn local_endpoint(url: &str) -> Result<String, String> {
    let endpoint = Endpoint::parse(url).map_err(|wrong| format!("it {wrong}"))?.to_string();
    if endpoint.contains("amazonaws") {
        return Err("this is the real AWS: use `gallery-deploy up`".into());
    }
    Ok(endpoint)
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    // Before anything else: from here on every signal is an orderly end.
    let mut until = Until::listen(global)?;
    let mut config = load_deployable(global)?;
    // A local AWS has an account number of its own.
    config.account = None;
    config.region = config.region.or(region_of_environment()?).or_else(|| Some(DEFAULT_REGION.into()));
    match &args.endpoint {
        Some(endpoint) => on_endpoint(global, config, endpoint, &mut until, report).await,
        None => on_store(global, config, args, &mut until, report).await,
    }
}

fn region_of_environment() -> Result<Option<String>, Error> {
    let variable = |name| std::env::var(name).ok().filter(|region| !region.is_empty());
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(variable);
    if let Some(region) = &region {
        check_region(region).map_err(|reason| Error::BadRegion { region: region.clone(), reason })?;
    }
    Ok(region)
}

/// On somebody's running local AWS: nothing there is ours before it carries our tag.
async fn on_endpoint(
    global: &Global,
    config: Config,
    endpoint: &str,
    until: &mut Until,
    report: &dyn Report,
) -> Result<(), Error> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let environment = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    // Every local AWS takes made-up ones.
    let made_up = environment.is_none();
    let (access_key_id, secret) = environment.unwrap_or_else(|| ("test".into(), "test".into()));
    let key = KeyPair { access_key_id, secret: Secret::new(secret) };
    let run = Box::pin(async {
        let origin = Origin::Local { endpoint: endpoint.into(), key: key.clone() };
        let session = Session::connect(global, config, origin, Access::ReadWrite).await?;
        Box::pin(deploy(&session, Adopt::Nothing, Consent::Given, report)).await.map_err(|error| in_dev(error, false))?;
        Ok(session)
    });
    let Some(session) = until.unless_ended(&global.reach, report, run).await? else { return Ok(()) };
    // A key of the environment may be a real one: it is not printed.
    announce(&session, endpoint, made_up.then_some(&key), "Ctrl-C ends this command; the gallery stays.", report)?;
    until.end().await;
    Ok(())
}

/// On a local AWS of our own, whose store lies beside `gallery.yaml`.
async fn on_store(global: &Global, config: Config, args: &Args, until: &mut Until, report: &dyn Report) -> Result<(), Error> {
    let store = store_folder(global)?;
    if args.fresh {
        forget(&store)?;
    }
    let region = config.region.clone().unwrap_or_else(|| DEFAULT_REGION.into());
    let options = Options { store: Some(store), port: args.port, region };
    let progress = Progress(report);
    let tell = |line: &str| progress.tell(line);
    let mut local = tokio::select! {
        // Whatever it has begun ends with it.
        local = LocalAws::start(options, &tell) => local?,
        end = until.end() => return end.before_the_page(),
    };
    let served = serve(global, config, &mut local, until, report).await;
    // Whatever happened, nothing is left running, and what was uploaded is on the disk.
    progress.tell("Stopping the local AWS (Ctrl-C again to end it at once)");
    let stopped = local.stop_or_kill(until.hurry()).await;
    served?;
    Ok(stopped?)
}

async fn serve(
    global: &Global,
    config: Config,
    local: &mut LocalAws,
    until: &mut Until,
    report: &dyn Report,
) -> Result<(), Error> {
    let credentials = local.credentials();
    let key = KeyPair { access_key_id: credentials.access_key_id.clone(), secret: Secret::new(&credentials.secret_access_key) };
    let endpoint = local.endpoint().to_owned();
    let kept = local.kept();
    let run = Box::pin(async {
        let origin = Origin::Local { endpoint: endpoint.clone(), key: key.clone() };
        let session = Session::connect(global, config, origin, Access::ReadWrite).await?;
        // The store belongs to this gallery alone, so what lost its tags in a crash is ours.
        Box::pin(deploy(&session, Adopt::Untagged, Consent::Given, report)).await.map_err(|error| in_dev(error, true))?;
        if kept != Kept::Nothing {
            // The local AWS may have lost its latest rows in a crash.
            let index = Index::new(&session.config, &session.names);
            reindex(&session.aws, &index, None, Mode::Repair, report).await?;
        }
        // From here on even a power cut loses nothing but the latest index rows, and those are made again.
        local.save().await?;
        Ok(session)
    });
    // Before the page is up, too: the end was asked for, so it is no failure.
    let Some(session) = until.unless_ended(&global.reach, report, run).await? else { return Ok(()) };
    announce(&session, &endpoint, Some(&key), "Ctrl-C stops it; the pictures stay.", report)?;
    tokio::select! {
        _ = until.end() => Ok(()),
        error = local.exited() => Err(error.into()),
    }
}

/// What stands in the way here has other remedies than in the real AWS.
fn in_dev(error: Error, is_own: bool) -> Error {
    match error {
        Error::Blocked { .. } | Error::NotConverged(_) => Error::InDev { error: Box::new(error), is_own },
        other => other,
    }
}

/// The page's URL, and how to point other tools at the local AWS. `made_up` are credentials that are good for nothing else.
fn announce(
    session: &Session,
    endpoint: &str,
    made_up: Option<&KeyPair>,
    ending: &str,
    report: &dyn Report,
) -> Result<(), Error> {
    let mut variables = format!("AWS_ENDPOINT_URL={endpoint} AWS_REGION={}", session.names.place.region);
    if let Some(key) = made_up {
        variables += &format!(" AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY={}", key.access_key_id, key.secret.reveal());
    }
    let note = format!(
        "\n  In another terminal, for `gallery-deploy status` and `aws` to work here:\n    export {variables}\n\n  {ending}"
    );
    report.event(&Event::Note(&note));
    report.output("site_url", &session.names.site_url())
}

/// Beside the file, made with a `.gitignore` of its own.
fn store_folder(global: &Global) -> Result<PathBuf, Error> {
    let beside = global.file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = beside.join(STORE);
    let failed = |source| Error::File { action: "prepare", path: folder.clone(), source };
    let absolute = std::path::absolute(&folder).map_err(failed)?;
    fs::create_dir_all(&absolute).and_then(|()| fs::write(absolute.join(".gitignore"), "*\n")).map_err(failed)?;
    // A store belongs to one gallery alone.
    Ok(absolute.join(global.stage.as_ref().map_or_else(|| "dev".to_owned(), |stage| format!("dev-{stage}"))))
}

/// Removes the store, unless another run uses it: the local AWS holds its lock for as long as it lives.
fn forget(store: &Path) -> Result<(), Error> {
    if let Ok(lock) = File::open(store.join("lock"))
        && let Err(TryLockError::WouldBlock) = lock.try_lock()
    {
        return Err(LocalError::Busy(store.to_owned()).into());
    }
    match fs::remove_dir_all(store) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::File { action: "remove", path: store.to_owned(), source: error })
        }
        _ => Ok(()),
    }
}

/// Tells what takes long while the local AWS starts.
struct Progress<'a>(&'a dyn Report);

impl Progress<'_> {
    fn tell(&self, line: &str) {
        self.0.event(&Event::Note(line));
    }
}

//! `plan`: what `up` would do.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;

use super::global::Global;
use super::session::{Session, load_deployable};
use super::stages::mention_others;
use super::up::{Adoption, is_new, look_before_up};
use crate::aws::{Access, Origin};
use crate::error::Error;
use crate::event::{Purpose, Report};
use crate::plan::Pending;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    adoption: Adoption,
    /// Exit with 4 if changes are pending, with 5 if something was changed by hand
    #[arg(long, env = "GALLERY_DEPLOY_CHECK", value_parser = FalseyValueParser::new())]
    check: bool,
    /// Write the plan, or what went wrong, to FILE as Markdown: the comment for a pull request
    #[arg(long, value_name = "FILE", env = "GALLERY_DEPLOY_MARKDOWN")]
    pub markdown: Option<PathBuf>,
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(global, load_deployable(global)?, Origin::Environment, Access::ReadOnly).await?;
    let (_, look) = look_before_up(&session, args.adoption.adopt(), report).await?;
    look.report(Purpose::Show, report);
    if is_new(&look.plan) {
        mention_others(&session, report).await;
    }
    match look.plan.pending().filter(|_| args.check) {
        None => Ok(()),
        Some(Pending::Changes) => Err(Error::Pending),
        Some(Pending::Drift) => Err(Error::Drifted),
    }
}

//! `plan`: what `up` would do.

use super::global::Global;
use super::session::{Session, load_deployable};
use super::stages::mention_others;
use super::up::{Adoption, is_new, look_before_up};
use crate::aws::{Access, Origin};
use crate::error::Error;
use crate::event::{Purpose, Report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    adoption: Adoption,
}

pub(super) async fn run(global: &Global, args: &Args, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(global, load_deployable(global)?, Origin::Environment, Access::ReadOnly).await?;
    session.introduce(report);
    let desired = session.desired()?;
    let look = look_before_up(&session, &desired, args.adoption.adopt()).await?;
    look.report(Purpose::Show, report);
    if is_new(&look.plan) {
        mention_others(&session, report).await;
    }
    Ok(())
}

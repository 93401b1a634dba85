//! `plan`: what `up` would do.

use std::path::Path;

use super::deploy::look;
use super::session::{Session, load_deployable};
use crate::aws::{Access, Origin};
use crate::error::Error;
use crate::event::{Purpose, Report};
use crate::plan::{self, Adopt};

pub(super) async fn run(path: &Path, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(load_deployable(path)?, Origin::Environment, Access::ReadOnly).await?;
    session.introduce(report);
    let desired = session.desired()?;
    look(&session, |seen| plan::up(&desired, seen, Adopt::Nothing)).await?.report(Purpose::Show, report);
    Ok(())
}

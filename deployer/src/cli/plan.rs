//! `plan`: what `up` would do.

use std::path::Path;

use super::deploy::look;
use super::session::{Session, load_deployable};
use crate::aws::{Access, Origin};
use crate::error::Error;
use crate::event::Report;
use crate::plan::{self, Adopt};
use crate::report::{kept_text, plan_text, print_styled};

pub(super) async fn run(path: &Path, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(load_deployable(path)?, Origin::Environment, Access::ReadOnly).await?;
    session.introduce(report);
    let desired = session.desired()?;
    let look = look(&session, |seen| plan::up(&desired, seen, Adopt::Nothing)).await?;
    if look.plan.is_empty() {
        look.report(false, report);
        return print_styled(&kept_text(&look.plan));
    }
    // What may be piped goes to standard output.
    print_styled(&plan_text(&look.plan))
}

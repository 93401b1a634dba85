//! `plan`: what `up` would do.

use std::path::Path;
use std::time::Instant;

use super::session::{Session, load_deployable};
use crate::aws::{Access, Origin};
use crate::error::Error;
use crate::event::{Event, Report};
use crate::observe::observe;
use crate::plan::{self, Adopt};
use crate::report::{plan_text, print_styled};

pub(super) async fn run(path: &Path, report: &dyn Report) -> Result<(), Error> {
    let session = Session::connect(load_deployable(path)?, Origin::Environment, Access::ReadOnly).await?;
    session.introduce(report);
    let begun = Instant::now();
    let desired = session.desired()?;
    let seen = observe(&session.aws, &session.names, None).await?;
    let plan = plan::up(&desired, &seen, Adopt::Nothing);
    if !plan.blocked.is_empty() {
        return Err(Error::Blocked { blocked: plan.blocked });
    }
    if plan.is_empty() {
        report.event(&Event::Planned { plan: &plan, deleting: false, elapsed: begun.elapsed() });
        return Ok(());
    }
    // What may be piped goes to standard output.
    print_styled(&plan_text(&plan))
}

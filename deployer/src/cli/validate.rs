//! `validate`: the checks that every command begins with, and nothing else.

use super::global::Global;
use crate::config::{Coverage, load_with_coverage};
use crate::error::Error;
use crate::event::{Event, Report};

pub(super) fn run(global: &Global, report: &dyn Report) -> Result<(), Error> {
    let (config, Coverage { set, known }) = load_with_coverage(&global.file, global.stage.as_deref())?;
    let region = global.region.as_deref().or(config.region.as_deref()).unwrap_or("the region of the environment or the profile");
    let message = format!(
        "{} is valid: gallery `{}` in {region}; it sets {set} of {known} keys, the others have their defaults",
        global.file.display(),
        config.full_name()
    );
    report.event(&Event::Message(&message));
    Ok(())
}

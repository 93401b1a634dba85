//! `validate`: the checks that every command begins with, and nothing else.

use std::path::Path;

use crate::config::{Coverage, load_with_coverage};
use crate::error::Error;
use crate::event::{Event, Report};

pub(super) fn run(path: &Path, report: &dyn Report) -> Result<(), Error> {
    let (config, Coverage { set, known }) = load_with_coverage(path)?;
    let region = config.region.as_deref().unwrap_or("the region of the environment or the profile");
    let message = format!(
        "{} is valid: gallery `{}` in {region}; it sets {set} of {known} keys, the others have their defaults",
        path.display(),
        config.name
    );
    report.event(&Event::Message(&message));
    Ok(())
}

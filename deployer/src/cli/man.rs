//! `man`: one page a command.

use std::fs;
use std::path::PathBuf;

use super::help::{WIDTH, command_at};
use crate::error::Error;
use crate::event::{Event, Report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder for the pages; it is made if it is not there
    dir: PathBuf,
}

pub(super) fn run(args: &Args, report: &dyn Report) -> Result<(), Error> {
    let dir = &args.dir;
    let failed = |source| Error::File { action: "write man pages into", path: dir.clone(), source };
    fs::create_dir_all(dir).map_err(failed)?;
    clap_mangen::generate_to(command_at(WIDTH), dir).map_err(failed)?;
    let message = format!("wrote man pages; `man {}` shows the first", dir.join("gallery-deploy.1").display());
    report.event(&Event::Message(&message));
    Ok(())
}

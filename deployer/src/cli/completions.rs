//! `completions`: what a shell must know to complete our command lines.

use clap_complete::Shell;

use super::help::{WIDTH, command_at};
use crate::error::Error;
use crate::report::print;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_at(WIDTH), "gallery-deploy", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}

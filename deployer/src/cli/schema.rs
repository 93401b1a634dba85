//! `schema`: what this program reads and writes, for other programs.

use crate::config::json_schema;
use crate::error::Error;
use crate::report::{print, record};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Of what
    #[arg(value_enum)]
    of: Document,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Document {
    /// gallery.yaml
    Config,
    /// A line of `--json`
    Events,
}

pub(super) fn run(args: &Args) -> Result<(), Error> {
    let schema = match args.of {
        Document::Config => json_schema(),
        Document::Events => record::schema(),
    };
    print(&format!("{schema:#}"))
}

//! `policy`: the IAM policy that whoever runs the other commands needs.

use super::global::Global;
use super::session::names;
use crate::caller_policy::{Scope, caller_policy};
use crate::error::Error;
use crate::report::print;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what `plan`, `status`, `logs`, `stages`, `outputs` and `reindex --check` need
    #[arg(long)]
    read_only: bool,
}

pub(super) async fn run(global: &Global, args: &Args) -> Result<(), Error> {
    let names = names(global).await?;
    let scope = if args.read_only { Scope::ReadOnly } else { Scope::ReadWrite };
    let document = serde_json::to_string_pretty(&caller_policy(&names, scope));
    print(&document.map_err(|error| Error::Bug(error.to_string()))?)
}

//! The command line: definitions here, one file a command.

mod deploy;
mod dev;
mod down;
mod outputs;
mod plan;
mod session;
mod signals;
mod up;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::error::Error;
use crate::report::Lines;

/// Deploys an image host made of S3, DynamoDB and Lambda from one `gallery.yaml`.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct Cli {
    /// The configuration
    #[arg(short, long, global = true, value_name = "FILE", default_value = "gallery.yaml", env = "GALLERY_DEPLOY_FILE")]
    file: PathBuf,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or nothing to do
    1  an AWS operation failed; what was done and what was not is listed
    2  bad command line
    3  gallery.yaml is invalid, or this build lacks what it asks for
    6  refused: not confirmed, protected, or something belongs to somebody else
    7  no credentials, or AWS does not take them, or they do not suffice to look
   70  a mistake of gallery-deploy itself
  130  stopped by Ctrl-C, after the calls in flight; 143 by SIGTERM

Credentials, region and endpoint are found as every AWS tool finds them:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, SSO, web identity, instance roles.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what `up` would do; change nothing
    #[command(after_help = "Example:\n  gallery-deploy plan")]
    Plan,
    /// Make AWS match gallery.yaml and print the page's URL
    #[command(after_help = "Examples:\n  gallery-deploy up\n  url=$(gallery-deploy up --yes)")]
    Up {
        /// Do not ask
        #[arg(short, long, env = "GALLERY_DEPLOY_YES")]
        yes: bool,
    },
    /// Delete what belongs to the gallery; images stay unless told otherwise
    #[command(after_help = "Examples:\n  gallery-deploy down\n  gallery-deploy down --confirm-name holiday --delete-images")]
    Down(down::Args),
    /// Print names and addresses of what is deployed
    #[command(
        after_help = "Examples:\n  gallery-deploy outputs\n  gallery-deploy outputs --json\n  gallery-deploy outputs images_bucket"
    )]
    Outputs(outputs::Args),
    /// Run the gallery in a local AWS until Ctrl-C
    #[command(after_help = "Examples:\n  gallery-deploy dev\n  gallery-deploy dev --fresh --port 4566")]
    Dev(dev::Args),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// Whatever ends it; [`Error::exit_code`] says how the process shall end.
    pub async fn run(self) -> Result<(), Error> {
        let report = Lines::default();
        match self.command {
            Command::Plan => plan::run(&self.file, &report).await,
            Command::Up { yes } => up::run(&self.file, yes, &report).await,
            Command::Down(args) => down::run(&self.file, &args, &report).await,
            Command::Outputs(args) => outputs::run(&self.file, &args).await,
            Command::Dev(args) => dev::run(&self.file, &args, &report).await,
        }
    }
}

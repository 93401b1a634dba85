//! The command line: definitions here, one file a command.

mod completions;
mod deploy;
mod dev;
mod doctor;
mod down;
mod duration;
mod early;
mod ending;
mod explain;
mod global;
mod help;
mod init;
mod logs;
mod man;
mod outputs;
mod plan;
mod policy;
mod reindex;
mod schema;
mod session;
mod signals;
mod stages;
mod status;
mod supervise;
mod until;
mod up;
mod validate;

use std::ffi::OsString;
use std::fs::File;
use std::io::{Write, stderr, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{FromArgMatches as _, Parser, Subcommand};

use early::Early;
use global::Global;
pub use help::{command, command_at};

use supervise::{Ending, supervise};

use crate::error::{Error, exit};
use crate::event::{Event, Report};
use crate::report::{Files, GitHub, Json, Lines, Markdown, Several, Volume, panic};

/// Deploys an image host made of S3, DynamoDB and Lambda from one `gallery.yaml`.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a commented gallery.yaml to start from
    #[command(
        after_help = "Examples:\n  gallery-deploy init\n  gallery-deploy init --name holiday --region eu-central-1",
        long_about = "Write a commented gallery.yaml to start from\n\n\
            On a terminal it asks for name and region. Beside the file it writes gallery.schema.json, with which editors check and complete \
            the file. It never overwrites a file."
    )]
    Init(init::Args),
    /// Check gallery.yaml; contact nothing
    #[command(after_help = "Examples:\n  gallery-deploy validate\n  gallery-deploy validate --file staging.yaml")]
    Validate,
    /// Show what `up` would do; change nothing
    #[command(
        after_help = "Examples:\n  gallery-deploy plan\n  gallery-deploy plan --check --markdown plan.md\n  gallery-deploy plan --adopt bucket/my-pictures"
    )]
    Plan(plan::Args),
    /// Make AWS match gallery.yaml and print the page's URL
    #[command(
        after_help = "Examples:\n  gallery-deploy up\n  url=$(gallery-deploy up --yes)\n  gallery-deploy up --adopt bucket/my-pictures\n  gallery-deploy up --stage pr-123 --yes"
    )]
    Up(up::Args),
    /// Delete what belongs to the gallery; images stay unless told otherwise
    #[command(
        after_help = "Examples:\n  gallery-deploy down\n  gallery-deploy down --confirm-name holiday --delete-images\n  gallery-deploy down --skip table/holiday-index\n  gallery-deploy down --stage pr-123 --delete-images --confirm-name holiday-pr-123"
    )]
    Down(down::Args),
    /// Make the index equal the images again, whatever went wrong
    #[command(
        after_help = "Examples:\n  gallery-deploy reindex --check\n  gallery-deploy reindex --gallery rome",
        long_about = "Make the index equal the images again, whatever went wrong\n\n\
            It compares the images in the bucket with the rows of the table: missing rows are added, rows without an image are hidden, wrong ones are \
            corrected. Rows that are right are not written. Pictures can be uploaded and deleted meanwhile, and it can be stopped and started again \
            at any time. A comparison takes one call of S3 and one of DynamoDB for 1,000 images of a gallery."
    )]
    Reindex(reindex::Args),
    /// Look for what would make `up` fail
    #[command(
        after_help = "Examples:\n  gallery-deploy doctor\n  gallery-deploy doctor --stage staging --json",
        long_about = "Look for what would make `up` fail\n\n\
            gallery.yaml, the indexer inside this program, region, endpoint, clock, credentials, names that are taken, and each action that IAM must \
            allow, as far as this identity may ask. Each finding says what to do. It changes nothing, and exits with 0 if nothing is wrong, else with \
            the code with which `up` would end."
    )]
    Doctor,
    /// Tell what is deployed and whether it works
    #[command(
        after_help = "Examples:\n  gallery-deploy status\n  gallery-deploy status --stage staging",
        long_about = "Tell what is deployed and whether it works\n\n\
            The page's address, the last deploy, how many images and rows of the index there are, failures of the indexer in the last day, and \
            whether anything differs from gallery.yaml. It changes nothing."
    )]
    Status,
    /// Show what the indexer has written into its log
    #[command(
        after_help = "Examples:\n  gallery-deploy logs\n  gallery-deploy logs --since 7d\n  gallery-deploy logs --follow",
        long_about = "Show what the indexer has written into its log\n\n\
            A line for each image that it looked at, and what it decided. Lambda's own lines about the begin and the end of a call are left out; \
            `--json` has every line as it is."
    )]
    Logs(logs::Args),
    /// List the galleries and stages that are deployed in the account
    #[command(
        after_help = "Examples:\n  gallery-deploy stages\n  gallery-deploy stages --json",
        long_about = "List the galleries and stages that are deployed in the account\n\n\
            Of every region, whatever their gallery.yaml is: name, region, when it was first deployed, and the address of its page. \
            `gallery-deploy up --stage STAGE` deploys one more."
    )]
    Stages,
    /// Print names and addresses of what is deployed
    #[command(
        after_help = "Examples:\n  gallery-deploy outputs\n  gallery-deploy outputs --json\n  gallery-deploy outputs images_bucket"
    )]
    Outputs(outputs::Args),
    /// Print the smallest IAM policy that `up`, `plan` and `down` need for this gallery.yaml
    #[command(
        long_about = "Print the smallest IAM policy that `up`, `plan` and `down` need for this gallery.yaml\n\n\
            It is one JSON document, small enough for a managed policy. With `account:` in gallery.yaml nothing is asked of AWS and no \
            credentials are needed; without it, AWS is asked which account the credentials are of. What the page's key and the indexer may do \
            is not part of it: `up` gives them that.",
        after_help = "Example:\n  gallery-deploy policy > policy.json\n  \
            aws iam create-policy --policy-name gallery-deploy-holiday --policy-document file://policy.json"
    )]
    Policy(policy::Args),
    /// Run the gallery in a local AWS until Ctrl-C
    #[command(after_help = "Examples:\n  gallery-deploy dev\n  gallery-deploy dev --fresh --port 4566")]
    Dev(dev::Args),
    /// Print the JSON Schema of gallery.yaml or of the events
    #[command(after_help = "Examples:\n  gallery-deploy schema config > gallery.schema.json\n  gallery-deploy schema events")]
    Schema(schema::Args),
    /// Tell what an error code means and what to do
    #[command(after_help = "Examples:\n  gallery-deploy explain\n  gallery-deploy explain permission")]
    Explain(explain::Args),
    /// Print what a shell needs to complete command lines
    #[command(
        after_help = "Example:\n  gallery-deploy completions bash > ~/.local/share/bash-completion/completions/gallery-deploy"
    )]
    Completions(completions::Args),
    /// Write a man page for each command
    #[command(after_help = "Example:\n  gallery-deploy man ~/.local/share/man/man1")]
    Man(man::Args),
}

/// Parses the command line, runs the command, and returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let early = Early::of(&arguments);
    let matches = command().color(early.color()).try_get_matches_from(&arguments);
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli.main(),
        Err(error) if error.use_stderr() => {
            early.tell(&error);
            u8::try_from(error.exit_code()).unwrap_or(exit::USAGE)
        }
        Err(error) => {
            // Help, or the version. Nothing can be done about a closed stream.
            error.print().ok();
            exit::OK
        }
    }
}

impl Cli {
    fn main(mut self) -> u8 {
        self.global.prepare();
        anstream::ColorChoice::write_global(self.global.color.into());
        let (report, opened) = self.report();
        panic::watch(&report);
        let result = opened.and_then(|()| {
            let (global, ending, told) = (self.global.clone(), self.command.ending(), Arc::clone(&report));
            supervise(&global, ending, &report, move || async move { self.run(told.as_ref()).await })
        });
        report.event(&Event::Ended { error: result.as_ref().err() });
        result.as_ref().err().map_or(exit::OK, Error::exit_code)
    }

    /// Who tells what happens, and whether all of them can. The first one asks.
    fn report(&self) -> (Arc<dyn Report>, Result<(), Error>) {
        let Global { file, json, json_out, .. } = &self.global;
        let command = self.command.word();
        let screen = self.global.screen();
        let events_on_stdout = *json && !self.command.prints_a_document();
        let mut all: Vec<Box<dyn Report>> =
            vec![if events_on_stdout { Box::new(Json::new(stdout(), command)) } else { Box::new(Lines::new(screen)) }];
        if screen.github {
            let log = !events_on_stdout && screen.volume >= Volume::Quiet;
            all.push(Box::new(GitHub::new(Files::look(), log.then(|| Box::new(stderr()) as Box<dyn Write + Send>))));
        }
        let mut opened = Ok(());
        let mut open = |path: &PathBuf| match File::create(path) {
            Ok(file) => Some(file),
            Err(source) => {
                opened = Err(Error::File { action: "write", path: path.clone(), source });
                None
            }
        };
        if let Some(file) = json_out.as_ref().and_then(&mut open) {
            all.push(Box::new(Json::new(file, command)));
        }
        if let Command::Plan(plan::Args { markdown: Some(path), .. }) = &self.command
            && let Some(page) = open(path)
        {
            all.push(Box::new(Markdown::new(page, &file.to_string_lossy())));
        }
        (Arc::new(Several(all)), opened)
    }

    async fn run(self, report: &dyn Report) -> Result<(), Error> {
        let global = &self.global;
        match self.command {
            Command::Init(args) => init::run(global, args, report),
            Command::Validate => validate::run(global, report),
            Command::Plan(args) => plan::run(global, &args, report).await,
            Command::Up(args) => up::run(global, &args, report).await,
            Command::Down(args) => down::run(global, &args, report).await,
            Command::Doctor => doctor::run(global, report).await,
            Command::Status => status::run(global, report).await,
            Command::Logs(args) => logs::run(global, &args, report).await,
            Command::Stages => stages::run(global, report).await,
            Command::Reindex(args) => reindex::run(global, &args, report).await,
            Command::Outputs(args) => outputs::run(global, &args).await,
            Command::Policy(args) => policy::run(global, &args).await,
            Command::Dev(args) => dev::run(global, &args, report).await,
            Command::Schema(args) => schema::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => man::run(&args, report),
        }
    }
}

impl Command {
    /// As it is typed.
    fn word(&self) -> &'static str {
        match self {
            Self::Init(_) => "init",
            Self::Validate => "validate",
            Self::Plan(_) => "plan",
            Self::Up(_) => "up",
            Self::Down(_) => "down",
            Self::Doctor => "doctor",
            Self::Status => "status",
            Self::Logs(_) => "logs",
            Self::Stages => "stages",
            Self::Reindex(_) => "reindex",
            Self::Outputs(_) => "outputs",
            Self::Policy(_) => "policy",
            Self::Dev(_) => "dev",
            Self::Schema(_) => "schema",
            Self::Explain(_) => "explain",
            Self::Completions(_) => "completions",
            Self::Man(_) => "man",
        }
    }

    /// Who deals with Ctrl-C and SIGTERM.
    const fn ending(&self) -> Ending {
        if matches!(self, Self::Dev(_)) { Ending::Own } else { Ending::Supervised }
    }

    /// Whether standard output holds one document, also with `--json`.
    fn prints_a_document(&self) -> bool {
        matches!(self, Self::Outputs(_) | Self::Policy(_) | Self::Schema(_) | Self::Explain(_) | Self::Completions(_))
    }
}

//! What every command takes, each with a name in the environment, too.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::ArgAction;
use clap::builder::FalseyValueParser;

use super::duration::duration;
use crate::aws::Reach;
use crate::aws::calls::Calls;
use crate::config::{self, Config, check_region, check_stage};
use crate::error::Error;
use crate::report::{Screen, Surroundings, Wishes};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// The configuration
    #[arg(short, long, global = true, value_name = "FILE", default_value = "gallery.yaml", env = "GALLERY_DEPLOY_FILE")]
    pub file: PathBuf,
    /// A stage of the gallery: it is called NAME-STAGE and lives beside the main one
    #[arg(long, global = true, value_name = "STAGE", env = "GALLERY_DEPLOY_STAGE", value_parser = stage)]
    pub stage: Option<String>,
    /// Use the credentials and the region of this profile, whatever the environment holds
    #[arg(long, global = true, value_name = "NAME", env = "GALLERY_DEPLOY_PROFILE")]
    pub profile: Option<String>,
    /// Work in this region instead of that of the configuration
    #[arg(long, global = true, value_name = "REGION", env = "GALLERY_DEPLOY_REGION", value_parser = region)]
    pub region: Option<String>,
    /// Do not ask before changing anything; what deletes a gallery must be named all the same
    #[arg(short, long, global = true, env = "GALLERY_DEPLOY_YES", value_parser = FalseyValueParser::new())]
    pub yes: bool,
    /// Tell only results, questions and errors; twice: not even errors
    #[arg(short, long, global = true, env = "GALLERY_DEPLOY_QUIET", action = ArgAction::Count)]
    pub quiet: u8,
    /// Tell more, in plain lines: what is unchanged, and how it was decided what to show
    #[arg(short, long, global = true, env = "GALLERY_DEPLOY_VERBOSE", action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colour; `auto` follows the terminal, `NO_COLOR` and `CLICOLOR_FORCE`
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", env = "GALLERY_DEPLOY_COLOR")]
    pub color: When,
    /// Plain lines instead of live ones, on a terminal too
    #[arg(long, global = true, env = "GALLERY_DEPLOY_NO_PROGRESS", value_parser = FalseyValueParser::new())]
    pub no_progress: bool,
    /// Write events as JSON lines to standard output instead of text; what prints one document still does
    #[arg(long, global = true, env = "GALLERY_DEPLOY_JSON", value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Write the same events to FILE, beside the text
    #[arg(long, global = true, value_name = "FILE", env = "GALLERY_DEPLOY_JSON_OUT")]
    pub json_out: Option<PathBuf>,
    /// Make at most N requests to AWS at once
    #[arg(long, global = true, value_name = "N", env = "GALLERY_DEPLOY_PARALLELISM")]
    pub parallelism: Option<NonZeroUsize>,
    /// Stop after this time as Ctrl-C does: 90s, 10m, 1h30m
    #[arg(long, global = true, value_name = "DURATION", env = "GALLERY_DEPLOY_TIMEOUT", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// No groups, annotations, summary and outputs for GitHub Actions, where they are written by themselves
    #[arg(long, global = true, env = "GALLERY_DEPLOY_NO_GITHUB", value_parser = FalseyValueParser::new())]
    pub no_github: bool,
    /// How AWS is reached: made of the above, once.
    #[arg(skip)]
    pub reach: Reach,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

fn region(text: &str) -> Result<String, String> {
    check_region(text).map(|()| text.to_owned())
}

fn stage(text: &str) -> Result<String, String> {
    check_stage(text).map(|()| text.to_owned())
}

impl Global {
    /// Makes [`Self::reach`] of what was typed.
    pub(super) fn prepare(&mut self) {
        let calls = Calls::at_most(self.parallelism);
        self.reach = Reach { profile: self.profile.clone(), calls, ..Reach::default() };
    }

    /// Reads the configuration of the stage, with `--region` in the place of its own.
    ///
    /// # Errors
    /// An unreadable or invalid file.
    pub(super) fn config(&self) -> Result<Config, Error> {
        let mut config = config::load_stage(&self.file, self.stage.as_deref())?;
        if let Some(region) = &self.region {
            config.region = Some(region.clone());
        }
        Ok(config)
    }

    /// How text shall be shown.
    pub(super) fn screen(&self) -> Screen {
        let Self { quiet, verbose, no_progress, no_github, .. } = *self;
        Screen::decide(Wishes { quiet, verbose, no_progress, no_github }, &Surroundings::look())
    }
}

impl From<When> for anstream::ColorChoice {
    fn from(when: When) -> Self {
        match when {
            When::Auto => Self::Auto,
            When::Always => Self::Always,
            When::Never => Self::Never,
        }
    }
}

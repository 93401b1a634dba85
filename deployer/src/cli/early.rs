//! What must be known of a command line before it is understood: a wrong one is told in the way that was asked for, too.

use std::ffi::OsString;
use std::fs::File;
use std::io::stdout;

use clap::builder::{FalseyValueParser, TypedValueParser as _};

use crate::error::Error;
use crate::event::{Event, Report as _};
use crate::report::Json;

/// A first glance at the arguments.
#[derive(Debug)]
pub(super) struct Early {
    color: Option<String>,
    json: bool,
    json_out: Option<OsString>,
}

impl Early {
    pub(super) fn of(arguments: &[OsString]) -> Self {
        let value = |flag: &str, variable: &str| {
            let position = arguments.iter().position(|argument| argument == flag);
            let after = position.and_then(|position| arguments.get(position + 1)).cloned();
            let joined = || {
                arguments.iter().find_map(|argument| argument.to_str()?.strip_prefix(flag)?.strip_prefix('=').map(OsString::from))
            };
            after.or_else(joined).or_else(|| std::env::var_os(variable))
        };
        let json = arguments.iter().any(|argument| argument == "--json") || is_set("GALLERY_DEPLOY_JSON");
        let color = value("--color", "GALLERY_DEPLOY_COLOR").and_then(|when| when.into_string().ok());
        Self { color, json, json_out: value("--json-out", "GALLERY_DEPLOY_JSON_OUT") }
    }

    /// For what clap prints.
    pub(super) fn color(&self) -> clap::ColorChoice {
        match self.color.as_deref() {
            Some("always") => clap::ColorChoice::Always,
            Some("never") => clap::ColorChoice::Never,
            _ => clap::ColorChoice::Auto,
        }
    }

    /// Tells what is wrong with the command line. Nothing can be done about a closed stream.
    pub(super) fn tell(&self, wrong: &clap::Error) {
        let error = Error::Usage(wrong.render().to_string());
        if let Some(file) = self.json_out.as_ref().and_then(|path| File::create(path).ok()) {
            Json::new(file, "").event(&Event::Ended { error: Some(&error) });
        }
        if self.json {
            Json::new(stdout(), "").event(&Event::Ended { error: Some(&error) });
        } else {
            wrong.print().ok();
        }
    }
}

/// As clap reads a switch from the environment.
fn is_set(variable: &str) -> bool {
    let Some(value) = std::env::var_os(variable) else { return false };
    FalseyValueParser::new().parse_ref(&clap::Command::new(""), None, &value).unwrap_or_default()
}

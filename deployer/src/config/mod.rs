//! Reads and checks `gallery.yaml`: text → [`tree`] with positions → [`reader`], which checks it against the table of
//! keys in [`schema`] → [`Config`]. All problems are found in one run, each with its place; nothing here speaks to AWS.

mod checks;
mod coverage;
mod json_schema;
mod lines;
mod media_type;
mod model;
mod nearest;
mod origin;
mod problem;
mod reader;
mod region;
mod render;
mod rules;
mod scalar;
mod schema;
mod source;
mod stages;
mod syntax;
mod tags;
mod template;
mod tree;
mod wording;

#[cfg(test)]
mod sample_tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use coverage::Coverage;
pub use json_schema::json_schema;
pub use lines::{Lines, keys};
pub use model::{Client, Config, Images, Index, Indexer, Site};
pub use problem::{ConfigError, Position, Problem};
pub use region::check_region;
pub use rules::{check_name, check_stage};
pub use template::template;

use problem::{Findings, Message, quote_path};

/// No honest file comes near this; it keeps a wrong path from filling the memory. Bytes.
const LARGEST: u64 = 256 * 1024;

/// Reads, checks and completes the file at `path`, for the main gallery.
///
/// # Errors
/// Everything that is wrong with it, all at once.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    load_stage(path, None)
}

/// The same for a stage, which the file may name or not; `None` is the main gallery.
///
/// # Errors
/// As [`load`]; a stage whose name does not fit.
pub fn load_stage(path: &Path, stage: Option<&str>) -> Result<Config, ConfigError> {
    parse_stage(path, &read_text(path)?, stage)
}

/// The same for bytes that were read already. `path` is what errors name, and the place that `site.dir` is relative to.
///
/// # Errors
/// As [`load`].
pub fn parse_bytes(path: &Path, bytes: Vec<u8>) -> Result<Config, ConfigError> {
    parse(path, &text_of(path, bytes)?)
}

/// The same, with how many of the keys the file sets.
///
/// # Errors
/// As [`load_stage`].
pub fn load_with_coverage(path: &Path, stage: Option<&str>) -> Result<(Config, Coverage), ConfigError> {
    let mut findings = Findings::new(path, read_text(path)?);
    let tree = tree::read(&mut findings);
    let config = stages::read(&tree, stage, &mut findings);
    findings.into_result((config, Coverage::of(&tree)))
}

fn read_text(path: &Path) -> Result<String, ConfigError> {
    text_of(path, read_bytes(path).map_err(|error| of_file(path, unreadable(path, &error)))?)
}

fn text_of(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    if bytes.len() as u64 > LARGEST {
        let message = Message::new("the file is too large", "")
            .help(format!("at most {} KiB are read; is this the right file?", LARGEST / 1024));
        return Err(of_file(path, message));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to()))
}

/// The same for a text that was read already. `path` is what errors name, and the place that `site.dir` is relative to.
///
/// # Errors
/// As [`load`].
pub fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    parse_stage(path, text, None)
}

/// The same for a stage.
///
/// # Errors
/// As [`load_stage`].
pub fn parse_stage(path: &Path, text: &str, stage: Option<&str>) -> Result<Config, ConfigError> {
    let mut findings = Findings::new(path, text.to_owned());
    let tree = tree::read(&mut findings);
    let config = stages::read(&tree, stage, &mut findings);
    findings.into_result(config)
}

fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn of_file(path: &Path, message: Message) -> ConfigError {
    let mut findings = Findings::new(path, String::new());
    findings.add_to_file(message);
    findings.into_error()
}

fn unreadable(path: &Path, error: &io::Error) -> Message {
    let message = Message::new(format!("cannot read {}: {}", quote_path(path), io_reason(error)), "");
    if error.kind() != io::ErrorKind::NotFound {
        return message;
    }
    // The other usual ending.
    let other = path.with_extension(if path.extension().is_some_and(|ending| ending == "yml") { "yaml" } else { "yml" });
    if other.is_file() {
        message.help(format!("did you mean {}? Name it with `--file`", quote_path(&other)))
    } else {
        message.help("run this in the folder with the file, or name it with `--file`")
    }
}

fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "not allowed".to_owned(),
        _ => error.to_string(),
    }
}

/// Points at the first byte that is not UTF-8.
fn not_utf8(path: &Path, bytes: &[u8], valid: usize) -> ConfigError {
    let mut findings = Findings::new(path, String::from_utf8_lossy(bytes).into_owned());
    let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let label = if is_utf16 { "the file is UTF-16" } else { "from here on" };
    findings.add(&(valid..valid), Message::new("the file is not UTF-8", label).help("save it as UTF-8"));
    findings.into_error()
}

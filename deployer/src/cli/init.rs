//! `init`: a commented `gallery.yaml` to start from, and beside it the schema with which editors check it.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::global::Global;
use crate::config::{check_name, check_region, json_schema, template};
use crate::error::Error;
use crate::event::{Event, Report};

/// Beside the file. It is no address on the web, so that it always fits the program that wrote it.
const SCHEMA: &str = "gallery.schema.json";

/// Where nothing suggests another name or region: what the sample has.
const DEFAULT_NAME: &str = "gallery";
const DEFAULT_REGION: &str = "us-west-2";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gallery's name [default: asked for; without a terminal made of the folder's name]
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
}

fn name(text: &str) -> Result<String, String> {
    check_name(text).map(|()| text.to_owned())
}

pub(super) fn run(global: &Global, args: Args, report: &dyn Report) -> Result<(), Error> {
    let path = global.file.as_path();
    // Before the first question; `create` looks again.
    if path.exists() {
        return Err(Error::Exists(path.to_owned()));
    }
    let folder = std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned)).unwrap_or_default();
    let folder_name = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = args.name.unwrap_or_else(|| answer("Name of the gallery", name_of(&folder_name), check_name, report));
    let region = global.region.clone().unwrap_or_else(|| answer("AWS region", region_of_environment(), check_region, report));

    create(path, &template(&name, &region, SCHEMA))?;
    let mut message = format!("wrote {}: gallery `{name}` in {region}; it explains every key\n", path.display());
    let schema = folder.join(SCHEMA);
    message += &match create(&schema, &format!("{:#}\n", json_schema())) {
        Ok(()) => format!("wrote {SCHEMA} beside it: editors check the file with it\n"),
        Err(Error::Exists(_)) => {
            format!("kept the {SCHEMA} beside it; `gallery-deploy schema config > {SCHEMA}` writes it anew\n")
        }
        Err(error) => return Err(error),
    };
    let file = if path == Path::new("gallery.yaml") { String::new() } else { format!(" --file {}", path.display()) };
    message += &format!(
        "\nNext:\n  gallery-deploy dev{file}    try it in a local AWS on this machine\n  \
         gallery-deploy plan{file}   see what `up` would make in your AWS account\n  \
         gallery-deploy up{file}     make it; it asks first"
    );
    report.event(&Event::Message(&message));
    Ok(())
}

/// Asks until the answer fits; `default` when it is empty or nobody is there.
fn answer(question: &str, default: String, check: fn(&str) -> Result<(), String>, report: &dyn Report) -> String {
    loop {
        match report.ask(&format!("{question} [{default}]:")) {
            Some(text) if !text.is_empty() => match check(&text) {
                Ok(()) => return text,
                Err(reason) => report.event(&Event::Message(&reason)),
            },
            _ => return default,
        }
    }
}

/// A gallery's name made of the folder's.
fn name_of(folder: &str) -> String {
    let letters = folder.to_lowercase().replace(|character: char| !character.is_ascii_alphanumeric(), "-");
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    let name = words.join("-");
    let name = name.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    let name: String = name.chars().take(20).collect();
    let name = name.trim_end_matches('-');
    if check_name(name).is_ok() { name.to_owned() } else { DEFAULT_NAME.to_owned() }
}

fn region_of_environment() -> String {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().filter_map(|name| std::env::var(name).ok());
    variables.into_iter().find(|region| check_region(region).is_ok()).unwrap_or_else(|| DEFAULT_REGION.to_owned())
}

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str) -> Result<(), Error> {
    let written = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => Error::File { action: "write", path: path.to_owned(), source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_name_becomes_a_gallerys() {
        for (folder, name) in [
            ("holiday", "holiday"),
            ("My Pictures 2026", "my-pictures-2026"),
            ("2026-summer", "summer"),
            ("a_very_long_name_for_a_folder", "a-very-long-name-for"),
            ("nineteen-letters-ab-c", "nineteen-letters-ab"),
            ("été", "gallery"),
            ("ab", "gallery"),
            ("xn--photos", "xn-photos"),
            ("sthree-photos", "gallery"),
            ("", "gallery"),
            ("..", "gallery"),
        ] {
            assert_eq!(name_of(folder), name, "{folder}");
        }
    }
}

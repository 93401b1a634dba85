//! Stages: galleries beside the main one, each with something laid over the file. All that the file names are read in every run, so that a problem in one
//! is found before it is deployed.

use std::collections::BTreeMap;

use super::model::Config;
use super::problem::{Findings, Message, plural, quote};
use super::reader::Reader;
use super::rules;
use super::scalar::{describe, is_nothing};
use super::schema::{self, Text};
use super::source::Span;
use super::tree::{Entry, Node, Tree, Value};
use super::wording::{duplicate, key_name, value_span};

/// Stages that a file may name: each is read. Previews need no name in it.
pub(super) const MOST: usize = 20;

/// `NAME-STAGE` has at most so many characters: then the longest derived name fits into the longest region.
pub(super) const LONGEST: usize = 28;

/// Keys that no stage can have.
pub(super) const OF_THE_FILE: [&str; 2] = [schema::NAME.name, schema::STAGES.name];

/// A stage, named by the file or by the command line alone.
#[derive(Debug)]
pub(super) struct Stage<'t> {
    pub(super) name: &'t str,
    /// Where its name stands, and what is laid over the file.
    key: Option<&'t Span>,
    overlay: &'t [Entry],
    /// All of it; empty when nothing is laid over the file.
    span: Span,
    /// Whether its name may be one.
    is_sound: bool,
}

/// Reads the file and every stage that it names; the configuration is that of `selected`, or the main gallery's.
pub(super) fn read(tree: &Tree, selected: Option<&str>, findings: &mut Findings) -> Config {
    let mut config = Config::read(tree, None, findings);
    let stages = named(tree, findings);
    let mut is_found = selected.is_none();
    for stage in &stages {
        let is_selected = selected == Some(stage.name);
        is_found |= is_selected;
        // Such a file is no gallery.yaml, and reading it takes time.
        if !findings.is_full() {
            let read = stage.read(tree, findings);
            config = if is_selected { read } else { config };
        }
    }
    if let Some(name) = selected.filter(|_| !is_found) {
        let check = (rules::STAGE.check)(name);
        let stage = Stage { name, key: None, overlay: &[], span: 0..0, is_sound: check.is_ok() };
        match check {
            Ok(()) => config = stage.read(tree, findings),
            Err(message) => findings.add_to_file(message),
        }
    }
    config
}

/// The stages of the file, as far as they can be told.
fn named<'t>(tree: &'t Tree, findings: &mut Findings) -> Vec<Stage<'t>> {
    let Some(Node { value: Value::Mapping(top), .. }) = &tree.root else { return Vec::new() };
    let Some(entry) = top.iter().find(|entry| text(&entry.key) == Some(schema::STAGES.name)) else { return Vec::new() };
    let entries = match &entry.value.value {
        Value::Mapping(entries) => entries,
        Value::Invalid => return Vec::new(),
        _ if is_nothing(&entry.value) => return Vec::new(),
        other => {
            let message = Message::new("`stages` must be a mapping of stages", format!("found {}", describe(other)));
            findings
                .add(value_span(entry), message.help("write each below it, further to the right: `staging: { region: ... }`"));
            return Vec::new();
        }
    };
    if entries.len() > MOST {
        let summary = format!("`stages` has {}", plural(entries.len(), "stage"));
        let message = Message::new(summary, format!("{MOST} at most"));
        findings.add(&entry.key.span, message.help("a stage that is not named here can be deployed, too"));
    }
    let mut stages: Vec<Stage<'t>> = Vec::new();
    for entry in entries.iter().take(MOST) {
        let Some(name) = key_name(&entry.key, findings) else { continue };
        if stages.iter().any(|stage| stage.name == name) {
            findings.add(&entry.key.span, duplicate(name));
            continue;
        }
        let check = (rules::STAGE.check)(name);
        let is_sound = check.is_ok();
        if let Err(message) = check {
            findings.add(&entry.key.span, message);
        }
        let overlay: &[Entry] = match &entry.value.value {
            Value::Mapping(entries) => entries,
            Value::Invalid => &[],
            _ if is_nothing(&entry.value) => &[],
            other => {
                let summary = format!("{} must be a mapping of keys to values", quote(&format!("stages.{name}")));
                let message = Message::new(summary, format!("found {}", describe(other)));
                findings.add(value_span(entry), message.help("write the keys that differ below it, as they stand in the file"));
                &[]
            }
        };
        for key in overlay.iter().map(|entry| &entry.key).filter(|key| text(key).is_some_and(|key| OF_THE_FILE.contains(&key))) {
            let message = Message::new(format!("{} cannot stand in a stage", quote(text(key).unwrap_or_default())), "");
            findings.add(
                &key.span,
                message.help(format!("remove it: the stage is called NAME-STAGE, here {}", quote(&format!("NAME-{name}")))),
            );
        }
        stages.push(Stage { name, key: Some(&entry.key.span), overlay, span: entry.value.span.clone(), is_sound });
    }
    stages
}

impl Stage<'_> {
    fn read(&self, tree: &Tree, findings: &mut Findings) -> Config {
        findings.enter(Some((self.name, &self.span)));
        let config = Config::read(&self.laid_over(tree), Some(self), findings);
        findings.enter(None);
        let length = config.full_name().chars().count();
        if self.is_sound && !config.name.is_empty() && length > LONGEST {
            let summary = format!("the stage {} makes the name {} too long", quote(self.name), quote(&config.full_name()));
            let message = Message::new(summary, format!("{length} characters, {LONGEST} at most"));
            let message = message.help("choose a shorter stage, or a shorter `name`");
            match self.key {
                Some(key) => findings.add(key, message),
                None => findings.add_to_file(message),
            }
        }
        config
    }

    /// The file with the stage over it: keys of mappings one by one, everything else as a whole.
    fn laid_over(&self, tree: &Tree) -> Tree {
        let is_shared = |entry: &&Entry| text(&entry.key).is_none_or(|key| !OF_THE_FILE.contains(&key));
        let root = tree.root.as_ref().map(|root| match &root.value {
            Value::Mapping(entries) => {
                let base = entries.iter().filter(|entry| text(&entry.key) != Some(schema::STAGES.name));
                Node { span: root.span.clone(), value: Value::Mapping(merge(base, self.overlay.iter().filter(is_shared))) }
            }
            _ => root.clone(),
        });
        // What is missing has been reported for the file itself.
        Tree { root, complete: false }
    }

    /// A name that the stage does not give itself would be the main gallery's: it gets the stage at its end.
    pub(super) fn own_name(&self, name: String, key: &'static Text, place: &Span, findings: &mut Findings) -> String {
        let is_own = self.span.contains(&place.start) && !self.span.is_empty();
        if is_own || !self.is_sound {
            return name;
        }
        let name = format!("{name}-{}", self.name);
        if let Err(message) = (key.rule.check)(&name) {
            let help = format!(
                "the stage stands at its end, since the name is the main gallery's: choose a shorter one, or give the stage a `{}` of its own",
                key.name
            );
            findings.add(place, Message::new(message.summary, message.label).help(help));
        }
        name
    }
}

/// A name of something in AWS, if the file gives one.
pub(super) fn resource_name(
    stage: Option<&Stage<'_>>,
    section: &Reader<'_>,
    key: &'static Text,
    findings: &mut Findings,
) -> Option<String> {
    let name = section.optional(key, findings)?;
    match (stage, section.span(key.name)) {
        (Some(stage), Some(place)) => Some(stage.own_name(name, key, &place, findings)),
        _ => Some(name),
    }
}

/// Keys that repeat are kept: the reader reports them.
fn merge<'e>(base: impl Iterator<Item = &'e Entry>, over: impl Iterator<Item = &'e Entry>) -> Vec<Entry> {
    let over: Vec<&Entry> = over.collect();
    let replaced: BTreeMap<&str, &Entry> = over.iter().filter_map(|entry| Some((text(&entry.key)?, *entry))).collect();
    let mut below: BTreeMap<&str, &Entry> = BTreeMap::new();
    let mut merged = Vec::new();
    for entry in base {
        match text(&entry.key).filter(|key| replaced.contains_key(key)) {
            Some(key) => drop(below.entry(key).or_insert(entry)),
            None => merged.push(entry.clone()),
        }
    }
    merged.extend(over.into_iter().map(|entry| match text(&entry.key).and_then(|key| below.get(key)) {
        Some(below) => laid_over(below, entry),
        None => entry.clone(),
    }));
    merged
}

fn laid_over(below: &Entry, over: &Entry) -> Entry {
    match (&below.value.value, &over.value.value) {
        (Value::Mapping(one), Value::Mapping(other)) => Entry {
            key: over.key.clone(),
            value: Node { span: over.value.span.clone(), value: Value::Mapping(merge(one.iter(), other.iter())) },
        },
        // A section whose keys are all commented out.
        (Value::Mapping(_), Value::Plain(_)) if is_nothing(&over.value) => below.clone(),
        _ => over.clone(),
    }
}

fn text(key: &Node) -> Option<&str> {
    match &key.value {
        Value::Plain(text) | Value::Quoted(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::parse_stage;
    use super::*;

    const FILE: &str = "name: holiday\n\
        region: us-west-2\n\
        images: { bucket: my-pictures, versioning: false, cors_origins: [https://a.example, https://b.example] }\n\
        tags: { team: photos, env: main }\n\
        stages:\n\
        \x20 staging:\n\
        \x20   region: eu-west-1\n\
        \x20   images: { cors_origins: [https://c.example] }\n\
        \x20   tags: { env: staging }\n\
        \x20 own: { images: { bucket: others }, tags: }\n";

    fn parsed(stage: Option<&str>) -> Config {
        parse_stage(Path::new("gallery.yaml"), FILE, stage).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn keys_are_laid_over_one_by_one_and_lists_as_a_whole() {
        let (main, staging) = (parsed(None), parsed(Some("staging")));
        assert_eq!((staging.full_name().as_str(), staging.region.as_deref()), ("holiday-staging", Some("eu-west-1")));
        assert!(!staging.images.versioning, "as in the file");
        assert_eq!(staging.images.cors_origins, ["https://c.example"]);
        let tags: Vec<_> = staging.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(tags, [("env", "staging"), ("team", "photos")]);
        assert_eq!(main.region.as_deref(), Some("us-west-2"));
        assert_eq!(main.images.cors_origins.len(), 2);
    }

    #[test]
    fn a_stage_without_a_name_of_its_own_never_has_the_main_gallery_s() {
        assert_eq!(parsed(Some("staging")).images.bucket.as_deref(), Some("my-pictures-staging"));
        assert_eq!(parsed(Some("own")).images.bucket.as_deref(), Some("others"));
        assert_eq!(parsed(Some("own")).tags, parsed(None).tags);
    }

    #[test]
    fn a_stage_that_the_file_does_not_name_is_the_file() {
        let preview = parsed(Some("pr-123"));
        assert_eq!(preview.images.bucket.as_deref(), Some("my-pictures-pr-123"));
        let mut main = parsed(None);
        main.stage = Some("pr-123".into());
        main.images.bucket = preview.images.bucket.clone();
        assert_eq!(preview, main);
    }

    #[test]
    fn a_stage_that_cannot_be_is_refused() {
        let refusal = |stage: &str| {
            let error = parse_stage(Path::new("gallery.yaml"), FILE, Some(stage)).expect_err(stage);
            error.problems()[0].summary.clone()
        };
        assert_eq!(refusal("a_b"), "stage `a_b` is not allowed");
        let long = "the stage `abcdefghijklmnopqrstu` makes the name `holiday-abcdefghijklmnopqrstu` too long";
        assert_eq!(refusal("abcdefghijklmnopqrstu"), long);
        assert!(parse_stage(Path::new("gallery.yaml"), FILE, Some("abcdefghijklmnopqrst")).is_ok(), "28 characters");
    }
}

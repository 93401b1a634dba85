//! What is said about keys and values that do not fit the table.

use std::fmt;

use super::nearest::nearest;
use super::problem::{Findings, Message, quote};
use super::scalar::{Plain, classify, describe, old_boolean};
use super::schema::{Key, ROOT, Section};
use super::source::Span;
use super::tree::{Entry, Node, Value};

/// The kinds of value a key can want.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Text,
    Switch,
    WholeNumber,
    List,
    Mapping,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Switch => "`true` or `false`",
            Self::WholeNumber => "a whole number",
            Self::List => "a list",
            Self::Mapping => "a mapping of keys to texts",
        })
    }
}

/// Where to point for the value of an entry: at the key when nothing stands there.
pub(super) fn value_span(entry: &Entry) -> &Span {
    if entry.value.span.is_empty() { &entry.key.span } else { &entry.value.span }
}

/// The text of a key. Reports one that is not a text, unless it has been reported.
pub(super) fn key_name<'n>(key: &'n Node, findings: &mut Findings) -> Option<&'n str> {
    match &key.value {
        Value::Plain(text) | Value::Quoted(text) => Some(text),
        Value::Invalid => None,
        other => {
            let message = Message::new("a key must be a word", format!("found {}", describe(other)));
            findings.add(&key.span, message.help("keys are written as `key: value`"));
            None
        }
    }
}

/// `` `indexer.memory` ``.
pub(super) fn path(section: &Section, name: &str) -> String {
    if section.name.is_empty() { quote(name) } else { quote(&format!("{}.{name}", section.name)) }
}

/// Reports a value of the wrong kind, unless it has been reported.
pub(super) fn wrong_type(section: &Section, name: &str, entry: &Entry, wanted: Wanted, findings: &mut Findings) {
    if entry.value.value == Value::Invalid {
        return;
    }
    let message =
        Message::new(format!("{} must be {wanted}", path(section, name)), format!("found {}", describe(&entry.value.value)));
    let doc = section.keys.iter().find(|key| key.name() == name).map(|key| key.doc().to_owned());
    let message = match conversion(&entry.value.value, wanted).or(doc) {
        Some(help) => message.help(help),
        None => message,
    };
    findings.add(value_span(entry), message);
}

/// How to write what was probably meant.
fn conversion(value: &Value, wanted: Wanted) -> Option<String> {
    match (value, wanted) {
        (Value::Plain(text), _) if classify(text) == Plain::Nothing => Some("write a value, or remove the line".to_owned()),
        (Value::Plain(text), Wanted::Text) => Some(format!("put it in quotes: {}", quote(&format!("\"{text}\"")))),
        (Value::Plain(text), Wanted::Switch) => old_boolean(text).map(|meant| format!("did you mean `{meant}`?")),
        (Value::Quoted(text), Wanted::Switch) => {
            old_boolean(text).map(|meant| format!("did you mean `{meant}`, without quotes?"))
        }
        (Value::Quoted(text) | Value::Plain(text), Wanted::WholeNumber) => {
            let number: u32 = text.trim().parse().ok()?;
            Some(format!("did you mean `{number}`, without quotes or leading zeros?"))
        }
        (Value::Plain(text) | Value::Quoted(text), Wanted::List) => {
            Some(format!("did you mean {}?", quote(&format!("[\"{text}\"]"))))
        }
        _ => None,
    }
}

pub(super) fn out_of_range(section: &Section, name: &str, found: &str, allowed: impl Into<String>) -> Message {
    Message::new(format!("{} cannot be {}", path(section, name), quote(found)), allowed)
}

pub(super) fn duplicate(name: &str) -> Message {
    Message::new(format!("duplicate field {}", quote(name)), "it stands further up already").help("keep one of them")
}

/// For a key that the section does not have.
pub(super) fn unknown(section: &Section, name: &str) -> Message {
    let here = if section.name.is_empty() {
        "not a field of this file".to_owned()
    } else {
        format!("not a field of `{}`", section.name)
    };
    let mut names: Vec<&str> = section.keys.iter().map(|key| key.name()).collect();
    names.sort_unstable();
    let meant = if let Some(home) = home_of(name) {
        format!("`{name}` belongs to {home}. ")
    } else if let Some(meant) = nearest(name, names.iter().copied()) {
        format!("did you mean `{meant}`? ")
    } else {
        String::new()
    };
    let message = Message::new(format!("unknown field {}", quote(name)), here);
    message.help(format!("{meant}Fields here: {}", names.join(", ")))
}

/// Where a key that stands in the wrong section belongs.
fn home_of(name: &str) -> Option<String> {
    let is_here = |section: &Section| section.keys.iter().any(|key| key.name() == name);
    if is_here(&ROOT) {
        return Some("the top level".to_owned());
    }
    let homes: Vec<String> = ROOT
        .keys
        .iter()
        .filter_map(|key| match key {
            Key::Section(section) if is_here(section) => Some(format!("`{}`", section.name)),
            _ => None,
        })
        .collect();
    if homes.is_empty() { None } else { Some(homes.join(" or ")) }
}

/// For a section, or a file, whose value is something else.
pub(super) fn not_a_mapping(section: &Section, found: &Value) -> Message {
    let found = format!("found {}", describe(found));
    if section.name.is_empty() {
        Message::new("the file must consist of keys and values", found)
            .help("start with `name: holiday`; a space is needed after the colon")
    } else {
        let example = section.keys.first().map_or("key", |key| key.name());
        Message::new(format!("`{}` must be a mapping of keys to values", section.name), found)
            .help(format!("write its keys below it, further to the right: `{example}: ...`"))
    }
}

/// `` `x`, `y` or `z` ``.
pub(super) fn one_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(quote).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

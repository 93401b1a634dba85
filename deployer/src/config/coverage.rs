//! How many of the keys a file sets.

use super::schema::{Key, ROOT};
use super::tree::{Tree, Value};

/// Keys of the file among keys that there are. Sections do not count, the keys in them do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    pub set: usize,
    pub known: usize,
}

impl Coverage {
    /// Of a valid file, in which every key is known and stands once.
    pub(super) fn of(tree: &Tree) -> Self {
        let entries = |value: &Value| match value {
            Value::Mapping(entries) => entries.len(),
            _ => 0,
        };
        let is_section = |name: &str| ROOT.keys.iter().any(|key| matches!(key, Key::Section(section) if section.name == name));
        let set = match tree.root.as_ref().map(|root| &root.value) {
            Some(Value::Mapping(top)) => top
                .iter()
                .map(|entry| match &entry.key.value {
                    Value::Plain(name) | Value::Quoted(name) if is_section(name) => entries(&entry.value.value),
                    _ => 1,
                })
                .sum(),
            _ => 0,
        };
        let known = ROOT.keys.iter().map(|key| if let Key::Section(section) = key { section.keys.len() } else { 1 }).sum();
        Self { set, known }
    }
}

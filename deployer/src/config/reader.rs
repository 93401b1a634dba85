//! Takes values out of the tree, checked against the table of keys. Whatever is wrong is noted and a default taken in its
//! place, so that one run finds everything.

use std::collections::{BTreeMap, BTreeSet};

use super::nearest::nearest;
use super::problem::{Findings, Message, plural, quote};
use super::scalar::{Plain, classify, describe, is_nothing};
use super::schema::{Allowed, Choice, Key, List, Map, Number, ROOT, Section, Switch, Text, Unset};
use super::source::Span;
use super::tags;
use super::tree::{Entry, Node, Tree, Value};
use super::wording::{Wanted, duplicate, key_name, not_a_mapping, one_of, out_of_range, path, unknown, value_span, wrong_type};

/// The entries of one section of the file.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    section: &'static Section,
    entries: BTreeMap<&'t str, &'t Entry>,
}

/// An item of a list, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) span: Span,
}

impl<'t> Reader<'t> {
    /// The file itself.
    pub(super) fn root(tree: &'t Tree, findings: &mut Findings) -> Self {
        let reader = match &tree.root {
            None => Self { section: &ROOT, entries: BTreeMap::new() },
            Some(node) => Self::open(&ROOT, node, &node.span, findings),
        };
        let is_mapping = tree.root.as_ref().is_none_or(|root| matches!(root.value, Value::Mapping(_)));
        if tree.complete && is_mapping {
            reader.require(tree, findings);
        }
        reader
    }

    /// A section inside this one; empty when it is not there or has no entries.
    pub(super) fn section(&self, section: &'static Section, findings: &mut Findings) -> Self {
        match self.entries.get(section.name) {
            // A section whose keys are all commented out.
            Some(entry) if !is_nothing(&entry.value) => Self::open(section, &entry.value, &entry.key.span, findings),
            _ => Self { section, entries: BTreeMap::new() },
        }
    }

    /// The entries of `node`; reports unknown and repeated keys.
    fn open(section: &'static Section, node: &'t Node, key: &Span, findings: &mut Findings) -> Self {
        let mut reader = Self { section, entries: BTreeMap::new() };
        let entries = match &node.value {
            Value::Mapping(entries) => entries.as_slice(),
            Value::Invalid => &[],
            other => {
                findings.add(if node.span.is_empty() { key } else { &node.span }, not_a_mapping(section, other));
                &[]
            }
        };
        for entry in entries {
            let Some(name) = key_name(&entry.key, findings) else { continue };
            if name == "<<" && entry.value.value == Value::Invalid {
                // A merge key: its alias has been reported.
            } else if !section.keys.iter().any(|key| key.name() == name) {
                findings.add(&entry.key.span, unknown(section, name));
            } else if reader.entries.contains_key(name) {
                findings.add(&entry.key.span, duplicate(name));
            } else {
                reader.entries.insert(name, entry);
            }
        }
        reader
    }

    /// Reports keys that must be there and are not.
    fn require(&self, tree: &Tree, findings: &mut Findings) {
        for key in self.section.keys {
            if let Key::Text(Text { name, doc, unset: Unset::Required, .. }) = key
                && !self.entries.contains_key(name)
            {
                let first = match &tree.root {
                    Some(Node { value: Value::Mapping(entries), .. }) => entries.first().map(|entry| entry.key.span.clone()),
                    _ => None,
                };
                let message =
                    Message::new(format!("`{name}` is missing"), format!("`{name}` must be among the keys of this level"));
                findings.add(&first.unwrap_or_default(), message.help(format!("add `{name}: ...`. {doc}")));
            }
        }
    }

    /// Where the value of a key stands, to point at it.
    pub(super) fn span(&self, name: &str) -> Option<Span> {
        self.entries.get(name).map(|entry| value_span(entry).clone())
    }

    /// A text that need not be there.
    pub(super) fn optional(&self, key: &'static Text, findings: &mut Findings) -> Option<String> {
        let entry = self.entries.get(key.name)?;
        let text = match &entry.value.value {
            Value::Invalid => return None,
            Value::Quoted(text) => Some(text),
            Value::Plain(text) => {
                let is_text = classify(text) == Plain::Text;
                let is_digits = key.bare_digits && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                (is_text || is_digits).then_some(text)
            }
            _ => None,
        };
        match text.map(|text| ((key.rule.check)(text), text)) {
            Some((Ok(()), text)) => return Some(text.clone()),
            Some((Err(message), _)) => findings.add(value_span(entry), message),
            None => wrong_type(self.section, key.name, entry, Wanted::Text, findings),
        }
        None
    }

    /// A text that is required or has a default.
    pub(super) fn text(&self, key: &'static Text, findings: &mut Findings) -> String {
        self.optional(key, findings).unwrap_or_else(|| match key.unset {
            Unset::Default(default) => default.to_owned(),
            Unset::Required | Unset::Derived => String::new(),
        })
    }

    pub(super) fn switch(&self, key: &'static Switch, findings: &mut Findings) -> bool {
        match self.entries.get(key.name) {
            None => {}
            Some(entry) => match &entry.value.value {
                Value::Invalid => {}
                Value::Plain(text) if let Plain::Boolean(value) = classify(text) => return value,
                _ => wrong_type(self.section, key.name, entry, Wanted::Switch, findings),
            },
        }
        key.default
    }

    pub(super) fn number(&self, key: &'static Number, findings: &mut Findings) -> u32 {
        let Some(entry) = self.entries.get(key.name) else { return key.default };
        let Value::Plain(text) = &entry.value.value else {
            wrong_type(self.section, key.name, entry, Wanted::WholeNumber, findings);
            return key.default;
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        // A leading zero means octal to some and nothing to others.
        let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        if digits.is_empty() || !is_whole {
            wrong_type(self.section, key.name, entry, Wanted::WholeNumber, findings);
            return key.default;
        }
        // What does not fit is out of every range.
        let number = text.parse::<u32>().ok();
        match &key.allowed {
            Allowed::Range(range) => {
                if let Some(number) = number.filter(|number| range.contains(number)) {
                    return number;
                }
                let label = format!("from {} to {}", range.start(), range.end());
                findings.add(value_span(entry), out_of_range(self.section, key.name, text, label).help(key.doc));
            }
            Allowed::OneOf(numbers) => {
                if let Some(number) = number.filter(|number| numbers.contains(number)) {
                    return number;
                }
                let wanted = number.unwrap_or(if text.starts_with('-') { 0 } else { u32::MAX });
                let near = numbers.iter().min_by_key(|allowed| allowed.abs_diff(wanted)).unwrap_or(&key.default);
                let message = out_of_range(self.section, key.name, text, "not one of the values that AWS takes".to_owned());
                findings.add(value_span(entry), message.help(format!("the nearest is {near}. {}", key.doc)));
            }
        }
        key.default
    }

    pub(super) fn choice<T: Copy>(&self, key: &'static Choice<T>, findings: &mut Findings) -> T {
        let Some(entry) = self.entries.get(key.name) else { return key.default };
        let names = key.options.iter().map(|(name, _)| *name);
        let (Value::Plain(text) | Value::Quoted(text)) = &entry.value.value else {
            wrong_type(self.section, key.name, entry, Wanted::Text, findings);
            return key.default;
        };
        if let Some((_, value)) = key.options.iter().find(|(name, _)| name == text) {
            return *value;
        }
        let other_name = key.also_known_as.iter().find(|(other, _)| text.eq_ignore_ascii_case(other)).map(|(_, name)| *name);
        let message = out_of_range(self.section, key.name, text, one_of(names.clone()));
        let message = match other_name.or_else(|| nearest(text, names)) {
            Some(meant) => message.help(format!("did you mean `{meant}`?")),
            None => message,
        };
        findings.add(value_span(entry), message);
        key.default
    }

    /// The items that are in order; those of the default have no place in the file.
    pub(super) fn list(&self, key: &'static List, findings: &mut Findings) -> Vec<Item> {
        let Some(entry) = self.entries.get(key.name) else {
            return key.default.iter().map(|text| Item { text: (*text).to_owned(), span: 0..0 }).collect();
        };
        let Value::List(nodes) = &entry.value.value else {
            wrong_type(self.section, key.name, entry, Wanted::List, findings);
            return Vec::new();
        };
        if !key.length.contains(&nodes.len()) {
            let label = format!("from {} to {} items", key.length.start(), key.length.end());
            let summary = format!("{} has {}", path(self.section, key.name), plural(nodes.len(), "item"));
            findings.add(value_span(entry), Message::new(summary, label));
        }
        let mut items: Vec<Item> = Vec::new();
        let mut seen = BTreeSet::new();
        for node in nodes {
            let Some(text) = self.item_text(key.name, node, &entry.key.span, findings) else { continue };
            if let Err(message) = (key.rule.check)(text) {
                findings.add(&node.span, message);
            } else if !seen.insert(text) {
                findings.add(&node.span, Message::new(format!("{} is listed twice", quote(text)), "").help("remove one of them"));
            } else {
                items.push(Item { text: text.clone(), span: node.span.clone() });
            }
        }
        items
    }

    fn item_text<'n>(&self, name: &str, node: &'n Node, key: &Span, findings: &mut Findings) -> Option<&'n String> {
        match &node.value {
            Value::Quoted(text) => Some(text),
            Value::Plain(text) if classify(text) == Plain::Text => Some(text),
            Value::Invalid => None,
            other => {
                let label = format!("found {}", describe(other));
                let span = if node.span.is_empty() { key } else { &node.span };
                findings.add(span, Message::new(format!("an item of {} must be a text", path(self.section, name)), label));
                None
            }
        }
    }

    /// Keys and values as the user made them up.
    pub(super) fn tags(&self, key: &'static Map, findings: &mut Findings) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let Some(entry) = self.entries.get(key.name).filter(|entry| !is_nothing(&entry.value)) else { return found };
        let Value::Mapping(entries) = &entry.value.value else {
            wrong_type(self.section, key.name, entry, Wanted::Mapping, findings);
            return found;
        };
        if entries.len() > tags::MOST {
            let label = format!("{} at most: AWS takes 50 tags, and gallery-deploy adds up to five", tags::MOST);
            findings.add(&entry.key.span, Message::new(format!("too many tags: {}", entries.len()), label));
        }
        // IAM takes `Team` and `team` for the same key.
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for tag in entries {
            let Some(name) = key_name(&tag.key, findings) else { continue };
            match seen.get(&name.to_lowercase()) {
                None => drop(seen.insert(name.to_lowercase(), name)),
                Some(before) if *before == name => findings.add(&tag.key.span, duplicate(name)),
                Some(before) => {
                    let message =
                        Message::new(format!("tag key {} differs from {} only in case", quote(name), quote(before)), "");
                    findings.add(&tag.key.span, message.help("IAM takes them for the same key: keep one"));
                }
            }
            if let Err(message) = (tags::KEY.check)(name) {
                findings.add(&tag.key.span, message);
            }
            match &tag.value.value {
                Value::Quoted(text) => add_tag(&mut found, name, text, tag, findings),
                Value::Plain(text) if classify(text) == Plain::Text => add_tag(&mut found, name, text, tag, findings),
                _ => wrong_type(self.section, &format!("{}.{name}", key.name), tag, Wanted::Text, findings),
            }
        }
        found
    }
}

fn add_tag(found: &mut BTreeMap<String, String>, name: &str, text: &str, tag: &Entry, findings: &mut Findings) {
    match (tags::VALUE.check)(text) {
        Ok(()) => {
            found.insert(name.to_owned(), text.to_owned());
        }
        Err(message) => findings.add(value_span(tag), message),
    }
}

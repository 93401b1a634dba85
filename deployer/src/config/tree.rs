//! `gallery.yaml` as a tree in which every node knows where it stands.
//!
//! A derived `Deserialize` stops at the first error and forgets how a value was written; here the parser's events are
//! kept, so that all problems are found in one run and `"30"` can be told from `30`.

use std::borrow::Cow;

use serde_yaml::granit_parser::{self, Event, Parser, ScalarStyle, Span as EventSpan, StructureStyle};

use super::problem::{Findings, Message};
use super::source::Span;
use super::syntax;

/// Collections of one kind (block or flow) may be nested this deep; the deepest key of the file needs three.
const DEEPEST: usize = 16;

/// A value, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) span: Span,
    pub(super) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text without quotes: a word, a number, a boolean, nothing.
    Plain(String),
    /// A text in quotes, or a block of text (`|`, `>`).
    Quoted(String),
    List(Vec<Node>),
    /// The entries as they were written: keys may repeat.
    Mapping(Vec<Entry>),
    /// Something that has been reported already, or that a syntax error cut off.
    Invalid,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: Node,
    pub(super) value: Node,
}

/// What could be read of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    /// `None` when the file has no content.
    pub(super) root: Option<Node>,
    /// Whether it was read to the end. If not, a key that seems to be missing may stand further down.
    pub(super) complete: bool,
}

/// Reads the text of `findings`. A syntax error ends the reading; what stands before it is still in the tree.
pub(super) fn read(findings: &mut Findings) -> Tree {
    let text = findings.text().to_owned();
    let options = granit_parser::options! {
        disallow_directives: true,
        emit_comments: false,
        // An alias is refused wherever it points.
        emit_unresolved_aliases: true,
        block_nesting_limit: DEEPEST,
        flow_nesting_limit: DEEPEST,
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str_with_options(&text, options) {
        match event {
            Ok((Event::DocumentStart(..), span)) if builder.root.is_some() => {
                let message = Message::new("more than one YAML document", "a second document starts here");
                findings.add(&bytes(&span), message.help("remove the `---`, or keep one file per gallery"));
                return Tree { root: builder.root, complete: true };
            }
            Ok((event, span)) => {
                builder.take(event, &span, findings);
                // The parser's own limits do not count the mappings of one pair in `[: : : …`.
                if builder.open.len() > 2 * DEEPEST {
                    let at = bytes(&span);
                    findings.add(&at, syntax::too_deep());
                    return Tree { root: builder.cut_off(at.start), complete: false };
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let (span, message) = syntax::explain(&text, at, error.kind());
                findings.add(&span, message);
                return Tree { root: builder.cut_off(at), complete: false };
            }
        }
    }
    Tree { root: builder.root, complete: true }
}

/// A collection that is still open.
#[derive(Debug)]
struct Open {
    start: usize,
    /// A block collection has no closing sign: it ends with its last value.
    is_block: bool,
    /// Whether its tag, if any, was acceptable.
    sound: bool,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Items(Vec<Node>),
    Entries(Vec<Entry>, Option<Node>),
}

/// Puts the parser's events together.
#[derive(Debug, Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: &EventSpan, findings: &mut Findings) {
        let range = bytes(span);
        let sound = check_tag(&event, span, findings);
        match event {
            Event::Scalar(text, style, ..) => {
                let value = if sound { scalar(text, style, &range) } else { Value::Invalid };
                self.add(Node { span: range, value });
            }
            Event::SequenceStart(style, ..) => self.start(range.start, style, sound, Content::Items(Vec::new())),
            Event::MappingStart(style, ..) => self.start(range.start, style, sound, Content::Entries(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.finish(range.end),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let message = Message::new("aliases are not supported in this file", "");
                findings.add(&range, message.help("write the value itself"));
                self.add(Node { span: range, value: Value::Invalid });
            }
            _ => {}
        }
    }

    fn start(&mut self, start: usize, style: StructureStyle, sound: bool, content: Content) {
        self.open.push(Open { start, is_block: style == StructureStyle::Block, sound, content });
    }

    /// Adds a finished node to the collection it stands in.
    fn add(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Items(items)) => items.push(node),
            Some(Content::Entries(entries, key)) => match key.take() {
                None => *key = Some(node),
                Some(key) => entries.push(Entry { key, value: node }),
            },
        }
    }

    /// Finishes the innermost collection; `end` is where the parser is.
    fn finish(&mut self, end: usize) {
        let Some(Open { start, is_block, sound, content }) = self.open.pop() else { return };
        let (value, last) = match content {
            Content::Items(items) => {
                let last = items.last().map(|item| item.span.end);
                (Value::List(items), last)
            }
            Content::Entries(mut entries, key) => {
                // Only a syntax error leaves a key without its value.
                entries.extend(key.map(|key| Entry { value: Node { span: end..end, value: Value::Invalid }, key }));
                let last = entries.last().map(|entry| entry.value.span.end);
                (Value::Mapping(entries), last)
            }
        };
        let end = if is_block { last.unwrap_or(start) } else { end };
        self.add(Node { span: start..end, value: if sound { value } else { Value::Invalid } });
    }

    /// Finishes everything that a syntax error at `at` left open.
    fn cut_off(mut self, at: usize) -> Option<Node> {
        self.distrust_last(at);
        while !self.open.is_empty() {
            self.finish(at);
        }
        self.root
    }

    /// A text that reaches up to the error may have swallowed what was meant as the next key.
    fn distrust_last(&mut self, at: usize) {
        let last = match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root.as_mut(),
            Some(Content::Items(items)) => items.last_mut(),
            Some(Content::Entries(entries, None)) => entries.last_mut().map(|entry| &mut entry.value),
            Some(Content::Entries(_, key)) => key.as_mut(),
        };
        if let Some(node) = last.filter(|node| node.span.end >= at) {
            node.value = Value::Invalid;
        }
    }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, span: &Span) -> Value {
    match style {
        // The parser writes a value that is not there as `~`.
        ScalarStyle::Plain if span.is_empty() => Value::Plain(String::new()),
        ScalarStyle::Plain => Value::Plain(text.into_owned()),
        _ => Value::Quoted(text.into_owned()),
    }
}

/// Reports a tag (`!!int`, `!secret`): it would change what a value is. False if there is one.
fn check_tag(event: &Event<'_>, span: &EventSpan, findings: &mut Findings) -> bool {
    if event.tag().is_none() {
        return true;
    }
    let at = span.tag_span().map_or_else(|| bytes(span), |tag| bytes(&tag));
    let message = Message::new("tags of YAML are not supported in this file", "");
    findings.add(&at, message.help("write the value without a tag"));
    false
}

/// The parser gives byte offsets for every event of a text in memory.
fn bytes(span: &EventSpan) -> Span {
    span.byte_range().unwrap_or_default()
}

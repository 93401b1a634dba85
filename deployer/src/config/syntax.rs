//! What a syntax error of the YAML parser means to the person who wrote the file.

use serde_yaml::granit_parser::ErrorKind;

use super::problem::{Message, quote};
use super::source::Span;

/// Where to point for an error that the parser met at byte `at` of `text`, and what to say.
pub(super) fn explain(text: &str, at: usize, kind: &ErrorKind) -> (Span, Message) {
    let here = at..text[at..].chars().next().map_or(at, |character| at + character.len_utf8());
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabAtBlockScalarStart => {
            // The parser may have gone past the tab already.
            let tab = if text[..at].ends_with('\t') { at - 1..at } else { here };
            (tab, Message::new("a tab where YAML wants spaces", "a tab").help("indent with spaces"))
        }
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement => {
            let message = Message::new("a `:` where YAML allows none", "this `:`");
            let help = "put a value that contains `: ` in quotes; if this is a key, check its indentation and that \
                        everything above it is closed";
            (here, message.help(help))
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => {
            let message = Message::new("a key with its value was expected", "not `key: value`");
            (rest_of_line(text, at), message.help("a space is needed after the colon, and keys of one level stand in one column"))
        }
        ErrorKind::UnclosedQuotedScalar => {
            let message = Message::new("a quote is never closed", "opened here");
            (here, message.help("close it at the end of the value"))
        }
        ErrorKind::UnclosedFlowCollection { open } => {
            let close = if *open == '[' { ']' } else { '}' };
            let message = Message::new(format!("`{open}` is never closed"), "opened here");
            (here, message.help(format!("close it with `{close}`")))
        }
        ErrorKind::UnexpectedCharacter { character } if character.is_control() => {
            let message = Message::new(format!("the character {} is not allowed in YAML", quote(&character.to_string())), "");
            (here, message.help("remove it"))
        }
        ErrorKind::UnexpectedCharacter { character } => {
            let message = Message::new(format!("a value cannot begin with `{character}`"), "");
            (here, message.help("put the value in quotes"))
        }
        ErrorKind::RecursionLimitExceeded => (here, too_deep()),
        ErrorKind::DirectiveDisallowed => {
            let message = Message::new("directives of YAML are not supported in this file", "");
            (rest_of_line(text, at), message.help("remove the line"))
        }
        other => (here, Message::new(format!("not valid YAML: {other}"), "")),
    }
}

pub(super) fn too_deep() -> Message {
    Message::new("nested too deeply", "")
}

fn rest_of_line(text: &str, at: usize) -> Span {
    at..text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tab_is_pointed_at_wherever_the_parser_stopped() {
        for at in [3, 4] {
            let (span, message) = explain("a:\n\tb: 1\n", at, &ErrorKind::TabInBlockIndentation);
            assert_eq!(span, 3..4);
            assert_eq!(message.help.as_deref(), Some("indent with spaces"));
        }
    }

    #[test]
    fn an_error_at_the_end_points_at_the_end() {
        let (span, message) = explain("a: é", 5, &ErrorKind::UnexpectedEof);
        assert_eq!(span, 5..5);
        assert!(message.summary.starts_with("not valid YAML: "), "{}", message.summary);
    }
}

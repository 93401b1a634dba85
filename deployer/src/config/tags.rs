//! Tags that go on everything (aws-behaviours §9).

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use super::problem::{Message, quote};
use super::rules::{Rule, not};

/// AWS takes 50 tags per resource; up to five of them are ours.
pub(super) const MOST: usize = 45;

/// Starts of keys that are taken, by AWS and by us. IAM does not tell upper from lower case, so neither do we.
const RESERVED: [(&str, &str); 2] = [("aws:", "AWS"), ("gallery-deploy:", "gallery-deploy")];

/// The rule for a tag's key.
pub(super) const KEY: Rule = Rule { check: check_key, schema: key_schema };

/// The rule for a tag's value.
pub(super) const VALUE: Rule = Rule { check: check_value, schema: || schema(&VALUE_LENGTH) };

const KEY_LENGTH: RangeInclusive<usize> = 1..=128;
const VALUE_LENGTH: RangeInclusive<usize> = 0..=256;
/// What may stand in a tag beside letters and digits of any script.
const SIGNS: &str = " _.:/=+-@";

fn check_key(key: &str) -> Result<(), Message> {
    let folded = key.to_ascii_lowercase();
    if let Some((prefix, owner)) = RESERVED.into_iter().find(|(prefix, _)| folded.starts_with(prefix)) {
        let label = format!("keys that start with `{prefix}` belong to {owner}");
        return Err(Message::new(format!("tag key {} is reserved", quote(key)), label).help("use another key"));
    }
    check("tag key", key, &KEY_LENGTH)
}

fn check_value(value: &str) -> Result<(), Message> {
    check("tag value", value, &VALUE_LENGTH)
}

fn check(what: &str, text: &str, allowed: &RangeInclusive<usize>) -> Result<(), Message> {
    let (shortest, longest) = (*allowed.start(), *allowed.end());
    let length = text.chars().count();
    let stranger = text.chars().find(|character| !(character.is_alphanumeric() || SIGNS.contains(*character)));
    let label = match stranger {
        Some(stranger) => format!("has {}", quote(&stranger.to_string())),
        None if length < shortest => "is empty".to_owned(),
        None if length > longest => format!("has {length} characters, {longest} at most"),
        None => return Ok(()),
    };
    let message = Message::new(format!("{what} {} is not allowed", quote(text)), label);
    Err(message.help(format!("allowed: {shortest} to {longest} letters, digits, spaces and `_.:/=+-@`")))
}

fn key_schema() -> Value {
    let in_any_case = |letter: char| format!("[{}{letter}]", letter.to_ascii_uppercase());
    let in_any_case = |letter: char| if letter.is_ascii_lowercase() { in_any_case(letter) } else { letter.to_string() };
    let prefixes = RESERVED.map(|(prefix, _)| prefix.chars().map(in_any_case).collect::<String>());
    let mut schema = schema(&KEY_LENGTH);
    schema["allOf"] = json!([not(&format!("^({})", prefixes.join("|")))]);
    schema
}

fn schema(allowed: &RangeInclusive<usize>) -> Value {
    let signs = SIGNS.replace('-', r"\-");
    let pattern = format!(r"^[\p{{Alphabetic}}\p{{N}}{signs}]*$");
    json!({ "minLength": allowed.start(), "maxLength": allowed.end(), "pattern": pattern })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_aws_takes_pass() {
        for key in ["team", "cost center", "été", "a_b.c:d/e=f+g-h@i", "awsome", &"k".repeat(128)] {
            assert_eq!(check_key(key), Ok(()));
        }
        for value in ["", "日本", &"v".repeat(256)] {
            assert_eq!(check_value(value), Ok(()));
        }
    }

    #[test]
    fn reserved_keys_are_refused_in_any_case() {
        for key in ["aws:a", "AWS:a", "gallery-deploy:gallery", "Gallery-Deploy:x"] {
            let message = check_key(key).expect_err(key);
            assert_eq!(message.summary, format!("tag key `{key}` is reserved"));
        }
    }

    #[test]
    fn tags_that_aws_refuses_are_refused() {
        let label = |result: Result<(), Message>| result.expect_err("refused").label;
        assert_eq!(label(check_key("")), "is empty");
        assert_eq!(label(check_key("a,b")), "has `,`");
        assert_eq!(label(check_key(&"k".repeat(129))), "has 129 characters, 128 at most");
        assert_eq!(label(check_value("a\nb")), r"has `\n`");
        assert_eq!(label(check_value(&"v".repeat(257))), "has 257 characters, 256 at most");
    }
}

//! What a value without quotes is to YAML 1.2 (its "core schema"), and how a value is named in a message.

use super::problem::quote;
use super::tree::{Node, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Nothing,
    Boolean(bool),
    /// Whole or not, in any notation.
    Number,
    /// Also `yes`, `no`, `on` and `off`, which were booleans in YAML 1.1.
    Text,
}

pub(super) fn classify(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Nothing,
        "true" | "True" | "TRUE" => Plain::Boolean(true),
        "false" | "False" | "FALSE" => Plain::Boolean(false),
        _ if is_number(text) => Plain::Number,
        _ => Plain::Text,
    }
}

/// The boolean of YAML 1.1 that somebody who wrote this had in mind.
pub(super) fn old_boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" | "1" => Some(true),
        "false" | "no" | "n" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Whether nothing stands there.
pub(super) fn is_nothing(node: &Node) -> bool {
    matches!(&node.value, Value::Plain(text) if classify(text) == Plain::Nothing)
}

/// "a list", "the number `5`", ...
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Plain(text) => match classify(text) {
            Plain::Nothing => "nothing".to_owned(),
            Plain::Boolean(_) => format!("the boolean {}", quote(text)),
            Plain::Number => format!("the number {}", quote(text)),
            Plain::Text => format!("the text {}", quote(text)),
        },
        Value::Quoted(text) => format!("the quoted text {}", quote(text)),
        Value::List(_) => "a list".to_owned(),
        Value::Mapping(_) => "a mapping".to_owned(),
        Value::Invalid => "something invalid".to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN" => return true,
        _ => {}
    }
    let in_base = |prefix: &str, base: u32| {
        text.strip_prefix(prefix).is_some_and(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base)))
    };
    // Rust's `f64` also reads words such as `inf`; a number of YAML starts with a digit or a dot.
    in_base("0x", 16)
        || in_base("0o", 8)
        || (unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') && unsigned.parse::<f64>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_are_what_yaml_1_2_says() {
        for (text, plain) in [
            ("", Plain::Nothing),
            ("~", Plain::Nothing),
            ("null", Plain::Nothing),
            ("true", Plain::Boolean(true)),
            ("FALSE", Plain::Boolean(false)),
            ("tRue", Plain::Text),
            ("no", Plain::Text),
            ("012", Plain::Number),
            ("-1.5e3", Plain::Number),
            (".5", Plain::Number),
            ("0x1F", Plain::Number),
            ("0o17", Plain::Number),
            ("-.inf", Plain::Number),
            (".", Plain::Text),
            ("inf", Plain::Text),
            ("nan", Plain::Text),
            ("0x", Plain::Text),
            ("1.2.3", Plain::Text),
            ("2024-01-01", Plain::Text),
            ("25MiB", Plain::Text),
        ] {
            assert_eq!(classify(text), plain, "{text}");
        }
    }

    #[test]
    fn booleans_of_yaml_1_1_are_recognised() {
        assert_eq!(
            ["Yes", "on", "1", "n", "OFF", "maybe"].map(old_boolean),
            [Some(true), Some(true), Some(true), Some(false), Some(false), None]
        );
    }
}

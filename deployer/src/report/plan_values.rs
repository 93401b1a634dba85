//! Values of a plan as text: short ones in a line, lists and objects as the lines that differ.

use serde_json::Value;

use super::visible;
use crate::plan::texts;

/// So many elements of a list are shown, then only how many more there are.
const SHOWN: usize = 12;

/// Whether it is shown line by line, however short.
pub(super) fn is_list(value: &Value) -> bool {
    value.is_array()
}

/// The value as it stands in the middle of a line; `None` for what needs lines of its own.
pub(super) fn one_line(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some("none".into()),
        Value::String(text) if text.is_empty() || text.contains(char::is_whitespace) => Some(quoted(text)),
        // Enough to tell one from another.
        Value::String(text) if text.starts_with("sha256:") && text.len() > 15 => {
            Some(format!("{}…", visible(&text.chars().take(11).collect::<String>())))
        }
        Value::String(text) => Some(visible(text)),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The lines that are only in `before`, and those that are only in `after`.
pub(super) fn lines_of(before: &Value, after: &Value) -> (Vec<String>, Vec<String>) {
    // A policy writes a list of one as that one.
    let is_set = before.is_array() || after.is_array();
    if let (true, Some(old), Some(new)) = (is_set, elements(before), elements(after)) {
        let only = |of: &[&str], other: &[&str]| -> Vec<String> {
            let differ: Vec<&&str> = of.iter().filter(|text| !other.contains(text)).collect();
            // The same in another order: all of it.
            let all: Vec<&&str> = of.iter().collect();
            let same = of.len() == other.len() && of.iter().all(|text| other.contains(text));
            shortened(if same { all } else { differ }.into_iter().map(|text| quoted(text)).collect())
        };
        return (only(&old, &new), only(&new, &old));
    }
    let (mut old, mut new) = (Vec::new(), Vec::new());
    flatten("", before, &mut old);
    flatten("", after, &mut new);
    (shortened(old), shortened(new))
}

/// The elements of a list of texts; nothing is an empty list.
fn elements(value: &Value) -> Option<Vec<&str>> {
    if value.is_null() { Some(Vec::new()) } else { texts(value) }
}

fn shortened(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > SHOWN + 1 {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("and {more} more"));
    }
    lines
}

/// One line for each innermost value: `Condition.Bool.aws:SecureTransport: false`.
fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    let start = if path.is_empty() { String::new() } else { format!("{}: ", visible(path)) };
    match value {
        Value::Null if path.is_empty() => {}
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, value, lines);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, value) in items.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), value, lines);
            }
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(one_line).collect();
            lines.push(format!("{start}{}", if items.is_empty() { "none".to_owned() } else { items.join(", ") }));
        }
        Value::String(text) if path.is_empty() => lines.push(quoted(text)),
        other => lines.push(format!("{start}{}", one_line(other).unwrap_or_default())),
    }
}

/// In quotes, so that one sees where it begins and ends.
fn quoted(text: &str) -> String {
    visible(&Value::from(text).to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_lists_only_what_differs_is_shown() {
        let (gone, come) = lines_of(&json!(["a", "b"]), &json!("b"));
        assert_eq!((gone, come), (vec!["\"a\"".to_owned()], vec![]));
        let turned = lines_of(&json!(["a", "b"]), &json!(["b", "a"]));
        assert_eq!(turned, (vec!["\"a\"".into(), "\"b\"".into()], vec!["\"b\"".into(), "\"a\"".into()]));
        let many: Vec<String> = (0..40).map(|number| number.to_string()).collect();
        let (_, come) = lines_of(&Value::Null, &json!(many));
        assert_eq!((come.len(), come.last().map(String::as_str)), (13, Some("and 28 more")));
    }

    #[test]
    fn objects_are_lines() {
        let statement =
            json!({ "Effect": "Allow", "Condition": { "Bool": { "x": "false" } }, "Action": ["a", "b"], "Title": "two words" });
        let (gone, come) = lines_of(&Value::Null, &statement);
        assert_eq!(gone, [""; 0]);
        assert_eq!(come, ["Effect: Allow", "Condition.Bool.x: false", "Action: a, b", "Title: \"two words\""]);
    }

    #[test]
    fn foreign_text_steers_nothing() {
        assert_eq!(one_line(&json!("a\u{1b}[31m")).as_deref(), Some("a\u{fffd}[31m"));
        assert_eq!(one_line(&json!("a b\u{1b}")).as_deref(), Some(r#""a b\u001b""#));
    }
}

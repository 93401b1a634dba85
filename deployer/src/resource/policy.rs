//! IAM policy documents, compared by meaning: AWS reorders keys and turns one-element lists into strings (I9).

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A policy document in canonical form, so that `==` compares meanings.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Policy(Value);

impl Policy {
    pub fn new(document: Value) -> Self {
        Self(canonical(document, ""))
    }

    /// Parses a document as AWS returned it, percent-encoded (IAM) or not (S3, Lambda).
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        if text.trim_start().starts_with('{') {
            return serde_json::from_str(text).map(Self::new);
        }
        let decoded = percent_encoding::percent_decode_str(text).decode_utf8_lossy();
        serde_json::from_str(&decoded).map(Self::new)
    }

    /// The statements, each in canonical form.
    pub fn statements(&self) -> &[Value] {
        self.0.get("Statement").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The document to send.
    pub fn to_json(&self) -> String {
        self.0.to_string()
    }
}

/// Lists of strings are sets in a policy: sorted, and a list of one is that one. `{"AWS": "*"}` is `"*"`.
fn canonical(value: Value, key: &str) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(|item| canonical(item, "")).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            match (items.len(), key) {
                // A lone statement stays in a list, so that `statements` has one shape to read.
                (1, key) if key != "Statement" => items.remove(0),
                _ => Value::Array(items),
            }
        }
        Value::Object(map) if key == "Principal" && map.len() == 1 && map.get("AWS").is_some_and(is_star) => {
            Value::String("*".into())
        }
        Value::Object(map) if key == "Statement" => Value::Array(vec![canonical(Value::Object(map), "")]),
        Value::Object(map) => {
            // Sorted here, whatever the map's own order is: hashes of policies must not depend on it.
            let sorted: BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| {
                    let value = canonical(value, &key);
                    (key, value)
                })
                .collect();
            sorted.into_iter().collect()
        }
        // Conditions may hold booleans as booleans or as text.
        Value::Bool(flag) => Value::String(flag.to_string()),
        other => other,
    }
}

fn is_star(value: &Value) -> bool {
    value == "*" || value.as_array().is_some_and(|items| items.len() == 1 && items[0] == "*")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_aws_returns_equals_what_was_sent() {
        let sent = Policy::new(json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": ["b", "a"],
              "Condition": { "Bool": { "aws:SecureTransport": false } } }] }));
        let returned = r#"{"Statement":{"Resource":["a","b"],"Action":"s3:GetObject","Principal":{"AWS":"*"},
            "Effect":"Allow","Condition":{"Bool":{"aws:SecureTransport":"false"}}},"Version":"2012-10-17"}"#;
        assert_eq!(Policy::parse(returned).unwrap(), sent);
        let encoded = percent_encoding::utf8_percent_encode(returned, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(Policy::parse(&encoded).unwrap(), sent);
    }

    #[test]
    fn another_action_is_another_policy() {
        let policy = |action: &str| Policy::new(json!({ "Statement": [{ "Action": action }] }));
        assert_ne!(policy("s3:GetObject"), policy("s3:PutObject"));
    }
}

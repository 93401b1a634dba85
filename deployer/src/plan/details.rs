//! The fields of a change, taken apart into the values that differ: elements of lists by their identity, and how much beside them does not differ.

use serde_json::{Map, Value};

use super::origin::{Origin, key_of};
use crate::config::Lines;
use crate::resource::Kind;
use crate::resource::compare::{Cause, Field, FieldChange};

/// One value that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// `cors[0].allowed_origins`, `policy[PublicRead].Resource`, `tags.team`.
    pub path: String,
    /// Null where there is none.
    pub before: Value,
    pub after: Value,
    /// `None`: nothing tells.
    pub cause: Option<Cause>,
    /// The key of `gallery.yaml` that sets it, where the file is the cause.
    pub origin: Option<Origin>,
    /// The value is somebody's secret and is not here.
    pub sensitive: bool,
}

/// What lies beside a value that differs, and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    pub path: String,
    pub what: What,
    pub count: usize,
}

/// What is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Fields,
    /// Elements of a list or of a map.
    Elements,
}

/// A part of a plan's change.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Differs(Detail),
    Hidden(Hidden),
}

/// Takes the fields of one resource apart. That other settings are recorded as applied goes without saying, unless nothing else is to be done.
pub(super) fn details(kind: Kind, fields: &[FieldChange], lines: &Lines) -> Vec<Part> {
    let told = fields.iter().filter(|change| change.field != Field::Applied || fields.len() == 1);
    told.flat_map(|change| of_field(kind, change, lines)).collect()
}

fn of_field(kind: Kind, change: &FieldChange, lines: &Lines) -> Vec<Part> {
    let FieldChange { field, before, after, cause } = change;
    let mut found = Differences { masks: *field == Field::Environment, parts: Vec::new() };
    let name = field.name();
    match field {
        Field::Policy | Field::TrustPolicy => found.policy(name, before, after),
        Field::InlinePolicies => found.map(name, before, after, Differences::policy),
        Field::Tags | Field::Environment => found.map(name, before, after, Differences::value),
        Field::Statement => found.list(name, list(before), list(after), Some("Sid")),
        Field::Lifecycle | Field::Entry => found.list(name, list(before), list(after), Some("id")),
        Field::Cors => found.list(name, list(before), list(after), None),
        _ => found.value(name, before, after),
    }
    let with_cause = |part| match part {
        Part::Differs(detail) => {
            let origin = (*cause == Some(Cause::Config)).then(|| key_of(kind, &detail.path)).flatten();
            let origin = origin.map(|key| Origin::new(key, lines));
            Part::Differs(Detail { cause: *cause, origin, ..detail })
        }
        hidden @ Part::Hidden(_) => hidden,
    };
    found.parts.into_iter().map(with_cause).collect()
}

/// Collects what differs.
struct Differences {
    /// Values are secrets where they are nobody's but somebody else's.
    masks: bool,
    parts: Vec<Part>,
}

impl Differences {
    fn push(&mut self, path: &str, before: &Value, after: &Value) {
        let sensitive = self.masks && [before, after].into_iter().any(|value| value == "***");
        let (before, after) = (before.clone(), after.clone());
        self.parts.push(Part::Differs(Detail { path: path.into(), before, after, cause: None, origin: None, sensitive }));
    }

    fn hide(&mut self, path: &str, what: What, count: usize) {
        if count > 0 {
            self.parts.push(Part::Hidden(Hidden { path: path.into(), what, count }));
        }
    }

    /// Any two values.
    fn value(&mut self, path: &str, before: &Value, after: &Value) {
        match (before, after) {
            _ if before == after => {}
            (Value::Object(old), Value::Object(new)) => self.object(path, old, new),
            _ => {
                self.push(path, before, after);
                if let (Some(old), Some(new)) = (texts(before), texts(after)) {
                    self.hide(path, What::Elements, old.iter().filter(|text| new.contains(text)).count());
                }
            }
        }
    }

    fn object(&mut self, path: &str, old: &Map<String, Value>, new: &Map<String, Value>) {
        let mut equal = 0;
        for key in union(old, new) {
            let (before, after) = (old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null));
            equal += usize::from(before == after);
            self.value(&format!("{path}.{key}"), before, after);
        }
        self.hide(path, What::Fields, equal);
    }

    /// A map of keys that mean nothing to us.
    fn map(&mut self, path: &str, before: &Value, after: &Value, each: fn(&mut Self, &str, &Value, &Value)) {
        let empty = Map::new();
        let (old, new) = (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
        let mut equal = 0;
        for key in union(old, new) {
            let path = format!("{path}.{key}");
            match (old.get(key), new.get(key)) {
                (before, after) if before == after => equal += 1,
                // What is to go need not have been read.
                (Some(Value::Null), None) => self.push(&path, &"not read".into(), &Value::Null),
                (before, after) => each(self, &path, before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null)),
            }
        }
        self.hide(path, What::Elements, equal);
    }

    /// Statements by `Sid`; of the rest (`Version`) only what differs.
    fn policy(&mut self, path: &str, before: &Value, after: &Value) {
        self.list(path, list(&before["Statement"]), list(&after["Statement"]), Some("Sid"));
        if let (Value::Object(old), Value::Object(new)) = (before, after) {
            for key in union(old, new).filter(|key| *key != "Statement") {
                let (before, after) = (old.get(key).unwrap_or(&Value::Null), new.get(key).unwrap_or(&Value::Null));
                self.value(&format!("{path}.{key}"), before, after);
            }
        }
    }

    /// A list of objects: those with the same `identity` are compared with each other, those without any in their order.
    fn list(&mut self, path: &str, old: &[Value], new: &[Value], identity: Option<&str>) {
        let id = |value: &Value| identity.and_then(|identity| value.get(identity)).and_then(Value::as_str).map(str::to_owned);
        let mut gone: Vec<(usize, &Value)> = old.iter().enumerate().collect();
        let mut come: Vec<(usize, &Value)> = new.iter().enumerate().collect();
        come.retain(|(_, value)| match gone.iter().position(|(_, other)| other == value) {
            Some(at) => {
                gone.remove(at);
                false
            }
            None => true,
        });
        if gone.is_empty() && come.is_empty() {
            // The same in another order.
            return self.push(path, &Value::from(old), &Value::from(new));
        }
        let equal = new.len() - come.len();
        for (index, after) in come {
            let label = id(after).unwrap_or_else(|| index.to_string());
            let label = format!("{path}[{label}]");
            let partner = gone.iter().position(|(_, before)| id(before) == id(after));
            match partner.map(|at| gone.remove(at).1) {
                Some(before) => self.value(&label, before, after),
                None => self.push(&label, &Value::Null, after),
            }
        }
        for (index, before) in gone {
            let label = id(before).unwrap_or_else(|| index.to_string());
            self.push(&format!("{path}[{label}]"), before, &Value::Null);
        }
        self.hide(path, What::Elements, equal);
    }
}

/// The keys of both, each once: first those of `old`, as they stand.
fn union<'a>(old: &'a Map<String, Value>, new: &'a Map<String, Value>) -> impl Iterator<Item = &'a String> {
    old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A list of texts, or the one text for which a policy may write itself instead of a list of it.
pub(crate) fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        Value::String(text) => Some(vec![text]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(field: Field, before: Value, after: Value) -> Vec<String> {
        let change = FieldChange { field, before, after, cause: None };
        let told = |part| match part {
            Part::Differs(Detail { path, before, after, .. }) => format!("{path}: {before} -> {after}"),
            Part::Hidden(Hidden { path, what, count }) => format!("{path}: {count} {what:?}"),
        };
        details(Kind::ImagesBucket, &[change], &Lines::default()).into_iter().map(told).collect()
    }

    #[test]
    fn elements_are_known_by_their_identity_and_not_by_their_place() {
        let rule = |id: &str, days: u32| json!({ "id": id, "days": days, "altered": false });
        let before = json!([rule("a", 1), rule("b", 2), rule("c", 3)]);
        let after = json!([rule("b", 9), rule("c", 3), rule("d", 4)]);
        let expected = [
            "lifecycle[b].days: 2 -> 9",
            "lifecycle[b]: 2 Fields",
            r#"lifecycle[d]: null -> {"id":"d","days":4,"altered":false}"#,
            r#"lifecycle[a]: {"id":"a","days":1,"altered":false} -> null"#,
            "lifecycle: 1 Elements",
        ];
        assert_eq!(told(Field::Lifecycle, before, after), expected);
    }

    #[test]
    fn a_rule_that_somebody_put_before_ours_is_the_one_that_goes() {
        let rule = |origin: &str| json!({ "allowed_origins": [origin] });
        let found = told(Field::Cors, json!([rule("*"), rule("https://ours")]), json!([rule("https://ours")]));
        assert_eq!(found, [r#"cors[0]: {"allowed_origins":["*"]} -> null"#, "cors: 1 Elements"]);
        let turned = told(Field::Cors, json!([rule("a"), rule("b")]), json!([rule("b"), rule("a")]));
        assert!(turned.len() == 1 && turned[0].starts_with("cors: ["), "{turned:?}");
    }

    #[test]
    fn a_policy_is_told_statement_by_statement() {
        let read = |resource: Value| json!({ "Sid": "Read", "Effect": "Allow", "Resource": resource });
        let extra = json!({ "Effect": "Allow", "Principal": "*" });
        let before = json!({ "Version": "2012-10-17", "Statement": [read(json!("a")), extra] });
        let after = json!({ "Version": "2012-10-17", "Statement": [read(json!(["a", "b"]))] });
        let expected =
            [r#"policy[Read].Resource: "a" -> ["a","b"]"#, "policy[Read].Resource: 1 Elements", "policy[Read]: 2 Fields"];
        let found = told(Field::Policy, before.clone(), after.clone());
        assert_eq!(found[..3], expected);
        assert!(found[3].starts_with("policy[1]: {") && found.len() == 4, "{found:?}");
        let found = told(Field::Policy, Value::Null, after);
        assert!(found.len() == 1 && found[0].starts_with("policy[Read]: null -> {"), "{found:?}");
        let other = json!({ "Version": "2008-10-17", "Statement": before["Statement"] });
        assert_eq!(
            told(Field::Policy, before, other).last().map(String::as_str),
            Some(r#"policy.Version: "2012-10-17" -> "2008-10-17""#)
        );
    }

    #[test]
    fn secrets_of_others_are_marked() {
        let change = FieldChange {
            field: Field::Environment,
            before: json!({ "A": "1", "THEIRS": "***" }),
            after: json!({ "A": "1" }),
            cause: Some(Cause::Drift),
        };
        let parts = details(Kind::Function, &[change], &Lines::default());
        let Part::Differs(detail) = &parts[0] else { panic!("{parts:?}") };
        assert_eq!((detail.path.as_str(), detail.sensitive), ("environment.THEIRS", true));
    }
}

//! The plan of `up` and `down` in a log that folds it: one line a change.

use super::plan_text::{cause_word, counts, in_order};
use super::plan_values::{lines_of, one_line};
use super::visible;
use crate::plan::{Action, Change, Detail, Kept, Part, Plan};
use crate::resource::compare::Cause;

/// `Plan: 0 to create, 1 to update, 0 to delete`
pub(super) fn plan_title(plan: &Plan) -> String {
    format!("Plan: {}", counts(plan))
}

/// `~ function holiday-indexer: code sha256:91c2… → sha256:e07b…`, each ending in a line break; what stays comes last.
pub(super) fn plan_lines(plan: &Plan) -> String {
    let note = |kept: &Kept| format!("! {} {}: {}\n", kept.kind.word(), kept.name, one(&visible(&kept.reason)));
    let stays = |kept: &Kept| format!("= {} {}, KEPT: {}\n", kept.kind.word(), kept.name, one(&visible(&kept.reason)));
    let changes = in_order(plan).into_iter().map(change_line);
    changes.chain(plan.kept.iter().map(stays)).chain(plan.notes.iter().map(note)).collect()
}

fn change_line(change: &Change) -> String {
    let sign = match change.action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Delete => "-",
    };
    let fields = change.parts.iter().filter_map(|part| match part {
        Part::Differs(detail) => Some(field(detail)),
        Part::Hidden(_) => None,
    });
    let told = match change.action {
        Action::Update if change.summary.is_empty() => fields.collect::<Vec<_>>().join("; "),
        _ => one(&change.summary),
    };
    let head = format!("{sign} {} {}", change.kind.word(), change.name);
    if told.is_empty() { format!("{head}\n") } else { format!("{head}: {told}\n") }
}

/// `memory 128 → 512 ! drift`; only what nobody here wanted has its cause.
fn field(detail: &Detail) -> String {
    let Detail { path, before, after, cause, .. } = detail;
    let values = match (one_line(before), one_line(after)) {
        (Some(before), Some(after)) => format!("{before} → {after}"),
        _ => {
            let (gone, come) = lines_of(before, after);
            let told = |lines: Vec<String>| if lines.is_empty() { "none".to_owned() } else { lines.join(", ") };
            format!("{} → {}", told(gone), told(come))
        }
    };
    let drift = if *cause == Some(Cause::Drift) { format!(" {}", cause_word(detail)) } else { String::new() };
    one(&format!("{} {values}{drift}", visible(path)))
}

/// In one line.
fn one(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn told(path: &str, before: Value, after: Value, cause: Cause) -> String {
        field(&Detail { path: path.into(), before, after, cause: Some(cause), origin: None, sensitive: false })
    }

    #[test]
    fn a_field_is_one_line_whatever_its_value() {
        assert_eq!(told("memory", json!(128), json!(512), Cause::Config), "memory 128 → 512");
        let origins = told("cors[0].allowed_origins", json!(["*"]), json!(["https://a"]), Cause::Drift);
        assert_eq!(origins, r#"cors[0].allowed_origins "*" → "https://a" ! drift"#);
        let statement = json!({ "Effect": "Allow", "Action": ["a", "b"] });
        assert_eq!(told("policy[X]", statement, Value::Null, Cause::Config), "policy[X] Effect: Allow, Action: a, b → none");
        // A stranger's words.
        let hostile = told("tags.x", json!("a\n::error::b"), json!("c"), Cause::Drift);
        assert!(!hostile.contains('\n'), "{hostile}");
    }
}

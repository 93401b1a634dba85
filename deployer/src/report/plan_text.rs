//! The plan as text: one line a resource, below it the fields that change.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::style::{BAD, CHANGE, DIM, GOOD, STRONG, paint};
use super::visible;
use crate::plan::{Action, Change, Kept, Plan};
use crate::resource::compare::{Cause, Field, FieldChange};

/// Values up to this width are shown on one line.
const SHORT: usize = 60;

/// The whole plan, ready to print. Empty plans are told by whoever asked.
pub fn plan_text(plan: &Plan) -> String {
    let names = plan.changes.iter().map(|change| &change.name).chain(plan.kept.iter().map(|kept| &kept.name));
    let width = names.map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for change in &plan.changes {
        text += &head(change, width);
        // A change that has words of its own needs no fields.
        if change.action == Action::Update && change.summary.is_empty() {
            // That other settings are applied goes without saying.
            let told = |field: &&FieldChange| field.field != Field::Applied || change.fields.len() == 1;
            text.extend(change.fields.iter().filter(told).map(field_text));
        }
    }
    text += &kept_lines(plan, width);
    text += &format!(
        "\n{} {} to create, {} to update, {} to delete\n",
        paint(STRONG, "Plan:"),
        plan.count(Action::Create),
        plan.count(Action::Update),
        plan.count(Action::Delete)
    );
    text
}

/// A line for each thing that stays although somebody might expect otherwise, for a plan without changes.
pub fn kept_text(plan: &Plan) -> String {
    let width = plan.kept.iter().map(|kept| kept.name.chars().count()).max().unwrap_or_default();
    kept_lines(plan, width)
}

fn kept_lines(plan: &Plan, width: usize) -> String {
    let line = |kept: &Kept| format!("  = {:<12} {:<width$}  kept: {}\n", kept.kind.word(), kept.name, visible(&kept.reason));
    plan.kept.iter().map(line).collect()
}

fn head(change: &Change, width: usize) -> String {
    let (style, sign) = match change.action {
        Action::Create => (GOOD, "+"),
        Action::Update => (CHANGE, "~"),
        Action::Delete => (BAD, "-"),
    };
    let line = format!("  {} {:<12} {:<width$}", paint(style, sign), change.kind.word(), change.name);
    if change.summary.is_empty() {
        format!("{}\n", line.trim_end())
    } else {
        format!("{line}  {}\n", paint(DIM, &change.summary))
    }
}

fn field_text(change: &FieldChange) -> String {
    let name = change.field.name();
    let cause = match change.cause {
        Some(Cause::Config) => "  (gallery.yaml)",
        Some(Cause::Drift) => "  ! drift",
        Some(Cause::Release) => "  (new build of the indexer)",
        Some(Cause::Files) => "  (new files)",
        Some(Cause::Adopted) => "  (taken over)",
        None => "",
    };
    match change.field {
        Field::Files => return format!("      {name:<22} {}{}\n", files(&change.after), paint(CHANGE, cause)),
        Field::OldFiles => return format!("      {name:<22} {} → deleted{}\n", files(&change.before), paint(CHANGE, cause)),
        _ => {}
    }
    let (before, after) = (compact(&change.before), compact(&change.after));
    if before.chars().count() + after.chars().count() <= SHORT {
        return format!("      {name:<22} {before} → {after}{}\n", paint(CHANGE, cause));
    }
    let mut text = format!("      {name}{}\n", paint(CHANGE, cause));
    let (before, after) = (pretty(&change.before), pretty(&change.after));
    for change in TextDiff::from_lines(&before, &after).iter_all_changes() {
        let line = change.value().trim_end();
        match change.tag() {
            ChangeTag::Equal => {}
            ChangeTag::Delete => text += &format!("        {} {line}\n", paint(BAD, "-")),
            ChangeTag::Insert => text += &format!("        {} {line}\n", paint(GOOD, "+")),
        }
    }
    text
}

/// The first names of a list of files.
fn files(list: &Value) -> String {
    const NAMED: usize = 5;
    let names: Vec<String> = list.as_array().map(|names| names.iter().map(compact).collect()).unwrap_or_default();
    let first = names[..names.len().min(NAMED)].join(", ");
    if names.len() > NAMED { format!("{first} and {} more", names.len() - NAMED) } else { first }
}

fn compact(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// One line for each innermost value, so that equal lines of both sides can be left out.
fn pretty(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => format!("{}\n", visible(text)),
        // Without the comma, a last element equals one in the middle.
        other => format!("{other:#}\n").replace(",\n", "\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text_of(change: &FieldChange) -> String {
        anstream::adapter::strip_str(&field_text(change)).to_string()
    }

    #[test]
    fn small_values_stand_on_one_line() {
        let change = FieldChange { field: Field::Memory, before: json!(128), after: json!(256), cause: Some(Cause::Config) };
        assert_eq!(text_of(&change), "      memory                 128 → 256  (gallery.yaml)\n");
    }

    #[test]
    fn large_values_show_only_what_differs() {
        let origins = |origin: &str| json!([{ "origins": [origin], "methods": ["GET", "HEAD", "PUT", "POST", "DELETE"], "headers": ["*"] }]);
        let (before, after) = (origins("*"), origins("https://gallery.example"));
        let change = FieldChange { field: Field::Cors, before, after, cause: Some(Cause::Drift) };
        assert_eq!(text_of(&change), "      cors  ! drift\n        -       \"*\"\n        +       \"https://gallery.example\"\n");
    }
}

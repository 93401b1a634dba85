//! The plan as text: one line a resource, below it the values that change, and why.

use super::plan_values::{is_list, lines_of, one_line};
use super::style::{BAD, CHANGE, DIM, GOOD, STRONG, paint};
use super::visible;
use crate::plan::{Action, Change, Detail, Hidden, Kept, Part, Plan, What};
use crate::resource::Kind;
use crate::resource::compare::Cause;
use crate::text::plural;

/// Values up to this width are shown on one line.
const SHORT: usize = 60;
/// The column in which causes stand, if there is room.
const CAUSES: usize = 60;
/// Paths are filled up to the longest of them, but not to more than this.
const PATHS: std::ops::RangeInclusive<usize> = 14..=28;

/// The whole plan, ready to print; with what is unchanged if `verbose`. Empty plans are told by whoever asked.
pub fn plan_text(plan: &Plan, verbose: bool) -> String {
    let kept = plan.kept.iter().chain(&plan.notes).map(|kept| &kept.name);
    let width = width(plan.changes.iter().map(|change| &change.name).chain(kept));
    let mut text = String::new();
    for change in in_order(plan) {
        text += &head(change, width);
        // A change that has words of its own needs no fields.
        if change.action == Action::Update && change.summary.is_empty() {
            text += &parts_text(&change.parts);
        }
    }
    let line = |kept: &Kept| format!("  = {:<12} {:<width$}  KEPT: {}\n", kept.kind.word(), kept.name, visible(&kept.reason));
    text.extend(plan.kept.iter().map(line));
    text += &notes_text(plan);
    if verbose {
        text += &unchanged_text(plan);
    }
    text + &format!("\n{}\n", summary(plan, verbose))
}

/// Two lines for each thing that lies on something of ours and stays.
pub fn notes_text(plan: &Plan) -> String {
    let note = |kept: &Kept| {
        format!("  {} {:<12} {}\n      {}\n", paint(CHANGE, "!"), kept.kind.word(), kept.name, visible(&kept.reason))
    };
    plan.notes.iter().map(note).collect()
}

/// A line for each thing that is as it shall be.
pub fn unchanged_text(plan: &Plan) -> String {
    let line = |(kind, name): &(Kind, String)| format!("  {} {:<12} {name}\n", paint(DIM, "="), kind.word());
    plan.unchanged.iter().map(line).collect()
}

fn width<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or_default()
}

/// The last lines: how much there is to do, and why.
fn summary(plan: &Plan, verbose: bool) -> String {
    let plan_word = paint(STRONG, "Plan:");
    if plan.is_down {
        return format!("{plan_word} {}. The gallery goes offline; there is no undo.", counts(plan));
    }
    let [create, update, delete] = [Action::Create, Action::Update, Action::Delete].map(|action| plan.count(action));
    let why = causes(plan);
    let notes = if plan.notes.is_empty() { String::new() } else { format!("; {}", plural(plan.notes.len(), "note")) };
    let mut text = format!("{plan_word} {create} to create, {update} to update{why}, {delete} to delete{notes}");
    if !plan.unchanged.is_empty() {
        let hint = if verbose { "" } else { " (`--verbose` lists them)" };
        text += &format!("\n{} unchanged{hint}", plural(plan.unchanged.len(), "resource"));
    }
    text
}

/// The changes as they are shown: what goes, goes the other way round.
pub(super) fn in_order(plan: &Plan) -> Vec<&Change> {
    let mut changes: Vec<&Change> = plan.changes.iter().collect();
    if plan.is_down {
        changes.reverse();
    }
    changes
}

/// How much there is to do.
pub(super) fn counts(plan: &Plan) -> String {
    let [create, update, delete] = [Action::Create, Action::Update, Action::Delete].map(|action| plan.count(action));
    if !plan.is_down {
        return format!("{create} to create, {update} to update, {delete} to delete");
    }
    let mut counts = vec![format!("{delete} to delete")];
    counts.extend((update > 0).then(|| format!("{update} to update")));
    counts.extend((!plan.kept.is_empty()).then(|| format!("{} kept", plan.kept.len())));
    counts.join(", ")
}

/// ` (2 fields from gallery.yaml or code, 1 drifted)`.
fn causes(plan: &Plan) -> String {
    let updates = plan.changes.iter().filter(|change| change.action == Action::Update);
    let details = updates.flat_map(|change| &change.parts).filter_map(|part| match part {
        Part::Differs(detail) => Some(detail.cause),
        Part::Hidden(_) => None,
    });
    let (mut ours, mut drifted, mut taken, mut unknown) = (0, 0, 0, 0);
    for cause in details {
        match cause {
            Some(Cause::Config | Cause::Release | Cause::Files) => ours += 1,
            Some(Cause::Drift) => drifted += 1,
            Some(Cause::Adopted) => taken += 1,
            None => unknown += 1,
        }
    }
    let mut counts = Vec::new();
    counts.extend((ours > 0).then(|| format!("{} from gallery.yaml or code", plural(ours, "field"))));
    counts.extend((drifted > 0).then(|| format!("{drifted} drifted")));
    counts.extend((taken > 0).then(|| format!("{taken} taken over")));
    counts.extend((unknown > 0).then(|| format!("{unknown} of unknown cause")));
    if counts.is_empty() { String::new() } else { format!(" ({})", counts.join(", ")) }
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

fn parts_text(parts: &[Part]) -> String {
    let short = |part: &Part| match part {
        Part::Differs(detail) => short(detail).map(|_| detail.path.chars().count()),
        Part::Hidden(_) => None,
    };
    let width = parts.iter().filter_map(short).filter(|width| PATHS.contains(width)).max().unwrap_or(*PATHS.start());
    let text = |part: &Part| match part {
        Part::Differs(detail) => detail_text(detail, width),
        Part::Hidden(hidden) => hidden_text(hidden),
    };
    parts.iter().map(text).collect()
}

/// Both values in one line, where they fit.
fn short(detail: &Detail) -> Option<String> {
    let Detail { before, after, .. } = detail;
    if is_list(before) || is_list(after) {
        return None;
    }
    let text = format!("{} → {}", one_line(before)?, one_line(after)?);
    (text.chars().count() <= SHORT).then_some(text)
}

fn detail_text(detail: &Detail, width: usize) -> String {
    let path = visible(&detail.path);
    if let Some(values) = short(detail) {
        return with_cause(&format!("      {path:<width$} {values}"), "", detail);
    }
    let mut text = format!("      {path}\n");
    let (gone, come) = lines_of(&detail.before, &detail.after);
    let lines = gone.iter().map(|line| (BAD, "-", line)).chain(come.iter().map(|line| (GOOD, "+", line)));
    for (number, (style, sign, line)) in lines.enumerate() {
        let start = format!("        {} ", paint(style, sign));
        if number == 0 {
            text += &with_cause(&format!("        {sign} {line}"), &start, detail);
        } else {
            text += &format!("{start}{line}\n");
        }
    }
    text
}

/// `line`, whose uncoloured beginning is to be shown as `start`, and the cause in its column.
fn with_cause(line: &str, start: &str, detail: &Detail) -> String {
    let shown = if start.is_empty() { line.to_owned() } else { format!("{start}{}", line.get(10..).unwrap_or_default()) };
    let gap = CAUSES.saturating_sub(line.chars().count()).max(2);
    format!("{shown}{:gap$}{}\n", "", paint(CHANGE, &cause_word(detail)))
}

pub(super) fn cause_word(detail: &Detail) -> String {
    match (detail.cause, &detail.origin) {
        (Some(Cause::Config), Some(origin)) => match origin.line {
            Some(line) => format!("{}:{line}", visible(&origin.file)),
            None => format!("{} (default)", visible(&origin.file)),
        },
        // No key sets it.
        (Some(Cause::Config), None) => "new release".into(),
        (Some(Cause::Drift), _) => "! drift".into(),
        (Some(Cause::Release), _) => "new build of the indexer".into(),
        (Some(Cause::Files), _) => "new files".into(),
        (Some(Cause::Adopted), _) => "taken over".into(),
        (None, _) => "cause unknown".into(),
    }
}

fn hidden_text(hidden: &Hidden) -> String {
    let Hidden { path, what, count } = hidden;
    let what = match what {
        What::Fields => plural(*count, "other field"),
        What::Elements => plural(*count, "other"),
    };
    format!("      {}\n", paint(DIM, &format!("({}: {what} unchanged)", visible(path))))
}

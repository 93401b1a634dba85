//! A run as a page of Markdown: the comment on a pull request, the summary of a job.

use std::fs::File;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};

use super::gathered::{Gathered, Planned, Row};
use crate::error::{Error, exit};
use crate::event::{Event, Report};

/// GitHub takes comments of up to 65,536 characters.
const LONGEST: usize = 50_000;

/// Writes the page into a file when the run is over.
pub struct Markdown {
    file: File,
    marker: String,
    gathered: Mutex<Gathered>,
}

impl Markdown {
    /// `what` tells this comment from others of the same pull request: the path of the configuration, for instance.
    pub fn new(file: File, what: &str) -> Self {
        Self { file, marker: marker(what), gathered: Mutex::default() }
    }
}

impl Report for Markdown {
    fn event(&self, event: &Event<'_>) {
        let mut gathered = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        gathered.follow(event);
        if matches!(event, Event::Ended { .. }) {
            let text = format!("{}\n{}", self.marker, page(&gathered));
            // Nothing can be done about a full disk.
            (&self.file).write_all(text.as_bytes()).ok();
        }
    }

    fn output(&self, _: &str, _: &str) -> Result<(), Error> {
        Ok(())
    }

    fn ask(&self, _: &str) -> Option<String> {
        None
    }
}

/// By which the comment is found again, so that it can be edited in place. Nobody sees it.
fn marker(what: &str) -> String {
    // Two hyphens, and an angle, would end it.
    format!("<!-- gallery-deploy plan {} -->", what.replace("--", "- -").replace(['<', '>', '\n', '\r'], " "))
}

/// Heading with the outcome, table, details.
pub(super) fn page(gathered: &Gathered) -> String {
    let gallery =
        gathered.gallery.as_deref().map_or_else(|| "gallery-deploy".to_owned(), |name| format!("Gallery {}", code(name)));
    let mut text = format!("### {gallery}: {}\n", outcome(gathered));
    if let Some(place) = &gathered.place {
        text += &format!("\n{place}\n");
    }
    if let Some(plan) = &gathered.plan {
        text += &table(plan);
    }
    if let Some(url) = &gathered.site_url {
        text += &format!("\n<{url}>\n");
    }
    for error in &gathered.errors {
        text += &format!("\n{}", fenced(error));
    }
    if let Some(plan) = gathered.plan.as_ref().filter(|plan| !plan.text.is_empty()) {
        text += &format!("\n<details><summary>The plan in full</summary>\n\n{}\n</details>\n", fenced(&plan.text));
    }
    text
}

fn outcome(gathered: &Gathered) -> String {
    let planned = gathered.plan.as_ref().map(|plan| plan.outcome.clone());
    match (gathered.exit_code, &gathered.summary, planned) {
        (_, Some(summary), _) => summary.to_lowercase(),
        (exit::OK | exit::CHANGES, None, Some(planned)) => planned,
        (exit::DRIFT, None, Some(planned)) => format!("{planned}; something was changed by hand"),
        (exit::OK, None, None) => "done".into(),
        (code, None, _) => format!("failed ({})", exit::name(code)),
    }
}

fn table(plan: &Planned) -> String {
    if plan.rows.is_empty() {
        return String::new();
    }
    let last = if plan.applied { "result" } else { "cause" };
    let mut text = format!("\n| action | resource | fields | {last} |\n| --- | --- | --- | --- |\n");
    for row in &plan.rows {
        let Row { action, name, fields, causes, result, .. } = row;
        let fields: Vec<String> = fields.iter().map(|field| code(field)).collect();
        let last = if plan.applied { result.clone() } else { causes.join(", ") };
        text += &format!("| {action} | {} {} | {} | {last} |\n", row.kind(), code(name), fields.join(", "));
    }
    text
}

/// As code in a line, of a table too: nothing in it is a mention, a link or a tag.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

/// As a block of code, shortened if it is too long for a comment.
fn fenced(text: &str) -> String {
    let mut text = text.trim_end().to_owned();
    if text.len() > LONGEST {
        let end = text.floor_char_boundary(LONGEST);
        text.truncate(text[..end].rfind('\n').unwrap_or(end));
        text += "\n… and more: see the log of the run";
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// Of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_text_stays_text() {
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
        assert_eq!(code("`@everyone`"), "`` `@everyone` ``");
        assert_eq!(fenced("a\n```\n</details>\n"), "````text\na\n```\n</details>\n````\n");
        assert_eq!(marker("a--><b>.yaml"), "<!-- gallery-deploy plan a- -  b .yaml -->");
    }

    #[test]
    fn a_long_plan_is_cut_between_lines() {
        let text = fenced(&"é line\n".repeat(10_000));
        assert!(text.len() < LONGEST + 100 && text.contains("\né line\n… and more"), "{}", text.len());
    }
}

//! Tables in Markdown, and how far their numbers are from the goals.

use std::fmt;

/// A title, and rows of cells under their heads.
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) heads: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
    pub(crate) goals: &'static [Goal],
}

/// A number that shall not be exceeded.
pub(crate) struct Goal {
    /// The first cell of its row.
    pub(crate) run: &'static str,
    pub(crate) head: &'static str,
    pub(crate) most: f64,
}

impl Goal {
    /// What is said of it under the table.
    fn judged(&self, table: &Table) -> Option<String> {
        let Self { run, head, most } = self;
        let column = table.heads.iter().position(|it| it == head)?;
        let number: f64 = table.rows.iter().find(|row| row[0] == *run)?[column].parse().ok()?;
        let verdict = if number <= *most { "met" } else { "NOT MET" };
        Some(format!("- {run}: {head} at most {most}: {verdict}, {number}"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "### {}\n", self.title)?;
        writeln!(out, "| {} |", self.heads.join(" | "))?;
        writeln!(out, "|{}", " --- |".repeat(self.heads.len()))?;
        self.rows.iter().try_for_each(|row| writeln!(out, "| {} |", row.join(" | ")))?;
        let mut judged = self.goals.iter().filter_map(|goal| goal.judged(self)).peekable();
        if judged.peek().is_some() {
            writeln!(out)?;
        }
        judged.try_for_each(|line| writeln!(out, "{line}"))
    }
}

//! The command line as clap knows it, with what clap cannot derive: commands in groups, the exit codes, and examples that can be pasted however narrow
//! the terminal is.

use std::env::var;
use std::fmt::Write as _;
use std::io::{stderr, stdout};

use clap::{Command, CommandFactory as _};
use rustix::termios::tcgetwinsize;

use super::Cli;
use crate::error::exit;

/// The commands, by what one does with them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Begin", &["init", "validate", "doctor", "dev"]),
    ("Deploy", &["plan", "up", "down", "reindex"]),
    ("Look", &["status", "logs", "stages", "outputs", "policy"]),
    ("Reference", &["explain", "schema", "completions", "man", "help"]),
];

const ENVIRONMENT: &str = "\
Credentials, region and endpoint are found as every AWS tool finds them:
AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, SSO, web identity, instance roles.";

/// Columns where nobody knows how many there are.
pub(super) const WIDTH: usize = 100;

/// Lines are broken so that a word fits, however narrow.
const NARROWEST: usize = 30;

/// The whole command line; its help fits the terminal.
pub fn command() -> Command {
    command_at(width())
}

/// The same for so many columns.
pub fn command_at(width: usize) -> Command {
    let width = width.max(NARROWEST);
    let after = format!("{}\n{ENVIRONMENT}", exit_codes(width));
    let command = without_values_of_the_environment(Cli::command()).after_help(after).term_width(width);
    let command = command.mut_subcommands(|command| with_whole_examples(command, width));
    let template = template(&command, width);
    command.help_template(template)
}

/// As clap finds it: both shall break lines at the same column.
fn width() -> usize {
    let size = tcgetwinsize(stdout()).or_else(|_| tcgetwinsize(stderr())).ok();
    let columns = size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0);
    columns.or_else(|| var("COLUMNS").ok()?.parse().ok()).unwrap_or(WIDTH)
}

/// Where an example is broken, a shell reads on.
fn with_whole_examples(command: Command, width: usize) -> Command {
    let Some(after) = command.get_after_help().map(ToString::to_string) else { return command };
    let lines = after.lines().map(|line| match line.strip_prefix("  ") {
        Some(example) => broken(example, "  ", "      ", " \\", width),
        None => line.to_owned(),
    });
    let lines: Vec<String> = lines.collect();
    command.after_help(lines.join("\n"))
}

/// `text` after `first`, broken between words into lines of `width` columns at most, which end in `end` and go on after `next`.
fn broken(text: &str, first: &str, next: &str, end: &str, width: usize) -> String {
    let mut lines = vec![first.to_owned()];
    for word in text.split(' ') {
        let line = lines.last().map_or("", String::as_str);
        let is_empty = line.trim().is_empty();
        let taken = line.chars().count() + usize::from(!is_empty) + word.chars().count();
        match lines.last_mut() {
            Some(line) if is_empty => line.push_str(word),
            Some(line) if taken + end.len() <= width => *line += &format!(" {word}"),
            _ => lines.push(format!("{next}{word}")),
        }
    }
    lines.join(&format!("{end}\n"))
}

/// Help is the same wherever it is printed.
fn without_values_of_the_environment(command: Command) -> Command {
    command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(without_values_of_the_environment)
}

/// What clap would print, but with the commands in groups.
fn template(command: &Command, width: usize) -> String {
    let header = command.get_styles().get_header();
    let mut template = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, names) in GROUPS {
        // Writing to a String cannot fail.
        let _ = writeln!(template, "\n{header}{group}:{header:#}");
        for name in names {
            let literal = command.get_styles().get_literal();
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            let about = about.unwrap_or_else(|| "Print this text, or the help of a command".to_owned());
            let name = format!("{name:<12}");
            let line = broken(&about, &format!("  {name}"), &" ".repeat(15), "", width);
            let _ = writeln!(template, "{}", line.replacen(&name, &format!("{literal}{name}{literal:#}"), 1));
        }
    }
    template + &format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}")
}

fn exit_codes(width: usize) -> String {
    let line = |code, meaning: &str| broken(meaning, &format!("  {code:>3} "), "       ", "", width) + "\n";
    let lines = exit::MEANINGS.iter().map(|(code, meaning)| line(*code, meaning));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        let codes = broken("done, or nothing to do", "    0 ", "       ", "", 20);
        assert_eq!(codes, "    0  done, or\n       nothing to do");
        let example = broken("gallery-deploy down --delete-images --yes", "  ", "      ", " \\", 30);
        assert_eq!(example, "  gallery-deploy down \\\n      --delete-images --yes");
        assert_eq!(broken("gallery-deploy down", "  ", "      ", " \\", 60), "  gallery-deploy down");
    }

    #[test]
    fn each_command_stands_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let command = command();
        let mut known: Vec<&str> = command.get_subcommands().map(Command::get_name).chain(["help"]).collect();
        grouped.sort_unstable();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }
}

//! The command line as clap knows it, with what clap cannot derive: commands in groups, and the exit codes.

use std::fmt::Write as _;

use clap::{Command, CommandFactory as _};

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

/// The whole command line.
pub fn command() -> Command {
    let command = without_values_of_the_environment(Cli::command()).after_help(format!("{}\n{ENVIRONMENT}", exit_codes()));
    let template = template(&command);
    command.help_template(template)
}

/// Help is the same wherever it is printed.
fn without_values_of_the_environment(command: Command) -> Command {
    command.mut_args(|arg| arg.hide_env_values(true)).mut_subcommands(without_values_of_the_environment)
}

/// What clap would print, but with the commands in groups.
fn template(command: &Command) -> String {
    let header = command.get_styles().get_header();
    let mut template = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (group, names) in GROUPS {
        // Writing to a String cannot fail.
        let _ = writeln!(template, "\n{header}{group}:{header:#}");
        for name in names {
            let literal = command.get_styles().get_literal();
            let about = command.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            let about = about.unwrap_or_else(|| "Print this text, or the help of a command".to_owned());
            let _ = writeln!(template, "  {literal}{name:<12}{literal:#} {about}");
        }
    }
    template + &format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}")
}

fn exit_codes() -> String {
    let lines = exit::MEANINGS.iter().map(|(code, meaning)| format!("  {code:>3}  {meaning}\n"));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

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

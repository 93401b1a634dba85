//! The help of every command is the page `docs/reference.md`, and help, README and program list the same exit codes.

mod common;

use std::fmt::Write as _;

use clap::{Command, ValueEnum as _};
use common::assert_golden;
use gallery_deploy::cli::command;
use gallery_deploy::code::Code;
use gallery_deploy::error::exit;
use gallery_deploy::explain::{Page, page};

/// Columns.
const WIDTH: usize = 100;

/// Each command's words on the command line and its help, without colour.
fn helps() -> Vec<(String, String)> {
    let mut command = command().term_width(WIDTH);
    command.build();
    let own = ("gallery-deploy".to_owned(), command.render_long_help().to_string());
    let of = |command: &mut Command| (format!("gallery-deploy {}", command.get_name()), command.render_long_help().to_string());
    let others = command.get_subcommands_mut().filter(|command| command.get_name() != "help").map(of);
    [own].into_iter().chain(others).collect()
}

/// The page has the global options once, with the program itself. Every command's help repeats them, the same ones.
fn without_global_options(help: &str, known: &mut Option<String>) -> String {
    const HEADING: &str = "Global options:\n";
    let Some((before, after)) = help.split_once(HEADING) else { return help.to_owned() };
    // Up to the next heading.
    let end = after.find("\nExample").unwrap_or(after.len());
    let (options, rest) = after.split_at(end);
    assert_eq!(known.get_or_insert_with(|| options.to_owned()), options, "{before}");
    format!("{before}Global options: see gallery-deploy\n{rest}")
}

#[test]
fn the_reference_is_the_help_of_every_command() {
    let mut text = "# Reference\n\nWhat `gallery-deploy help COMMAND` and `gallery-deploy explain CODE` print. \
                    A test writes this page: see ARCHITECTURE.md.\n"
        .to_owned();
    let mut global = None;
    for (words, help) in helps() {
        let help = without_global_options(&help, &mut global);
        let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        writeln!(text, "\n## {words}\n\n```text\n{}\n```", help.trim_end()).expect("a String takes it");
    }
    text += "\n## Error codes\n";
    for code in Code::value_variants() {
        let Page { title, means, why, remedies } = page(*code);
        let remedies: String = remedies.iter().map(|remedy| format!("* {remedy}\n")).collect();
        writeln!(text, "\n### {}: {title}\n\n{means} {why}\n\n{}", code.as_str(), remedies.trim_end())
            .expect("a String takes it");
    }
    assert_golden("../docs/reference.md", &text);
}

#[test]
fn each_help_fits_has_no_colour_and_shows_an_example() {
    for (words, help) in helps() {
        assert!(!help.contains('\u{1b}'), "{words}");
        assert!(words == "gallery-deploy" || help.contains("Example"), "{words} has no example");
        let longest = help.lines().filter(|line| !line.starts_with("  gallery-deploy ")).map(|line| line.chars().count()).max();
        assert!(longest <= Some(WIDTH), "{words}: {longest:?} columns");
    }
}

#[test]
fn the_readme_lists_the_exit_codes() {
    let readme = include_str!("../../README.md");
    let (_, table) = readme.split_once("### Exit codes\n\n| code | meaning |\n| --- | --- |\n").expect("the table is there");
    let rows: Vec<&str> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let expected: Vec<String> = exit::MEANINGS.iter().map(|(code, meaning)| format!("| {code} | {meaning} |")).collect();
    assert_eq!(rows, expected);
}

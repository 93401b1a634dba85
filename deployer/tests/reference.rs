//! The help of every command is the page `docs/reference.md`, and help, README and program list the same exit codes.

mod common;

use std::fmt::Write as _;

use clap::{Command, ValueEnum as _};
use common::assert_golden;
use gallery_deploy::cli::command_at;
use gallery_deploy::code::Code;
use gallery_deploy::error::exit;
use gallery_deploy::explain::{Page, page};

/// Columns.
const WIDTH: usize = 100;

/// Each command's words on the command line and its help, without colour.
fn helps(width: usize) -> Vec<(String, String)> {
    let mut command = command_at(width);
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
    for (words, help) in helps(WIDTH) {
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
    for width in [40, 80, WIDTH, 120] {
        for (words, help) in helps(width) {
            assert!(!help.contains('\u{1b}'), "{words}");
            assert!(words == "gallery-deploy" || help.contains("Example"), "{words} has no example");
            // A name that is wider by itself is not cut.
            let wide = help
                .lines()
                .filter(|line| !line.starts_with("Usage:"))
                .find(|line| line.chars().count() > width && line.trim().contains(' '));
            assert_eq!(wide, None, "{words} on {width} columns");
        }
    }
}

/// Whoever pastes an example that had to be broken pastes all of it.
#[test]
fn an_example_is_the_same_however_narrow_the_terminal_is() {
    let examples = |width| -> Vec<String> {
        let of = |(_, help): (String, String)| {
            let (_, examples) = help.split_once("\nExample")?;
            Some(examples.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" "))
        };
        helps(width).into_iter().filter_map(of).collect()
    };
    assert_eq!(examples(40), examples(200));
}

#[test]
fn what_is_broken_in_help_stands_below_what_it_belongs_to() {
    let (_, help) = helps(40).remove(0);
    let lines: Vec<&str> = help.lines().collect();
    let begin = lines.iter().position(|line| *line == "Exit codes:").expect("they are listed");
    let codes = lines[begin + 1..].iter().take_while(|line| !line.is_empty());
    assert!(codes.clone().count() > exit::MEANINGS.len(), "some are broken");
    let hangs = |line: &&str| line.starts_with("       ") && !line.starts_with("        ");
    let begins = |line: &&str| line.get(2..5).is_some_and(|code| code.trim().parse::<u8>().is_ok());
    assert!(codes.clone().all(|line| hangs(line) || begins(line)), "{help}");
}

/// The list of what people see, in ARCHITECTURE: each test that it names is there.
#[test]
fn each_item_of_the_list_has_its_tests() {
    let architecture = include_str!("../../ARCHITECTURE.md");
    let rows: Vec<&str> = (1..=10)
        .map(|item| {
            let begin = format!("| {item}. ");
            architecture.lines().find(|line| line.starts_with(&begin)).unwrap_or_else(|| panic!("no item {item}"))
        })
        .collect();
    for row in rows {
        let tests = row.split(" | ").nth(1).expect("its tests");
        let mut file = String::new();
        for name in tests.split('`').skip(1).step_by(2) {
            if name.contains('/') {
                let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
                file = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            } else {
                assert!(file.contains(&format!("fn {name}(")), "no `{name}` in the file before it: {row}");
            }
        }
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

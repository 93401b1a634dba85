//! `gallery.yaml` as a user writes it: every file in `tests/config/invalid` with the text it is answered with beside it,
//! every file in `tests/config/valid` with the values it gives, and files that are no text at all.
//!
//! `UPDATE_GOLDEN=1` writes the expected texts anew.

#[path = "common/pieces.rs"]
mod pieces;
#[path = "common/random.rs"]
mod random;
#[path = "common/samples.rs"]
mod samples;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use gallery_deploy::config::{ConfigError, Position, load, parse};
use pieces::PIECES;
use random::Random;
use samples::yaml_files;

/// The error's text, with the file called `gallery.yaml`.
fn text_of(error: &ConfigError) -> String {
    format!("{error}\n").replace(&error.path().display().to_string(), "gallery.yaml")
}

/// Compares with the text beside `file`, or writes it; adds a difference to `differences`.
fn compare(file: &Path, actual: &str, differences: &mut String) {
    let expected_file = file.with_extension("txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(expected_file, actual).expect("the expected text can be written");
        return;
    }
    let expected = fs::read_to_string(&expected_file).unwrap_or_default();
    if expected != actual {
        let file = file.display();
        writeln!(differences, "=== {file}\n--- expected\n{expected}--- actual\n{actual}").expect("a String takes it");
    }
}

#[test]
fn every_invalid_file_is_answered_as_expected() {
    let mut differences = String::new();
    let files = yaml_files("tests/config/invalid".as_ref()).expect("the samples");
    assert!(files.len() >= 40, "only {} scenarios were found", files.len());
    for file in files {
        match load(&file) {
            Ok(config) => writeln!(differences, "=== {} is accepted: {config:?}", file.display()).expect("a String takes it"),
            Err(error) => compare(&file, &text_of(&error), &mut differences),
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn every_valid_file_gives_the_expected_values() {
    let mut differences = String::new();
    let files = yaml_files("tests/config/valid".as_ref()).expect("the samples");
    assert!(files.len() >= 5, "only {} scenarios were found", files.len());
    let here = std::env::current_dir().expect("a working folder").display().to_string();
    for file in files {
        match load(&file) {
            Ok(config) => compare(&file, &format!("{config:#?}\n").replace(&here, "HERE"), &mut differences),
            Err(error) => writeln!(differences, "=== {} is refused:\n{error}", file.display()).expect("a String takes it"),
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn no_expected_text_is_without_its_file() {
    for folder in ["valid", "invalid"] {
        for entry in fs::read_dir(Path::new("tests/config").join(folder)).expect("the folder is there") {
            let file = entry.expect("an entry").path();
            assert!(file.is_dir() || file.with_extension("yaml").is_file(), "{} is left over", file.display());
        }
    }
}

#[test]
fn problems_are_data_too_and_sorted() {
    let text = "name: Holiday\nregion: us-wset-2\nnmae: x\n";
    let error = parse(Path::new("some/gallery.yaml"), text).expect_err("three problems");
    let found: Vec<_> = error.problems().iter().map(|problem| (problem.summary.as_str(), problem.position)).collect();
    let at = |line, column, length| Some(Position { line, column, length });
    assert_eq!(
        found,
        [
            ("name `Holiday` is not allowed", at(1, 7, 7)),
            ("region `us-wset-2` is not known", at(2, 9, 9)),
            ("unknown field `nmae`", at(3, 1, 4)),
        ]
    );
    assert_eq!(error.line(3), "nmae: x");
    assert_eq!(error.path(), Path::new("some/gallery.yaml"));
    assert!(error.to_string().contains("\n  --> some/gallery.yaml:2:9\n"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_an_error_of_its_own() {
    let folder = std::env::temp_dir().join(format!("gallery-deploy-config-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    let missing = text_of(&load(&folder.join("gallery.yaml")).expect_err("it is not there"));
    fs::write(folder.join("gallery.yml"), "").expect("a file");
    let renamed = text_of(&load(&folder.join("gallery.yaml")).expect_err("it is not there"));
    let a_folder = text_of(&load(&folder).expect_err("it is a folder"));
    fs::write(folder.join("large.yaml"), "#".repeat(300 * 1024)).expect("a file");
    let large = text_of(&load(&folder.join("large.yaml")).expect_err("it is too large"));
    let other = folder.join("gallery.yml").display().to_string();
    fs::remove_dir_all(&folder).expect("the temporary folder can go");

    let head = "error[config]: cannot read `gallery.yaml`: there is no such file\n  --> gallery.yaml\nhelp: ";
    let tail = "\n\n1 problem in gallery.yaml; nothing was contacted\n";
    assert_eq!(missing, format!("{head}run this in the folder with the file, or name it with `--file`{tail}"));
    assert_eq!(renamed, format!("{head}did you mean `{other}`? Name it with `--file`{tail}"));
    assert_eq!(a_folder, format!("error[config]: cannot read `gallery.yaml`: it is a folder\n  --> gallery.yaml{tail}"));
    assert!(large.starts_with("error[config]: the file is too large\n"), "{large}");
}

#[test]
fn mutations_of_the_sample_never_panic_and_always_have_a_place() {
    let sample = fs::read_to_string("../gallery.yaml").expect("the sample");
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut refused = 0;
    for _ in 0..4000 {
        let mut characters: Vec<char> = sample.chars().collect();
        for _ in 0..=random.below(6) {
            let at = random.below(characters.len() + 1);
            let end = (at + random.below(40)).min(characters.len());
            match random.below(3) {
                0 => drop(characters.drain(at..end)),
                1 => drop(characters.splice(at..at, random.one_of(&PIECES).chars())),
                _ => {
                    let copied: Vec<char> = characters[at..end].to_vec();
                    let to = random.below(characters.len() + 1);
                    drop(characters.splice(to..to, copied));
                }
            }
        }
        let text: String = characters.into_iter().collect();
        let Err(error) = parse(Path::new("gallery.yaml"), &text) else { continue };
        refused += 1;
        let shown = error.to_string();
        assert!(!shown.chars().any(|character| character.is_control() && character != '\n'), "{shown:?}");
        assert!(!error.problems().is_empty());
        for problem in error.problems() {
            let position = problem.position.expect("everything in a file has a place");
            let columns = error.line(position.line).chars().count();
            assert!(position.column <= columns + 1 && position.length >= 1, "{position:?} in {text:?}");
        }
    }
    assert!((2000..4000).contains(&refused), "{refused} of 4000 mutations were refused");
}

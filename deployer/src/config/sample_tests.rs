//! The sample `gallery.yaml` and the table of keys say the same.

use std::path::Path;

use super::parse;
use super::schema::{Allowed, Key, Number, ROOT, Section, Text, Unset};

const SAMPLE: &str = include_str!("../../../gallery.yaml");
const PATH: &str = "gallery.yaml";

/// Every key of the file with the section it stands in, in the order of the table.
fn all_keys() -> Vec<(&'static Section, Key)> {
    let mut keys = Vec::new();
    for key in ROOT.keys {
        keys.push((&ROOT, *key));
        if let Key::Section(section) = key {
            keys.extend(section.keys.iter().map(|key| (*section, *key)));
        }
    }
    keys
}

#[test]
fn the_sample_works_unedited_and_shows_the_defaults() {
    let mut sample = parse(Path::new(PATH), SAMPLE).expect("the sample is valid");
    let defaults = parse(Path::new(PATH), "name: holiday\nregion: us-west-2\n").expect("two lines are enough");
    sample.lines = defaults.lines.clone();
    assert_eq!(sample, defaults);
}

#[test]
fn the_sample_has_every_key_in_order_with_its_explanation_above() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    let mut searched = 0;
    for (section, key) in all_keys() {
        let indent = if section.name.is_empty() { "" } else { "  " };
        let is_key = |line: &&str| {
            [format!("{indent}{}:", key.name()), format!("{indent}#{}:", key.name())]
                .iter()
                .any(|start| line.starts_with(start.as_str()))
        };
        let found = lines[searched..].iter().position(is_key);
        let at = searched + found.unwrap_or_else(|| panic!("`{}` of `{}` is not in the sample", key.name(), section.name));
        searched = at + 1;

        let comment: Vec<&str> = lines[..at].iter().rev().map_while(|line| line.trim_start().strip_prefix("# ")).collect();
        let comment: Vec<&str> = comment.into_iter().rev().collect();
        assert_eq!(comment.join(" "), key.doc(), "above `{}` of `{}`", key.name(), section.name);
    }
}

#[test]
fn the_keys_that_are_switched_off_work_when_switched_on() {
    let folder = std::env::temp_dir().join(format!("gallery-deploy-sample-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("my-page")).expect("a temporary folder");
    std::fs::write(folder.join("my-page/index.html"), "").expect("a page");
    let mut count = 0;
    let text: String = SAMPLE
        .lines()
        .map(|line| {
            let content = line.trim_start();
            let is_off = content.starts_with('#') && content.chars().nth(1).is_some_and(|next| next.is_ascii_lowercase());
            count += usize::from(is_off);
            if is_off { line.replacen('#', "", 1) + "\n" } else { line.to_owned() + "\n" }
        })
        .collect();
    let config = parse(&folder.join(PATH), &text);
    std::fs::remove_dir_all(&folder).expect("the temporary folder can go");

    let config = config.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(count, 8);
    assert_eq!(config.account.as_deref(), Some("123456789012"));
    assert_eq!(config.images.bucket.as_deref(), Some("my-holiday-pictures"));
    assert_eq!(config.index.table.as_deref(), Some("my-holiday-index"));
    assert_eq!(config.indexer.function.as_deref(), Some("my-holiday-indexer"));
    assert_eq!(config.indexer.role.as_deref(), Some("my-holiday-indexer-us-west-2"));
    assert_eq!(config.client.user.as_deref(), Some("my-holiday-client-us-west-2"));
    assert_eq!(config.site.bucket.as_deref(), Some("my-holiday-page"));
    assert_eq!(config.site.dir, Some(folder.join("my-page")));
}

/// Texts without a default: what stands in the sample, switched off or not, is what editors show as an example.
#[test]
fn the_examples_are_those_of_the_sample() {
    for (section, key) in all_keys() {
        let Key::Text(Text { name, example, unset: Unset::Required | Unset::Derived, .. }) = key else { continue };
        let (_, below) = SAMPLE.split_once(&format!("\n{}:\n", section.name)).unwrap_or(("", SAMPLE));
        let line = below.lines().find_map(|line| line.trim_start().trim_start_matches('#').strip_prefix(&format!("{name}: ")));
        assert_eq!(line.map(|value| value.trim_matches('"')), Some(*example), "`{name}` of `{}`", section.name);
    }
}

#[test]
fn numbers_are_explained_with_their_limits_and_defaults_are_within() {
    for (_, key) in all_keys() {
        let Key::Number(Number { name, doc, allowed, default }) = key else { continue };
        match allowed {
            Allowed::Range(range) => {
                assert!(range.contains(default), "{name}");
                assert!(doc.contains(&format!("({}-{}", range.start(), range.end())), "{name}");
            }
            Allowed::OneOf(numbers) => {
                assert!(numbers.contains(default), "{name}");
                let (last, others) = numbers.split_last().expect("there are some");
                let others: Vec<String> = others.iter().map(u32::to_string).collect();
                assert!(doc.contains(&format!("{} and {last}.", others.join(", "))), "{name}");
            }
        }
    }
}

#[test]
fn a_key_stands_once_in_its_section() {
    let mut seen = std::collections::BTreeSet::new();
    for (section, key) in all_keys() {
        assert!(seen.insert((section.name, key.name())), "{}.{}", section.name, key.name());
    }
}

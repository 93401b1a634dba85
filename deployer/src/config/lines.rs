//! Where each key of `gallery.yaml` stands, for whoever tells why something changes.

use std::collections::BTreeMap;

use super::problem::Findings;
use super::schema::{Key, ROOT};
use super::tree::{Entry, Tree, Value};

/// The lines of a file's keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The file's name, without its folder.
    file: String,
    /// Counted from 1, by the path of the key: `indexer.memory`.
    lines: BTreeMap<String, usize>,
}

impl Lines {
    /// Those of the keys that hold for `stage`: of a key that it lays over the file's, the line is that in the stage.
    pub(super) fn of(tree: &Tree, stage: Option<&str>, findings: &Findings) -> Self {
        let mut lines = BTreeMap::new();
        if let Some(Value::Mapping(entries)) = tree.root.as_ref().map(|root| &root.value) {
            collect("", entries, findings, &mut lines);
        }
        let laid_over = stage.map(|stage| format!("stages.{stage}."));
        let overlay: Vec<(String, usize)> = laid_over
            .iter()
            .flat_map(|prefix| {
                lines.iter().filter_map(|(key, line)| Some((key.strip_prefix(prefix.as_str())?.to_owned(), *line)))
            })
            .collect();
        lines.retain(|key, _| key != "stages" && !key.starts_with("stages."));
        lines.extend(overlay);
        let file = findings.path().file_name().unwrap_or_default();
        Self { file: file.to_string_lossy().into_owned(), lines }
    }

    /// The name by which people know the file: `gallery.yaml`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line of `key` (`tags.team`); `None`: the file does not have it, so that its default holds.
    pub fn line(&self, key: &str) -> Option<usize> {
        self.lines.get(key).copied()
    }
}

fn collect(prefix: &str, entries: &[Entry], findings: &Findings, lines: &mut BTreeMap<String, usize>) {
    for entry in entries {
        let (Value::Plain(name) | Value::Quoted(name)) = &entry.key.value else { continue };
        let path = format!("{prefix}{name}");
        if let Value::Mapping(inner) = &entry.value.value {
            collect(&format!("{path}."), inner, findings, lines);
        }
        lines.insert(path, findings.line_of(&entry.key.span));
    }
}

/// Every key that holds a value: `name`, `images.bucket` … A mapping of made-up keys counts as one.
pub fn keys() -> Vec<String> {
    let of = |key: &Key| match key {
        Key::Section(section) => section.keys.iter().map(|key| format!("{}.{}", section.name, key.name())).collect(),
        other => vec![other.name().to_owned()],
    };
    ROOT.keys.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{parse, parse_stage};

    #[test]
    fn a_stage_has_lines_of_its_own() {
        let text = "name: holiday\nindexer:\n  memory: 256\n  timeout: 9\nstages:\n  pr:\n    indexer: { memory: 512 }\n";
        let lines = |stage| parse_stage(Path::new("gallery.yaml"), text, stage).expect("a valid file").lines;
        let found = |stage| ["indexer.memory", "indexer.timeout"].map(|key| lines(stage).line(key));
        assert_eq!(found(None), [Some(3), Some(4)]);
        assert_eq!(found(Some("pr")), [Some(7), Some(4)]);
        assert_eq!(found(Some("other")), [Some(3), Some(4)]);
    }

    #[test]
    fn keys_have_lines_in_any_style() {
        let text = "# a comment\nname: holiday\nimages:\n  versioning: false\n\n  \"max_size_mib\": 7\nindexer: { memory: 256,\n  timeout: 9 }\ntags: { a.b: x }\n";
        let lines = parse(Path::new("folder/gallery.yaml"), text).expect("a valid file").lines;
        let found = [
            "name",
            "images.versioning",
            "images.max_size_mib",
            "indexer.memory",
            "indexer.timeout",
            "tags",
            "tags.a.b",
            "site.title",
        ];
        assert_eq!(found.map(|key| lines.line(key)), [Some(2), Some(4), Some(6), Some(7), Some(8), Some(9), Some(9), None]);
        assert_eq!(lines.file(), "gallery.yaml");
    }
}

//! The sample `gallery.yaml` as a start for another gallery.

use super::scalar::{Plain, classify};

const SAMPLE: &str = include_str!("../../../gallery.yaml");

/// The comment that tells an editor's YAML language server where the schema is, relative to the file.
const MODELINE: &str = "# yaml-language-server: $schema=";

/// The sample with the given name and region, and with `schema` (a path relative to the file) for editors.
///
/// `name` and `region` must be such as [`check_name`](super::check_name) and [`check_region`](super::check_region) take.
pub fn template(name: &str, region: &str, schema: &str) -> String {
    // `true` and `null` are names too.
    let name = if classify(name) == Plain::Text { name.to_owned() } else { format!("\"{name}\"") };
    let replaced = |line: &str| {
        if line.starts_with(MODELINE) {
            format!("{MODELINE}{schema}")
        } else if line.starts_with("name: ") {
            format!("name: {name}")
        } else if line.starts_with("region: ") {
            format!("region: {region}")
        } else {
            line.to_owned()
        }
    };
    SAMPLE.lines().map(|line| replaced(line) + "\n").collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::parse;

    #[test]
    fn only_three_lines_differ_from_the_sample_and_it_is_valid() {
        for name in ["trip", "true", "null", "no-1"] {
            let text = template(name, "eu-central-1", "gallery.schema.json");
            let config = parse(Path::new("gallery.yaml"), &text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((config.name.as_str(), config.region.as_deref()), (name, Some("eu-central-1")));
            let changed: Vec<&str> =
                text.lines().zip(SAMPLE.lines()).filter(|(new, old)| new != old).map(|(new, _)| new).collect();
            assert_eq!(changed.len(), 3, "{changed:?}");
            assert_eq!(changed[0], "# yaml-language-server: $schema=gallery.schema.json");
        }
    }
}

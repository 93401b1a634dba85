//! What an `up` finds that has to change everything.

use gallery_deploy::architecture::Architecture;
use gallery_deploy::bundle;

/// Every key of `gallery.yaml` with another value than its default, but those that name another resource, and the processor: the indexer is not
/// built for another one here. `accepted` is the one media type that stays accepted.
pub fn every_setting(accepted: &str) -> String {
    format!(
        r#"
account: "000000000000"
images:
  versioning: false
  abort_uploads_after_days: 3
  expire_old_versions_after_days: 60
  cors_origins: ["*"]
  allow_any_origin: true
  max_size_mib: 7
  accepted_types: [{accepted}]
index:
  point_in_time_recovery: true
  deletion_protection: true
indexer:
  memory: 256
  timeout: 10
  log_retention_days: 30
site:
  dir: page
  title: Another title
tags:
  team: pictures
"#
    )
}

/// The indexer's zip with other bytes: with a comment of one character, which is the last thing in a zip.
///
/// # Panics
/// It has a comment already.
pub fn indexer_zip() -> Vec<u8> {
    let mut zip = bundle::indexer(Architecture::X86_64).unwrap().bytes.to_vec();
    let length = zip.len() - 2;
    assert_eq!(zip[length..], [0, 0], "no comment yet");
    zip[length] = 1;
    zip.push(b' ');
    zip
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gallery_deploy::config;

    use super::*;

    /// They name another gallery or another resource; the processor: see [`every_setting`]; stages are galleries of their own.
    const OTHERS: [&str; 10] = [
        "name",
        "region",
        "images.bucket",
        "index.table",
        "indexer.function",
        "indexer.role",
        "client.user",
        "site.bucket",
        "indexer.architecture",
        "stages",
    ];

    /// `images.versioning`, of two levels.
    fn keys(yaml: &str) -> BTreeSet<String> {
        let mut section = "";
        let keys = yaml.lines().filter_map(|line| line.split_once(':')).map(|(key, _)| match key.strip_prefix("  ") {
            Some(key) => format!("{section}.{key}"),
            None => {
                section = key;
                key.to_owned()
            }
        });
        keys.collect()
    }

    /// A new key changes nothing in the tests of cut-off and broken runs before it stands there.
    #[test]
    fn no_setting_is_forgotten() {
        let set = keys(&every_setting("image/png"));
        let known = config::keys();
        assert!(OTHERS.iter().all(|other| known.iter().any(|key| key == other)), "{known:?}");
        let forgotten: Vec<&String> = known.iter().filter(|key| !OTHERS.contains(&key.as_str()) && !set.contains(*key)).collect();
        assert!(forgotten.is_empty(), "every_setting sets no {forgotten:?}");
    }
}

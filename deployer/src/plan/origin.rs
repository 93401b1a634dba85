//! Which key of `gallery.yaml` sets a value, and where it stands.

use crate::config::Lines;
use crate::resource::Kind;
use crate::resource::bucket::{ABORT_UPLOADS, OLD_VERSIONS, OUR_RULES};

/// A key of `gallery.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The file's name.
    pub file: String,
    /// `indexer.memory`.
    pub key: String,
    /// Counted from 1; `None`: the file does not have it, so that its default holds.
    pub line: Option<usize>,
}

impl Origin {
    pub(super) fn new(key: String, lines: &Lines) -> Self {
        // A tag that is gone was taken out of the mapping.
        let of_map = || key.strip_prefix("tags.").and_then(|_| lines.line("tags"));
        Self { file: lines.file().to_owned(), line: lines.line(&key).or_else(of_map), key }
    }
}

/// The key that sets the value at `path` of a resource. `None`: no key does, only another release changes it.
pub(super) fn key_of(kind: Kind, path: &str) -> Option<String> {
    if path.starts_with("tags.") {
        return Some(path.to_owned());
    }
    let (abort, old) = (format!("lifecycle[{OUR_RULES}{ABORT_UPLOADS}]"), format!("lifecycle[{OUR_RULES}{OLD_VERSIONS}]"));
    let key = match kind {
        Kind::ImagesBucket => match path {
            "versioning" => "images.versioning",
            _ if path.starts_with(&abort) => "images.abort_uploads_after_days",
            _ if path.starts_with(&old) => "images.expire_old_versions_after_days",
            _ if path.ends_with("].allowed_origins") => "images.cors_origins",
            _ => return None,
        },
        Kind::Table => match path {
            "point_in_time_recovery" => "index.point_in_time_recovery",
            "deletion_protection" => "index.deletion_protection",
            _ => return None,
        },
        Kind::LogGroup if path == "retention_days" => "indexer.log_retention_days",
        Kind::Function => match path {
            "memory" => "indexer.memory",
            "timeout" => "indexer.timeout",
            // Another processor needs another program.
            "architecture" | "code" => "indexer.architecture",
            "environment.GALLERY_ACCEPTED_TYPES" => "images.accepted_types",
            "environment.GALLERY_MAX_SIZE" => "images.max_size_mib",
            _ => return None,
        },
        Kind::Key => match path {
            "config.json.max_size_mib" => "images.max_size_mib",
            "config.json.accepted_types" => "images.accepted_types",
            "config.json.title" => "site.title",
            _ => return None,
        },
        _ => return None,
    };
    Some(key.to_owned())
}

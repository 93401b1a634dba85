//! Golden files: `UPDATE_GOLDEN=1` writes them anew.

use std::fs;
use std::path::Path;

/// Compares `actual` with the file at `path` (relative to the crate).
///
/// # Panics
/// They differ.
pub(crate) fn assert_golden(path: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).expect("the golden file can be written");
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{} differs\n--- expected\n{expected}\n--- actual\n{actual}", path.display());
}

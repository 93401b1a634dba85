//! Work that is skipped while its input is the same: the input's hash is kept in a small file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

/// A file that says for which input the work beside it was done.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// `input` is everything that the work depends on, files or folders; their names count too, but not where they are.
    pub(crate) fn new(file: PathBuf, input: &[PathBuf]) -> Result<Self> {
        let mut hasher = Sha256::new();
        for path in input {
            hash_path(path, &mut hasher).with_context(|| format!("cannot read {}", path.display()))?;
        }
        Ok(Self { file, hash: hex(&hasher.finalize()) })
    }

    /// Was the work done for just this input?
    pub(crate) fn is_current(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|hash| hash == self.hash)
    }

    /// The work is done.
    pub(crate) fn set(&self) -> Result<()> {
        fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

fn hash_path(path: &Path, hasher: &mut Sha256) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    hasher.update((name.len() as u64).to_le_bytes());
    hasher.update(name);
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
        entries.sort();
        hasher.update((entries.len() as u64).to_le_bytes());
        for entry in entries {
            hash_path(&entry, hasher)?;
        }
    } else {
        let content = fs::read(path)?;
        hasher.update((content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_follows_names_and_contents() {
        let dir = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let input = dir.join("input");
        fs::create_dir_all(&input).expect("a temporary folder");
        let stamp = || Stamp::new(dir.join("stamp"), std::slice::from_ref(&input)).expect("readable");

        fs::write(input.join("a"), "one").expect("written");
        assert!(!stamp().is_current(), "not done yet");
        stamp().set().expect("written");
        assert!(stamp().is_current());

        fs::write(input.join("a"), "two").expect("written");
        assert!(!stamp().is_current(), "a changed file");
        stamp().set().expect("written");
        fs::rename(input.join("a"), input.join("b")).expect("renamed");
        assert!(!stamp().is_current(), "a renamed file");
        stamp().set().expect("written");
        let moved = dir.join("elsewhere/input");
        fs::create_dir_all(dir.join("elsewhere")).expect("created");
        fs::rename(&input, &moved).expect("moved");
        assert!(Stamp::new(dir.join("stamp"), &[moved]).expect("readable").is_current(), "the same files elsewhere");

        fs::remove_dir_all(&dir).expect("removed");
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex(&[0, 10, 255]), "000aff");
    }
}

//! What travels inside the program: the indexer's zips and the files of the built-in page.
//!
//! `build.rs` embeds what `cargo xtask bundle` left in `target/bundle`. A program built without it works, but for the
//! commands that need the missing part.

use std::fmt;
use std::io::{Cursor, Read as _};

use crate::architecture::Architecture;
use crate::elf::{self, ElfError, GlibcVersion};

include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// The glibc of `provided.al2023`, the runtime that the indexer asks for.
const LAMBDA_GLIBC: GlibcVersion = GlibcVersion(2, 34);

/// The file that the runtime starts, at the root of the zip.
const PROGRAM: &str = "bootstrap";

/// A Lambda package with the indexer in it.
#[derive(Clone, Copy)]
pub struct IndexerZip {
    architecture: Architecture,
    /// The zip file, as Lambda takes it.
    pub bytes: &'static [u8],
    /// Base64 of the zip's SHA-256, to be compared with Lambda's `CodeSha256` (L13).
    pub code_sha256: &'static str,
}

impl fmt::Debug for IndexerZip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IndexerZip")
            .field("architecture", &self.architecture)
            .field("bytes", &self.bytes.len())
            .field("code_sha256", &self.code_sha256)
            .finish()
    }
}

/// A file of the built-in page.
#[derive(Clone, Copy)]
pub struct SiteFile {
    /// Relative to the page's root, with slashes: `index.html`, `assets/index-4f2a.js`.
    pub path: &'static str,
    pub bytes: &'static [u8],
}

impl fmt::Debug for SiteFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SiteFile").field("path", &self.path).field("bytes", &self.bytes.len()).finish()
    }
}

/// A part that this program does not carry, or carries in a state that Lambda would not run.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The program was built without the indexer for this architecture.
    #[error("this gallery-deploy was built without the indexer for {architecture}: {}", how_to_add(*.architecture))]
    NoIndexer { architecture: Architecture },
    /// The program was built without the page.
    #[error("this gallery-deploy was built without the page: run `cargo xtask bundle`, then build it again")]
    NoSite,
    /// The embedded zip holds no readable `bootstrap`.
    #[error(
        "the indexer for {architecture} inside this gallery-deploy is damaged: {reason}; run `cargo xtask bundle`, then build it again"
    )]
    Damaged { architecture: Architecture, reason: String },
    /// The embedded program would not start on Lambda.
    #[error("the indexer for {architecture} inside this gallery-deploy would not start on Lambda")]
    WouldNotStart {
        architecture: Architecture,
        #[source]
        source: ElfError,
    },
}

fn how_to_add(architecture: Architecture) -> String {
    let again = "run `cargo xtask bundle`, then build it again";
    match architecture {
        Architecture::X86_64 => again.to_owned(),
        Architecture::Arm64 => format!("run `rustup target add {}`, {again}", architecture.rust_target()),
    }
}

/// The indexer for `architecture`.
pub fn indexer(architecture: Architecture) -> Result<IndexerZip, BundleError> {
    find(INDEXERS, architecture)
}

fn find(zips: &[IndexerZip], architecture: Architecture) -> Result<IndexerZip, BundleError> {
    zips.iter().find(|zip| zip.architecture == architecture).copied().ok_or(BundleError::NoIndexer { architecture })
}

/// The files of the built-in page, sorted by path.
pub fn site() -> Result<&'static [SiteFile], BundleError> {
    if SITE.is_empty() { Err(BundleError::NoSite) } else { Ok(SITE) }
}

impl IndexerZip {
    pub const fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// Checks, before the zip is sent, that Lambda will be able to start the program in it.
    pub fn verify(&self) -> Result<(), BundleError> {
        let architecture = self.architecture;
        let damaged = |reason| BundleError::Damaged { architecture, reason };
        let program = self.program().map_err(|error| damaged(error.to_string()))?;
        if !self.may_be_executed().map_err(|error| damaged(error.to_string()))? {
            return Err(damaged(format!("`{PROGRAM}` is not executable")));
        }
        elf::check(&program, architecture, LAMBDA_GLIBC).map_err(|source| BundleError::WouldNotStart { architecture, source })
    }

    /// Lambda unpacks the program with the mode that the zip tells.
    fn may_be_executed(&self) -> Result<bool, zip::result::ZipError> {
        let mut archive = zip::ZipArchive::new(Cursor::new(self.bytes))?;
        let mode = archive.by_name(PROGRAM)?.unix_mode();
        Ok(mode.is_some_and(|mode| mode & 0o111 == 0o111))
    }

    /// The unpacked `bootstrap`.
    ///
    /// # Errors
    /// The zip is damaged.
    pub fn program(&self) -> Result<Vec<u8>, zip::result::ZipError> {
        let mut archive = zip::ZipArchive::new(Cursor::new(self.bytes))?;
        let mut entry = archive.by_name(PROGRAM)?;
        let mut program = Vec::new();
        entry.read_to_end(&mut program)?;
        Ok(program)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use super::*;

    /// A zip with one executable entry, kept for the rest of the test run.
    pub(crate) fn zip_with(entry: &str, content: &[u8], architecture: Architecture) -> IndexerZip {
        zip_with_mode(0o755, entry, content, architecture)
    }

    fn zip_with_mode(mode: u32, entry: &str, content: &[u8], architecture: Architecture) -> IndexerZip {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(entry, zip::write::SimpleFileOptions::default().unix_permissions(mode)).expect("a new entry");
        writer.write_all(content).expect("written to memory");
        let bytes = writer.finish().expect("a complete zip").into_inner().leak();
        IndexerZip { architecture, bytes, code_sha256: "" }
    }

    /// A 64-bit ELF header without segments, which is a static program to the check.
    pub(crate) fn elf_header(machine: u8) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        header[18] = machine;
        header
    }

    #[test]
    fn a_missing_zip_says_how_to_add_it() {
        let error = find(&[], Architecture::X86_64).expect_err("an empty table").to_string();
        assert!(error.contains("x86_64: run `cargo xtask bundle`"), "{error}");
        let error = find(&[], Architecture::Arm64).expect_err("an empty table").to_string();
        assert!(error.contains("`rustup target add aarch64-unknown-linux-gnu`, run `cargo xtask bundle`"), "{error}");
    }

    #[test]
    fn each_architecture_has_its_own_zip() {
        let zips = [zip_with("bootstrap", b"one", Architecture::X86_64), zip_with("bootstrap", b"other", Architecture::Arm64)];
        let found = find(&zips, Architecture::Arm64).expect("in the table");
        assert_eq!(found.program().expect("readable"), b"other");
    }

    #[test]
    fn a_fitting_program_is_verified() {
        zip_with("bootstrap", &elf_header(62), Architecture::X86_64).verify().expect("a static program for x86_64");
    }

    #[test]
    fn a_program_for_the_other_machine_is_refused() {
        let error = zip_with("bootstrap", &elf_header(62), Architecture::Arm64).verify();
        assert!(matches!(error, Err(BundleError::WouldNotStart { source: ElfError::Machine { found: 62, .. }, .. })));
    }

    #[test]
    fn a_zip_without_a_program_that_may_be_executed_is_damaged() {
        for zip in [
            zip_with("readme", b"", Architecture::X86_64),
            zip_with_mode(0o644, "bootstrap", &elf_header(62), Architecture::X86_64),
            IndexerZip { architecture: Architecture::X86_64, bytes: b"no zip", code_sha256: "" },
        ] {
            assert!(matches!(zip.verify(), Err(BundleError::Damaged { .. })), "{zip:?}");
        }
    }

    #[test]
    fn what_is_embedded_is_fit_to_be_sent() {
        for zip in INDEXERS {
            zip.verify().expect("built by cargo xtask bundle");
        }
        assert!(SITE.is_sorted_by_key(|file| file.path));
        assert!(SITE.is_empty() || SITE.iter().any(|file| file.path == "index.html"));
    }
}

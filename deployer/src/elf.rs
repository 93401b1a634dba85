//! Will this Linux program load where it is to run?
//!
//! A program built on a newer system asks for a newer glibc than there is and dies at its first start; one for the other
//! processor dies with "exec format error". Both are written in the file, so both are found before it is sent. Source of the limits: `provided.al2023` has glibc 2.34.

use std::fmt;

use object::Endianness;
use object::elf::{EM_AARCH64, EM_X86_64, FileHeader64};
use object::read::elf::{FileHeader, ProgramHeader};

use crate::architecture::Architecture;

type Header = FileHeader64<Endianness>;

/// Why the file would not load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// It cannot be read as a 64-bit ELF file.
    #[error("not a 64-bit little-endian Linux program: {0}")]
    NotElf(String),
    /// It is for another processor; `found` is the ELF machine number.
    #[error("built for ELF machine {found}, not for {wanted}")]
    Machine { wanted: Architecture, found: u16 },
    /// Its loader is not the one of glibc (of musl, for example), and Lambda has no other.
    #[error("needs the loader {0}, but only glibc's is there")]
    Loader(String),
    /// It needs a newer glibc than there is.
    #[error("needs glibc {needed}, but only {limit} is there")]
    Glibc { needed: GlibcVersion, limit: GlibcVersion },
}

/// A glibc version, major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion(pub u16, pub u16);

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Checks that `elf` is a program for `architecture` that is static or asks for no glibc newer than `newest_glibc`.
pub(crate) fn check(elf: &[u8], architecture: Architecture, newest_glibc: GlibcVersion) -> Result<(), ElfError> {
    let file = Header::parse(elf).map_err(not_elf)?;
    if !file.is_little_endian() {
        return Err(ElfError::NotElf("it is big-endian".to_owned()));
    }
    let (machine, loader) = match architecture {
        Architecture::X86_64 => (EM_X86_64, "/lib64/ld-linux-x86-64.so.2"),
        Architecture::Arm64 => (EM_AARCH64, "/lib/ld-linux-aarch64.so.1"),
    };
    let found = file.e_machine.get(Endianness::Little);
    if found != machine {
        return Err(ElfError::Machine { wanted: architecture, found: found.0 });
    }
    match interpreter(file, elf)? {
        Some(found) if found != loader => return Err(ElfError::Loader(found)),
        _ => {}
    }
    match newest_glibc_needed(file, elf)? {
        Some(needed) if needed > newest_glibc => Err(ElfError::Glibc { needed, limit: newest_glibc }),
        _ => Ok(()),
    }
}

/// The path of the loader; none for a static program.
fn interpreter(file: &Header, elf: &[u8]) -> Result<Option<String>, ElfError> {
    let endian = Endianness::Little;
    for segment in file.program_headers(endian, elf).map_err(not_elf)? {
        if let Some(path) = segment.interpreter(endian, elf).map_err(not_elf)? {
            return Ok(Some(String::from_utf8_lossy(path).into_owned()));
        }
    }
    Ok(None)
}

/// The highest `GLIBC_x.y` among the symbol versions that the file needs; none where it needs none.
fn newest_glibc_needed(file: &Header, elf: &[u8]) -> Result<Option<GlibcVersion>, ElfError> {
    let endian = Endianness::Little;
    let sections = file.sections(endian, elf).map_err(not_elf)?;
    let Some((libraries, names)) = sections.gnu_verneed(endian, elf).map_err(not_elf)? else {
        return Ok(None);
    };
    let names = sections.strings(endian, elf, names).map_err(not_elf)?;
    let mut newest = None;
    for library in libraries {
        let (_, versions) = library.map_err(not_elf)?;
        for version in versions {
            let name = version.map_err(not_elf)?.name(endian, names).map_err(not_elf)?;
            newest = newest.max(glibc_version(name));
        }
    }
    Ok(newest)
}

/// Reads `GLIBC_2.34` and `GLIBC_2.2.5`; anything else (`GCC_3.0`, `GLIBC_PRIVATE`) is none.
fn glibc_version(name: &[u8]) -> Option<GlibcVersion> {
    let mut numbers = std::str::from_utf8(name).ok()?.strip_prefix("GLIBC_")?.split('.');
    Some(GlibcVersion(numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn not_elf(error: object::Error) -> ElfError {
    ElfError::NotElf(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test program itself: a dynamically linked glibc program for the machine the tests run on.
    fn own_program() -> Vec<u8> {
        std::fs::read(std::env::current_exe().expect("own path")).expect("own program")
    }

    fn own_architecture() -> Architecture {
        if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 }
    }

    /// The 64 bytes of an ELF header without segments or sections: as static as a file can be.
    fn bare_header(machine: u16) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1, 1]);
        header[18..20].copy_from_slice(&machine.to_le_bytes());
        header
    }

    #[test]
    fn a_program_within_the_limit_passes() {
        assert_eq!(check(&own_program(), own_architecture(), GlibcVersion(99, 0)), Ok(()));
    }

    #[test]
    fn a_newer_glibc_is_refused_and_named() {
        let limit = GlibcVersion(2, 2);
        let error = check(&own_program(), own_architecture(), limit).expect_err("needs more than 2.2");
        assert!(matches!(error, ElfError::Glibc { needed, .. } if needed > limit), "{error}");
        assert!(error.to_string().ends_with("but only 2.2 is there"), "{error}");
    }

    #[test]
    fn the_other_machine_is_refused() {
        let error = check(&bare_header(183), Architecture::X86_64, GlibcVersion(2, 34));
        assert_eq!(error, Err(ElfError::Machine { wanted: Architecture::X86_64, found: 183 }));
    }

    #[test]
    fn a_static_program_passes() {
        assert_eq!(check(&bare_header(62), Architecture::X86_64, GlibcVersion(2, 34)), Ok(()));
        assert_eq!(check(&bare_header(183), Architecture::Arm64, GlibcVersion(2, 34)), Ok(()));
    }

    #[test]
    fn the_loader_of_another_libc_is_refused() {
        let glibc = b"/lib64/ld-linux-x86-64.so.2\0";
        let musl = b"/lib/ld-musl-x86_64.so.1\0\0\0\0";
        let mut program = own_program();
        if own_architecture() != Architecture::X86_64 {
            return;
        }
        let at = program.windows(glibc.len()).position(|window| window == glibc).expect("the loader's path");
        program[at..at + musl.len()].copy_from_slice(musl);
        let error = check(&program, Architecture::X86_64, GlibcVersion(99, 0));
        assert_eq!(error, Err(ElfError::Loader("/lib/ld-musl-x86_64.so.1".to_owned())));
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [&b""[..], b"#!/bin/sh\n", &bare_header(62)[..40]] {
            assert!(matches!(check(bytes, Architecture::X86_64, GlibcVersion(2, 34)), Err(ElfError::NotElf(_))));
        }
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(glibc_version(b"GLIBC_2.4") < glibc_version(b"GLIBC_2.34"));
        assert_eq!(glibc_version(b"GLIBC_2.2.5"), Some(GlibcVersion(2, 2)));
        assert_eq!(glibc_version(b"GLIBC_PRIVATE"), None);
        assert_eq!(glibc_version(b"GCC_3.0"), None);
    }
}

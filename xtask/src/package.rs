//! The Lambda package: a zip that depends on nothing but the program in it (Z1).

use std::io::{Cursor, Write as _};

use anyhow::Result;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// The file that the runtime starts, at the root of the zip.
const PROGRAM: &str = "bootstrap";

/// A regular file that everyone may read and execute.
const MODE: u32 = 0o100_755;

/// Zips the program: the same input gives the same bytes, on every machine and at any time.
pub(crate) fn zip(program: &[u8]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // 1980-01-01, the first day a zip can name.
        .last_modified_time(DateTime::default())
        .unix_permissions(MODE)
        .system(System::Unix);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(PROGRAM, options)?;
    writer.write_all(program)?;
    Ok(writer.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads two or four bytes of the zip, little-endian.
    fn number(zip: &[u8], at: usize, len: usize) -> u32 {
        zip[at..at + len].iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte))
    }

    #[test]
    fn the_same_program_gives_the_same_bytes() {
        let program: Vec<u8> = (0..200_000_u32).flat_map(|word| (word / 7).to_le_bytes()).collect();
        assert!(zip(&program).expect("zipped") == zip(&program).expect("zipped"));
    }

    #[test]
    fn one_executable_entry_with_nothing_that_varies() {
        let zip = zip(b"a program").expect("zipped");

        // The local header, as APPNOTE 4.3.7 lays it out.
        assert_eq!(number(&zip, 0, 4), 0x0403_4b50);
        assert_eq!(number(&zip, 6, 2) & 0b1000, 0, "no data descriptor");
        assert_eq!(number(&zip, 8, 2), 8, "deflated");
        assert_eq!(number(&zip, 10, 2), 0, "at midnight");
        assert_eq!(number(&zip, 12, 2), (1 << 5) | 1, "on 1980-01-01");
        assert_eq!(number(&zip, 26, 2), 9, "the length of the name");
        assert_eq!(number(&zip, 28, 2), 0, "no extra field");
        assert_eq!(&zip[30..39], b"bootstrap");

        // The end record (4.3.16) and the one central header (4.3.12).
        let end = zip.len() - 22;
        assert_eq!(number(&zip, end, 4), 0x0605_4b50);
        assert_eq!(number(&zip, end + 10, 2), 1, "one entry");
        let central = number(&zip, end + 16, 4) as usize;
        assert_eq!(number(&zip, central, 4), 0x0201_4b50);
        assert_eq!(zip[central + 5], 3, "made by Unix");
        assert_eq!(number(&zip, central + 30, 2), 0, "no extra field");
        assert_eq!(number(&zip, central + 32, 2), 0, "no comment");
        assert_eq!(number(&zip, central + 38, 4) >> 16, MODE);
    }
}

//! `gallery.yaml` as nobody would write it. Whatever it is, the answer comes without a panic, soon, without much memory, and in a text
//! that a terminal can show.
//!
//! The configuration's modules are compiled in here, not linked: a build with optimisations takes seconds without the SDK.

mod files;
#[path = "../../tests/common/pieces.rs"]
mod pieces;
#[path = "../../tests/common/random.rs"]
mod random;
#[path = "../../tests/common/samples.rs"]
mod samples;

#[path = "../../src/architecture.rs"]
#[expect(dead_code, unreachable_pub, reason = "public in the library it belongs to")]
mod architecture;
#[path = "../../src/config/mod.rs"]
#[expect(dead_code, unreachable_pub, unused_imports, reason = "public in the library it belongs to")]
mod config;

use std::path::Path;
use std::time::{Duration, Instant};

pub use files::Files;

/// Bytes. A hundred problems of a few lines, each line at most as wide as it is cut.
const LONGEST_ANSWER: usize = 256 * 1024;

/// What a number of files came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub files: u64,
    pub valid: u64,
    /// The longest time that an answer took, and the number of the file.
    pub slowest: (Duration, u64),
    /// Bytes of the longest answer.
    pub longest: usize,
}

impl Tally {
    /// Tries the file of this number.
    ///
    /// # Panics
    /// The answer has what a terminal would obey, or is too long; or the configuration's code panics.
    pub fn add(&mut self, number: u64, bytes: Vec<u8>) {
        let again = bytes.clone();
        let (mut elapsed, answer) = judge(number, bytes);
        self.files += 1;
        match answer {
            None => self.valid += 1,
            Some(text) => {
                self.longest = self.longest.max(text.len());
                assert!(text.len() < LONGEST_ANSWER, "file {number}: an answer of {} bytes", text.len());
                let obeyed = text.chars().any(|character| character.is_control() && character != '\n');
                assert!(!obeyed, "file {number}: {text:?}");
            }
        }
        if elapsed > self.slowest.0 {
            // Once more: the machine may have been busy with something else.
            elapsed = elapsed.min(judge(number, again).0);
        }
        self.slowest = self.slowest.max((elapsed, number));
    }
}

/// How long it takes to answer, and the answer to a file that is refused. Every fourth file is read for a stage.
fn judge(number: u64, bytes: Vec<u8>) -> (Duration, Option<String>) {
    let path = Path::new("gallery.yaml");
    let start = Instant::now();
    let refused = match String::from_utf8(bytes) {
        Ok(text) if number % 4 == 3 => config::parse_stage(path, &text, Some("pr-7")).err(),
        Ok(text) => config::parse_bytes(path, text.into_bytes()).err(),
        Err(error) => config::parse_bytes(path, error.into_bytes()).err(),
    };
    let answer = refused.map(|error| error.to_string());
    (start.elapsed(), answer)
}

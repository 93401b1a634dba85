//! The files: arbitrary bytes, mutated samples, and much of one thing.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::pieces::PIECES;
use crate::random::Random;
use crate::samples::yaml_files;

/// Makes files by number: each number always gives the same one.
pub struct Files {
    random: Random,
    corpus: Vec<Vec<u8>>,
}

impl Files {
    /// From the samples of the deployer's tests.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn new() -> io::Result<Self> {
        let deployer = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let samples = |folder: &str| yaml_files(&deployer.join("tests/config").join(folder));
        // There are fewer valid ones, and more can go wrong with them.
        let mut files: Vec<PathBuf> = std::iter::repeat_n(samples("valid")?, 5).flatten().collect();
        files.extend(samples("invalid")?);
        files.push(deployer.join("../gallery.yaml"));
        let corpus = files.iter().map(fs::read).collect::<io::Result<_>>()?;
        Ok(Self { random: Random(1), corpus })
    }

    /// The file of this number.
    pub fn file(&mut self, number: u64) -> Vec<u8> {
        self.random = Random(scattered(number));
        match self.random.below(1000) {
            0..150 => self.bytes(),
            150..350 => self.pieces(),
            350..998 => self.mutation(),
            _ => self.much(),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.random.below(200)).map(|_| u8::try_from(self.random.below(256)).expect("a byte")).collect()
    }

    fn pieces(&mut self) -> Vec<u8> {
        (0..self.random.below(40)).flat_map(|_| self.random.one_of(&PIECES).bytes()).collect()
    }

    /// A sample with a few bytes removed, flipped, copied, or replaced by pieces of it or of another.
    fn mutation(&mut self) -> Vec<u8> {
        let chosen = self.random.below(self.corpus.len());
        let mut bytes = self.corpus[chosen].clone();
        for _ in 0..=self.random.below(6) {
            let at = self.random.below(bytes.len() + 1);
            let end = (at + self.random.below(40)).min(bytes.len());
            match self.random.below(5) {
                0 => drop(bytes.drain(at..end)),
                1 => drop(bytes.splice(at..at, self.random.one_of(&PIECES).bytes())),
                2 => {
                    let copied = bytes[at..end].to_vec();
                    let to = self.random.below(bytes.len() + 1);
                    drop(bytes.splice(to..to, copied));
                }
                3 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.random.below(8);
                    }
                }
                _ => {
                    let other = self.random.below(self.corpus.len());
                    let other = &self.corpus[other];
                    let from = self.random.below(other.len() + 1);
                    let until = (from + self.random.below(80)).min(other.len());
                    drop(bytes.splice(at..end, other[from..until].iter().copied()));
                }
            }
        }
        bytes
    }

    /// One or two pieces many times, after the start of a file.
    fn much(&mut self) -> Vec<u8> {
        let starts = ["", "name: holiday\n", "images:\n  cors_origins: [", "images:\n  cors_origins:\n", "tags: {", "tags:\n"];
        let mut text = self.random.one_of(&starts).to_owned();
        let unit = format!("{}{}", self.random.one_of(&PIECES), self.random.one_of(&PIECES));
        let counted = self.random.below(2) == 0;
        let size = self.random.below(300 * 1024);
        let mut count = 0;
        while text.len() < size {
            text += &unit;
            if counted {
                text += &count.to_string();
            }
            count += 1;
        }
        text.into_bytes()
    }
}

/// Far from the state of any number near it (the last steps of `SplitMix64`), and never the zero that the generator would stay at.
fn scattered(number: u64) -> u64 {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (state ^ (state >> 31)).max(1)
}

//! `gallery.yaml` as nobody would write it: arbitrary bytes, mutated samples, and much of one thing. Whatever it is, the answer comes
//! without a panic, soon, and in a text that a terminal can show.
//!
//! `GALLERY_FUZZ_RUNS=N` sets the number of files. They are the same in every run.

#![allow(clippy::print_stdout, reason = "a test that tells its figures")]

#[path = "common/random.rs"]
mod random;
#[path = "common/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use gallery_deploy::config::parse_bytes;
use random::Random;
use samples::samples;

const QUICK: usize = 10_000;
const ALL: usize = 200_000;

/// For one file, on a busy machine and without optimisation.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes. A hundred problems of a few lines, each line at most as wide as it is cut.
const LONGEST_ANSWER: usize = 256 * 1024;

/// What matters to YAML or to the checks.
const PIECES: [&str; 56] = [
    "\t",
    "\n",
    "\r\n",
    "\r",
    "  ",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!!str ",
    "!",
    "<<: *a",
    "|\n",
    ">-\n",
    "|9\n",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "? ",
    "~",
    "null",
    "true",
    "0",
    "-1",
    "0x1F",
    "1e999",
    ".inf",
    "é日🎉",
    "\u{1b}[31m",
    "\u{202e}",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "\\x",
    "\\u0000",
    "99999999999999999999",
    "name: x\n",
    "region: us-wset-2\n",
    "images:\n",
    "  cors_origins: [\"*\"]\n",
    "indexer: {memory: 1}\n",
    "tags:\n  a: b\n",
    "site: {dir: /}\n",
    "account: 0\n",
    "https://[::",
    "image/",
];

struct Fuzzer {
    random: Random,
    corpus: Vec<Vec<u8>>,
}

impl Fuzzer {
    fn new() -> Self {
        // There are fewer valid ones, and more can go wrong with them.
        let mut files: Vec<_> = std::iter::repeat_n(samples("valid"), 5).flatten().collect();
        files.extend(samples("invalid"));
        files.push("../gallery.yaml".into());
        let corpus = files.iter().map(|file| fs::read(file).expect("a sample")).collect();
        Self { random: Random(0x9e37_79b9_7f4a_7c15), corpus }
    }

    /// The next file.
    fn next(&mut self) -> Vec<u8> {
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

#[test]
fn no_file_makes_it_panic_hang_or_swell() {
    let wanted = std::env::var("GALLERY_FUZZ_RUNS").ok().map(|runs| runs.parse().expect("a number"));
    let runs = wanted.unwrap_or(if std::env::var_os("GALLERY_TESTS_ALL").is_some() { ALL } else { QUICK });
    let mut fuzzer = Fuzzer::new();
    let begun = Instant::now();
    let (mut taken, mut slowest, mut longest) = (0, (Duration::ZERO, Vec::new()), 0);
    for _ in 0..runs {
        let bytes = fuzzer.next();
        let (mut elapsed, answer) = judge(&bytes);
        match answer {
            None => taken += 1,
            Some(text) => {
                longest = longest.max(text.len());
                assert!(!text.chars().any(|character| character.is_control() && character != '\n'), "{text:?}");
            }
        }
        if elapsed > slowest.0 {
            // Once more: the machine may have been busy with something else.
            elapsed = elapsed.min(judge(&bytes).0);
        }
        if elapsed > slowest.0 {
            slowest = (elapsed, bytes);
        }
    }
    let (time, file) = slowest;
    let start = String::from_utf8_lossy(&file[..file.len().min(80)]).into_owned();
    // Shown with `--nocapture`, and where the test fails.
    println!(
        "{runs} files in {:.1?}, {taken} of them valid; slowest {time:.1?} ({} bytes: {start:?}); longest answer {longest} bytes; peak memory {}",
        begun.elapsed(),
        file.len(),
        peak_memory().unwrap_or_else(|| "unknown".to_owned())
    );
    assert!(taken > runs / 1000, "the samples should often survive their mutations");
    assert!(time < PATIENCE && longest < LONGEST_ANSWER);
}

/// How long it takes to answer, and the answer to a file that is refused.
fn judge(bytes: &[u8]) -> (Duration, Option<String>) {
    let bytes = bytes.to_vec();
    let start = Instant::now();
    let answer = parse_bytes(Path::new("gallery.yaml"), bytes).err().map(|error| error.to_string());
    (start.elapsed(), answer)
}

/// Of this process, as the kernel counts it. Linux only.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}

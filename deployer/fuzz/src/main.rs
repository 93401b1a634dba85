//! `gallery-fuzz FILE [RUNS [FROM]]`: tries RUNS files, from the one with the number FROM. FILE holds the number of the one that is tried.

#![allow(clippy::print_stdout, reason = "it tells its figures")]

use std::error::Error;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::process::abort;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gallery_fuzz::{Files, Tally};
use rustix::process::{Resource, Rlimit, setrlimit};

const RUNS: u64 = 10_000_000;

/// For one file. What takes so long hangs, on a busy machine, too.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of address space, for all that the process needs. The largest file has 256 KiB.
const MEMORY: u64 = 256 * 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).map(|text| text.parse::<u64>()).transpose();
    let under_test = File::create(arguments.first().ok_or("where shall the number go?")?)?;
    let (runs, from) = (number(1)?.unwrap_or(RUNS), number(2)?.unwrap_or(0));
    setrlimit(Resource::As, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) })?;

    let mut files = Files::new()?;
    let mut tally = Tally::default();
    let begun = Instant::now();
    let tried = AtomicU64::new(from);
    thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let watch = scope.spawn(|| end_if_it_hangs(&tried, from + runs));
        for number in from..from + runs {
            // Of one width, so that it covers the one before.
            under_test.write_all_at(format!("{number:<20}\n").as_bytes(), 0)?;
            tried.store(number, Ordering::Relaxed);
            tally.add(number, files.file(number));
            if (number - from + 1).is_multiple_of(1_000_000) {
                println!("{}", figures(&tally, begun.elapsed()));
            }
        }
        tried.store(from + runs, Ordering::Relaxed);
        watch.thread().unpark();
        Ok(())
    })?;
    println!("{}", figures(&tally, begun.elapsed()));
    Ok(())
}

/// Returns when the number is `end`.
fn end_if_it_hangs(tried: &AtomicU64, end: u64) {
    let mut last = (tried.load(Ordering::Relaxed), Instant::now());
    while last.0 < end {
        thread::park_timeout(Duration::from_secs(1));
        let number = tried.load(Ordering::Relaxed);
        if number != last.0 {
            last = (number, Instant::now());
        } else if last.1.elapsed() > PATIENCE {
            println!("file {number}: no answer within {PATIENCE:?}");
            abort();
        }
    }
}

fn figures(tally: &Tally, elapsed: Duration) -> String {
    let Tally { files, valid, slowest: (time, number), longest } = tally;
    let memory = peak_memory().unwrap_or_else(|| "unknown".to_owned());
    format!(
        "{files} files in {elapsed:.0?}, {valid} of them valid; slowest {time:.1?} (file {number}); longest answer {longest} bytes; \
         peak memory {memory}"
    )
}

/// Of this process, as the kernel counts it. Linux only.
fn peak_memory() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|size| size.trim().to_owned())
}

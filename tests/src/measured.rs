//! What a run of the program takes.

use std::fs;
use std::time::{Duration, Instant};

use tokio::time::interval;

use crate::{Run, World};

/// A run, and what it took.
#[derive(Debug)]
pub struct Measured {
    pub run: Run,
    pub took: Duration,
    /// The most memory it held, in KiB.
    pub peak_memory: u64,
}

impl World {
    /// Runs the program as the administrator and watches it.
    pub fn measure(&self, arguments: &[&str]) -> Measured {
        self.wait_for(async {
            let (mut command, events) = self.program().recorded(arguments);
            let begun = Instant::now();
            let child = command.spawn().unwrap();
            let pid = child.id().unwrap();
            let mut peak = 0;
            let mut ended = std::pin::pin!(child.wait_with_output());
            let mut looks = interval(Duration::from_millis(2));
            let output = loop {
                tokio::select! {
                    output = &mut ended => break output.unwrap(),
                    _ = looks.tick() => peak = peak_memory(pid).unwrap_or(peak),
                }
            };
            Measured { run: Run::of(arguments, output, &events), took: begun.elapsed(), peak_memory: peak }
        })
    }
}

/// The most memory that a process has held so far, in KiB; `None` once it has ended.
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// How long a process has been at work on a processor, all its threads together.
pub fn processor_time(pid: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let of_thread = |thread: fs::DirEntry| -> Option<u64> {
        let schedule = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        schedule.split_whitespace().next()?.parse().ok()
    };
    Some(Duration::from_nanos(threads.flatten().filter_map(of_thread).sum()))
}

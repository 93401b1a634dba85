//! How much memory a run of the program takes.

use std::fs;
use std::pin::pin;
use std::time::Duration;

use tokio::time::interval;

use crate::{Run, World};

impl World {
    /// Runs the program as the administrator. Beside the run, the most memory that it held: KiB.
    pub fn weigh(&self, arguments: &[&str]) -> (Run, u64) {
        self.wait_for(async {
            let (mut command, events) = self.program().recorded(arguments);
            let child = command.spawn().unwrap();
            let pid = child.id().unwrap();
            let mut ended = pin!(child.wait_with_output());
            let mut looks = interval(Duration::from_millis(2));
            let mut peak = 0;
            let output = loop {
                tokio::select! {
                    output = &mut ended => break output.unwrap(),
                    _ = looks.tick() => peak = peak_memory(pid).unwrap_or(peak),
                }
            };
            (Run::of(arguments, output, &events), peak)
        })
    }
}

/// `None` once the process has ended.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

//! Processes that are ended together.

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

/// The process group that a child leads (`process_group(0)`): itself and all that it starts. While it is tied, dropping this value kills it.
#[derive(Debug)]
pub(super) struct Group {
    id: Pid,
    is_tied: bool,
}

impl Group {
    /// That of a child that was just started. `None`: it has been waited for already.
    pub(super) fn tied_to(child: &Child) -> Option<Self> {
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()))?;
        Some(Self { id, is_tied: true })
    }

    /// From now on it is not ended with this value.
    pub(super) fn untie(&mut self) {
        self.is_tied = false;
    }

    /// Kills what is left of it. An empty one is fine.
    pub(super) fn kill(&mut self) {
        self.is_tied = false;
        let _ = kill_process_group(self.id, Signal::KILL);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if self.is_tied {
            self.kill();
        }
    }
}

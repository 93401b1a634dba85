//! How a command ends before its work is done: the time of `--timeout`, and what is let finish.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::aws::Reach;
use crate::event::{Event, Report};

/// After `--timeout`, calls in flight have so long to finish.
const GRACE: Duration = Duration::from_secs(30);

/// The time given, and when it is over; `None`: as long as it takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeout(Option<(Duration, Instant)>);

impl Timeout {
    /// From now on.
    pub(super) fn begin(given: Option<Duration>) -> Self {
        Self(given.and_then(|given| Some((given, Instant::now().checked_add(given)?))))
    }

    /// Waits until the time is over: how much was given.
    pub(super) async fn over(self) -> Duration {
        let Some((given, over)) = self.0 else { return std::future::pending().await };
        sleep_until(over).await;
        given
    }
}

/// Lets no further call begin. `true`: those that write are to be let finish, which was told.
pub(super) fn stop(reach: &Reach, report: &dyn Report) -> bool {
    reach.stop.set();
    let finishes = reach.stop.guards_writes() && !report.is_asking();
    if finishes {
        report.event(&Event::Stopping { calls: reach.calls.under_way() });
    }
    finishes
}

/// Waits until what is let finish has had its time. After a signal that is as long as it takes: another signal ends it.
pub(super) async fn grace(after_timeout: bool) {
    if after_timeout { sleep(GRACE).await } else { std::future::pending().await }
}

//! How fast something goes, and for how long it will.

use std::time::Duration;

/// At the rate so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pace {
    pub per_second: f64,
    /// `None` where it cannot be told.
    pub remaining: Option<Duration>,
}

impl Pace {
    pub(super) fn of(done: u64, total: Option<u64>, elapsed: Duration) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a rate, for people")]
        let (done, total) = (done as f64, total.map(|total| total as f64));
        let per_second = if elapsed.is_zero() { 0.0 } else { done / elapsed.as_secs_f64() };
        let left = total.map(|total| (total - done).max(0.0) / per_second);
        Self { per_second, remaining: left.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_follows_from_the_rate() {
        let pace = Pace::of(500, Some(2_000), Duration::from_secs(5));
        assert_eq!(pace, Pace { per_second: 100.0, remaining: Some(Duration::from_secs(15)) });
        assert_eq!(Pace::of(500, Some(500), Duration::from_secs(5)).remaining, Some(Duration::ZERO));
    }

    #[test]
    fn nothing_is_told_that_is_not_known() {
        assert_eq!(Pace::of(500, None, Duration::from_secs(5)).remaining, None);
        for elapsed in [Duration::ZERO, Duration::from_secs(5)] {
            assert_eq!(Pace::of(0, Some(500), elapsed), Pace { per_second: 0.0, remaining: None });
        }
    }
}

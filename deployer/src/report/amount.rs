//! How far something has come: how much of how much, how fast, and for how long it will go on.

use std::time::{Duration, Instant};

use super::words::seconds;
use crate::event::{Progressed, Unit};
use crate::text::{grouped, size};

/// Columns of the bar.
const BAR: u64 = 20;

/// An amount that grows.
#[derive(Debug)]
pub(super) struct Amount {
    begun: Instant,
    reached: Option<Progressed>,
}

impl Amount {
    pub(super) const fn new(begun: Instant) -> Self {
        Self { begun, reached: None }
    }

    pub(super) fn reach(&mut self, progressed: Progressed) {
        self.reached = Some(progressed);
    }

    /// `███████░░░░░░░░░░░░░ 1.1 MiB of 3.0 MiB, 400 KiB/s, 5s left`
    pub(super) fn bar(&self, now: Instant) -> String {
        match self.reached {
            Some(Progressed { done, total: Some(total), .. }) if total > 0 => {
                let full = done.min(total).saturating_mul(BAR) / total;
                let bar: String = (0..BAR).map(|column| if column < full { '█' } else { '░' }).collect();
                format!("{bar} {}", self.words(now))
            }
            _ => self.words(now),
        }
    }

    /// The same without the bar.
    pub(super) fn words(&self, now: Instant) -> String {
        let Some(Progressed { done, total, unit }) = self.reached else { return String::new() };
        let mut words = match total {
            Some(total) => format!("{} of {}", amount(done, unit), amount(total.max(done), unit)),
            None => amount(done, unit),
        };
        // A rate of the first moment would say nothing.
        let elapsed = now.duration_since(self.begun);
        let per_second = done.checked_div(elapsed.as_secs()).unwrap_or_default();
        if per_second > 0 {
            words += &format!(", {}/s", amount(per_second, unit));
            if let Some(left) = total.and_then(|total| total.checked_sub(done)).filter(|left| *left > 0) {
                words += &format!(", {} left", seconds(Duration::from_secs((left / per_second).max(1))));
            }
        }
        words
    }
}

fn amount(amount: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes => size(amount),
        Unit::Objects => grouped(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64, done: u64, total: Option<u64>, unit: Unit) -> (Amount, Instant) {
        let begun = Instant::now();
        let mut amount = Amount::new(begun);
        amount.reach(Progressed { done, total, unit });
        (amount, begun + Duration::from_secs(second))
    }

    #[test]
    fn a_bar_shows_how_much_how_fast_and_how_long() {
        let (amount, now) = at(3, 1_258_291, Some(3_145_728), Unit::Bytes);
        assert_eq!(amount.bar(now), "███████░░░░░░░░░░░░░ 1.1 MiB of 3.0 MiB, 409.5 KiB/s, 4s left");
    }

    #[test]
    fn what_is_not_known_is_not_told() {
        let (amount, now) = at(2, 3000, None, Unit::Objects);
        assert_eq!(amount.bar(now), "3,000, 1,500/s");
        let (amount, now) = at(0, 10, Some(20), Unit::Objects);
        assert_eq!(amount.words(now), "10 of 20");
        let (amount, now) = at(5, 20, Some(20), Unit::Objects);
        assert_eq!(amount.words(now), "20 of 20, 4/s");
        // More than anybody counted.
        let (amount, now) = at(0, 30, Some(20), Unit::Objects);
        assert_eq!(amount.bar(now), "████████████████████ 30 of 30");
    }
}

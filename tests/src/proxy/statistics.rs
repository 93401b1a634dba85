//! What a list of calls amounts to.

use std::time::Duration;

use super::{Call, Kind};

/// Figures about the calls of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    pub calls: usize,
    pub reads: usize,
    pub writes: usize,
    /// The largest number of calls that were under way at the same time.
    pub most_at_once: usize,
    /// The longest chain of calls that started after the one before had ended.
    pub depth: usize,
}

impl Statistics {
    pub fn of(calls: &[Call]) -> Self {
        let writes = calls.iter().filter(|call| call.kind == Kind::Write).count();
        Self {
            calls: calls.len(),
            reads: calls.len() - writes,
            writes,
            most_at_once: most_at_once(calls),
            depth: chain(calls).len(),
        }
    }
}

/// The calls that make up [`Statistics::depth`], one a line, with those that were under way beside each.
pub fn longest_chain(calls: &[Call]) -> String {
    let chain = chain(calls);
    let line = |call: &&Call| {
        let beside = calls.iter().filter(|other| other.started < end(call) && call.started < end(other) && *other != *call);
        let beside: Vec<&str> = beside.map(|other| other.operation.as_str()).collect();
        format!("{call} beside {}\n", beside.join(" "))
    };
    chain.iter().map(line).collect()
}

/// When a call ended; one that got no answer never did.
fn end(call: &Call) -> Duration {
    call.ended.unwrap_or(Duration::MAX)
}

/// The number of calls under way is largest when one of them starts: those that have started, without those that have ended by then.
fn most_at_once(calls: &[Call]) -> usize {
    let mut starts: Vec<Duration> = calls.iter().map(|call| call.started).collect();
    let mut ends: Vec<Duration> = calls.iter().map(end).collect();
    starts.sort_unstable();
    ends.sort_unstable();
    let under_way = |(started, moment): (usize, &Duration)| started + 1 - ends.partition_point(|end| end <= moment);
    starts.iter().enumerate().map(under_way).max().unwrap_or(0)
}

/// The longest chain of calls that do not overlap: always the one next that ends first.
fn chain(calls: &[Call]) -> Vec<&Call> {
    let mut by_end: Vec<&Call> = calls.iter().collect();
    by_end.sort_by_key(|call| end(call));
    let mut chain: Vec<&Call> = Vec::new();
    for call in by_end {
        if chain.last().is_none_or(|last| end(last) <= call.started) {
            chain.push(call);
        }
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls from start to end, in milliseconds; `w` writes.
    fn calls(times: &[(&str, u64, u64)]) -> Vec<Call> {
        let call = |(operation, started, ended): &(&str, u64, u64)| Call {
            started: Duration::from_millis(*started),
            ended: (*ended > 0).then(|| Duration::from_millis(*ended)),
            ..Call::new("s3", *operation, "")
        };
        times.iter().map(call).collect()
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(Statistics::of(&[]), Statistics::default());
    }

    #[test]
    fn a_chain_is_made_of_calls_that_wait_for_each_other() {
        // 1 ─ 2 ─ 3 one after the other, and one long call beside them.
        let log = calls(&[("GetA", 0, 10), ("PutLong", 1, 100), ("GetB", 10, 20), ("PutC", 25, 30)]);
        assert_eq!(Statistics::of(&log), Statistics { calls: 4, reads: 2, writes: 2, most_at_once: 2, depth: 3 });
        let names: Vec<&str> = chain(&log).iter().map(|call| call.operation.as_str()).collect();
        assert_eq!(names, ["GetA", "GetB", "PutC"]);
    }

    #[test]
    fn calls_at_once_are_one_deep() {
        let log = calls(&[("GetA", 0, 9), ("GetB", 1, 8), ("GetC", 2, 7)]);
        assert_eq!((Statistics::of(&log).most_at_once, Statistics::of(&log).depth), (3, 1));
    }

    #[test]
    fn what_got_no_answer_ends_a_chain() {
        let log = calls(&[("GetA", 0, 5), ("PutLost", 6, 0), ("GetB", 50, 60)]);
        assert_eq!(Statistics::of(&log).depth, 2);
    }
}

//! How much comes in by the second, over the last minute.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Instant;

use super::lock;

/// Seconds that are kept, beside the one that runs.
const SECONDS_KEPT: u64 = 60;

/// Sums by second since the start of the server.
#[derive(Debug)]
pub(super) struct Rate {
    started: Instant,
    /// Only seconds in which something came, oldest first.
    seconds: Mutex<VecDeque<(u64, Second)>>,
}

/// What came in one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Second {
    pub(crate) records: u64,
    pub(crate) bytes: u64,
}

impl Default for Rate {
    fn default() -> Self {
        Self { started: Instant::now(), seconds: Mutex::default() }
    }
}

impl Rate {
    pub(super) fn add(&self, records: u64, bytes: u64) {
        self.add_at(self.started.elapsed().as_secs(), records, bytes);
    }

    /// The last whole seconds, oldest first; fewer where the server is younger.
    pub(super) fn last_seconds(&self) -> Vec<Second> {
        self.before(self.started.elapsed().as_secs())
    }

    fn add_at(&self, now: u64, records: u64, bytes: u64) {
        let mut seconds = lock(&self.seconds);
        match seconds.back_mut() {
            // Two threads may read the clock in one order and come here in the other.
            Some((at, second)) if *at >= now => {
                second.records += records;
                second.bytes += bytes;
            }
            _ => seconds.push_back((now, Second { records, bytes })),
        }
        while seconds.front().is_some_and(|(at, _)| at + SECONDS_KEPT < now) {
            seconds.pop_front();
        }
    }

    fn before(&self, now: u64) -> Vec<Second> {
        let first = now.saturating_sub(SECONDS_KEPT);
        let mut last = vec![Second::default(); (now - first) as usize];
        for (at, second) in lock(&self.seconds).iter().filter(|(at, _)| (first..now).contains(at)) {
            last[(at - first) as usize] = *second;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_without_anything_are_zero_and_old_ones_are_forgotten() {
        let rate = Rate::default();
        for (at, records) in [(0, 5), (3, 7), (3, 1), (2, 2), (62, 9)] {
            rate.add_at(at, records, records * 100);
        }
        let early: Vec<u64> = rate.before(4).iter().map(|second| second.records).collect();
        assert_eq!(early, [0, 0, 0, 10], "the first second is older than a minute, one came late");
        let later = rate.before(63);
        assert_eq!((later.len(), later[0].records, later[59]), (60, 10, Second { records: 9, bytes: 900 }));
        assert_eq!(rate.before(200), vec![Second::default(); 60]);
    }
}

//! How long something took, in buckets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds in nanoseconds: from the sync of a fast disk to where exporters give up waiting (10 s, OTLP exporter specification).
const BOUNDS_NANOS: [u64; 14] = [
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
];

/// Counts durations by bucket; the last bucket has no bound.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    counts: [AtomicU64; BOUNDS_NANOS.len() + 1],
    sum_nanos: AtomicU64,
    longest_nanos: AtomicU64,
}

/// A histogram at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Snapshot {
    counts: Vec<u64>,
    pub(crate) sum_nanos: u64,
    pub(crate) longest_nanos: u64,
}

impl Histogram {
    pub(super) fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_NANOS.partition_point(|bound| *bound < nanos);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
        self.longest_nanos.fetch_max(nanos, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            counts: self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect(),
            sum_nanos: self.sum_nanos.load(Ordering::Relaxed),
            longest_nanos: self.longest_nanos.load(Ordering::Relaxed),
        }
    }
}

impl Snapshot {
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bounds in nanoseconds, each with how many took at most that long.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = (u64, u64)> {
        let at_most = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        BOUNDS_NANOS.into_iter().zip(at_most)
    }

    /// How long a share took at most: the bound of its bucket, or the longest where that is less; None where nothing was counted.
    pub(crate) fn quantile_nanos(&self, share: f64) -> Option<u64> {
        let count = self.count();
        let rank = (share * count as f64).ceil() as u64;
        let bound = self.cumulative().find(|(_, at_most)| *at_most >= rank).map(|(bound, _)| bound);
        (count > 0).then(|| bound.unwrap_or(u64::MAX).min(self.longest_nanos))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_bound_of_its_bucket_and_never_above_the_longest() {
        let histogram = Histogram::default();
        assert_eq!(histogram.snapshot().quantile_nanos(0.5), None);
        for micros in [100, 300, 300, 300, 900, 900, 900, 900, 900, 30_000_000] {
            histogram.observe(Duration::from_micros(micros));
        }
        let snapshot = histogram.snapshot();
        assert_eq!(snapshot.quantile_nanos(0.1), Some(250_000));
        assert_eq!(snapshot.quantile_nanos(0.4), Some(500_000));
        assert_eq!(snapshot.quantile_nanos(0.9), Some(1_000_000));
        assert_eq!(snapshot.quantile_nanos(1.0), Some(30_000_000_000));
        assert_eq!((snapshot.count(), snapshot.sum_nanos), (10, 30_005_500_000));
        histogram.observe(Duration::from_nanos(250_000));
        assert_eq!(histogram.snapshot().cumulative().next(), Some((250_000, 2)), "a bound belongs to its own bucket");
    }
}

//! Percentiles of whole numbers from counts in buckets, the same in whatever order values come.

/// Counts by buckets whose width grows with the value: 64 to each doubling, and one a value below 128.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sketch {
    /// Of values of zero and above, from bucket `first` on.
    counts: Vec<u64>,
    first: usize,
    /// Of values below zero, by their size.
    below_zero: Option<Box<Sketch>>,
    total: u64,
}

const STEPS_BITS: u32 = 6;
const STEPS: u64 = 1 << STEPS_BITS;

impl Sketch {
    /// How far an answer may be from the value that stands at the percentile: half a bucket.
    pub const RELATIVE_ERROR: f64 = 1.0 / (2 * STEPS) as f64;

    pub fn add(&mut self, value: i128) {
        self.total += 1;
        match u128::try_from(value) {
            Ok(value) => self.count(bucket_of(value), 1),
            Err(_) => {
                let below = self.below_zero.get_or_insert_default();
                below.total += 1;
                below.count(bucket_of(value.unsigned_abs()), 1);
            }
        }
    }

    fn count(&mut self, bucket: usize, count: u64) {
        if self.counts.is_empty() {
            self.first = bucket;
        } else if bucket < self.first {
            let missing = self.first - bucket;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        let place = bucket - self.first;
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += count;
    }

    pub fn merge(&mut self, other: &Sketch) {
        for (place, count) in other.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            self.count(other.first + place, *count);
        }
        if let Some(below) = &other.below_zero {
            self.below_zero.get_or_insert_default().merge(below);
        }
        self.total += other.total;
    }

    /// Returns about the value that this many thousandths of all values do not exceed; None where there are none.
    pub fn quantile(&self, thousandths: u16) -> Option<i128> {
        // The rank of the value, counted from one: the smallest that covers the share.
        let rank = (u128::from(self.total) * u128::from(thousandths)).div_ceil(1_000).max(1) as u64;
        let below_count = self.below_zero.as_ref().map_or(0, |below| below.total);
        if self.total == 0 {
            return None;
        }
        if let Some(below) = self.below_zero.as_ref().filter(|_| rank <= below_count) {
            return below.ranked(below_count + 1 - rank).map(|value| -(value as i128));
        }
        self.ranked(rank - below_count).map(|value| i128::try_from(value).unwrap_or(i128::MAX))
    }

    fn ranked(&self, rank: u64) -> Option<u128> {
        let mut seen = 0;
        let place = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        Some(middle_of(self.first + place))
    }

    /// About the memory it takes beyond itself.
    pub fn heap_bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u64>() + self.below_zero.as_ref().map_or(0, |below| below.heap_bytes() + size_of::<Self>())
    }
}

fn bucket_of(value: u128) -> usize {
    if value < u128::from(2 * STEPS) {
        return value as usize;
    }
    let doubling = value.ilog2() - STEPS_BITS;
    (u64::from(doubling) * STEPS) as usize + (value >> doubling) as usize
}

fn middle_of(bucket: usize) -> u128 {
    let bucket = bucket as u64;
    if bucket < 2 * STEPS {
        return bucket.into();
    }
    let doubling = bucket / STEPS - 1;
    let first = u128::from(bucket - doubling * STEPS) << doubling;
    first + ((1 << doubling) - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(values: impl IntoIterator<Item = i128>) -> Sketch {
        let mut sketch = Sketch::default();
        values.into_iter().for_each(|value| sketch.add(value));
        sketch
    }

    #[test]
    fn small_values_are_exact() {
        let hundred = sketch(1..=100);
        let ask = |thousandths| hundred.quantile(thousandths);
        assert_eq!([0, 500, 950, 990, 1_000].map(ask), [Some(1), Some(50), Some(95), Some(99), Some(100)]);
        assert_eq!(sketch([]).quantile(500), None);
        assert_eq!(sketch([7]).quantile(1), Some(7));
    }

    #[test]
    fn large_values_are_within_the_error() {
        for value in [128, 129, 1_000_003, 12_345_678_901, i128::from(i64::MAX), i128::MAX / 3, i128::MAX] {
            for signed in [value, -value] {
                let found = sketch([signed]).quantile(500).unwrap();
                let error = (found as f64 - signed as f64).abs() / value as f64;
                assert!(error <= Sketch::RELATIVE_ERROR, "{signed}: {found}");
            }
        }
    }

    #[test]
    fn values_below_zero_come_first() {
        let mixed = sketch([-50, -3, 0, 4, 90]);
        let ask = |thousandths| mixed.quantile(thousandths);
        assert_eq!([1, 200, 400, 600, 800, 1_000].map(ask), [-50, -50, -3, 0, 4, 90].map(Some));
    }

    #[test]
    fn parts_merge_to_the_whole_in_any_order() {
        let values = [5, 1 << 40, 77, -9, 0, 1_000_000, -1 << 50, 3];
        let mut backwards = sketch(values[4..].iter().rev().copied());
        backwards.merge(&sketch(values[..4].iter().copied()));
        let whole = sketch(values);
        for thousandths in [0, 100, 300, 500, 700, 900, 1_000] {
            assert_eq!(backwards.quantile(thousandths), whole.quantile(thousandths));
        }
    }
}

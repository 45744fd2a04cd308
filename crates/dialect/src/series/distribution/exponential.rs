//! Exponential buckets: histograms of different scales meet on the coarser one, which loses nothing but detail.

use std::collections::BTreeMap;

use model::{ExponentialBuckets, ExponentialHistogramValue};

use super::Bucket;
use crate::limits::EXPONENTIAL_BUCKETS_MAX;

/// Counts by bucket; empty buckets have no entry.
type Counts = BTreeMap<i64, u64>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exponential {
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    positive: Counts,
    negative: Counts,
}

impl Exponential {
    pub(super) fn of(value: &ExponentialHistogramValue) -> Self {
        let zero_threshold = if value.zero_threshold > 0.0 { value.zero_threshold } else { 0.0 };
        let (positive, negative) = (counts_of(&value.positive), counts_of(&value.negative));
        Self { scale: value.scale, zero_count: value.zero_count, zero_threshold, positive, negative }.bounded()
    }

    /// Returns what came since an earlier point; None where a count fell.
    pub(super) fn since(&self, before: &Self) -> Option<Self> {
        let (now, before) = on_one_scale(self, before);
        Some(Self {
            zero_count: now.zero_count.checked_sub(before.zero_count)?,
            positive: counts_since(&now.positive, &before.positive)?,
            negative: counts_since(&now.negative, &before.negative)?,
            ..now
        })
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        let (mut sum, other) = on_one_scale(self, other);
        sum.zero_count = sum.zero_count.saturating_add(other.zero_count);
        for (counts, more) in [(&mut sum.positive, other.positive), (&mut sum.negative, other.negative)] {
            more.into_iter().for_each(|(index, count)| add(counts, index, count));
        }
        sum.bounded()
    }

    /// Buckets from the least value to the greatest.
    pub(super) fn stretches(&self) -> Vec<Bucket> {
        let stretch = |lower, upper, count| Bucket { lower, upper, count, by_logarithm: true };
        let negative = self.negative.iter().rev().map(|(index, count)| stretch(-self.bound(index + 1), -self.bound(*index), *count));
        let zero = Bucket { lower: 0.0, upper: 0.0, count: self.zero_count, by_logarithm: false };
        let positive = self.positive.iter().map(|(index, count)| stretch(self.bound(*index), self.bound(index + 1), *count));
        negative.chain([zero]).chain(positive).collect()
    }

    fn bound(&self, index: i64) -> f64 {
        bound(self.scale, index)
    }

    /// Two buckets become one with each step down.
    fn downscaled(mut self, steps: u32) -> Self {
        if steps > 0 {
            let shift = steps.min(i64::BITS - 1);
            self.scale = self.scale.saturating_sub_unsigned(steps);
            self.positive = joined(&self.positive, shift);
            self.negative = joined(&self.negative, shift);
        }
        self
    }

    /// Keeps detail within reason.
    fn bounded(mut self) -> Self {
        while self.positive.len().max(self.negative.len()) > EXPONENTIAL_BUCKETS_MAX {
            self = self.downscaled(1);
        }
        self
    }

    /// Counts buckets as zero that lie below another threshold.
    fn with_threshold(mut self, threshold: f64) -> Self {
        if threshold > self.zero_threshold {
            let is_above = |index: i64| bound(self.scale, index + 1) > threshold;
            for counts in [&mut self.positive, &mut self.negative] {
                let below: u64 =
                    counts.iter().filter(|(index, _)| !is_above(**index)).fold(0, |sum: u64, (_, count)| sum.saturating_add(*count));
                counts.retain(|index, _| is_above(*index));
                self.zero_count = self.zero_count.saturating_add(below);
            }
            self.zero_threshold = threshold;
        }
        self
    }
}

/// The lower bound of a bucket: `2^(index * 2^-scale)`.
fn bound(scale: i32, index: i64) -> f64 {
    if index == 0 {
        // Nothing times an infinite width is no number.
        return 1.0;
    }
    (index as f64 * (-f64::from(scale)).exp2()).exp2()
}

fn on_one_scale(left: &Exponential, right: &Exponential) -> (Exponential, Exponential) {
    let scale = left.scale.min(right.scale);
    let threshold = left.zero_threshold.max(right.zero_threshold);
    let fitted = |side: &Exponential| side.clone().downscaled(side.scale.abs_diff(scale)).with_threshold(threshold);
    (fitted(left), fitted(right))
}

fn counts_of(buckets: &ExponentialBuckets) -> Counts {
    let first = i64::from(buckets.offset);
    (first..).zip(&buckets.counts).filter(|(_, count)| **count > 0).map(|(index, count)| (index, *count)).collect()
}

fn counts_since(now: &Counts, before: &Counts) -> Option<Counts> {
    let mut since = now.clone();
    for (index, count) in before {
        let left = since.get(index).copied().unwrap_or(0).checked_sub(*count)?;
        match left {
            0 => since.remove(index),
            _ => since.insert(*index, left),
        };
    }
    Some(since)
}

fn joined(counts: &Counts, shift: u32) -> Counts {
    let mut joined = Counts::new();
    counts.iter().for_each(|(index, count)| add(&mut joined, index >> shift, *count));
    joined
}

fn add(counts: &mut Counts, index: i64, count: u64) {
    let sum = counts.entry(index).or_default();
    *sum = sum.saturating_add(count);
}

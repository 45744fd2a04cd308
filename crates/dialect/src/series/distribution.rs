//! Histograms of both kinds: added, subtracted, and asked for quantiles.

mod exponential;

use model::{HistogramValue, MetricValue, SummaryValue};

use exponential::Exponential;

/// How many values there were, and where they lay.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Distribution {
    pub count: u64,
    /// Absent where a sender leaves it out or has counted a NaN in.
    pub sum: Option<f64>,
    /// Known of deltas and of the first point of a run: later cumulative points tell those of the whole run.
    pub min: Option<f64>,
    pub max: Option<f64>,
    buckets: Buckets,
}

#[derive(Debug, Clone, PartialEq, Default)]
enum Buckets {
    #[default]
    Unknown,
    /// One count more than bounds, which rise.
    Explicit {
        bounds: Vec<f64>,
        counts: Vec<u64>,
    },
    Exponential(Exponential),
}

/// A stretch of values with how many lie in it.
pub(super) struct Bucket {
    lower: f64,
    upper: f64,
    count: u64,
    /// Values are taken to lie evenly by their logarithm, not by their size.
    by_logarithm: bool,
}

impl Distribution {
    /// Returns what a point tells; None where it is no histogram and no summary.
    ///
    /// Quantiles of summaries are left out: nobody can add or subtract them.
    pub(super) fn of(value: &MetricValue) -> Option<Self> {
        let number = |number: Option<f64>| number.filter(|number| number.is_finite());
        Some(match value {
            MetricValue::Histogram(histogram) => Self {
                count: histogram.count,
                sum: number(histogram.sum),
                min: number(histogram.min),
                max: number(histogram.max),
                buckets: explicit(histogram),
            },
            MetricValue::ExponentialHistogram(histogram) => Self {
                count: histogram.count,
                sum: number(histogram.sum),
                min: number(histogram.min),
                max: number(histogram.max),
                buckets: Buckets::Exponential(Exponential::of(histogram)),
            },
            MetricValue::Summary(SummaryValue { count, sum, .. }) => Self { count: *count, sum: number(Some(*sum)), ..Self::default() },
            MetricValue::Absent | MetricValue::Int(_) | MetricValue::Double(_) => return None,
        })
    }

    /// Returns what came since an earlier point; None where a count fell: the sender has begun again.
    pub(super) fn since(&self, before: &Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_sub(before.count)?,
            sum: self.sum.zip(before.sum).map(|(sum, before)| sum - before),
            min: None,
            max: None,
            buckets: self.buckets.since(&before.buckets)?,
        })
    }

    pub(super) fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = other.clone();
            return;
        }
        self.count = self.count.saturating_add(other.count);
        self.sum = self.sum.zip(other.sum).map(|(left, right)| left + right);
        self.min = self.min.zip(other.min).map(|(left, right)| left.min(right));
        self.max = self.max.zip(other.max).map(|(left, right)| left.max(right));
        self.buckets = self.buckets.plus(&other.buckets);
    }

    pub fn average(&self) -> Option<f64> {
        self.sum.filter(|_| self.count > 0).map(|sum| sum / self.count as f64)
    }

    /// Estimates a quantile (0 to 1) from the buckets; None where there are none.
    ///
    /// Values are taken to lie evenly in their bucket: by size where the sender chose the bounds, by logarithm in exponential buckets.
    /// The first bucket begins at the least value, or at zero where that is unknown; the last ends at the greatest value, or has no width.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let buckets = match &self.buckets {
            Buckets::Unknown => return None,
            Buckets::Explicit { bounds, counts } => self.explicit_stretches(bounds, counts)?,
            Buckets::Exponential(exponential) => exponential.stretches(),
        };
        let total = buckets.iter().map(|bucket| bucket.count as f64).sum::<f64>();
        let wanted = quantile * total;
        let mut seen = 0.0;
        let mut found = None;
        for bucket in buckets.iter().filter(|bucket| bucket.count > 0) {
            let share = ((wanted - seen) / bucket.count as f64).clamp(0.0, 1.0);
            found = Some(bucket.at(share));
            seen += bucket.count as f64;
            if seen >= wanted {
                break;
            }
        }
        let value = found?;
        let value = self.min.map_or(value, |min| value.max(min));
        Some(self.max.map_or(value, |max| value.min(max)))
    }

    fn explicit_stretches(&self, bounds: &[f64], counts: &[u64]) -> Option<Vec<Bucket>> {
        let (first, last) = match (bounds.first(), bounds.last()) {
            (Some(first), Some(last)) => (self.min.unwrap_or(first.min(0.0)), self.max.unwrap_or(*last)),
            _ => (self.min?, self.max?),
        };
        let lowers = [first].into_iter().chain(bounds.iter().copied());
        let uppers = bounds.iter().copied().chain([last]);
        let stretches = lowers.zip(uppers).zip(counts);
        Some(stretches.map(|((lower, upper), count)| Bucket { lower, upper, count: *count, by_logarithm: false }).collect())
    }
}

impl Bucket {
    fn at(&self, share: f64) -> f64 {
        let ratio = self.upper / self.lower;
        match self.by_logarithm {
            // Bounds beyond what a double can hold have no ratio.
            true if ratio.is_finite() => self.lower * ratio.powf(share),
            true => self.lower,
            false => self.lower + (self.upper - self.lower) * share,
        }
    }
}

/// Reads buckets whose bounds rise and fit their counts; others tell nothing about where values lie.
fn explicit(histogram: &HistogramValue) -> Buckets {
    let HistogramValue { bounds, bucket_counts, .. } = histogram;
    let rises = bounds.windows(2).all(|pair| pair[0] < pair[1]) && bounds.iter().all(|bound| bound.is_finite());
    if bucket_counts.len() != bounds.len() + 1 || !rises {
        return Buckets::Unknown;
    }
    Buckets::Explicit { bounds: bounds.clone(), counts: bucket_counts.clone() }
}

impl Buckets {
    /// None where a count fell; unknown where the two cannot be compared.
    fn since(&self, before: &Self) -> Option<Self> {
        match (self, before) {
            (Self::Explicit { bounds, counts }, Self::Explicit { bounds: bounds_before, counts: counts_before }) => {
                if bounds != bounds_before {
                    return Some(Self::Unknown);
                }
                let counts: Option<Vec<u64>> = counts.iter().zip(counts_before).map(|(count, before)| count.checked_sub(*before)).collect();
                Some(Self::Explicit { bounds: bounds.clone(), counts: counts? })
            }
            (Self::Exponential(exponential), Self::Exponential(before)) => exponential.since(before).map(Self::Exponential),
            _ => Some(Self::Unknown),
        }
    }

    fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Explicit { bounds, counts }, Self::Explicit { bounds: other_bounds, counts: other_counts }) => {
                // On the bounds that both have, no count has to be guessed.
                let shared: Vec<f64> = bounds.iter().copied().filter(|bound| other_bounds.contains(bound)).collect();
                let (left, right) = (on_bounds(bounds, counts, &shared), on_bounds(other_bounds, other_counts, &shared));
                let counts = left.iter().zip(&right).map(|(left, right)| left.saturating_add(*right)).collect();
                Self::Explicit { bounds: shared, counts }
            }
            (Self::Exponential(left), Self::Exponential(right)) => Self::Exponential(left.plus(right)),
            _ => Self::Unknown,
        }
    }
}

/// Joins buckets until only some of their bounds are left.
fn on_bounds(bounds: &[f64], counts: &[u64], kept: &[f64]) -> Vec<u64> {
    let mut joined = vec![0_u64; kept.len() + 1];
    let mut at = 0;
    for (index, count) in counts.iter().enumerate() {
        joined[at] = joined[at].saturating_add(*count);
        if at < kept.len() && bounds.get(index) == Some(&kept[at]) {
            at += 1;
        }
    }
    joined
}

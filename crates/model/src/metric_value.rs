//! What a metric point says, with the exact types OTLP gives it (opentelemetry-proto `metrics.proto`, v1.9).

/// The value of one data point.
#[derive(Debug, Clone, PartialEq)]
pub enum MetricValue {
    /// The sender says that there is nothing to say at this time (flag `NO_RECORDED_VALUE`), or says nothing.
    Absent,
    Int(i64),
    Double(f64),
    Histogram(HistogramValue),
    ExponentialHistogram(ExponentialHistogramValue),
    Summary(SummaryValue),
}

/// A histogram with bounds of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HistogramValue {
    pub count: u64,
    pub sum: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// Upper bounds, inclusive, rising; the last bucket has none.
    pub bounds: Vec<f64>,
    /// One more than bounds, or empty where the sender counts no buckets.
    pub bucket_counts: Vec<u64>,
}

/// A histogram whose bounds are powers of `2^(2^-scale)`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExponentialHistogramValue {
    pub count: u64,
    pub sum: Option<f64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub scale: i32,
    /// Values whose size is at most `zero_threshold`.
    pub zero_count: u64,
    pub zero_threshold: f64,
    pub positive: ExponentialBuckets,
    /// By the size of the values, without their sign.
    pub negative: ExponentialBuckets,
}

/// Counts of neighbouring buckets: the first is bucket `offset`, and bucket i holds values above `base^i` up to `base^(i+1)`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExponentialBuckets {
    pub offset: i32,
    pub counts: Vec<u64>,
}

/// Count, sum and quantiles that the sender computed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SummaryValue {
    pub count: u64,
    pub sum: f64,
    /// Pairs of quantile (0 to 1) and value.
    pub quantiles: Vec<(f64, f64)>,
}

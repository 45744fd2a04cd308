//! Metrics in JSON.

use std::collections::{BTreeMap, BTreeSet};

use dialect::{Distribution, Number, Series, Tally, metric_meaning};
use model::{AnyValue, MetricKind};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{attributes_json, value_json};
use utoipa::ToSchema;

use super::groups::folded;
use super::question::Steps;
use super::traced::{Traced, service_of};

/// A metric of one name, unit, kind and temporality.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricAnswer {
    name: String,
    /// The newest name of a known metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical_name: Option<&'static str>,
    /// What it measures, where that is known: `tokens`, `cost`, `duration`, `tool_calls` and so on.
    #[serde(skip_serializing_if = "Option::is_none")]
    measure: Option<&'static str>,
    /// The attribute whose values should not be added up without thought.
    #[serde(skip_serializing_if = "Option::is_none")]
    split_by: Option<&'static str>,
    unit: String,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`.
    kind: &'static str,
    /// `delta` or `cumulative`.
    #[serde(skip_serializing_if = "Option::is_none")]
    temporality: Option<&'static str>,
    /// Whether a sum only rises.
    #[serde(skip_serializing_if = "Option::is_none")]
    monotonic: Option<bool>,
    series_count: usize,
    point_count: usize,
    first_unix_nanos: String,
    last_unix_nanos: String,
    services: BTreeSet<String>,
    /// True where spans of the same session or service tell usage in the range: this is a second telling of it, at least in part.
    /// Absent where the metric is about something else, or where too many spans would have to be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_in_traces: Option<bool>,
    groups: Vec<GroupAnswer>,
    group_count: usize,
}

/// Series that share the values of some attributes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupAnswer {
    /// Values of the attributes grouped by.
    pub(super) by: BTreeMap<String, Value>,
    /// The common word for what the group is a part of: `input`, `output`, `cache_read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<&'static str>,
    pub(super) series_count: usize,
    pub(super) total: TallyAnswer,
    /// Steps with points, where steps were asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) steps: Vec<StepAnswer>,
}

/// What one sender tells under one name with one set of attributes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SeriesAnswer {
    name: String,
    unit: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    temporality: Option<&'static str>,
    attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<String>,
    scope_name: String,
    point_count: usize,
    first_unix_nanos: String,
    last_unix_nanos: String,
    /// As in the metric, of this series alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_in_traces: Option<bool>,
    total: TallyAnswer,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepAnswer>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepAnswer {
    start_unix_nanos: String,
    tally: TallyAnswer,
}

/// What points say together; numbers as attribute values are written.
///
/// Counters have `increase`; gauges and sums that may fall `last`, `min` and `max`; histograms and summaries the rest, and `min` and `max`
/// where all points tell them. Quantiles are estimates from buckets.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TallyAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    increase: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    avg: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p50: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<Value>,
}

impl MetricAnswer {
    /// Describes series of one metric, of which there is at least one.
    pub(super) fn of(
        series: &[&Series],
        from_unix_nanos: Option<u64>,
        groups: Vec<GroupAnswer>,
        group_count: usize,
        traced: &Traced,
    ) -> Self {
        let first = series[0];
        let meaning = metric_meaning(&first.name);
        let times = || series.iter().flat_map(|series| series.times(from_unix_nanos));
        let counted: Vec<Option<bool>> = series.iter().map(|series| traced.counts(series)).collect();
        let counted_in_traces = match counted.contains(&Some(true)) {
            true => Some(true),
            false => counted.iter().all(Option::is_some).then_some(false),
        };
        Self {
            name: first.name.clone(),
            canonical_name: meaning.as_ref().map(|meaning| meaning.name),
            measure: meaning.as_ref().map(|meaning| meaning.measure.as_str()),
            split_by: meaning.as_ref().and_then(|meaning| meaning.split_by),
            unit: first.unit.clone(),
            kind: first.kind.as_str(),
            temporality: temporality_of(first),
            monotonic: (first.kind == MetricKind::Sum).then_some(first.monotonic),
            series_count: series.len(),
            point_count: times().count(),
            first_unix_nanos: times().min().unwrap_or_default().to_string(),
            last_unix_nanos: times().max().unwrap_or_default().to_string(),
            services: series.iter().filter_map(|series| service_of(series)).map(str::to_owned).collect(),
            counted_in_traces,
            groups,
            group_count,
        }
    }
}

impl SeriesAnswer {
    pub(super) fn of(series: &Series, from_unix_nanos: Option<u64>, steps: Option<Steps>, counted_in_traces: Option<bool>) -> Self {
        let folded = folded(series, from_unix_nanos, steps);
        let times = || series.times(from_unix_nanos);
        Self {
            name: series.name.clone(),
            unit: series.unit.clone(),
            kind: series.kind.as_str(),
            temporality: temporality_of(series),
            attributes: attributes_json(&series.attributes),
            service_name: service_of(series).map(str::to_owned),
            scope_name: series.scope.name.clone(),
            point_count: times().count(),
            first_unix_nanos: times().next().unwrap_or_default().to_string(),
            last_unix_nanos: times().next_back().unwrap_or_default().to_string(),
            counted_in_traces,
            total: folded.total.as_ref().map(TallyAnswer::of).unwrap_or_default(),
            steps: StepAnswer::all(&folded.steps),
        }
    }
}

impl StepAnswer {
    pub(super) fn all(steps: &BTreeMap<u64, Tally>) -> Vec<Self> {
        let step = |(start, tally): (&u64, &Tally)| Self { start_unix_nanos: start.to_string(), tally: TallyAnswer::of(tally) };
        steps.iter().map(step).collect()
    }
}

impl TallyAnswer {
    pub(super) fn of(tally: &Tally) -> Self {
        match tally {
            Tally::Increase(number) => Self { increase: Some(number_json(*number)), ..Self::default() },
            Tally::Values { last, min, max, .. } => {
                let [last, min, max] = [last, min, max].map(|number| Some(number_json(*number)));
                Self { last, min, max, ..Self::default() }
            }
            Tally::Distribution(distribution) => Self::of_distribution(distribution),
        }
    }

    fn of_distribution(distribution: &Distribution) -> Self {
        let double = |number: Option<f64>| number.map(|number| value_json(&AnyValue::Double(number)));
        let quantile = |share| double(distribution.quantile(share));
        Self {
            count: Some(number_json(Number::Int(distribution.count.into()))),
            sum: double(distribution.sum),
            avg: double(distribution.average()),
            min: double(distribution.min),
            max: double(distribution.max),
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            ..Self::default()
        }
    }
}

fn number_json(number: Number) -> Value {
    match number {
        Number::Int(number) => {
            i64::try_from(number).map_or_else(|_| Value::from(number.to_string()), |number| value_json(&AnyValue::Int(number)))
        }
        Number::Double(number) => value_json(&AnyValue::Double(number)),
    }
}

fn temporality_of(series: &Series) -> Option<&'static str> {
    match series.temporality {
        1 => Some("delta"),
        2 => Some("cumulative"),
        _ => None,
    }
}

//! Histograms: one figure by buckets of time, split by the values of a field.

use axum::Json;
use serde::{Deserialize, Serialize};
use store::TimeRange;
use store::aggregate::{AggregateQuery, Amount, Clock, Grouping, Measure, TimeBucket};
use utoipa::{IntoParams, ToSchema};

use super::figures::{FigureAnswer, NamedMeasure, QuestionCost, bucket, clock, dimension, extent, field, fitting_width, measure};
use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::HISTOGRAM_PARTS_DEFAULT;
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HistogramParams {
    /// Filter in the query language, of spans.
    q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// `count`, `rate`, or `sum`, `mean`, `min`, `max`, `p50`, `p95`, `p99` or `distinct` of a field, an attribute, a place or a score:
    /// `p95(duration_nanos)`; by default `count`.
    measure: Option<String>,
    /// Length of a bucket: `30s`, `5m`, `1h`, `1d`; absent takes one that makes some dozens of them.
    bucket: Option<String>,
    /// Field, attribute, place or score whose values split each bucket; absent splits counts by `status` and other measures not at all, empty nothing.
    by: Option<String>,
    /// The viewer's time zone, where days begin: `Europe/Berlin`, or what the clock is ahead of UTC, `+02:00`.
    zone: Option<String>,
    /// Values that a bucket is split by, those with the most spans; by default 10.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Histogram {
    measure: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    /// Decimal string.
    bucket_nanos: String,
    /// The values that buckets are split by, those with the most spans first; one without a name where nothing is split.
    series: Vec<Series>,
    /// Different values, those beyond the limit included.
    series_count: u64,
    /// Spans that meet the filter.
    rows: u64,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Series {
    /// Absent for the spans that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// In order of time; those without spans are left out.
    buckets: Vec<Bucket>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bucket {
    /// Decimal string.
    start_unix_nanos: String,
    rows: u64,
    figure: FigureAnswer,
}

/// Tells one figure of spans by time.
#[utoipa::path(get, operation_id = "draw_histogram", path = "/api/v1/projects/{project}/histogram", tag = "figures", params(("project" = String, Path, description = "Slug"), HistogramParams),
    responses((status = 200, body = Histogram), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn draw(scope: ProjectScope, Params(params): Params<HistogramParams>) -> Result<Json<Histogram>, Problem> {
    let measure = measure(params.measure.as_deref().filter(|text| !text.is_empty()).unwrap_or("count"))?;
    let by = match (params.by.as_deref(), &measure.measure) {
        (Some(name), _) => Some(name).filter(|name| !name.is_empty()).map(dimension).transpose()?,
        (None, Measure::Count) => Some(field("status")?.into()),
        (None, _) => None,
    };
    let mut query = AggregateQuery {
        range: time_range::parse(params.t.as_deref())?,
        filter: parse_query(params.q.as_deref())?,
        groupings: Vec::new(),
        measures: vec![measure.measure.clone()],
    };
    let clock = clock(params.zone.as_deref())?;
    let bucket = match params.bucket.as_deref().filter(|text| !text.is_empty()) {
        Some(width) => bucket(width, clock)?,
        None => fitting_bucket(&scope, &query, clock).await?,
    };
    let limit = params.limit.unwrap_or(HISTOGRAM_PARTS_DEFAULT);
    query.groupings = vec![Grouping { by: by.iter().cloned().collect(), bucket: Some(bucket.clone()), limit, ..Grouping::default() }];
    let mut answer = scope.aggregate(&query).await?;
    let groups = answer.groupings.remove(0);
    let mut series: Vec<Series> = Vec::new();
    for values in groups.groups.chunk_by(|one, other| one.values == other.values) {
        let value = values[0].values.first().cloned().flatten();
        series.push(Series { value, buckets: values.iter().map(|group| told(&measure, group)).collect() });
    }
    Ok(Json(Histogram {
        measure: measure.name,
        by: by.map(|by| by.name()),
        bucket_nanos: bucket.width_nanos.to_string(),
        series,
        series_count: groups.total,
        rows: answer.rows,
        cost: answer.cost.into(),
    }))
}

fn told(measure: &NamedMeasure, group: &store::aggregate::Group) -> Bucket {
    Bucket {
        start_unix_nanos: group.start_unix_nanos.unwrap_or_default().to_string(),
        rows: group.rows,
        figure: FigureAnswer::new(&measure.measure, &group.figures[0]),
    }
}

/// A bucket for the range; where it is open, for the time from the first to the last span.
async fn fitting_bucket(scope: &ProjectScope, query: &AggregateQuery, clock: Clock) -> Result<TimeBucket, Problem> {
    let nanos = match extent(query.range) {
        Some(nanos) => nanos,
        None => {
            let start = field("start_unix_nanos")?;
            let whole = Grouping { limit: 1, ..Grouping::default() };
            let ends = AggregateQuery {
                groupings: vec![whole],
                measures: vec![Measure::Min(start.into()), Measure::Max(start.into())],
                ..query.clone()
            };
            let answer = scope.aggregate(&ends).await?;
            let figures = answer.groupings[0].groups.first().map(|group| group.figures.as_slice());
            let moment = |place: usize| match figures?.get(place)?.amount? {
                Amount::Whole(nanos) => u64::try_from(nanos).ok(),
                Amount::Fraction(_) => None,
            };
            extent(TimeRange { from_unix_nanos: moment(0), to_unix_nanos: moment(1) }).unwrap_or_default()
        }
    };
    Ok(TimeBucket { width_nanos: fitting_width(nanos), clock })
}

//! Metrics as senders tell them: which there are, and what their series say over time.
//!
//! What they tell is shown and never added to traces: an agent tells the same tokens by spans, by logs and by metrics.

mod points;
mod traced;

mod question;

mod shapes;

mod groups;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::Path;
use dialect::{Series, metric_meaning, metric_names};
use serde::{Deserialize, Serialize};
use store::{Order, PointQuery};
use utoipa::{IntoParams, ToSchema};

use super::params::Params;
use super::time_range;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::limits::METRIC_SERIES_SHOWN_MAX;
use crate::problem::Problem;

use points::{Found, read_series};
use question::{Steps, group_keys};
use shapes::{MetricAnswer, SeriesAnswer};
use traced::Traced;

const COMPUTE: &str = "compute the series";

/// The metrics of a project.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricList {
    /// By name; one of each unit, kind and temporality that senders use under the name.
    metrics: Vec<MetricAnswer>,
    #[serde(flatten)]
    read: ReadAnswer,
}

/// What an answer rests on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReadAnswer {
    /// Points of the range that were read.
    points_read: usize,
    /// Points whose value cannot be read.
    points_unreadable: usize,
    /// False where the range holds more points than are read at once: the newest were, and the answer begins at `from_unix_nanos`.
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_unix_nanos: Option<String>,
}

/// One metric with its series.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricDetail {
    /// As asked for.
    name: String,
    /// The names looked for: all of a renamed metric where its newest name was asked for.
    names: Vec<String>,
    metrics: Vec<MetricAnswer>,
    /// The last active first, at most 500.
    series: Vec<SeriesAnswer>,
    series_count: usize,
    group_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_nanos: Option<String>,
    #[serde(flatten)]
    read: ReadAnswer,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RangeParams {
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
}

/// Of the two names in the path; `ProjectScope` reads the other.
#[derive(Debug, Deserialize)]
pub(crate) struct MetricPath {
    name: String,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct MetricParams {
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Attributes of points or resources, separated by commas; by default the one that splits a known metric into kinds.
    group_by: Option<String>,
    /// Length of a step: `30s`, `1m`, `1h`, `1d`; absent gives totals alone.
    step: Option<String>,
}

/// Lists the metrics with points in a range: what they measure, how they are sent, and what they add up to.
#[utoipa::path(get, operation_id = "list_metrics", path = "/api/v1/projects/{project}/metrics", tag = "metrics", params(("project" = String, Path, description = "Slug"), RangeParams),
    responses((status = 200, body = MetricList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope, Params(params): Params<RangeParams>) -> Result<Json<MetricList>, Problem> {
    let range = time_range::parse(params.t.as_deref())?;
    let found = read_series(&scope, &[None], range).await?;
    let traced = Traced::of(&scope, found.range(range), &found.series).await?;
    Ok(Json(aside(COMPUTE, move || MetricList { metrics: metric_answers(&found, &[], None, &traced), read: read_answer(&found) }).await?))
}

/// Returns the series of a metric over time: of counters the increase, of gauges the values, of histograms counts and quantiles.
#[utoipa::path(get, operation_id = "get_metric", path = "/api/v1/projects/{project}/metrics/{name}", tag = "metrics",
    params(("project" = String, Path, description = "Slug"), ("name" = String, Path, description = "Name of the metric"), MetricParams),
    responses((status = 200, body = MetricDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get(
    scope: ProjectScope,
    Path(path): Path<MetricPath>,
    Params(params): Params<MetricParams>,
) -> Result<Json<MetricDetail>, Problem> {
    let name = path.name;
    let range = time_range::parse(params.t.as_deref())?;
    let group_by = group_keys(params.group_by.as_deref())?;
    let names: Vec<String> = metric_names(&name).into_iter().map(str::to_owned).collect();
    let wanted: Vec<Option<&str>> = names.iter().map(|name| Some(name.as_str())).collect();
    let found = read_series(&scope, &wanted, range).await?;
    if found.series.is_empty() && !is_known(&scope, &names).await? {
        let hint = format!("`/api/v1/projects/{}/metrics` lists the names.", scope.project());
        return Err(Problem::not_found(format!("no points of a metric `{name}` were received")).with_hint(hint));
    }
    let steps = params.step.as_deref().map(|step| Steps::parse(step, &found)).transpose()?;
    let traced = Traced::of(&scope, found.range(range), &found.series).await?;
    Ok(Json(aside(COMPUTE, move || detail(name, names, &found, group_by, steps, &traced)).await?))
}

async fn is_known(scope: &ProjectScope, names: &[String]) -> Result<bool, Problem> {
    for name in names {
        let query = PointQuery { name: Some(name.clone()), order: Order::Descending, limit: 1, ..PointQuery::default() };
        if !scope.list_points(&query).await?.points.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn detail(name: String, names: Vec<String>, found: &Found, group_by: Vec<String>, steps: Option<Steps>, traced: &Traced) -> MetricDetail {
    let metrics = metric_answers(found, &group_by, steps, traced);
    let last = |series: &&Series| std::cmp::Reverse(series.times(found.from_unix_nanos).next_back());
    let mut shown: Vec<&Series> = found.series.iter().collect();
    shown.sort_by_key(last);
    shown.truncate(METRIC_SERIES_SHOWN_MAX);
    MetricDetail {
        metrics,
        series: shown.into_iter().map(|series| SeriesAnswer::of(series, found.from_unix_nanos, steps, traced.counts(series))).collect(),
        series_count: found.series.len(),
        group_by: if group_by.is_empty() { default_group_keys(&name) } else { group_by },
        step_nanos: steps.map(|steps| steps.nanos.to_string()),
        name,
        names,
        read: read_answer(found),
    }
}

/// Kinds of tokens must not be added up without thought, so they are told apart unless asked for otherwise.
fn default_group_keys(name: &str) -> Vec<String> {
    metric_meaning(name).and_then(|meaning| meaning.split_by).map(str::to_owned).into_iter().collect()
}

fn metric_answers(found: &Found, group_by: &[String], steps: Option<Steps>, traced: &Traced) -> Vec<MetricAnswer> {
    let mut metrics: BTreeMap<_, Vec<&Series>> = BTreeMap::new();
    for series in &found.series {
        let key = (&series.name, &series.unit, series.kind.as_str(), series.temporality, series.monotonic);
        metrics.entry(key).or_default().push(series);
    }
    let answer = |series: Vec<&Series>| {
        let keys = if group_by.is_empty() { default_group_keys(&series[0].name) } else { group_by.to_vec() };
        let (groups, group_count) = groups::grouped(&series, &keys, found.from_unix_nanos, steps);
        MetricAnswer::of(&series, found.from_unix_nanos, groups, group_count, traced)
    };
    metrics.into_values().map(answer).collect()
}

fn read_answer(found: &Found) -> ReadAnswer {
    ReadAnswer {
        points_read: found.points_read,
        points_unreadable: found.points_unreadable,
        complete: found.complete,
        from_unix_nanos: found.from_unix_nanos.map(|from| from.to_string()),
    }
}

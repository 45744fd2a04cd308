//! Figures of spans by the values of fields and by time.

use std::collections::BTreeMap;

use axum::Json;
use serde::{Deserialize, Serialize};
use store::aggregate::{AggregateQuery, Group, Grouping, Rank};
use utoipa::{IntoParams, ToSchema};

use super::figures::{FigureAnswer, NamedMeasure, QuestionCost, bucket, clock, dimensions, measures};
use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::GROUPS_DEFAULT;
use crate::problem::Problem;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AggregateParams {
    /// Filter in the query language, of spans.
    q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Measures, separated by commas: `count`, `rate`, or `sum`, `mean`, `min`, `max`, `p50`, `p95`, `p99` or `distinct` of a field, an attribute, a
    /// place or a score, as in `sum(cost_usd),p95(duration_nanos),mean(output.confidence)`; by default `count`.
    ///
    /// Tokens and money count in spans that are billed, once.
    measures: Option<String>,
    /// Fields, attributes, places in JSON values or scores whose values make groups, as queries name them: `request_model,output.route`.
    /// Separated by commas, at most four; none makes one group.
    by: Option<String>,
    /// Length of a bucket of time: `5m`, `1h`, `1d`; absent makes none.
    bucket: Option<String>,
    /// The viewer's time zone, where days begin: `Europe/Berlin`, or what the clock is ahead of UTC, `+02:00`.
    zone: Option<String>,
    /// A measure: the groups with its highest figures come first; absent puts those with the most spans first.
    rank: Option<String>,
    /// Combinations of values, each with all its buckets: 0 to 1000, by default 100.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Aggregate {
    /// By rank; those of one combination of values in order of time. Buckets without spans are left out.
    groups: Vec<GroupFigures>,
    /// Combinations of values, those beyond the limit included.
    group_count: u64,
    /// Spans that meet the filter.
    rows: u64,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GroupFigures {
    /// Value by name, as queries write it; what the spans of the group do not have is absent.
    by: BTreeMap<String, String>,
    /// Where the bucket begins; decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_unix_nanos: Option<String>,
    rows: u64,
    /// By measure, as it was asked for.
    figures: BTreeMap<String, FigureAnswer>,
}

/// Tells figures of groups of spans.
#[utoipa::path(get, operation_id = "aggregate_spans", path = "/api/v1/projects/{project}/aggregate", tag = "figures", params(("project" = String, Path, description = "Slug"), AggregateParams),
    responses((status = 200, body = Aggregate), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn ask(scope: ProjectScope, Params(params): Params<AggregateParams>) -> Result<Json<Aggregate>, Problem> {
    let measures = measures(params.measures.as_deref().filter(|text| !text.is_empty()).unwrap_or("count"))?;
    let grouping = params.grouping(&measures)?;
    let query = AggregateQuery {
        range: time_range::parse(params.t.as_deref())?,
        filter: parse_query(params.q.as_deref())?,
        groupings: vec![grouping.clone()],
        measures: measures.iter().map(|named| named.measure.clone()).collect(),
    };
    let mut answer = scope.aggregate(&query).await?;
    let groups = answer.groupings.remove(0);
    Ok(Json(Aggregate {
        groups: groups.groups.into_iter().map(|group| told(&grouping, &measures, group)).collect(),
        group_count: groups.total,
        rows: answer.rows,
        cost: answer.cost.into(),
    }))
}

impl AggregateParams {
    fn grouping(&self, measures: &[NamedMeasure]) -> Result<Grouping, Problem> {
        let width = self.bucket.as_deref().filter(|text| !text.is_empty());
        let rank = match self.rank.as_deref().filter(|text| !text.is_empty()) {
            None => Rank::Rows,
            Some(text) => {
                let place = measures.iter().position(|named| named.name == text);
                let unasked = || {
                    Problem::bad_request("invalid-rank", format!("`{}` is none of the measures", text.chars().take(80).collect::<String>()))
                };
                Rank::Measure(place.ok_or_else(unasked)?)
            }
        };
        Ok(Grouping {
            by: dimensions(self.by.as_deref().unwrap_or_default())?,
            bucket: width.map(|width| bucket(width, clock(self.zone.as_deref())?)).transpose()?,
            limit: self.limit.unwrap_or(GROUPS_DEFAULT),
            rank,
        })
    }
}

fn told(grouping: &Grouping, measures: &[NamedMeasure], group: Group) -> GroupFigures {
    let values = grouping.by.iter().zip(group.values).filter_map(|(by, value)| Some((by.name(), value?)));
    let figures = measures.iter().zip(&group.figures);
    GroupFigures {
        by: values.collect(),
        start_unix_nanos: group.start_unix_nanos.map(|start| start.to_string()),
        rows: group.rows,
        figures: figures.map(|(named, figure)| (named.name.clone(), FigureAnswer::new(&named.measure, figure))).collect(),
    }
}

//! Facets: how many spans have which value, for several fields at once.

use axum::Json;
use serde::{Deserialize, Serialize};
use store::aggregate::{AggregateQuery, Grouping, Groups};
use utoipa::{IntoParams, ToSchema};

use super::figures::{QuestionCost, dimensions};
use super::page::parse_query;
use super::params::Params;
use super::time_range;
use crate::auth::ProjectScope;
use crate::limits::FACET_VALUES_DEFAULT;
use crate::problem::Problem;

/// The fields that are counted where none are named: what people narrow a list of spans by.
const FIELDS_DEFAULT: &str = "status,obs_type,name,request_model,service_name,environment,release,user_id,tags,error_type";

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FacetParams {
    /// Filter in the query language, of spans.
    q: Option<String>,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time.
    t: Option<String>,
    /// Fields, attributes, places in JSON values or scores, separated by commas; absent counts the usual fields.
    fields: Option<String>,
    /// Values of each field, the most frequent first: 0 to 1000, by default 10.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetList {
    /// In the order asked for.
    facets: Vec<Facet>,
    /// Spans that meet the filter.
    rows: u64,
    cost: QuestionCost,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Facet {
    field: String,
    /// The most frequent first.
    values: Vec<FacetValue>,
    /// Different values, those beyond the limit included; having none is one of them.
    value_count: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FacetValue {
    /// Absent for the spans that have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    count: u64,
}

/// Counts the spans of each value of some fields. A span with several tags is counted for each.
#[utoipa::path(get, operation_id = "count_facets", path = "/api/v1/projects/{project}/facets", tag = "figures", params(("project" = String, Path, description = "Slug"), FacetParams),
    responses((status = 200, body = FacetList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn count(scope: ProjectScope, Params(params): Params<FacetParams>) -> Result<Json<FacetList>, Problem> {
    let fields = dimensions(params.fields.as_deref().unwrap_or(FIELDS_DEFAULT))?;
    let limit = params.limit.unwrap_or(FACET_VALUES_DEFAULT);
    let query = AggregateQuery {
        range: time_range::parse(params.t.as_deref())?,
        filter: parse_query(params.q.as_deref())?,
        groupings: fields.iter().map(|field| Grouping { by: vec![field.clone()], limit, ..Grouping::default() }).collect(),
        measures: Vec::new(),
    };
    let answer = scope.aggregate(&query).await?;
    let facets = fields.iter().zip(answer.groupings).map(|(field, groups)| facet(field.name(), groups)).collect();
    Ok(Json(FacetList { facets, rows: answer.rows, cost: answer.cost.into() }))
}

fn facet(field: String, groups: Groups) -> Facet {
    let value = |group: store::aggregate::Group| FacetValue { value: group.values.into_iter().next().flatten(), count: group.rows };
    Facet { field, values: groups.groups.into_iter().map(value).collect(), value_count: groups.total }
}

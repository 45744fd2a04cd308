//! Spans of a project, across traces.

use axum::Json;
use serde::{Deserialize, Serialize};
use store::{Order, SpanQuery};
use utoipa::{IntoParams, ToSchema};

use super::figures::QuestionCost;
use super::page::{ListParams, TotalCount, encode_cursor};
use super::params::Params;
use super::shapes::SpanAnswer;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// A page of spans, without their content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanList {
    spans: Vec<SpanAnswer>,
    next_cursor: Option<String>,
    total: TotalCount,
    cost: QuestionCost,
}

/// What the list of spans takes beside what every list takes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SpanParams {
    /// Only spans of this id, whatever trace they belong to.
    span_id: Option<String>,
}

/// Lists spans as each alone tells, newest first; what the tree decides is in the trace's answer.
#[utoipa::path(get, operation_id = "list_spans", path = "/api/v1/projects/{project}/spans", tag = "spans", params(("project" = String, Path, description = "Slug"), ListParams, SpanParams),
    responses((status = 200, body = SpanList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    scope: ProjectScope,
    Params(params): Params<ListParams>,
    Params(only): Params<SpanParams>,
) -> Result<Json<SpanList>, Problem> {
    let span_id = only.span_id.as_deref().map(str::parse).transpose();
    let span_id = span_id.map_err(|error: model::IdError| Problem::bad_request("invalid-span-id", error.to_string()))?;
    let page = params.check()?;
    let order = start_order(params.sort.as_deref())?;
    let found = scope
        .list_spans(&SpanQuery { range: page.range, span_id, order, limit: page.limit, after: page.after, filter: page.filter })
        .await?;
    let spans = found.spans.iter().map(SpanAnswer::from_columns).collect();
    Ok(Json(SpanList {
        spans,
        next_cursor: found.next.as_ref().map(encode_cursor),
        total: found.total.into(),
        cost: QuestionCost::of_request(),
    }))
}

/// Reads a sort of a list that knows only its time.
pub(crate) fn start_order(text: Option<&str>) -> Result<Order, Problem> {
    match text.unwrap_or_default() {
        "" | "-start" | "-time" => Ok(Order::Descending),
        "start" | "time" => Ok(Order::Ascending),
        other => Err(Problem::bad_request(
            "invalid-sort",
            format!("this list cannot be sorted by `{}`", other.chars().take(80).collect::<String>()),
        )
        .with_hint("Use `start` or `-start`.")),
    }
}

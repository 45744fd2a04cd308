//! Traces: the list, and one with everything in it.

use std::collections::HashMap;

use axum::Json;
use axum::extract::Path;
use model::TraceId;
use serde::{Deserialize, Serialize};
use store::{Detail, Order, TraceQuery, TraceSort};
use utoipa::{IntoParams, ToSchema};

use super::figures::QuestionCost;
use super::page::{ListParams, TotalCount, encode_cursor};
use super::params::Params;
use super::read::{linked_sessions, whole_trace};
use super::shapes::{LogAnswer, PlaceholderAnswer, SpanAnswer, TraceSummaryAnswer};
use crate::aside::aside;
use crate::auth::{AnyProject, ProjectScope};
use crate::problem::Problem;

/// A page of traces.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceList {
    traces: Vec<TraceSummaryAnswer>,
    next_cursor: Option<String>,
    total: TotalCount,
    cost: QuestionCost,
}

/// One trace.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceAnswer {
    project: String,
    trace: TraceSummaryAnswer,
    /// In order of start.
    spans: Vec<SpanAnswer>,
    /// Parents that have not come, in order of start; those below them name them as `parent_span_id`.
    placeholders: Vec<PlaceholderAnswer>,
    logs: Vec<LogAnswer>,
}

/// Of the two ids in the path; `ProjectScope` reads the other.
#[derive(Debug, Deserialize)]
pub(crate) struct TracePath {
    pub(crate) trace_id: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ContentParams {
    /// `none` leaves inputs, outputs, messages, documents, attributes and events out.
    content: Option<String>,
}

/// Lists traces, newest first.
#[utoipa::path(get, operation_id = "list_traces", path = "/api/v1/projects/{project}/traces", tag = "traces", params(("project" = String, Path, description = "Slug"), ListParams),
    responses((status = 200, body = TraceList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(scope: ProjectScope, Params(params): Params<ListParams>) -> Result<Json<TraceList>, Problem> {
    let page = params.check()?;
    let (sort, order) = sort_of(params.sort.as_deref())?;
    let query = TraceQuery { range: page.range, sort, order, limit: page.limit, after: page.after, filter: page.filter };
    let found = scope.list_traces(&query).await?;
    let traces = found.traces.iter().map(TraceSummaryAnswer::from).collect();
    Ok(Json(TraceList {
        traces,
        next_cursor: found.next.as_ref().map(encode_cursor),
        total: found.total.into(),
        cost: QuestionCost::of_request(),
    }))
}

fn sort_of(text: Option<&str>) -> Result<(TraceSort, Order), Problem> {
    match text.unwrap_or_default() {
        "" | "-start" => Ok((TraceSort::Start, Order::Descending)),
        "start" => Ok((TraceSort::Start, Order::Ascending)),
        "-duration" => Ok((TraceSort::Duration, Order::Descending)),
        "duration" => Ok((TraceSort::Duration, Order::Ascending)),
        other => Err(Problem::bad_request(
            "invalid-sort",
            format!("traces cannot be sorted by `{}`", other.chars().take(80).collect::<String>()),
        )
        .with_hint("Use `start`, `-start`, `duration` or `-duration`.")),
    }
}

/// Returns one trace of a project.
#[utoipa::path(get, operation_id = "get_trace", path = "/api/v1/projects/{project}/traces/{trace_id}", tag = "traces",
    params(("project" = String, Path, description = "Slug"), ("trace_id" = String, Path, description = "32 hex digits"), ContentParams),
    responses((status = 200, body = TraceAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get(
    scope: ProjectScope,
    Path(path): Path<TracePath>,
    Params(params): Params<ContentParams>,
) -> Result<Json<TraceAnswer>, Problem> {
    answer(&scope, parse_trace_id(&path.trace_id)?, &params).await
}

/// Returns one trace of any project the caller may read.
#[utoipa::path(get, operation_id = "find_trace", path = "/api/v1/traces/{trace_id}", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits"), ContentParams),
    responses((status = 200, body = TraceAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn find(
    any: AnyProject,
    Path(trace_id): Path<String>,
    Params(params): Params<ContentParams>,
) -> Result<Json<TraceAnswer>, Problem> {
    let trace_id = parse_trace_id(&trace_id)?;
    let scope = any.scope_of_trace(trace_id).await?.ok_or_else(|| no_trace(trace_id))?;
    answer(&scope, trace_id, &params).await
}

async fn answer(scope: &ProjectScope, trace_id: TraceId, params: &ContentParams) -> Result<Json<TraceAnswer>, Problem> {
    let records = scope.trace(trace_id, Detail::Whole).await?.ok_or_else(|| no_trace(trace_id))?;
    let project = scope.project().to_string();
    let tables = scope.price_tables().await?;
    let with_content = params.content.as_deref() != Some("none");
    let sessions = if with_content { linked_sessions(scope, &records).await? } else { HashMap::new() };
    let built = aside("assemble the trace", move || {
        let (trace, logs) = whole_trace(records, &tables);
        let shape = |node| if with_content { SpanAnswer::whole(node, &sessions) } else { SpanAnswer::in_trace(node) };
        TraceAnswer {
            project,
            trace: TraceSummaryAnswer::from(&trace.summary),
            spans: trace.spans.iter().map(shape).collect(),
            placeholders: trace.placeholders.iter().map(PlaceholderAnswer::from).collect(),
            logs: logs.iter().map(LogAnswer::from).collect(),
        }
    });
    built.await.map(Json)
}

pub(crate) fn parse_trace_id(text: &str) -> Result<TraceId, Problem> {
    text.parse().map_err(|error: model::IdError| Problem::bad_request("invalid-trace-id", error.to_string()))
}

pub(crate) fn no_trace(trace_id: TraceId) -> Problem {
    Problem::not_found(format!("there is no trace `{trace_id}`"))
        .with_hint("It may not have arrived yet, or belong to another project: GET /api/v1/traces/{trace_id} looks in all.")
}

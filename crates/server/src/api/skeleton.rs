//! A trace of any size: its tree in columns at once, and the content of one span when it is asked for.

use std::io::Write;
use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use dialect::{Node, Trace};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::{LogRecord, RawSpan, Span, SpanId, TraceId};
use serde::Serialize;
use store::limits::PAGE_ROWS_MAX;
use store::{Detail, RawQuery, StoreError, TimeRange, TraceRecords};
use utoipa::ToSchema;

use super::explain::SpanPath;
use super::read::{linked_sessions, whole_trace};
use super::shapes::{LogAnswer, SkeletonAnswer, SpanAnswer};
use super::states;
use super::traces::{TracePath, no_trace, parse_trace_id};
use crate::aside::aside;
use crate::auth::{AnyProject, ProjectScope};
use crate::problem::Problem;

/// One span with everything in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanContentAnswer {
    span: SpanAnswer,
    /// Its log records; the root also has those of its trace that name no span of it.
    logs: Vec<LogAnswer>,
}

/// Returns the tree of a trace without contents, in columns: made for traces of many thousand spans.
///
/// Compressed with gzip where the client takes it. Contents come span by span.
#[utoipa::path(get, operation_id = "get_trace_skeleton", path = "/api/v1/projects/{project}/traces/{trace_id}/skeleton", tag = "traces",
    params(("project" = String, Path, description = "Slug"), ("trace_id" = String, Path, description = "32 hex digits")),
    responses((status = 200, body = SkeletonAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn get(scope: ProjectScope, Path(path): Path<TracePath>, headers: HeaderMap) -> Result<Response, Problem> {
    answer(&scope, parse_trace_id(&path.trace_id)?, &headers).await
}

/// Returns the tree of a trace of any project the caller may read.
#[utoipa::path(get, operation_id = "find_trace_skeleton", path = "/api/v1/traces/{trace_id}/skeleton", tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits")),
    responses((status = 200, body = SkeletonAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn find(any: AnyProject, Path(trace_id): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    let trace_id = parse_trace_id(&trace_id)?;
    let scope = any.scope_of_trace(trace_id).await?.ok_or_else(|| no_trace(trace_id))?;
    answer(&scope, trace_id, &headers).await
}

const ASSEMBLE: &str = "assemble the trace";

async fn answer(scope: &ProjectScope, trace_id: TraceId, headers: &HeaderMap) -> Result<Response, Problem> {
    let tree = tree_of(scope, trace_id).await?.ok_or_else(|| no_trace(trace_id))?;
    let project = scope.project().to_string();
    let takes_gzip = takes_gzip(headers);
    let written = aside(ASSEMBLE, move || (written(&SkeletonAnswer::new(project, &tree.trace, tree.spans_left_out), takes_gzip), tree));
    let (body, tree) = written.await?;
    // Giving the tree's memory back takes a while too, and nobody waits for it.
    tokio::task::spawn_blocking(move || drop(tree));
    let body = body.map_err(|error| broken(&error))?;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], body).into_response();
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if takes_gzip {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Returns one span of a trace with its content, as its trace has it.
#[utoipa::path(get, operation_id = "get_span", path = "/api/v1/projects/{project}/traces/{trace_id}/spans/{span_id}", tag = "spans",
    params(("project" = String, Path, description = "Slug"), ("trace_id" = String, Path, description = "32 hex digits"), ("span_id" = String, Path, description = "16 hex digits")),
    responses((status = 200, body = SpanContentAnswer), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn span(scope: ProjectScope, Path(path): Path<SpanPath>) -> Result<Json<SpanContentAnswer>, Problem> {
    let (trace_id, span_id) = path.ids()?;
    let no_span = || Problem::not_found(format!("there is no span `{span_id}` in trace `{trace_id}`"));
    let tree = tree_of(&scope, trace_id).await?.ok_or_else(no_span)?;
    let is_root = tree.trace.summary.root_span_id == Some(span_id);
    let logs = logs_shown(&tree, span_id, is_root);
    let mut node = tree.trace.spans.into_iter().find(|node| node.span.span_id == span_id).ok_or_else(no_span)?;
    if node.span.raw.is_none() {
        fill(&scope, &mut node).await?;
    }
    let alone = TraceRecords { trace_id, spans: vec![node.span.clone()], logs: Vec::new(), spans_left_out: 0 };
    let sessions = linked_sessions(&scope, &alone).await?;
    Ok(Json(SpanContentAnswer { span: SpanAnswer::whole(&node, &sessions), logs: logs.iter().map(LogAnswer::from).collect() }))
}

struct Tree {
    trace: Trace,
    logs: Vec<LogRecord>,
    spans_left_out: u64,
}

/// Assembles a trace from its columns; with its contents only where log records may have told some of them.
async fn tree_of(scope: &ProjectScope, trace_id: TraceId) -> Result<Option<Tree>, Problem> {
    let Some(mut records) = scope.trace(trace_id, Detail::Columns).await? else { return Ok(None) };
    let is_told_by_logs = records.logs.iter().any(|log| log.span().is_some());
    if is_told_by_logs {
        let Some(whole) = scope.trace(trace_id, Detail::Whole).await? else { return Ok(None) };
        records = whole;
    }
    let tables = scope.price_tables().await?;
    let spans_left_out = records.spans_left_out;
    let assembled = aside(ASSEMBLE, move || {
        if is_told_by_logs {
            return whole_trace(records, &tables);
        }
        (dialect::assemble_priced(records.spans, |span| pipeline::price_of(span, &tables)), records.logs)
    });
    let (trace, logs) = assembled.await?;
    Ok(Some(Tree { trace, logs, spans_left_out }))
}

fn logs_shown(tree: &Tree, span_id: SpanId, is_root: bool) -> Vec<LogRecord> {
    let known = |id: SpanId| tree.trace.spans.iter().any(|node| node.span.span_id == id);
    let shown = |log: &&LogRecord| match log.span() {
        Some((_, of)) if of == span_id => true,
        Some((_, of)) => is_root && !known(of),
        None => is_root,
    };
    tree.logs.iter().filter(shown).cloned().collect()
}

/// Reads what a span was sent as, and makes its content of it; everything else stays as the tree has it.
async fn fill(scope: &ProjectScope, node: &mut Node) -> Result<(), Problem> {
    let Some(raw) = raw_span(scope, &node.span).await? else { return Ok(()) };
    node.span.raw = Some(Arc::new(raw));
    node.span.content = pipeline::renewed(&node.span, &[], &scope.price_tables().await?).content;
    states::derive_of(&mut node.span);
    Ok(())
}

/// Finds a span as it was sent among those of its trace that started in the same nanosecond: nothing else is read.
async fn raw_span(scope: &ProjectScope, span: &Span) -> Result<Option<RawSpan>, StoreError> {
    let start = span.start_unix_nanos;
    let range = TimeRange { from_unix_nanos: Some(start), to_unix_nanos: start.checked_add(1) };
    let mut query = RawQuery { range, trace_id: Some(span.trace_id), limit: PAGE_ROWS_MAX, ..RawQuery::default() };
    loop {
        let page = scope.raw_spans(&query).await?;
        if let Some(found) = page.records.into_iter().find(|raw| raw.span_id == span.span_id) {
            return Ok(Some(found));
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(None);
        }
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn written(answer: &SkeletonAnswer, with_gzip: bool) -> std::io::Result<Vec<u8>> {
    let plain = serde_json::to_vec(answer)?;
    if !with_gzip {
        return Ok(plain);
    }
    let mut packed = GzEncoder::new(Vec::with_capacity(plain.len() / 3), Compression::fast());
    packed.write_all(&plain)?;
    packed.finish()
}

fn broken(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "tree of a trace not answered");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the server failed to assemble the trace")
}

//! Records as they were sent: a project, page by page, as OTLP requests that any receiver takes.

use axum::response::{IntoResponse, Response};
use http::{HeaderName, HeaderValue, header};
use model::TraceId;
use serde::Deserialize;
use store::limits::PAGE_ROWS_MAX;
use store::{KeysetCursor, Order, PointQuery, RawQuery, TimeRange};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};
use wire::{Format, Signal};

use super::page::{ListParams, PageRequest, encode_cursor};
use super::params::Params;
use super::traces::parse_trace_id;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::limits::EXPORT_PAGE_BYTES_MAX;
use crate::problem::Problem;

const ENCODE: &str = "encode the records";

/// Carries the cursor of the next page; absent on the last.
const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-clew-next-cursor");

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// `traces`, `logs` or `metrics`.
    signal: String,
    /// `15m`, `24h`, `7d`, or `<utc>~<utc>`; absent covers all time. Spans count by their start.
    t: Option<String>,
    /// Only the spans or log records of this trace: 32 hex digits.
    trace_id: Option<String>,
    /// Records of a page: 1 to 1000, by default 1000. A page ends earlier where its records are long.
    limit: Option<usize>,
    /// `x-clew-next-cursor` of the page before.
    cursor: Option<String>,
}

/// The body of an answer, for the document: bytes, which a derived schema would call a list of numbers.
struct OtlpRequest;

impl PartialSchema for OtlpRequest {
    fn schema() -> RefOr<Schema> {
        let bytes = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(bytes)).build().into()
    }
}

impl ToSchema for OtlpRequest {}

/// Exports records as they were sent, earliest first, as one OTLP export request.
///
/// The records are grouped by resource and scope; a span of several versions comes once, merged.
#[utoipa::path(get, operation_id = "export_otlp", path = "/api/v1/projects/{project}/export/otlp", tag = "export", params(("project" = String, Path, description = "Slug"), ExportParams),
    responses(
        (status = 200, body = inline(OtlpRequest), content_type = "application/x-protobuf", headers(("x-clew-next-cursor" = String, description = "Cursor of the next page; absent on the last"))),
        (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn otlp(scope: ProjectScope, Params(params): Params<ExportParams>) -> Result<Response, Problem> {
    let signal = signal_from_text(&params.signal)?;
    let trace_id = params.trace_id.as_deref().map(parse_trace_id).transpose()?;
    let list = ListParams { t: params.t, limit: params.limit.or(Some(PAGE_ROWS_MAX)), cursor: params.cursor, ..ListParams::default() };
    let (body, next) = page(&scope, signal, trace_id, list.check_without_query()?).await?;
    let mut response = ([(header::CONTENT_TYPE, Format::Protobuf.content_type())], body).into_response();
    if let Some(cursor) = &next {
        let cursor = HeaderValue::from_str(&encode_cursor(cursor)).expect("a cursor is ASCII letters and digits");
        response.headers_mut().insert(NEXT_CURSOR, cursor);
    }
    Ok(response)
}

fn signal_from_text(text: &str) -> Result<Signal, Problem> {
    let known = [Signal::Traces, Signal::Logs, Signal::Metrics].into_iter().find(|signal| signal.as_str() == text);
    known.ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        Problem::bad_request("invalid-signal", format!("`{shown}` is no signal")).with_hint("Use `traces`, `logs` or `metrics`.")
    })
}

async fn page(
    scope: &ProjectScope,
    signal: Signal,
    trace_id: Option<TraceId>,
    page: PageRequest,
) -> Result<(Vec<u8>, Option<KeysetCursor>), Problem> {
    let range = range_behind(page.range, page.after.as_ref());
    let bytes_max = Some(EXPORT_PAGE_BYTES_MAX);
    let query = RawQuery { range, trace_id, limit: page.limit, bytes_max, after: page.after };
    match signal {
        Signal::Traces => {
            let found = scope.raw_spans(&query).await?;
            Ok((aside(ENCODE, move || wire::raw::encode_request(&found.records)).await?, found.next))
        }
        Signal::Logs => {
            let found = scope.raw_logs(&query).await?;
            Ok((aside(ENCODE, move || wire::raw::encode_log_request(&found.records)).await?, found.next))
        }
        Signal::Metrics if trace_id.is_some() => {
            let problem = Problem::bad_request("invalid-parameter", "metric points belong to no trace");
            Err(problem.with_hint("Leave `trace_id` out, or ask for `traces` or `logs`."))
        }
        Signal::Metrics => {
            let RawQuery { range, limit, bytes_max, after, .. } = query;
            let query = PointQuery { range, name: None, order: Order::Ascending, limit, bytes_max, after };
            let found = scope.list_points(&query).await?;
            Ok((aside(ENCODE, move || wire::raw::encode_metric_request(&found.points)).await?, found.next))
        }
    }
}

/// Leaves out what lies before the cursor, which the store would only look at to skip it.
fn range_behind(range: TimeRange, after: Option<&KeysetCursor>) -> TimeRange {
    TimeRange { from_unix_nanos: range.from_unix_nanos.max(after.map(|cursor| cursor.key)), ..range }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_looks_only_behind_its_cursor() {
        let range = |from| TimeRange { from_unix_nanos: from, to_unix_nanos: Some(9) };
        let after = KeysetCursor { key: 5, tie: Vec::new() };
        assert_eq!(range_behind(range(None), Some(&after)), range(Some(5)));
        assert_eq!(range_behind(range(Some(7)), Some(&after)), range(Some(7)));
        assert_eq!(range_behind(range(None), None), range(None));
    }
}

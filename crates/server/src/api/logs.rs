//! Log records of a project.

use axum::Json;
use model::{SpanId, TraceId};
use query::{Comparison, Filter, Operand, Subject, Test, not_of_logs};
use serde::{Deserialize, Serialize};
use store::{LogFilter, LogQuery};
use utoipa::{IntoParams, ToSchema};

use super::figures::QuestionCost;
use super::page::{ListParams, TotalCount, encode_cursor};
use super::params::Params;
use super::shapes::LogAnswer;
use super::spans::start_order;
use crate::auth::ProjectScope;
use crate::problem::Problem;

/// A page of log records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogList {
    logs: Vec<LogAnswer>,
    next_cursor: Option<String>,
    total: TotalCount,
    cost: QuestionCost,
}

/// Which log records are wanted, beside what every list takes.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LogParams {
    /// Only records of this trace.
    trace_id: Option<String>,
    /// Only records of this span; needs `trace_id`.
    span_id: Option<String>,
    /// Only records of this event name.
    event_name: Option<String>,
    /// Only records of this severity or above: `trace`, `debug`, `info`, `warn`, `error`, `fatal`.
    severity: Option<String>,
    /// Only records whose body, event name or attribute values contain this text, in any case.
    search: Option<String>,
}

/// Lists log records, newest first.
#[utoipa::path(get, operation_id = "list_logs", path = "/api/v1/projects/{project}/logs", tag = "logs", params(("project" = String, Path, description = "Slug"), ListParams, LogParams),
    responses((status = 200, body = LogList), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(
    scope: ProjectScope,
    Params(params): Params<ListParams>,
    Params(filter): Params<LogParams>,
) -> Result<Json<LogList>, Problem> {
    let page = params.check()?;
    if let Some(part) = not_of_logs(&page.filter) {
        return Err(Problem::bad_request("query-not-supported", format!("a log record cannot be asked `{part}`")).with_hint(
            "Of log records ask words, `log(severity >= error event:x \"text\")`, attributes, `name`, `service`, `scope`, `trace_id`, `span_id`.",
        ));
    }
    let (filter, span) = filter.check()?;
    let filter = LogFilter { trace_id: filter.trace_id.or_else(|| trace_of(&page.filter)), condition: page.filter, ..filter };
    let order = start_order(params.sort.as_deref())?;
    let query = LogQuery { range: page.range, order, limit: page.limit, after: page.after, span, filter };
    let found = scope.list_logs(&query).await?;
    let logs = found.logs.iter().map(LogAnswer::from).collect();
    Ok(Json(LogList {
        logs,
        next_cursor: found.next.as_ref().map(encode_cursor),
        total: found.total.into(),
        cost: QuestionCost::of_request(),
    }))
}

impl LogParams {
    fn check(self) -> Result<(LogFilter, Option<(TraceId, SpanId)>), Problem> {
        let invalid = |name: &'static str| move |error: model::IdError| Problem::bad_request(name, error.to_string());
        let trace_id = self.trace_id.as_deref().map(str::parse).transpose().map_err(invalid("invalid-trace-id"))?;
        let span_id: Option<SpanId> = self.span_id.as_deref().map(str::parse).transpose().map_err(invalid("invalid-span-id"))?;
        if span_id.is_some() && trace_id.is_none() {
            return Err(Problem::bad_request("invalid-parameter", "`span_id` needs `trace_id` beside it"));
        }
        let severity_min = self.severity.as_deref().map(severity_number).transpose()?;
        let text = self.search.filter(|text| !text.is_empty());
        let filter = LogFilter { trace_id, event_name: self.event_name, severity_min, text, ..LogFilter::default() };
        Ok((filter, trace_id.zip(span_id)))
    }
}

/// The trace that a filter asks for, where it asks for one: its records are found by it.
fn trace_of(filter: &Filter) -> Option<TraceId> {
    match filter {
        Filter::All(parts) => parts.iter().find_map(trace_of),
        Filter::Test(Test { subject: Subject::Field(field), comparison: Comparison::Is(values) }) if field.name == "trace_id" => {
            match values.as_slice() {
                [Operand::Text(id)] => id.parse().ok(),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The least number of a severity (OpenTelemetry logs data model, "SeverityNumber").
fn severity_number(text: &str) -> Result<i32, Problem> {
    const NAMES: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];
    let place = NAMES.iter().position(|name| text.eq_ignore_ascii_case(name));
    place.map(|place| place as i32 * 4 + 1).ok_or_else(|| {
        Problem::bad_request("invalid-severity", format!("`{}` is no severity", text.chars().take(80).collect::<String>()))
            .with_hint(format!("Use one of {}.", NAMES.join(", ")))
    })
}

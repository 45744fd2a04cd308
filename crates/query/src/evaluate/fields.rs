//! The canonical fields of a span.

use std::borrow::Cow;

use model::{Span, SpanStatus, Usage};

use super::scalar::{Found, Scalar};
use crate::field::Field;
use crate::filter::Subject;

/// Whether a trace row has a value of its own for a subject; else one of its spans must meet the test.
pub(crate) fn is_of_trace(subject: &Subject) -> bool {
    match subject {
        Subject::Field(field) => is_field_of_trace(field),
        Subject::Tokens | Subject::RollUp(_) => true,
        Subject::Attribute(_) | Subject::Path { .. } | Subject::Occurrence | Subject::Score(_) => false,
    }
}

/// Says whether a trace row has a value of its own for a field.
pub fn is_field_of_trace(field: &Field) -> bool {
    const SUMMARY: &[&str] =
        &["status", "name", "start_unix_nanos", "end_unix_nanos", "duration_nanos", "ttft_nanos", "cost_usd", "cost_status"];
    SUMMARY.contains(&field.name) || usage_unit(field.name).is_some()
}

/// The usage that a field counts.
pub(super) fn usage_unit(name: &str) -> Option<&'static str> {
    [Usage::INPUT, Usage::OUTPUT, Usage::CACHE_READ, Usage::CACHE_WRITE, Usage::REASONING].into_iter().find(|unit| *unit == name)
}

/// The value of a field of a span.
pub(super) fn field_value<'a>(field: &Field, span: &'a Span) -> Found<'a> {
    if field.name == "status" {
        return status(span);
    }
    if let Some(list) = list(field.name, span) {
        let scalars: Vec<_> = list.iter().map(|text| Scalar::Text(Cow::Borrowed(text.as_str()))).collect();
        return Found { exists: !scalars.is_empty(), scalars, is_open: false };
    }
    match number(field.name, span) {
        Some(number) => Found::number(number),
        None => text(field.name, span),
    }
}

/// A span that has not ended is running, whatever else it says.
fn status(span: &Span) -> Found<'static> {
    let running = span.is_running().then_some(SpanStatus::Running);
    let all = running.into_iter().chain(Some(span.status).filter(|status| *status != SpanStatus::Running));
    Found { exists: true, scalars: all.map(|status| Scalar::Text(Cow::Borrowed(status.as_str()))).collect(), is_open: false }
}

fn list<'a>(name: &str, span: &'a Span) -> Option<&'a [String]> {
    match name {
        "tags" => Some(&span.tags),
        "finish_reasons" => Some(&span.finish_reasons),
        "dialects" => Some(&span.dialects),
        _ => None,
    }
}

/// The number of a field that is one; the inner None where it is unknown.
pub(super) fn number(name: &str, span: &Span) -> Option<Option<i64>> {
    let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    if let Some(unit) = usage_unit(name) {
        return Some(span.usage.get(unit).map(integer));
    }
    Some(match name {
        "step_index" => span.step.index.map(i64::from),
        "attempt" => span.step.attempt.map(i64::from),
        "http_status" => span.http_status.map(i64::from),
        "start_unix_nanos" => Some(integer(span.start_unix_nanos)),
        "end_unix_nanos" => Some(span.end_unix_nanos).filter(|end| *end > 0).map(integer),
        "duration_nanos" => span.duration_nanos().map(integer),
        "ttft_nanos" => span.ttft_nanos.map(integer),
        "cost_usd" => span.price.cost.map(|cost| cost.0),
        _ => return None,
    })
}

fn text<'a>(name: &str, span: &'a Span) -> Found<'a> {
    let id = |id: Option<String>| Found::one(id.map(|id| Scalar::Text(Cow::Owned(id))));
    // OTLP has no word for an absent scope but the empty text.
    let scope = |text: &'a str| Found::text(Some(text).filter(|text| !text.is_empty()));
    let text = |text: &'a Option<String>| Found::text(text.as_deref());
    match name {
        "name" => Found::text(Some(&span.name)),
        "raw_name" => Found::text(Some(&span.raw_name)),
        "obs_type" => Found::text(Some(span.observation_type.as_str())),
        "operation" => text(&span.operation),
        "provider" => text(&span.provider),
        "request_model" => text(&span.request_model),
        "response_model" => text(&span.response_model),
        "session_id" => text(&span.session_id),
        "user_id" => text(&span.user_id),
        "service_name" => text(&span.service_name),
        "environment" => text(&span.environment),
        "release" => text(&span.release),
        "agent_name" => text(&span.agent_name),
        "workflow_name" => text(&span.workflow_name),
        "step_name" => text(&span.step.name),
        "tool_name" => text(&span.tool_name),
        "tool_call_id" => text(&span.tool_call_id),
        "prompt_name" => text(&span.prompt_name),
        "prompt_version" => text(&span.prompt_version),
        "error_type" => text(&span.error_type),
        "status_message" => text(&span.status_message),
        "level" => Found::text(Some(span.level.as_str())),
        "kind" => Found::text(Some(span.kind.as_str())),
        "billing" => Found::text(Some(span.billing.as_str())),
        "visibility" => Found::text(Some(span.visibility.as_str())),
        "trace_name" => text(&span.trace_name),
        "response_id" => text(&span.response_id),
        "stream" => Found::one(span.stream.map(Scalar::Truth)),
        "cost_status" => Found::text(Some(span.price.status.as_str())),
        "scope_name" => scope(&span.scope_name),
        "scope_version" => scope(&span.scope_version),
        "trace_id" => id(Some(span.trace_id.to_string())),
        "span_id" => id(Some(span.span_id.to_string())),
        "parent_span_id" => id(span.parent_span_id.map(|parent| parent.to_string())),
        _ => Found::default(),
    }
}

//! Coding agents tell their work by log records; what stands for a call, a tool or a turn becomes a span.
//!
//! A record that carries the id of a span belongs to that span and makes none. Where an agent sends spans, its records without ids
//! make none either: the span tells the same call. Most records of such an agent carry ids, and that is how it is known.

mod event;

mod ids;

mod sessions;

use std::sync::Arc;

use model::{AnyValue, Attributes, LogRecord, RawSpan, RawStatus, SpanId, SpanKind, TraceId};

use crate::json;
use crate::timing;
use event::{AgentEvent, Part};
pub use sessions::{AgentLogs, AgentSessions};

/// How long what is told took, in milliseconds; what is told only by its first token took at least that long.
const DURATION_KEYS: &[&str] = &["duration_ms", "duration", "ttft_ms"];
const MESSAGE_KEYS: &[&str] = &["error", "error.message", "error_message"];
const NANOS_PER_MILLI: f64 = 1e6;
const OTLP_STATUS_ERROR: i32 = 2;

/// Makes the spans that log records of coding agents stand for, as `AgentSessions::read` does with no memory of earlier ones.
///
/// Ids are hashes of what the records say, so a record that comes again gives the same span.
pub fn spans_from_logs(logs: &[LogRecord]) -> Vec<RawSpan> {
    AgentSessions::default().read(logs).spans
}

/// Returns for each log record the span it belongs to: the one it names, the one its agent's other records lead to, or the one
/// `spans_from_logs` makes of it or of a record beside it. None for records that tell of no span.
pub fn places_of_logs(logs: &[LogRecord]) -> Vec<Option<(TraceId, SpanId)>> {
    AgentSessions::default().read(logs).places
}

fn made_ids(log: &LogRecord, event: &AgentEvent<'_>) -> Option<(TraceId, SpanId)> {
    let row = event.row?;
    let trace_id = ids::trace_id(event, log);
    let is_root = match row.part {
        Part::Session => true,
        Part::Turn => event.turn().is_some(),
        _ => false,
    };
    let span_id = match (is_root, event.key()) {
        (true, _) => root_id(trace_id),
        (false, Some(key)) => ids::span_id(trace_id, row.part.as_str(), &key),
        (false, None) if row.companion => return None,
        (false, None) => ids::span_id(trace_id, row.part.as_str(), &ids::identity(event, log)),
    };
    Some((trace_id, span_id))
}

/// What all spans of a trace hang under: the turn's prompt, or the start of the session where turns have no name.
fn root_id(trace_id: TraceId) -> SpanId {
    ids::span_id(trace_id, "root", "")
}

fn span_of(log: &LogRecord, event: &AgentEvent<'_>) -> Option<RawSpan> {
    let (trace_id, span_id) = made_ids(log, event)?;
    let has_family = event.session().is_some() || event.turn().is_some();
    let end_unix_nanos = time_of(log).max(1);
    let failed = event.row.is_some_and(|row| row.failed);
    let message = || MESSAGE_KEYS.iter().find_map(|key| event::text(log, key)).unwrap_or_default();
    Some(RawSpan {
        parent_span_id: Some(root_id(trace_id)).filter(|root| has_family && *root != span_id),
        name: event.full_name(),
        kind: SpanKind::Internal,
        start_unix_nanos: end_unix_nanos.saturating_sub(duration_nanos(log)).max(1),
        end_unix_nanos,
        attributes: attributes_of(log),
        dropped_attributes_count: log.dropped_attributes_count,
        status: if failed { RawStatus { code: OTLP_STATUS_ERROR, message: message() } } else { RawStatus::default() },
        ..RawSpan::new(trace_id, span_id, Arc::clone(&log.resource), Arc::clone(&log.scope))
    })
}

/// The record's attributes, the fields of its body that no attribute tells, and the mark of where the span comes from.
fn attributes_of(log: &LogRecord) -> Attributes {
    let mut attributes = log.attributes.clone();
    if let Some(AnyValue::Map(body)) = &log.body {
        let more = body.0.iter().filter(|field| log.attributes.get(&field.key).is_none());
        attributes.0.extend(more.cloned());
    }
    attributes.push("clew.made_from", "log");
    attributes
}

fn duration_nanos(log: &LogRecord) -> u64 {
    let millis = DURATION_KEYS.iter().find_map(|key| json::number_of(&json::from_any(event::value(log, key)?)));
    // A float cast saturates: nonsense becomes zero or the largest number.
    (millis.unwrap_or(0.0) * NANOS_PER_MILLI) as u64
}

/// The sender's time; the time of observation where it tells none.
fn time_of(log: &LogRecord) -> u64 {
    let told = || log.attributes.text("event.timestamp").and_then(timing::unix_nanos);
    if log.time_unix_nanos != 0 { log.time_unix_nanos } else { told().unwrap_or(log.observed_time_unix_nanos) }
}

#[cfg(test)]
mod tests;

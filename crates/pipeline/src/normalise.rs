//! Turns raw spans into canonical ones. Never fails.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dialect::{AgentSessions, Columns};
use model::{LogRecord, Origin, RawSpan, SpanId, TraceId};

/// Translates each span but for its content, which is derived when it is read, with the log records of the same request that belong to it.
///
/// Log records of coding agents that stand for spans become spans too, and those that tell of a span without naming it are told which.
/// Log records of other requests are joined when the trace is read.
pub(crate) fn normalise(raw_spans: Vec<RawSpan>, logs: &mut [LogRecord], agents: &Mutex<AgentSessions>) -> Vec<Columns> {
    let told = agents.lock().unwrap_or_else(PoisonError::into_inner).read(logs);
    for (log, place) in logs.iter_mut().zip(told.places) {
        log.belongs_to = place.filter(|_| log.span_id.is_none());
    }
    let mut spans = translate(raw_spans, logs);
    let mut made = translate(told.spans, logs);
    made.iter_mut().for_each(|made| made.span.origin = Origin::Log);
    spans.append(&mut made);
    spans
}

fn translate(raw_spans: Vec<RawSpan>, logs: &[LogRecord]) -> Vec<Columns> {
    let mut logs_by_span: HashMap<(TraceId, SpanId), Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let Some(span) = log.span() {
            logs_by_span.entry(span).or_default().push(log.clone());
        }
    }
    raw_spans
        .into_iter()
        .map(|raw| {
            let logs = logs_by_span.get(&(raw.trace_id, raw.span_id)).map_or(&[][..], Vec::as_slice);
            dialect::translate_columns(Arc::new(raw), logs)
        })
        .collect()
}

//! Turns raw spans into canonical ones. Never fails.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use dialect::AgentSessions;
use model::{LogRecord, ObservationType, Origin, RawSpan, Span, SpanId, TraceId};

/// Canonical spans, without content.
pub(crate) struct Normalised {
    pub(crate) spans: Vec<Span>,
    /// Whether a model call has messages.
    pub(crate) content_seen: bool,
}

/// Translates each span but for its content, which is derived when it is read, with the log records of the same request that belong to it.
///
/// Log records of coding agents that stand for spans become spans too, and those that tell of a span without naming it are told which.
/// Log records of other requests are joined when the trace is read.
pub(crate) fn normalise(raw_spans: Vec<RawSpan>, logs: &mut [LogRecord], agents: &Mutex<AgentSessions>) -> Normalised {
    let told = agents.lock().unwrap_or_else(PoisonError::into_inner).read(logs);
    for (log, place) in logs.iter_mut().zip(told.places) {
        log.belongs_to = place.filter(|_| log.span_id.is_none());
    }
    let mut normalised = Normalised { spans: Vec::with_capacity(raw_spans.len() + told.spans.len()), content_seen: false };
    let sent = raw_spans.len();
    translate(raw_spans.into_iter().chain(told.spans), logs, &mut normalised);
    normalised.spans[sent..].iter_mut().for_each(|made| made.origin = Origin::Log);
    normalised
}

fn translate(raw_spans: impl Iterator<Item = RawSpan>, logs: &[LogRecord], normalised: &mut Normalised) {
    let mut logs_by_span: HashMap<(TraceId, SpanId), Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let Some(span) = log.span() {
            logs_by_span.entry(span).or_default().push(log.clone());
        }
    }
    for raw in raw_spans {
        let logs = logs_by_span.get(&(raw.trace_id, raw.span_id)).map_or(&[][..], Vec::as_slice);
        let columns = dialect::translate_columns(Arc::new(raw), logs);
        normalised.content_seen |= columns.has_messages && columns.span.observation_type == ObservationType::Llm;
        normalised.spans.push(columns.span);
    }
}

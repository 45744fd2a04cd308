//! Turns raw spans into canonical ones. Never fails.

use std::collections::HashMap;
use std::sync::Arc;

use model::{LogRecord, RawSpan, Span, SpanId, TraceId};

/// Translates each span, with the log records of the same request that belong to it.
///
/// Log records of other requests are joined when the trace is read.
pub(crate) fn normalise(raw_spans: Vec<RawSpan>, logs: &[LogRecord]) -> Vec<Span> {
    let mut logs_by_span: HashMap<(TraceId, SpanId), Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let (Some(trace_id), Some(span_id)) = (log.trace_id, log.span_id) {
            logs_by_span.entry((trace_id, span_id)).or_default().push(log.clone());
        }
    }
    raw_spans
        .into_iter()
        .map(|raw| {
            let logs = logs_by_span.get(&(raw.trace_id, raw.span_id)).map_or(&[][..], Vec::as_slice);
            dialect::translate(Arc::new(raw), logs)
        })
        .collect()
}

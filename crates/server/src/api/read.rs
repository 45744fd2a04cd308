//! From stored records to an understood trace.
//!
//! The store keeps raw spans and columns; content is translated again here, with the log records that belong to each span.

use std::collections::HashMap;
use std::sync::Arc;

use dialect::Trace;
use model::{LogRecord, RawSpan, Span, SpanId, TraceId};
use store::{Detail, StoreError, TraceRecords};

use crate::auth::ProjectScope;

/// Assembles a trace of a list.
///
/// A trace with log records on its spans is read whole, because they may carry its messages and tokens; else its columns suffice.
pub(crate) async fn summary_trace(scope: &ProjectScope, records: TraceRecords) -> Result<Trace, StoreError> {
    if records.logs.iter().all(|log| log.span_id.is_none()) {
        return Ok(dialect::assemble(records.spans));
    }
    let whole = scope.trace(records.trace_id, Detail::Whole).await?;
    Ok(whole_trace(whole.unwrap_or(records)).0)
}

/// Assembles a trace with all its content; its log records come back beside it.
pub(crate) fn whole_trace(records: TraceRecords) -> (Trace, Vec<LogRecord>) {
    let logs_by_span = group_by_span(&records.logs);
    let spans = records.spans.into_iter().map(|stored| complete(stored, &logs_by_span)).collect();
    (dialect::assemble(spans), records.logs)
}

fn group_by_span(logs: &[LogRecord]) -> HashMap<(TraceId, SpanId), Vec<LogRecord>> {
    let mut logs_by_span: HashMap<_, Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let (Some(trace_id), Some(span_id)) = (log.trace_id, log.span_id) {
            logs_by_span.entry((trace_id, span_id)).or_default().push(log.clone());
        }
    }
    logs_by_span
}

fn complete(stored: Span, logs_by_span: &HashMap<(TraceId, SpanId), Vec<LogRecord>>) -> Span {
    let Some(raw) = &stored.raw else { return stored };
    let logs = logs_by_span.get(&(stored.trace_id, stored.span_id)).map_or(&[][..], Vec::as_slice);
    translated(raw, &stored, logs)
}

fn translated(raw: &Arc<RawSpan>, stored: &Span, logs: &[LogRecord]) -> Span {
    let mut span = dialect::translate(Arc::clone(raw), logs);
    // The price of the day of receipt stays, unless log records have told of other tokens since.
    let same_usage = span.usage == stored.usage && span.billing == stored.billing;
    // Only the store knows of other traces.
    span.billed_in = stored.billed_in;
    span.price = if same_usage { stored.price.clone() } else { pipeline::price_of(&span) };
    span
}

//! From stored records to an understood trace.
//!
//! The store keeps raw spans and columns; content is translated again here, with the log records that belong to each span.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use dialect::Trace;
use model::{LogRecord, Span, SpanId, TraceId};
use pipeline::PriceTables;
use store::{Detail, StoreError, TraceRecords};

use super::states;
use crate::auth::ProjectScope;
use crate::limits::LINKED_TRACES_READ_MAX;

/// Assembles a trace of a list.
///
/// A trace with log records on its spans is read whole, because they may carry its messages and tokens; else its columns suffice.
pub(crate) async fn summary_trace(scope: &ProjectScope, records: TraceRecords) -> Result<Trace, StoreError> {
    if records.logs.iter().all(|log| log.span().is_none()) {
        let tables = scope.price_tables().await?;
        return Ok(dialect::assemble_priced(records.spans, |span| pipeline::price_of(span, &tables)));
    }
    let whole = scope.trace(records.trace_id, Detail::Whole).await?;
    Ok(whole_trace(whole.unwrap_or(records), &scope.price_tables().await?).0)
}

/// Assembles a trace with all its content; its log records come back beside it.
///
/// The price tables are for spans of which log records have told more since they were stored.
pub(crate) fn whole_trace(records: TraceRecords, tables: &PriceTables) -> (Trace, Vec<LogRecord>) {
    let logs_by_span = group_by_span(&records.logs);
    let spans = records.spans.into_iter().map(|stored| complete(stored, &logs_by_span, tables)).collect();
    let mut trace = dialect::assemble_priced(spans, |span| pipeline::price_of(span, tables));
    states::derive(&mut trace);
    (trace, records.logs)
}

/// Returns the sessions of the traces that links of these records point at, of the first few of them.
///
/// Detail of the records must be whole. A trace of another project is nobody's business here and has none.
pub(crate) async fn linked_sessions(scope: &ProjectScope, records: &TraceRecords) -> Result<HashMap<TraceId, String>, StoreError> {
    let links = records.spans.iter().filter_map(|span| span.raw.as_ref()).flat_map(|raw| &raw.links);
    let linked: BTreeSet<TraceId> = links.map(|link| link.trace_id).filter(|id| *id != records.trace_id).collect();
    let mut sessions = HashMap::new();
    for trace_id in linked.into_iter().take(LINKED_TRACES_READ_MAX) {
        let Some(other) = scope.trace(trace_id, Detail::Columns).await? else { continue };
        if let Some(session_id) = summary_trace(scope, other).await?.summary.session_id {
            sessions.insert(trace_id, session_id);
        }
    }
    Ok(sessions)
}

/// The log records of one span.
pub(crate) fn logs_of_span(logs: &[LogRecord], span_id: SpanId) -> Vec<LogRecord> {
    logs.iter().filter(|log| log.span().is_some_and(|(_, of)| of == span_id)).cloned().collect()
}

fn group_by_span(logs: &[LogRecord]) -> HashMap<(TraceId, SpanId), Vec<LogRecord>> {
    let mut logs_by_span: HashMap<_, Vec<LogRecord>> = HashMap::new();
    for log in logs {
        if let Some(span) = log.span() {
            logs_by_span.entry(span).or_default().push(log.clone());
        }
    }
    logs_by_span
}

fn complete(stored: Span, logs_by_span: &HashMap<(TraceId, SpanId), Vec<LogRecord>>, tables: &PriceTables) -> Span {
    let logs = logs_by_span.get(&(stored.trace_id, stored.span_id)).map_or(&[][..], Vec::as_slice);
    renewed(&stored, logs, tables)
}

/// A stored span as its raw span and its log records are understood today; as it is where the raw span was not read.
pub(crate) fn renewed(stored: &Span, logs: &[LogRecord], tables: &PriceTables) -> Span {
    let Some(raw) = &stored.raw else { return stored.clone() };
    let mut span = dialect::translate(Arc::clone(raw), logs);
    // What no translation can tell: it was known when the span was stored.
    span.origin = stored.origin;
    span.billed_in = stored.billed_in;
    // The price of the day of receipt stays, unless it was the price of something else.
    let same_call = span.usage == stored.usage && span.billing == stored.billing && span.cost_reported == stored.cost_reported;
    span.price = if same_call { stored.price.clone() } else { pipeline::price_of(&span, tables) };
    span
}

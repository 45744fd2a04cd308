//! Reads traces as pages and lists show them.

use std::collections::{BTreeSet, HashMap};

use dialect::Trace;
use model::{LogRecord, SpanId, TraceId};
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
    let (mut trace, logs) = pipeline::understand(records, tables);
    states::derive(&mut trace);
    (trace, logs)
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

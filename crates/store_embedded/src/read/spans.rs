//! Lists spans by start.

use std::collections::{HashMap, HashSet};

use model::{ProjectSlug, Span, TraceId};
use store::{Detail, SpanPage, SpanQuery, StoreError};

use super::fetch::{Wanted, fetch, span_of_tie, tie_of_span};
use super::page::PageCollector;
use super::scan::scan_spans;
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::keys::SpanKey;

pub(crate) fn list_spans(engine: &Engine, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    scan_spans(&snapshot, project, None, |facts| {
        if query.range.contains(facts.start_unix_nanos) {
            page.add(facts.start_unix_nanos, tie_of_span(facts.span));
        }
    })?;
    let page = page.finish();
    let keys: Vec<SpanKey> = page.keys.iter().map(|(_, tie)| span_of_tie(*tie)).collect::<Result<_, _>>()?;
    let mut found = fetch_spans(engine, project, &keys)?;
    let spans = keys.iter().filter_map(|key| found.remove(key)).collect();
    Ok(SpanPage { spans, next: page.next, total: page.total })
}

fn fetch_spans(engine: &Engine, project: &ProjectSlug, keys: &[SpanKey]) -> Result<HashMap<SpanKey, Span>, StoreError> {
    let spans: HashSet<SpanKey> = keys.iter().copied().collect();
    let trace_ids: Vec<TraceId> = keys.iter().map(|key| key.trace_id).collect::<HashSet<_>>().into_iter().collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: Some(&spans), detail: Detail::Columns, with_logs: false };
    let traces = fetch(engine, &wanted)?.into_values().flat_map(|trace| trace.spans);
    Ok(traces.map(|span| (SpanKey { trace_id: span.trace_id, span_id: span.span_id }, span)).collect())
}

//! Lists spans by start.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{FixedSizeBinaryArray, UInt64Array};
use model::{ProjectSlug, Span, TraceId};
use store::{Detail, SpanPage, SpanQuery, StoreError};

use super::fetch::{Wanted, fetch, span_of_tie, tie_of_span};
use super::page::{PageCollector, PageKeys};
use super::snapshot::Snapshot;
use super::sql::{question, range_condition};
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::rows::Columns;
use crate::tail::span_key;

pub(crate) fn list_spans(engine: &Engine, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let of_id = query.span_id.map(|id| format!(" AND span_id = arrow_cast(X'{id}', 'FixedSizeBinary(8)')")).unwrap_or_default();
    let condition = range_condition("start_unix_nanos", query.range) + &of_id;
    let page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let page = page_of_spans(engine, &snapshot, project, &condition, page)?;
    let keys: Vec<SpanKey> = page.keys.iter().map(|(_, tie)| span_of_tie(*tie)).collect::<Result<_, _>>()?;
    let mut found = fetch_spans(engine, project, &keys, Detail::Columns)?;
    let spans = keys.iter().filter_map(|key| found.remove(key)).collect();
    Ok(SpanPage { spans, next: page.next, total: page.total })
}

/// Finds the spans of a page: those that meet a condition on the columns of questions.
pub(super) fn page_of_spans(
    engine: &Engine,
    snapshot: &Snapshot,
    project: &ProjectSlug,
    condition: &str,
    mut page: PageCollector<[u8; 24]>,
) -> Result<PageKeys<[u8; 24]>, StoreError> {
    let sql = format!("SELECT trace_id, span_id, start_unix_nanos FROM spans WHERE {condition}");
    engine.planner.ask(&question(snapshot, project, None, sql), |batch| {
        let columns = Columns(batch);
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let starts = columns.get::<UInt64Array>("start_unix_nanos")?;
        for row in 0..batch.num_rows() {
            page.add(starts.value(row), tie_of_span(span_key(trace_ids.value(row), span_ids.value(row))?));
        }
        Ok(())
    })?;
    Ok(page.finish())
}

/// Returns spans with their raw spans, merged from all their versions.
pub(crate) fn whole_spans(engine: &Engine, project: &ProjectSlug, keys: &[SpanKey]) -> Result<HashMap<SpanKey, Span>, StoreError> {
    fetch_spans(engine, project, keys, Detail::Whole)
}

pub(super) fn fetch_spans(
    engine: &Engine,
    project: &ProjectSlug,
    keys: &[SpanKey],
    detail: Detail,
) -> Result<HashMap<SpanKey, Span>, StoreError> {
    let spans: HashSet<SpanKey> = keys.iter().copied().collect();
    let trace_ids: Vec<TraceId> = keys.iter().map(|key| key.trace_id).collect::<HashSet<_>>().into_iter().collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: Some(&spans), detail, with_logs: false };
    let traces = fetch(engine, &wanted)?.into_values().flat_map(|trace| trace.spans);
    Ok(traces.map(|span| (SpanKey { trace_id: span.trace_id, span_id: span.span_id }, span)).collect())
}

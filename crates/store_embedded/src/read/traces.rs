//! Lists traces: a trace is what its spans make it.

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, UInt64Array};
use model::{ProjectSlug, TraceId};
use store::{Detail, StoreError, TracePage, TraceQuery, TraceRecords, TraceSort};

use super::fetch::{Wanted, fetch};
use super::page::PageCollector;
use super::snapshot::Snapshot;
use super::sql::{question, range_condition, trace_id_at};
use crate::engine::Engine;
use crate::rows::Columns;

pub(crate) fn list_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let sql = format!("{TRACES} HAVING {}", range_condition("min(start_unix_nanos)", query.range));
    engine.planner.ask(&question(&snapshot, project, None, sql), |batch| {
        let columns = Columns(batch);
        let trace_ids = columns.get::<FixedSizeBinaryArray>("trace_id")?;
        let number = |name| columns.get::<UInt64Array>(name);
        let (starts, ends, root_starts, root_ends) = (number("start")?, number("end")?, number("root_start")?, number("root_end")?);
        for row in 0..batch.num_rows() {
            let key = match query.sort {
                TraceSort::Start => starts.value(row),
                TraceSort::Duration if root_starts.is_valid(row) => root_ends.value(row).saturating_sub(root_starts.value(row)),
                TraceSort::Duration => ends.value(row).saturating_sub(starts.value(row)),
            };
            page.add(key, *trace_id_at(trace_ids, row)?.as_bytes());
        }
        Ok(())
    })?;
    let page = page.finish();
    let trace_ids: Vec<TraceId> = page.keys.iter().filter_map(|(_, tie)| TraceId::from_bytes(tie).ok()).collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
    let mut found = fetch(engine, &wanted)?;
    let traces: Vec<TraceRecords> = trace_ids.iter().filter_map(|trace_id| found.remove(trace_id)).collect();
    Ok(TracePage { traces, next: page.next, total: page.total })
}

/// The extent of each trace, and its root: the first span to start of those without a parent.
const TRACES: &str = "
    SELECT trace_id, min(start_unix_nanos) AS start, max(end_unix_nanos) AS end,
        first_value(start_unix_nanos ORDER BY start_unix_nanos, span_id) FILTER (WHERE parent_span_id IS NULL) AS root_start,
        first_value(end_unix_nanos ORDER BY start_unix_nanos, span_id) FILTER (WHERE parent_span_id IS NULL) AS root_end
    FROM spans GROUP BY trace_id";

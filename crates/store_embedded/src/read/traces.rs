//! Lists traces: a trace is what its spans make it.

use datafusion::arrow::array::{FixedSizeBinaryArray, UInt64Array};
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
    let sql = format!(
        "SELECT trace_id, min(start_unix_nanos) AS start_unix_nanos, max(end_unix_nanos) AS end_unix_nanos FROM spans GROUP BY trace_id HAVING {}",
        range_condition("min(start_unix_nanos)", query.range)
    );
    engine.planner.ask(&question(&snapshot, project, None, sql), |batch| {
        let columns = Columns(batch);
        let trace_ids = columns.get::<FixedSizeBinaryArray>("trace_id")?;
        let (starts, ends) = (columns.get::<UInt64Array>("start_unix_nanos")?, columns.get::<UInt64Array>("end_unix_nanos")?);
        for row in 0..batch.num_rows() {
            page.add(sort_key(query.sort, starts.value(row), ends.value(row)), *trace_id_at(trace_ids, row)?.as_bytes());
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

fn sort_key(sort: TraceSort, start_unix_nanos: u64, end_unix_nanos: u64) -> u64 {
    match sort {
        TraceSort::Start => start_unix_nanos,
        TraceSort::Duration => end_unix_nanos.saturating_sub(start_unix_nanos),
    }
}

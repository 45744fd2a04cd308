//! Lists log records by time.

use model::{LogRecord, ProjectSlug, SpanId, TraceId};
use store::{LogPage, LogQuery, Order, RawPage, RawQuery, StoreError, TimeRange};

use super::page::{PageCollector, PageKeys};
use super::places::{Records, RowTie, Sources};
use super::scan::scan_logs;
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::rows::logs::rows_from_batch;

pub(crate) fn list_logs(engine: &Engine, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let of = query.span.map(|(trace_id, span_id)| (trace_id, Some(span_id)));
    let page = page_of_logs(&snapshot, project, of, query.range, page)?;
    let Records { records: logs, next } = read_logs(&snapshot, &page, None)?;
    Ok(LogPage { logs, next, total: page.total })
}

/// Returns log records with no more bytes than asked for.
pub(crate) fn raw_logs(engine: &Engine, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let page = PageCollector::new(Order::Ascending, query.limit, query.after.as_ref());
    let of = query.trace_id.map(|trace_id| (trace_id, None));
    let page = page_of_logs(&snapshot, project, of, query.range, page)?;
    let Records { records, next } = read_logs(&snapshot, &page, query.bytes_max)?;
    Ok(RawPage { records, next })
}

fn page_of_logs(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    range: TimeRange,
    mut page: PageCollector<RowTie>,
) -> Result<PageKeys<RowTie>, StoreError> {
    scan_logs(snapshot, project, of, |facts, place| {
        if range.contains(facts.time_unix_nanos) {
            page.add(facts.time_unix_nanos, RowTie::new(facts.version, place));
        }
    })?;
    Ok(page.finish())
}

fn read_logs(snapshot: &Snapshot, page: &PageKeys<RowTie>, bytes_max: Option<usize>) -> Result<Records<LogRecord>, StoreError> {
    let files = snapshot.segments.iter().map(|segment| &segment.logs).collect();
    let sources = Sources { batches: &snapshot.logs, files };
    sources.read_page(page, bytes_max, RowTie::places, rows_from_batch, |mut rows| Some(rows.pop()?.log))
}

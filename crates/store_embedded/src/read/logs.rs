//! Lists log records by time.

use model::{LogRecord, ProjectSlug, SpanId, TraceId};
use store::{LogPage, LogQuery, Order, RawPage, RawQuery, StoreError, TimeRange, Total};

use super::page::{PageCollector, PageKeys};
use super::places::{Records, RowTie, Sources};
use super::scan::scan_logs;
use super::snapshot::Snapshot;
use super::stop::Stop;
use crate::engine::Engine;
use crate::limits;
use crate::rows::logs::rows_from_batch;

pub(crate) fn list_logs(engine: &Engine, project: &ProjectSlug, query: &LogQuery, stop: &Stop) -> Result<LogPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let of_trace = query.filter.trace_id.map(|trace_id| (trace_id, None));
    let of = query.span.map(|(trace_id, span_id)| (trace_id, Some(span_id))).or(of_trace);
    let page = match query.filter.is_empty() {
        true => page_of_logs(&snapshot, project, of, query.range, page, stop)?,
        false => page_of_wanted_logs(&snapshot, project, of, query, page, stop)?,
    };
    let Records { records: logs, next, .. } = read_logs(&snapshot, &page, None)?;
    Ok(LogPage { logs, next, total: page.total })
}

/// Returns log records with no more bytes than asked for.
pub(crate) fn raw_logs(engine: &Engine, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let page = PageCollector::new(Order::Ascending, query.limit, query.after.as_ref());
    let of = query.trace_id.map(|trace_id| (trace_id, None));
    let (stop, _waiting) = Stop::after(limits::CHORE_TIME);
    let page = page_of_logs(&snapshot, project, of, query.range, page, &stop)?;
    let Records { mut records, next, .. } = read_logs(&snapshot, &page, query.bytes_max)?;
    records.iter_mut().for_each(|log| log.belongs_to = None);
    Ok(RawPage { records, next })
}

fn page_of_logs(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    range: TimeRange,
    mut page: PageCollector<RowTie>,
    stop: &Stop,
) -> Result<PageKeys<RowTie>, StoreError> {
    scan_logs(snapshot, project, of, stop, |facts, place| {
        if range.contains(facts.time_unix_nanos) {
            page.add(facts.time_unix_nanos, RowTie::new(facts.version, place));
        }
    })?;
    Ok(page.finish())
}

/// Reads every record of the range: what a filter asks for stands in the record itself.
fn page_of_wanted_logs(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    query: &LogQuery,
    mut page: PageCollector<RowTie>,
    stop: &Stop,
) -> Result<PageKeys<RowTie>, StoreError> {
    let mut keys = Vec::new();
    scan_logs(snapshot, project, of, stop, |facts, place| {
        if query.range.contains(facts.time_unix_nanos) {
            keys.push((facts.time_unix_nanos, RowTie::new(facts.version, place)));
        }
    })?;
    let total = Total { count: keys.len() as u64, exact: true };
    let (mut keys, matcher) = (keys.into_iter(), query.filter.matcher());
    loop {
        let chunk = PageKeys { keys: keys.by_ref().take(limits::READ_BATCH_ROWS).collect(), next: None, total };
        if chunk.keys.is_empty() {
            return Ok(page.finish());
        }
        stop.check()?;
        let Records { records, bytes, .. } = read_logs(snapshot, &chunk, None)?;
        stop.asking.add_read(0, bytes);
        for ((time_unix_nanos, tie), log) in chunk.keys.into_iter().zip(records) {
            if matcher.matches(&log) {
                page.add(time_unix_nanos, tie);
            }
        }
    }
}

fn read_logs(snapshot: &Snapshot, page: &PageKeys<RowTie>, bytes_max: Option<usize>) -> Result<Records<LogRecord>, StoreError> {
    let files = snapshot.segments.iter().map(|segment| &segment.logs).collect();
    let sources = Sources { batches: &snapshot.logs, files, columns: &["version", "trace_id", "span_id", "raw", "resource", "scope"] };
    sources.read_page(page, bytes_max, RowTie::places, rows_from_batch, |mut rows| Some(rows.pop()?.log))
}

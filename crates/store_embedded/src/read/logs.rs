//! Lists log records by time.

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use model::{LogRecord, ProjectSlug};
use store::{LogPage, LogQuery, StoreError};

use super::page::PageCollector;
use super::scan::{LogPlace, scan_logs};
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::limits;
use crate::rows::logs::{StoredLog, rows_from_batch};

pub(crate) fn list_logs(engine: &Engine, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let mut in_range = Vec::new();
    scan_logs(&snapshot, project, query.span, |facts, place| {
        if query.range.contains(facts.time_unix_nanos) {
            let row = (facts.time_unix_nanos, RowTie { version: facts.version.to_be_bytes(), place });
            match query.filter.is_empty() {
                true => page.add(row.0, row.1),
                false => in_range.push(row),
            }
        }
    })?;
    // What a filter asks for stands in the record itself.
    for rows in in_range.chunks(limits::READ_BATCH_ROWS) {
        let records = fetch_logs(&snapshot, rows.iter().map(|(_, tie)| tie.place))?;
        for (time_unix_nanos, tie) in rows {
            if records.get(&u64::from_be_bytes(tie.version)).is_some_and(|log| query.filter.matches(log)) {
                page.add(*time_unix_nanos, *tie);
            }
        }
    }
    let page = page.finish();
    let mut found = fetch_logs(&snapshot, page.keys.iter().map(|(_, tie)| tie.place))?;
    let logs = page.keys.iter().filter_map(|(_, tie)| found.remove(&u64::from_be_bytes(tie.version))).collect();
    Ok(LogPage { logs, next: page.next, total: page.total })
}

/// A log record breaks ties by its version, which no other row has.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct RowTie {
    version: [u8; 8],
    place: LogPlace,
}

impl AsRef<[u8]> for RowTie {
    fn as_ref(&self) -> &[u8] {
        &self.version
    }
}

/// Reads log records where the scan found them.
fn fetch_logs(snapshot: &Snapshot, places: impl Iterator<Item = LogPlace>) -> Result<HashMap<u64, LogRecord>, StoreError> {
    let mut places: Vec<LogPlace> = places.collect();
    places.sort_unstable();
    let mut found = HashMap::new();
    let mut add = |logs: Vec<StoredLog>| found.extend(logs.into_iter().map(|stored| (stored.version, stored.log)));
    for places in places.chunk_by(|a, b| a.0 == b.0) {
        let (source, rows) = (places[0].0, places.iter().map(|(_, row)| *row));
        match snapshot.logs.get(source) {
            Some(batch) => add(rows_from_batch(&rows_of_batch(batch, rows)?)?),
            None => {
                let ranges: Vec<_> = rows.map(|row| row..row + 1).collect();
                let segment = &snapshot.segments[source - snapshot.logs.len()];
                for batch in segment.logs.read(None, &ranges, limits::READ_WHOLE_BATCH_ROWS)? {
                    add(rows_from_batch(&batch?)?);
                }
            }
        }
    }
    Ok(found)
}

fn rows_of_batch(batch: &RecordBatch, rows: impl Iterator<Item = u64>) -> Result<RecordBatch, StoreError> {
    let positions: Vec<_> = rows.map(|row| (0, row as usize)).collect();
    let gathered = datafusion::arrow::compute::interleave_record_batch(&[batch], &positions);
    gathered.map_err(|source| StoreError::failed("failed to gather log records", source))
}

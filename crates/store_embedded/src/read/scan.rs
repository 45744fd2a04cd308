//! Scans the columns that decide which log records are on a page.

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use model::{ProjectSlug, SpanId, TraceId};
use store::StoreError;

use super::places::Place;
use super::snapshot::Snapshot;
use super::stop::Stop;
use crate::limits;
use crate::rows::{Columns, bytes_of_batch};
use crate::segment::Segment;
use crate::tail::Projects;

/// What lists need to know of a log record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogFacts {
    pub(super) version: u64,
    pub(super) time_unix_nanos: u64,
}

/// The columns that decide.
const LOG_COLUMNS: [&str; 5] = ["project", "trace_id", "span_id", "version", "time_unix_nanos"];

/// Hands over every log record of a project, or of one of its traces or spans.
pub(super) fn scan_logs(
    snapshot: &Snapshot,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    stop: &Stop,
    mut take: impl FnMut(LogFacts, Place),
) -> Result<(), StoreError> {
    for (source, batch) in snapshot.logs.iter().enumerate() {
        scan_log_batch(batch, project, of, 0, &mut |facts, row| take(facts, (source, row)))?;
    }
    stop.asking.add_parts(snapshot.segments.len() as u64);
    for (index, segment) in snapshot.segments.iter().enumerate() {
        stop.check()?;
        let source = snapshot.logs.len() + index;
        let (rows, bytes) = scan_logs_of_segment(segment, project, of, &mut |facts, row| take(facts, (source, row)))?;
        stop.asking.end_part(rows, bytes);
    }
    Ok(())
}

/// Returns how many rows it read, and the bytes of their columns.
fn scan_logs_of_segment(
    segment: &Segment,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    take: &mut impl FnMut(LogFacts, u64),
) -> Result<(u64, u64), StoreError> {
    let Some((number, rows)) = segment.description.project(project) else { return Ok((0, 0)) };
    let rows = match of {
        None => rows.logs.clone(),
        Some((trace_id, _)) => {
            let of_project = segment.rows_of_trace(trace_id)?.into_iter().find(|rows| rows.project == number);
            of_project.map(|rows| rows.logs).unwrap_or(0..0)
        }
    };
    if rows.is_empty() {
        return Ok((0, 0));
    }
    let (first, mut rows_read, mut bytes_read) = (rows.start, 0, 0);
    for batch in segment.logs.read(Some(&LOG_COLUMNS), &[rows], limits::READ_BATCH_ROWS)? {
        let batch = batch?;
        scan_log_batch(&batch, project, of, first + rows_read, take)?;
        rows_read += batch.num_rows() as u64;
        bytes_read += bytes_of_batch(&batch) as u64;
    }
    Ok((rows_read, bytes_read))
}

fn scan_log_batch(
    batch: &RecordBatch,
    project: &ProjectSlug,
    of: Option<(TraceId, Option<SpanId>)>,
    row_first: u64,
    take: &mut impl FnMut(LogFacts, u64),
) -> Result<(), StoreError> {
    let columns = Columns(batch);
    let projects = Projects::new(batch)?;
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let (versions, times) = (columns.get::<UInt64Array>("version")?, columns.get::<UInt64Array>("time_unix_nanos")?);
    let is_of_trace = |row: usize, trace_id: TraceId| trace_ids.is_valid(row) && trace_ids.value(row) == trace_id.as_bytes();
    let is_of_span = |row: usize, span_id: SpanId| span_ids.is_valid(row) && span_ids.value(row) == span_id.as_bytes();
    let is_wanted = |row: usize| match of {
        None => true,
        Some((trace_id, span_id)) => is_of_trace(row, trace_id) && span_id.is_none_or(|span_id| is_of_span(row, span_id)),
    };
    for row in (0..batch.num_rows()).filter(|row| projects.text(*row) == project.as_str() && is_wanted(*row)) {
        take(LogFacts { version: versions.value(row), time_unix_nanos: times.value(row) }, row_first + row as u64);
    }
    Ok(())
}

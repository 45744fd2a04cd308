//! The table of traces of a segment: each trace in one row, newest last, as the spans of this segment tell it.
//!
//! Beside it stand the spans as their traces make them. Both are made from the rows of the segment when they are written, and again
//! where one is missing: for a trace whose records lie in one segment they say what it is, for any other they are not asked.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use datafusion::arrow::array::FixedSizeBinaryArray;
use model::{LogRecord, Span, SpanId, TraceId};
use store::{StoreError, TraceRecords, Understand};

use super::core_rows::CoreRows;
use super::description::Description;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::read::Segment;
use super::understood::UnderstoodSpans;
use super::{TRACE_TABLE, UNDERSTOOD, directory_of_segment};
use crate::files::sync_directory;
use crate::limits;
use crate::rows::TABLES_FORMAT_VERSION;
use crate::rows::logs::{effective_time, rows_from_batch as logs_from_batch};
use crate::rows::spans::{StoredSpan, rows_from_batch};
use crate::rows::traces::{TraceExtent, TraceRow, batch_from_rows, last_start, schema};
use crate::tail::Projects;

/// Rows of traces written at once.
const CHUNK_ROWS: usize = 8_192;

/// Writes what the traces of a segment are whose other files are written, and seals it in the description.
pub(super) fn write_trace_table(
    segments: &Path,
    description: &mut Description,
    core: &CoreRows,
    understand: &dyn Understand,
) -> Result<(), StoreError> {
    description.forget_traces();
    if description.span_rows == 0 {
        return Ok(());
    }
    let segment = Segment::open(segments, description.clone())?;
    let logs = LogsOfTraces::read(&segment, 0..description.log_rows)?;
    let (mut rows, mut understood) = (Vec::new(), UnderstoodSpans::default());
    let mut trace = Gathered::default();
    let mut row = 0;
    for batch in core.batches(&segment)? {
        let batch = batch?;
        let projects = Projects::new(&batch)?;
        let ids = crate::rows::Columns(&batch).get::<FixedSizeBinaryArray>("trace_id")?;
        understood.expect(batch.clone());
        for (at, stored) in rows_from_batch(&batch)?.into_iter().enumerate() {
            if !trace.is_of(projects.text(at), ids.value(at)) {
                rows.extend(std::mem::take(&mut trace).finish(&segment, &logs, understand, &mut understood)?);
                trace = Gathered::starting(projects.text(at), row);
            }
            trace.spans.push(stored);
            row += 1;
        }
    }
    rows.extend(trace.finish(&segment, &logs, understand, &mut understood)?);
    understood.write(segments, description)?;
    rows.sort_unstable_by(TraceRow::in_table);
    for rows in rows.chunk_by(|a, b| a.project == b.project) {
        description.note_traces(&rows[0].project, rows.len() as u64);
    }
    let mut file = ParquetFileWriter::create(&directory_of_segment(segments, description.id), TRACE_TABLE, schema(), table_properties())?;
    for chunk in rows.chunks(CHUNK_ROWS) {
        file.write(&batch_from_rows(chunk)?)?;
    }
    file.finish(description)
}

/// Traces of a segment as they are understood now.
#[derive(Default)]
pub(super) struct Anew {
    /// In the order in which the traces were given, as all that follows.
    pub(super) rows: Vec<TraceRow>,
    /// Their spans as they are stored.
    pub(super) stored: UnderstoodSpans,
    /// And as the traces make them.
    pub(super) understood: UnderstoodSpans,
}

/// Understands some traces of a segment, each given by its project and the rows of its spans.
pub(super) fn understand_anew<'a>(
    segment: &Segment,
    traces: impl IntoIterator<Item = (&'a str, Range<u64>)>,
    understand: &dyn Understand,
) -> Result<Anew, StoreError> {
    let mut anew = Anew::default();
    for (project, spans) in traces {
        let mut trace = Gathered::starting(project, spans.start);
        for batch in segment.core.read_filled(&[spans], limits::READ_BATCH_ROWS)? {
            trace.spans.extend(rows_from_batch(&batch?)?);
        }
        let Some(trace_id) = trace.spans.first().map(|stored| stored.span.trace_id) else { continue };
        let stored: Vec<Span> = trace.spans.iter().map(|stored| stored.span.clone()).collect();
        let order: Vec<SpanId> = stored.iter().map(|span| span.span_id).collect();
        anew.stored.push(&order, stored)?;
        let mut logs = LogsOfTraces::default();
        for place in segment.rows_of_trace(trace_id)? {
            logs.add(LogsOfTraces::read(segment, place.logs)?);
        }
        anew.rows.extend(trace.finish(segment, &logs, understand, &mut anew.understood)?);
    }
    Ok(anew)
}

/// Gives a segment of an earlier version its table and its understood spans; None where it has both.
pub(crate) fn complete_trace_table(
    segments: &Path,
    description: &Description,
    understand: &dyn Understand,
) -> Result<Option<Description>, StoreError> {
    let has_tables = [TRACE_TABLE, UNDERSTOOD].iter().all(|name| description.files.contains_key(*name));
    if has_tables && description.tables_format == TABLES_FORMAT_VERSION || description.span_rows == 0 {
        return Ok(None);
    }
    let mut completed = Description { tables_format: TABLES_FORMAT_VERSION, ..description.clone() };
    let directory = directory_of_segment(segments, description.id);
    // What an earlier try left.
    for name in [TRACE_TABLE, UNDERSTOOD] {
        completed.files.remove(name);
        match std::fs::remove_file(directory.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::failed(format!("failed to tidy up {}", directory.display()), error));
            }
            _ => {}
        }
    }
    write_trace_table(segments, &mut completed, &CoreRows::InFile, understand)?;
    sync_directory(&directory).map_err(|source| StoreError::failed(format!("failed to write {}", directory.display()), source))?;
    Ok(Some(completed))
}

/// The spans of one trace, as they are read.
#[derive(Default)]
struct Gathered {
    project: String,
    row_first: u64,
    spans: Vec<StoredSpan>,
}

impl Gathered {
    fn starting(project: &str, row_first: u64) -> Self {
        Self { project: project.to_owned(), row_first, spans: Vec::new() }
    }

    fn is_of(&self, project: &str, trace_id: &[u8]) -> bool {
        self.spans.first().is_some_and(|stored| stored.span.trace_id.as_bytes() == trace_id && self.project == project)
    }

    fn finish(
        self,
        segment: &Segment,
        logs: &LogsOfTraces,
        understand: &dyn Understand,
        understood: &mut UnderstoodSpans,
    ) -> Result<Option<TraceRow>, StoreError> {
        let Some(trace_id) = self.spans.first().map(|stored| stored.span.trace_id) else { return Ok(None) };
        let rows = self.row_first..self.row_first + self.spans.len() as u64;
        let mut spans: Vec<Span> = self.spans.into_iter().map(|stored| stored.span).collect();
        let logs = logs.of(&self.project, trace_id);
        // Log records on its spans may carry their messages and tokens: then columns alone do not tell.
        let is_told_by_logs = logs.iter().any(|log| log.span().is_some());
        if is_told_by_logs {
            segment.each_raw(rows.clone(), |at, raw| spans[at].raw = Some(raw))?;
        }
        let (extent, last_start_unix_nanos) = (TraceExtent::of(&spans), last_start(&spans));
        let order: Vec<SpanId> = spans.iter().map(|span| span.span_id).collect();
        let project = self.project.parse().map_err(|error: model::IdError| StoreError::Damaged(error.to_string()))?;
        let (summary, spans) = understand.trace(&project, TraceRecords { trace_id, spans, logs, spans_left_out: 0 });
        understood.push(&order, spans)?;
        Ok(Some(TraceRow {
            project: self.project,
            trace_id,
            row_first: rows.start as u32,
            row_count: (rows.end - rows.start) as u32,
            is_told_by_logs,
            extent,
            last_start_unix_nanos,
            summary,
        }))
    }
}

/// Log records of a segment that name a trace.
#[derive(Default)]
struct LogsOfTraces(HashMap<TraceId, Vec<(String, LogRecord)>>);

impl LogsOfTraces {
    fn read(segment: &Segment, rows: Range<u64>) -> Result<Self, StoreError> {
        let mut logs: HashMap<TraceId, Vec<(String, LogRecord)>> = HashMap::new();
        if rows.is_empty() {
            return Ok(Self(logs));
        }
        for batch in segment.logs.read(None, std::slice::from_ref(&rows), limits::READ_WHOLE_BATCH_ROWS)? {
            let batch = batch?;
            let projects = Projects::new(&batch)?;
            for (row, stored) in logs_from_batch(&batch)?.into_iter().enumerate() {
                if let Some(trace_id) = stored.log.trace() {
                    logs.entry(trace_id).or_default().push((projects.text(row).to_owned(), stored.log));
                }
            }
        }
        Ok(Self(logs))
    }

    fn add(&mut self, other: Self) {
        for (trace_id, logs) in other.0 {
            self.0.entry(trace_id).or_default().extend(logs);
        }
    }

    /// In order of time.
    fn of(&self, project: &str, trace_id: TraceId) -> Vec<LogRecord> {
        let all = self.0.get(&trace_id).map_or(&[][..], Vec::as_slice);
        let mut logs: Vec<_> = all.iter().filter(|(of, _)| of == project).map(|(_, log)| log.clone()).collect();
        logs.sort_by_key(effective_time);
        logs
    }
}

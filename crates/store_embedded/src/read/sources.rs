//! What lists are read from: the rows of a segment, and the traces that no single segment knows whole.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, new_null_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::UInt32Type;
use model::{ProjectSlug, Span, TraceId};
use query::Filter;
use store::{Detail, StoreError, TraceRecords};

use super::bounds::Bounds;
use super::fetch::{Wanted, fetch};
use super::masks::Source;
use super::snapshot::Snapshot;
use crate::engine::Engine;
use crate::partials::QuestionHash;
use crate::rows::traces::{self, TraceExtent, TraceRow, last_start};
use crate::search::{Condition, Indexes, RowSet, bounds_of_segment};
use crate::segment::{ProjectRows, RowFile, Segment, core_of_spans};

/// The rows of one project in a segment.
pub(super) struct SegmentSource<'a> {
    indexes: &'a Indexes,
    segment: &'a Segment,
    rows: &'a ProjectRows,
    rows_of_traces: OnceCell<Vec<Range<usize>>>,
    read: RefCell<HashMap<String, ArrayRef>>,
}

impl<'a> SegmentSource<'a> {
    /// None where the project has no spans in the segment.
    pub(super) fn new(engine: &'a Engine, segment: &'a Segment, project: &ProjectSlug) -> Option<Self> {
        let (_, rows) = segment.description.project(project)?;
        let source = Self { indexes: &engine.indexes, segment, rows, rows_of_traces: OnceCell::new(), read: RefCell::default() };
        (!rows.spans.is_empty()).then_some(source)
    }

    /// Of its spans.
    pub(super) fn rows(&self) -> &Range<u64> {
        &self.rows.spans
    }

    pub(super) fn trace_count(&self) -> u64 {
        self.rows.traces.end - self.rows.traces.start
    }

    /// The rows of traces that are apart, in order: what the segment says of them is not all.
    pub(super) fn rows_apart(&self, engine: &Engine, snapshot: &Snapshot) -> Result<Arc<Vec<u32>>, StoreError> {
        // Traces that are in memory alone are in no segment.
        if snapshot.loose_traces.is_empty() {
            return Ok(Arc::default());
        }
        let (segment, question) = (self.segment.description.id, QuestionHash::of(&("apart", self.rows, snapshot.loose_traces_hash())));
        if let Some(known) = engine.partials.get::<Vec<u32>>(segment, question) {
            return Ok(known);
        }
        let mut rows = Vec::new();
        if has_one_of(self.segment, &snapshot.loose_traces)? {
            let ids = self.trace_column("trace_id")?;
            let ids = ids.as_fixed_size_binary().iter().enumerate();
            let is_loose = |id: &[u8]| TraceId::from_bytes(id).is_ok_and(|id| snapshot.loose_traces.contains(&id));
            rows.extend(ids.filter(|(_, id)| id.is_some_and(is_loose)).map(|(row, _)| row as u32));
        }
        let rows = Arc::new(rows);
        engine.partials.keep(segment, question, &rows, rows.len() * 4);
        Ok(rows)
    }

    /// A column of the traces that every table has.
    pub(super) fn trace_column(&self, column: &str) -> Result<ArrayRef, StoreError> {
        self.column(&self.segment.trace_table, column, &self.rows.traces, "trace")
    }

    fn column(&self, file: &RowFile, column: &str, rows: &Range<u64>, of: &str) -> Result<ArrayRef, StoreError> {
        let key = format!("{of} {column}");
        if let Some(known) = self.read.borrow().get(&key) {
            return Ok(Arc::clone(known));
        }
        let array = file.read_column(column, rows)?;
        self.read.borrow_mut().insert(key, Arc::clone(&array));
        Ok(array)
    }
}

impl Source for SegmentSource<'_> {
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError> {
        if traces::schema().column_with_name(column).is_none() {
            return Ok(None);
        }
        self.trace_column(column).map(Some)
    }

    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError> {
        match self.segment.file_of_span_column(column)? {
            Some(file) => self.column(file, column, &self.rows.spans, "span"),
            None => no_values(column, self.span_count()),
        }
    }

    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError> {
        if let Some(rows) = self.rows_of_traces.get() {
            return Ok(rows);
        }
        let (firsts, counts) = (self.trace_column("row_first")?, self.trace_column("row_count")?);
        let (firsts, counts) = (firsts.as_primitive::<UInt32Type>(), counts.as_primitive::<UInt32Type>());
        let range = |(first, count): (&u32, &u32)| {
            let first = u64::from(*first).saturating_sub(self.rows.spans.start) as usize;
            first..first + *count as usize
        };
        let rows: Vec<_> = firsts.values().iter().zip(counts.values()).map(range).collect();
        if rows.iter().any(|rows| rows.end > self.span_count()) {
            return Err(StoreError::Damaged(format!("{} names rows that are not there", self.segment.trace_table.path().display())));
        }
        Ok(self.rows_of_traces.get_or_init(|| rows))
    }

    fn span_count(&self) -> usize {
        (self.rows.spans.end - self.rows.spans.start) as usize
    }

    fn spans_by_content(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let Some(condition) = Condition::of(filter) else { return Ok(Bounds::unknown(self.span_count())) };
        let found = bounds_of_segment(self.indexes, self.segment, self.rows.spans.clone(), &condition)?;
        let first = self.rows.spans.start as u32;
        let mask = |rows: &RowSet| {
            let mut mask = vec![false; self.span_count()];
            rows.iter().for_each(|row| mask[(row - first) as usize] = true);
            BooleanBuffer::from(mask)
        };
        let sure = mask(&found.sure);
        Ok(Bounds { possible: &sure | &mask(&found.maybe), sure })
    }
}

fn has_one_of(segment: &Segment, traces: &HashSet<TraceId>) -> Result<bool, StoreError> {
    for trace_id in traces {
        if !segment.rows_of_trace(*trace_id)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A column that came after the segment was written, and of which no span has a value.
fn no_values(column: &str, rows: usize) -> Result<ArrayRef, StoreError> {
    let schema = crate::rows::spans::schema();
    let field = schema.field_with_name(column).map_err(|_| StoreError::Invalid(format!("spans have no column `{column}`")))?;
    Ok(new_null_array(field.data_type(), rows))
}

/// Traces read by themselves, because they are in memory or in several places.
///
/// In order of start, as in the table of a segment.
pub(super) struct Apart {
    pub(super) rows: Vec<TraceRow>,
    pub(super) traces: RecordBatch,
    pub(super) spans: RecordBatch,
    rows_of_traces: Vec<Range<usize>>,
}

impl Apart {
    /// Reads all traces that are apart; those without records in memory are kept from question to question.
    pub(super) fn all(engine: &Engine, snapshot: &Snapshot, project: &ProjectSlug) -> Result<Vec<Arc<Self>>, StoreError> {
        let moving = snapshot.traces_apart.difference(&snapshot.traces_settled).copied().collect();
        let mut all = vec![Arc::new(Self::read(engine, project, &moving)?)];
        if let (Some(newest), false) = (snapshot.segments.last(), snapshot.traces_settled.is_empty()) {
            all.push(Self::settled(engine, snapshot, project, newest.description.id)?);
        }
        Ok(all)
    }

    /// Kept in the name of the newest segment: with another one they may be others.
    fn settled(engine: &Engine, snapshot: &Snapshot, project: &ProjectSlug, newest: u64) -> Result<Arc<Self>, StoreError> {
        let question = QuestionHash::of(&("settled", project, snapshot.settled_hash()));
        if let Some(known) = engine.partials.get::<Self>(newest, question) {
            return Ok(known);
        }
        let settled = Arc::new(Self::read(engine, project, &snapshot.traces_settled)?);
        let bytes = settled.spans.get_array_memory_size() + 2 * settled.traces.get_array_memory_size();
        engine.partials.keep(newest, question, &settled, bytes);
        Ok(settled)
    }

    /// Reads those of the traces that the project has.
    pub(super) fn read(engine: &Engine, project: &ProjectSlug, trace_ids: &HashSet<TraceId>) -> Result<Self, StoreError> {
        let trace_ids: Vec<TraceId> = trace_ids.iter().copied().collect();
        let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
        let found = fetch(engine, &wanted)?;
        let mut apart = Vec::new();
        let (mut rows, mut rows_of_traces) = (Vec::new(), Vec::new());
        let mut found: Vec<TraceRecords> = found.into_values().filter(|records| !records.spans.is_empty()).collect();
        found.sort_unstable_by_key(|records| (records.spans[0].start_unix_nanos, records.trace_id));
        for records in found {
            let (row, spans) = understood(engine, project, apart.len(), records)?;
            rows_of_traces.push(apart.len()..apart.len() + spans.len());
            apart.extend(spans);
            rows.push(row);
        }
        let (traces, spans) = (traces::batch_from_rows(&rows)?, core_of_spans(apart.into_iter())?);
        Ok(Self { rows, traces, spans, rows_of_traces })
    }
}

/// A trace as a row, and its spans as the trace makes them.
fn understood(
    engine: &Engine,
    project: &ProjectSlug,
    row_first: usize,
    records: TraceRecords,
) -> Result<(TraceRow, Vec<Span>), StoreError> {
    let (trace_id, extent) = (records.trace_id, TraceExtent::of(&records.spans));
    let last_start_unix_nanos = last_start(&records.spans);
    // Log records on its spans may carry their messages and tokens: then columns alone do not tell.
    let is_told_by_logs = records.logs.iter().any(|log| log.span().is_some());
    let whole = if is_told_by_logs { super::fetch::trace(engine, project, trace_id, Detail::Whole)? } else { None };
    let (facts, spans) = engine.understand.trace(project, whole.unwrap_or(records));
    let (row_first, row_count) = (row_first as u32, spans.len() as u32);
    let row =
        TraceRow { project: project.to_string(), trace_id, row_first, row_count, is_told_by_logs, extent, last_start_unix_nanos, facts };
    Ok((row, spans))
}

impl Source for Apart {
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError> {
        Ok(self.traces.column_by_name(column).map(Arc::clone))
    }

    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError> {
        let missing = || StoreError::Invalid(format!("spans have no column `{column}`"));
        self.spans.column_by_name(column).map(Arc::clone).ok_or_else(missing)
    }

    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError> {
        Ok(&self.rows_of_traces)
    }

    fn span_count(&self) -> usize {
        self.spans.num_rows()
    }

    /// They are few, and looked at whole.
    fn spans_by_content(&self, _: &Filter) -> Result<Bounds, StoreError> {
        Ok(Bounds::unknown(self.span_count()))
    }
}

//! What lists are read from: the rows of a segment, and the traces that no single segment knows whole.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::UInt32Type;
use model::{ProjectSlug, TraceId};
use query::Filter;
use store::{Detail, StoreError, TraceRecords};

use super::bounds::Bounds;
use super::fetch::{Wanted, fetch};
use super::masks::Source;
use crate::engine::Engine;
use crate::limits;
use crate::rows::traces::{self, TraceExtent, TraceRow};
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

    pub(super) fn trace_count(&self) -> u64 {
        self.rows.traces.end - self.rows.traces.start
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

impl RowFile {
    /// Reads one column of some rows.
    fn read_column(&self, column: &str, rows: &Range<u64>) -> Result<ArrayRef, StoreError> {
        let missing = || StoreError::Damaged(format!("{} has no column `{column}`", self.path().display()));
        let mut parts = Vec::new();
        for batch in self.read(Some(&[column]), std::slice::from_ref(rows), limits::READ_COLUMN_ROWS)? {
            parts.push(Arc::clone(batch?.column_by_name(column).ok_or_else(missing)?));
        }
        let parts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
        match parts.as_slice() {
            [] => Err(missing()),
            parts => concat(parts).map_err(|source| StoreError::failed(format!("failed to read {}", self.path().display()), source)),
        }
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
        self.column(&self.segment.core, column, &self.rows.spans, "span")
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

/// Traces read by themselves, because they are in memory or in several places.
pub(super) struct Apart {
    pub(super) rows: Vec<TraceRow>,
    pub(super) traces: RecordBatch,
    pub(super) spans: RecordBatch,
    rows_of_traces: Vec<Range<usize>>,
}

impl Apart {
    /// Reads those of the traces that the project has.
    pub(super) fn read(engine: &Engine, project: &ProjectSlug, trace_ids: &HashSet<TraceId>) -> Result<Self, StoreError> {
        let trace_ids: Vec<TraceId> = trace_ids.iter().copied().collect();
        let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
        let found = fetch(engine, &wanted)?;
        let mut apart = Vec::new();
        let (mut rows, mut rows_of_traces) = (Vec::new(), Vec::new());
        for records in found.into_values().filter(|records| !records.spans.is_empty()) {
            let row_first = apart.len();
            apart.extend(records.spans.iter().cloned());
            rows_of_traces.push(row_first..apart.len());
            rows.push(trace_row(engine, project, row_first, records)?);
        }
        let (traces, spans) = (traces::batch_from_rows(&rows)?, core_of_spans(apart.into_iter())?);
        Ok(Self { rows, traces, spans, rows_of_traces })
    }
}

fn trace_row(engine: &Engine, project: &ProjectSlug, row_first: usize, records: TraceRecords) -> Result<TraceRow, StoreError> {
    let (trace_id, extent) = (records.trace_id, TraceExtent::of(&records.spans));
    let row_count = records.spans.len() as u32;
    // Log records on its spans may carry their messages and tokens: then columns alone do not tell.
    let is_told_by_logs = records.logs.iter().any(|log| log.span().is_some());
    let whole = if is_told_by_logs { super::fetch::trace(engine, project, trace_id, Detail::Whole)? } else { None };
    let facts = engine.understand.facts(project, whole.unwrap_or(records));
    Ok(TraceRow { project: project.to_string(), trace_id, row_first: row_first as u32, row_count, is_told_by_logs, extent, facts })
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

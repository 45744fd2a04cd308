//! The rows of a segment that lists and figures are read from.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, new_null_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::UInt32Type;
use model::{ProjectSlug, Span, TraceId};
use query::{Filter, Subject};
use serde_json::Value;
use store::StoreError;

use super::bounds::{Bounds, of_rows};
use super::fetch::in_order;
use super::masks::{Content, Source};
use super::snapshot::Snapshot;
use super::stop::Stop;
use super::trees::Forest;
use crate::engine::Engine;
use crate::limits;
use crate::partials::QuestionHash;
use crate::rows::{bytes_of_batch, traces};
use crate::search::{
    Condition, KnownTexts, NamesAtPlace, NumbersAtPlace, RowSet, arguments_in_segment, bounds_of_segment, names_in_segment,
    numbers_in_segment, outputs_of_segment,
};
use crate::segment::{ProjectRows, RowFile, Segment};

/// The rows of one project in a segment.
pub(super) struct SegmentSource<'a> {
    engine: &'a Engine,
    segment: &'a Segment,
    rows: &'a ProjectRows,
    rows_of_traces: OnceCell<Vec<Range<usize>>>,
    read: RefCell<HashMap<String, ArrayRef>>,
    forest: Forest,
    /// What the index said, by filter.
    found: RefCell<HashMap<String, Bounds>>,
    /// Of columns, decoded; those that were at hand cost nothing.
    bytes_read: Cell<u64>,
}

impl<'a> SegmentSource<'a> {
    /// None where the project has no spans in the segment.
    pub(super) fn new(engine: &'a Engine, segment: &'a Segment, project: &ProjectSlug) -> Option<Self> {
        let (_, rows) = segment.description.project(project)?;
        let source = Self {
            engine,
            segment,
            rows,
            rows_of_traces: OnceCell::new(),
            read: RefCell::default(),
            forest: Forest::default(),
            found: RefCell::default(),
            bytes_read: Cell::default(),
        };
        (!rows.spans.is_empty()).then_some(source)
    }

    /// Bytes of the columns that were read, decoded.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read.get()
    }

    fn count_bytes(&self, bytes: usize) {
        self.bytes_read.set(self.bytes_read.get() + bytes as u64);
    }

    /// Of its spans.
    pub(super) fn rows(&self) -> &Range<u64> {
        &self.rows.spans
    }

    /// Of the segment.
    pub(super) fn id(&self) -> u64 {
        self.segment.description.id
    }

    /// The row in the table of the segment of one of its traces.
    pub(super) fn row_of_trace(&self, trace: usize) -> u64 {
        self.rows.traces.start + trace as u64
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

    /// A column of the traces that every table has; it is kept from question to question, for most lists need the same few.
    pub(super) fn trace_column(&self, column: &str) -> Result<ArrayRef, StoreError> {
        let question = QuestionHash::of(&("column", column, &self.rows.traces));
        if let Some(known) = self.engine.partials.get::<ArrayRef>(self.id(), question) {
            return Ok(ArrayRef::clone(&known));
        }
        let array = self.segment.trace_table.read_column(column, &self.rows.traces)?;
        self.count_bytes(array.get_array_memory_size());
        self.engine.partials.keep(self.id(), question, &Arc::new(Arc::clone(&array)), array.get_array_memory_size());
        Ok(array)
    }

    /// The outputs of spans that the index has at hand.
    pub(super) fn outputs(&self, spans: &[usize]) -> Result<Vec<Option<Option<Value>>>, StoreError> {
        let rows: Vec<u32> = spans.iter().map(|span| self.number(*span)).collect();
        let mut outputs = outputs_of_segment(&self.engine.indexes, self.segment, &rows)?;
        Ok(rows.iter().map(|row| outputs.remove(row)).collect())
    }

    /// The row of a span in the files of the segment.
    fn number(&self, span: usize) -> u32 {
        (self.rows.spans.start + span as u64) as u32
    }

    /// The rows of spans in the files of the segment.
    fn numbers(&self, spans: &BooleanBuffer) -> RowSet {
        spans.set_indices().map(|span| self.number(span)).collect()
    }

    /// The spans of rows in the files of the segment.
    fn spans_of(&self, rows: &RowSet) -> RowSet {
        let first = self.rows.spans.start as u32;
        if first == 0 { rows.clone() } else { rows.iter().map(|row| row - first).collect() }
    }

    /// Columns as spans have them themselves, of some spans in order; none where there are no spans.
    pub(super) fn core_columns_of(&self, columns: &[&str], spans: &[usize]) -> Result<Option<RecordBatch>, StoreError> {
        let rows = spans.iter().map(|span| u64::from(self.number(*span))).map(|row| row..row + 1);
        let Some(rows) = in_order(rows.collect()) else { return Ok(None) };
        let batches = self.segment.core.read(Some(columns), &rows, limits::READ_COLUMN_ROWS)?.collect::<Result<Vec<_>, _>>()?;
        self.count_bytes(batches.iter().map(bytes_of_batch).sum());
        let Some(first) = batches.first() else { return Ok(None) };
        let joined = concat_batches(&first.schema(), &batches);
        joined.map(Some).map_err(|source| StoreError::failed("failed to put rows together", source))
    }

    /// A column of the spans, read once for a question.
    fn span_column(&self, file: &RowFile, column: &str) -> Result<ArrayRef, StoreError> {
        if let Some(known) = self.read.borrow().get(column) {
            return Ok(Arc::clone(known));
        }
        let array = file.read_column(column, &self.rows.spans)?;
        self.count_bytes(array.get_array_memory_size());
        self.read.borrow_mut().insert(column.to_owned(), Arc::clone(&array));
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
            Some(file) => self.span_column(file, column),
            None => no_values(column, self.span_count()),
        }
    }

    fn trace_count(&self) -> usize {
        (self.rows.traces.end - self.rows.traces.start) as usize
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

    fn forest(&self) -> &Forest {
        &self.forest
    }

    fn spans_by_content(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let Some(condition) = Condition::of(filter) else { return Ok(Bounds::unknown(self.span_count())) };
        let name = format!("{filter:?}");
        if let Some(known) = self.found.borrow().get(&name) {
            return Ok(known.clone());
        }
        let found = bounds_of_segment(&self.engine.indexes, self.segment, self.rows.spans.clone(), &condition)?;
        let first = self.rows.spans.start as u32;
        let mask = |rows: &RowSet| of_rows(self.span_count(), rows.iter().map(|row| (row - first) as usize));
        let sure = mask(&found.sure);
        let bounds = Bounds { possible: &sure | &mask(&found.maybe), sure };
        self.found.borrow_mut().insert(name, bounds.clone());
        Ok(bounds)
    }

    fn arguments(&self, spans: &[usize]) -> HashMap<usize, Option<u64>> {
        arguments_in_segment(&self.engine.indexes, self.segment, &mut spans.iter().map(|span| (self.number(*span), *span)))
    }
}

impl Content for SegmentSource<'_> {
    fn names_at(
        &self,
        subject: &Subject,
        spans: &BooleanBuffer,
        texts: &KnownTexts,
        stop: &Stop,
    ) -> Result<Option<NamesAtPlace>, StoreError> {
        let found = names_in_segment(&self.engine.indexes, self.segment, &self.numbers(spans), subject, texts, &|| stop.check())?;
        let names = |found: NamesAtPlace| found.names.into_iter().map(|(name, rows)| (name, self.spans_of(&rows))).collect();
        Ok(found.map(|found| NamesAtPlace { doubtful: self.spans_of(&found.doubtful), names: names(found) }))
    }

    fn numbers_at(&self, subject: &Subject, spans: &BooleanBuffer) -> Result<Option<NumbersAtPlace>, StoreError> {
        let found = numbers_in_segment(&self.engine.indexes, self.segment, &self.numbers(spans), subject)?;
        let first = self.rows.spans.start as u32;
        let of_spans = |found: NumbersAtPlace| found.of_rows.into_iter().map(|(row, number)| (row - first, number)).collect();
        Ok(found.map(|found| NumbersAtPlace { doubtful: self.spans_of(&found.doubtful), of_rows: of_spans(found) }))
    }

    fn was_searched(&self) -> bool {
        !self.found.borrow().is_empty()
    }

    fn each_with_content(&self, spans: &[usize], look: &mut dyn FnMut(usize, &Span)) -> Result<(), StoreError> {
        let rows = spans.iter().map(|span| u64::from(self.number(*span)));
        self.segment.each_raw(rows, |at, raw| look(spans[at], &self.engine.indexes.content.derive(raw)))
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

/// A column that no span has a value of, which its segment has left out.
fn no_values(column: &str, rows: usize) -> Result<ArrayRef, StoreError> {
    let schema = crate::rows::spans::schema();
    let field = schema.field_with_name(column).map_err(|_| StoreError::Invalid(format!("spans have no column `{column}`")))?;
    Ok(new_null_array(field.data_type(), rows))
}

//! The spans of a segment as their traces make them: with the session and user of others, billed or not, priced by the trace's model.
//!
//! Only columns in which some span differs from what it says itself are written; all others are read from the core columns. So a
//! question about a field of spans reads one column, and gets what the page of the trace shows.

use std::collections::VecDeque;
use std::path::Path;

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::compute::{concat, concat_batches};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use model::{Span, SpanId};
use store::StoreError;

use super::core_rows::PIECE_ROWS;
use super::description::Description;
use super::encoded::blank_rows;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::{UNDERSTOOD, directory_of_segment};
use crate::contents::Map;
use crate::limits;
use crate::rows::SpanRow;
use crate::rows::spans::{ComparedColumns, compared_columns};

/// Written always, so that the file has a column for each row.
pub(super) const FIRST_COLUMN: &str = "billing";

/// Spans on their way into the file, in the order of rows.
#[derive(Default)]
pub(super) struct UnderstoodSpans {
    waiting: Vec<SpanRow>,
    /// The rows of those that wait and will come, as they are stored; none where nobody asks for differences.
    stored: VecDeque<RecordBatch>,
    encoded: Vec<ComparedColumns>,
}

impl UnderstoodSpans {
    /// Tells how the next rows are stored, whose spans come later.
    pub(super) fn expect(&mut self, stored: RecordBatch) {
        self.stored.push_back(stored);
    }

    /// Takes the spans of one trace; `order` is that of its rows.
    pub(super) fn push(&mut self, order: &[SpanId], spans: Vec<Span>) -> Result<(), StoreError> {
        let first = self.waiting.len();
        self.waiting.extend(blank_rows(spans.into_iter()));
        // Every span comes back once: see `store::Understand::trace`.
        assert_eq!(self.waiting.len() - first, order.len(), "an understood trace has the spans it was made of");
        let new = &mut self.waiting[first..];
        if !new.iter().map(|row| &row.span.span_id).eq(order) {
            let places: Map<SpanId, usize> = order.iter().copied().zip(0..).collect();
            new.sort_by_cached_key(|row| places.get(&row.span.span_id).copied());
        }
        while !self.waiting.is_empty() && self.waiting.len() >= self.stored.front().map_or(PIECE_ROWS, RecordBatch::num_rows) {
            self.encode()?;
        }
        Ok(())
    }

    /// Encodes as many as are stored together, or all that wait.
    fn encode(&mut self) -> Result<(), StoreError> {
        let stored = self.stored.pop_front();
        let rows = stored.as_ref().map_or(self.waiting.len(), RecordBatch::num_rows);
        self.encoded.push(compared_columns(&self.waiting[..rows], &columns(), stored.as_ref())?);
        self.waiting.drain(..rows);
        Ok(())
    }

    /// All of them as one batch.
    pub(super) fn encoded(mut self) -> Result<RecordBatch, StoreError> {
        self.encode()?;
        let encoded = concat_batches(self.encoded[0].batch.schema_ref(), self.encoded.iter().map(|piece| &piece.batch));
        encoded.map_err(|source| StoreError::failed("failed to encode understood spans", source))
    }

    /// Writes the columns that differ from those of the segment, all of whose rows were told and have come.
    pub(super) fn write(self, segments: &Path, description: &mut Description) -> Result<(), StoreError> {
        let failed = |source| StoreError::failed("failed to write understood spans", source);
        let schema = self.encoded[0].batch.schema();
        let mut wanted = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            let is_as_stored = self.encoded.iter().all(|piece| piece.are_as_stored[place]);
            if field.name() == FIRST_COLUMN || !is_as_stored {
                let parts: Vec<&dyn Array> = self.encoded.iter().map(|piece| piece.batch.column(place).as_ref()).collect();
                wanted.push((field.clone(), concat(&parts).map_err(failed)?));
            }
        }
        let (fields, arrays): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        let schema: SchemaRef = Schema::new(fields).into();
        let batch = RecordBatch::try_new(schema.clone(), arrays).map_err(failed)?;
        let mut file = ParquetFileWriter::create(&directory_of_segment(segments, description.id), UNDERSTOOD, schema, table_properties())?;
        for first in (0..batch.num_rows()).step_by(limits::READ_BATCH_ROWS) {
            file.write(&batch.slice(first, limits::READ_BATCH_ROWS.min(batch.num_rows() - first)))?;
        }
        file.finish(description)
    }
}

/// The columns behind fields, save the ids: those are a span's own.
fn columns() -> Vec<&'static str> {
    let of_fields = query::FIELDS.iter().map(|field| field.column);
    of_fields.filter(|column| !["trace_id", "span_id", "parent_span_id"].contains(column)).collect()
}

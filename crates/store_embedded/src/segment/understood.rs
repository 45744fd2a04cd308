//! The spans of a segment as their traces make them: with the session and user of others, billed or not, priced by the trace's model.
//!
//! Only columns in which some span differs from what it says itself are written; all others are read from the core columns. So a
//! question about a field of spans reads one column, and gets what the page of the trace shows.

use std::collections::HashMap;
use std::path::Path;

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::{concat, concat_batches};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use model::{Span, SpanId};
use store::StoreError;

use super::core_rows::CoreRows;
use super::description::Description;
use super::encoded::fields_of_spans;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::read::Segment;
use super::{UNDERSTOOD, directory_of_segment};
use crate::limits;

/// Spans encoded at once.
const CHUNK_SPANS: usize = 4_096;

/// Written always, so that the file has a column for each row.
pub(super) const FIRST_COLUMN: &str = "billing";

/// Spans on their way into the file, in the order of rows.
#[derive(Default)]
pub(super) struct UnderstoodSpans {
    waiting: Vec<Span>,
    encoded: Vec<RecordBatch>,
}

impl UnderstoodSpans {
    /// Takes the spans of one trace; `order` is that of its rows.
    pub(super) fn push(&mut self, order: &[SpanId], spans: Vec<Span>) -> Result<(), StoreError> {
        let places: HashMap<SpanId, usize> = order.iter().copied().zip(0..).collect();
        let first = self.waiting.len();
        self.waiting.extend(spans.into_iter().map(|span| Span { raw: None, content: model::Content::default(), ..span }));
        // Every span comes back once: see `store::Understand::trace`.
        assert_eq!(self.waiting.len() - first, order.len(), "an understood trace has the spans it was made of");
        self.waiting[first..].sort_by_key(|span| places.get(&span.span_id).copied());
        if self.waiting.len() >= CHUNK_SPANS { self.encode() } else { Ok(()) }
    }

    fn encode(&mut self) -> Result<(), StoreError> {
        self.encoded.push(fields_of_spans(self.waiting.drain(..), &columns())?);
        Ok(())
    }

    /// All of them as one batch.
    pub(super) fn encoded(mut self) -> Result<RecordBatch, StoreError> {
        self.encode()?;
        let encoded = concat_batches(self.encoded[0].schema_ref(), &self.encoded);
        encoded.map_err(|source| StoreError::failed("failed to encode understood spans", source))
    }

    /// Writes the columns that differ from those of the segment.
    pub(super) fn write(
        mut self,
        segments: &Path,
        segment: &Segment,
        core: &CoreRows,
        description: &mut Description,
    ) -> Result<(), StoreError> {
        self.encode()?;
        let failed = |source| StoreError::failed("failed to write understood spans", source);
        let schema = self.encoded[0].schema();
        let mut wanted = Vec::new();
        for (place, field) in schema.fields().iter().enumerate() {
            let parts: Vec<&ArrayRef> = self.encoded.iter().map(|batch| batch.column(place)).collect();
            let understood = concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>()).map_err(failed)?;
            let stored = core.column(segment, field.name())?.unwrap_or_else(|| new_null_array(field.data_type(), understood.len()));
            if field.name() == FIRST_COLUMN || stored.as_ref() != understood.as_ref() {
                wanted.push((field.clone(), understood));
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

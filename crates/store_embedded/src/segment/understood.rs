//! The spans of a segment as their traces make them: with the session and user of others, billed or not, priced by the trace's model.
//!
//! Only columns in which some span differs from what it says itself are written; all others are read from the core columns. So a
//! question about a field of spans reads one column, and gets what the page of the trace shows.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::compute::{concat, concat_batches};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use model::{Span, SpanId};
use store::StoreError;

use super::core_rows::{CoreRows, PIECE_ROWS};
use super::description::Description;
use super::encoded::blank_rows;
use super::parquet_file::{ParquetFileWriter, table_properties};
use super::read::Segment;
use super::{UNDERSTOOD, directory_of_segment};
use crate::contents::Map;
use crate::limits;
use crate::rows::SpanRow;
use crate::rows::spans::batch_of_columns;

/// Written always, so that the file has a column for each row.
pub(super) const FIRST_COLUMN: &str = "billing";

/// Spans on their way into the file, in the order of rows.
#[derive(Default)]
pub(super) struct UnderstoodSpans {
    waiting: Vec<SpanRow>,
    encoded: Vec<RecordBatch>,
}

impl UnderstoodSpans {
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
        if self.waiting.len() >= PIECE_ROWS { self.encode() } else { Ok(()) }
    }

    fn encode(&mut self) -> Result<(), StoreError> {
        self.encoded.push(batch_of_columns(&self.waiting, &columns())?);
        self.waiting.clear();
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
            let parts: Vec<ArrayRef> = self.encoded.iter().map(|batch| Arc::clone(batch.column(place))).collect();
            let is_as_stored = match core.column(segment, field.name())? {
                Some(stored) => are_same(&parts, &stored),
                None => parts.iter().all(|part| part.null_count() == part.len()),
            };
            if field.name() == FIRST_COLUMN || !is_as_stored {
                let understood = concat(&parts.iter().map(|part| part.as_ref()).collect::<Vec<_>>()).map_err(failed)?;
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

/// Whether two columns, each in parts of its own, have the same values.
fn are_same(left: &[ArrayRef], right: &[ArrayRef]) -> bool {
    let present = |part: &&ArrayRef| !part.is_empty();
    let (mut left, mut right) = (left.iter().filter(present).cloned(), right.iter().filter(present).cloned());
    let (mut of_left, mut of_right) = (left.next(), right.next());
    while let (Some(a), Some(b)) = (&of_left, &of_right) {
        let rows = a.len().min(b.len());
        if a.slice(0, rows) != b.slice(0, rows) {
            return false;
        }
        let rest = |part: &ArrayRef| Some(part.slice(rows, part.len() - rows)).filter(|rest| !rest.is_empty());
        let (rest_of_left, rest_of_right) = (rest(a), rest(b));
        of_left = rest_of_left.or_else(|| left.next());
        of_right = rest_of_right.or_else(|| right.next());
    }
    of_left.is_none() && of_right.is_none()
}

/// The columns behind fields, save the ids: those are a span's own.
fn columns() -> Vec<&'static str> {
    let of_fields = query::FIELDS.iter().map(|field| field.column);
    of_fields.filter(|column| !["trace_id", "span_id", "parent_span_id"].contains(column)).collect()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::StringArray;

    use super::*;

    fn parts(parts: &[&[Option<&str>]]) -> Vec<ArrayRef> {
        parts.iter().map(|part| Arc::new(StringArray::from(part.to_vec())) as ArrayRef).collect()
    }

    #[test]
    fn columns_are_the_same_however_they_are_cut() {
        let cut: [&[&[Option<&str>]]; 4] = [
            &[&[Some("a"), None, Some("b"), Some("")]],
            &[&[Some("a")], &[None, Some("b")], &[Some("")]],
            &[&[], &[Some("a"), None], &[], &[Some("b"), Some("")], &[]],
            &[&[Some("a"), None, Some("b")], &[Some("")]],
        ];
        for (left, right) in cut.iter().flat_map(|left| cut.map(|right| (*left, right))) {
            assert!(are_same(&parts(left), &parts(right)), "{left:?} {right:?}");
        }
        let others: [&[&[Option<&str>]]; 5] = [
            &[],
            &[&[Some("a"), None, Some("b")]],
            &[&[Some("a"), None], &[Some("b"), None]],
            &[&[Some("a"), Some(""), Some("b"), Some("")]],
            &[&[Some("a"), None, Some("b"), Some("")], &[None]],
        ];
        for (other, whole) in others.iter().flat_map(|other| cut.map(|whole| (*other, whole))) {
            assert!(!are_same(&parts(other), &parts(whole)) && !are_same(&parts(whole), &parts(other)), "{other:?} {whole:?}");
        }
    }
}

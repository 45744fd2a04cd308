//! The spans of a segment as their traces make them: with the session and user of others, billed or not, priced by the trace's model.
//!
//! Only columns in which some span differs from what it says itself are written; all others are read from the core columns. So a
//! question about a field of spans reads one column, and gets what the page of the trace shows.

use std::collections::VecDeque;
use std::ops::Range;
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
        let mut done = 0;
        while done < self.waiting.len() {
            let rows = self.stored.front().map_or(PIECE_ROWS, RecordBatch::num_rows);
            if self.waiting.len() - done < rows {
                break;
            }
            self.encode(done..done + rows)?;
            done += rows;
        }
        self.waiting.drain(..done);
        Ok(())
    }

    /// Encodes rows that wait: those of the next stored piece, where there is one.
    fn encode(&mut self, rows: Range<usize>) -> Result<(), StoreError> {
        let stored = self.stored.pop_front();
        self.encoded.push(compared_columns(&self.waiting[rows], &columns(), stored.as_ref())?);
        Ok(())
    }

    /// All of them as one batch.
    pub(super) fn encoded(mut self) -> Result<RecordBatch, StoreError> {
        self.encode(0..self.waiting.len())?;
        let encoded = concat_batches(self.encoded[0].batch.schema_ref(), self.encoded.iter().map(|piece| &piece.batch));
        encoded.map_err(|source| StoreError::failed("failed to encode understood spans", source))
    }

    /// Writes the columns that differ from those of the segment, all of whose rows were told and have come.
    pub(super) fn write(self, segments: &Path, description: &mut Description) -> Result<(), StoreError> {
        let failed = |source| StoreError::failed("failed to write understood spans", source);
        let (come, stored) = (self.encoded.iter().map(|piece| piece.batch.num_rows() as u64).sum::<u64>(), description.span_rows);
        let Some(first) = self.encoded.first().filter(|_| come == stored) else {
            return Err(StoreError::Damaged(format!("{come} spans of a segment were understood, of {stored}")));
        };
        let schema = first.batch.schema();
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::File;
    use std::sync::Arc;

    use datafusion::arrow::array::StringArray;
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use model::{RawSpan, TraceId};

    use super::super::encoded::core_of_spans;
    use super::*;

    /// Texts by column, as the file has them.
    type Texts = BTreeMap<String, Vec<Option<String>>>;

    fn span(row: usize) -> Span {
        let (trace_id, span_id) = (TraceId::from_bytes(&[1; 16]).unwrap(), SpanId::from_bytes(&(row as u64 + 1).to_be_bytes()).unwrap());
        let raw = RawSpan { name: format!("span {row}"), ..RawSpan::new(trace_id, span_id, Arc::default(), Arc::default()) };
        Span { raw: None, ..Span::from_raw(Arc::new(raw)) }
    }

    /// Understands rows that are stored in pieces, cut into traces; each trace is handed over in the order that `arrange` gives it.
    fn write(pieces: &[usize], traces: &[usize], change: impl Fn(usize, &mut Span), arrange: impl Fn(&mut Vec<Span>)) -> Texts {
        let directory = tempfile::tempdir().unwrap();
        let mut description = Description::new(1, 0, 1);
        description.span_rows = traces.iter().sum::<usize>() as u64;
        std::fs::create_dir(directory_of_segment(directory.path(), 1)).unwrap();
        let mut understood = UnderstoodSpans::default();
        let (mut told, mut come) = (0, 0);
        let mut pieces = pieces.iter();
        for rows in traces {
            while told < come + rows {
                let piece = pieces.next().unwrap();
                understood.expect(core_of_spans((told..told + piece).map(span)).unwrap());
                told += piece;
            }
            let order: Vec<SpanId> = (come..come + rows).map(|row| span(row).span_id).collect();
            let mut spans: Vec<Span> = (come..come + rows).map(span).collect();
            spans.iter_mut().enumerate().for_each(|(at, span)| change(come + at, span));
            arrange(&mut spans);
            understood.push(&order, spans).unwrap();
            come += rows;
        }
        understood.write(directory.path(), &mut description).unwrap();
        let file = File::open(directory_of_segment(directory.path(), 1).join(UNDERSTOOD)).unwrap();
        let mut texts = Texts::new();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let column = column.as_any().downcast_ref::<StringArray>().unwrap();
                texts.entry(field.name().clone()).or_default().extend(column.iter().map(|text| text.map(str::to_owned)));
            }
        }
        texts
    }

    const CUTS: [(&[usize], &[usize]); 5] =
        [(&[6], &[6]), (&[1, 1, 1, 1, 1, 1], &[6]), (&[2, 2, 2], &[1, 4, 1]), (&[4, 2], &[1, 1, 1, 1, 1, 1]), (&[1, 3, 2], &[5, 1])];

    #[test]
    fn spans_that_are_as_they_are_stored_need_no_column_but_one() {
        for (pieces, traces) in CUTS {
            let texts = write(pieces, traces, |_, _| {}, |spans| spans.reverse());
            assert_eq!(texts.keys().collect::<Vec<_>>(), [FIRST_COLUMN], "{pieces:?} {traces:?}");
            assert_eq!(texts[FIRST_COLUMN].len(), 6);
        }
    }

    #[test]
    fn a_column_is_whole_where_one_span_differs_whichever_it_is() {
        for (pieces, traces) in CUTS {
            for changed in 0..6 {
                let change = |row: usize, span: &mut Span| {
                    if row == changed {
                        (span.name, span.session_id) = ("renamed".into(), Some("session".into()));
                    }
                };
                let texts = write(pieces, traces, change, |spans| spans.reverse());
                assert_eq!(texts.keys().collect::<Vec<_>>(), [FIRST_COLUMN, "name", "session_id"]);
                let names: Vec<_> = (0..6).map(|row| Some(if row == changed { "renamed".into() } else { format!("span {row}") })).collect();
                assert_eq!(texts["name"], names, "{pieces:?} {traces:?}");
                let sessions: Vec<_> = (0..6).map(|row| (row == changed).then(|| "session".to_owned())).collect();
                assert_eq!(texts["session_id"], sessions, "{pieces:?} {traces:?}");
            }
        }
    }

    #[test]
    fn rows_that_were_told_and_have_not_come_are_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let mut description = Description::new(1, 0, 1);
        description.span_rows = 2;
        let mut understood = UnderstoodSpans::default();
        understood.expect(core_of_spans((0..2).map(span)).unwrap());
        understood.push(&[span(0).span_id], vec![span(0)]).unwrap();
        assert!(matches!(understood.write(directory.path(), &mut description), Err(StoreError::Damaged(_))));
    }
}

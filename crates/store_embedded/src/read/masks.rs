//! Which traces and which spans meet a filter, as one bit each, from the columns that the filter names.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::UInt64Type;
use query::{Filter, Subject, Test};
use store::StoreError;

use super::compare::rows_that_meet;

/// Traces and their spans in columns; columns are read when they are asked for.
pub(super) trait Source {
    /// A column of the traces; None where they have none of the name.
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError>;

    /// A column of the spans.
    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError>;

    /// The rows of the spans of each trace.
    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError>;

    fn span_count(&self) -> usize;
}

/// Evaluates filters over a source.
pub(super) struct Masks<'a, S>(pub(super) &'a S);

impl<S: Source> Masks<'_, S> {
    /// The traces that meet a filter.
    pub(super) fn traces(&self, filter: &Filter) -> Result<BooleanBuffer, StoreError> {
        let count = self.0.rows_of_traces()?.len();
        match filter {
            Filter::All(parts) => parts.iter().try_fold(BooleanBuffer::new_set(count), |mask, part| Ok(&mask & &self.traces(part)?)),
            Filter::Any(parts) => parts.iter().try_fold(BooleanBuffer::new_unset(count), |mask, part| Ok(&mask | &self.traces(part)?)),
            Filter::Not(part) => Ok(!&self.traces(part)?),
            Filter::Test(test) => match self.column_of_traces(test)? {
                Some(column) => rows_that_meet(&column, &test.comparison),
                None => self.with_a_span(&self.spans(filter)?),
            },
            Filter::Span(inner) => self.with_a_span(&self.spans(inner)?),
            Filter::Words(_) => self.with_a_span(&self.spans(filter)?),
        }
    }

    /// The spans that meet a filter.
    pub(super) fn spans(&self, filter: &Filter) -> Result<BooleanBuffer, StoreError> {
        let count = self.0.span_count();
        match filter {
            Filter::All(parts) => parts.iter().try_fold(BooleanBuffer::new_set(count), |mask, part| Ok(&mask & &self.spans(part)?)),
            Filter::Any(parts) => parts.iter().try_fold(BooleanBuffer::new_unset(count), |mask, part| Ok(&mask | &self.spans(part)?)),
            Filter::Not(part) => Ok(!&self.spans(part)?),
            Filter::Test(Test { subject: Subject::Field(field), comparison }) => {
                rows_that_meet(&self.column_of_spans(field.column)?, comparison)
            }
            Filter::Test(_) => Err(StoreError::Invalid("attributes and places inside of JSON cannot be asked for yet".into())),
            Filter::Words(_) => Err(StoreError::Invalid("words cannot be searched for yet".into())),
            Filter::Span(inner) => self.beside_a_span(&self.spans(inner)?),
        }
    }

    fn column_of_traces(&self, test: &Test) -> Result<Option<ArrayRef>, StoreError> {
        match &test.subject {
            Subject::Field(field) => self.0.of_traces(field.column),
            Subject::Attribute(_) | Subject::Path { .. } => Ok(None),
        }
    }

    fn column_of_spans(&self, column: &str) -> Result<ArrayRef, StoreError> {
        if column == "duration_nanos" {
            return Ok(Arc::new(durations(&self.0.of_spans("start_unix_nanos")?, &self.0.of_spans("end_unix_nanos")?)));
        }
        self.0.of_spans(column)
    }

    /// The traces that have one of the spans.
    fn with_a_span(&self, spans: &BooleanBuffer) -> Result<BooleanBuffer, StoreError> {
        let rows = self.0.rows_of_traces()?;
        Ok(BooleanBuffer::collect_bool(rows.len(), |trace| spans.slice(rows[trace].start, rows[trace].len()).count_set_bits() > 0))
    }

    /// The spans of traces that have one of the spans.
    fn beside_a_span(&self, spans: &BooleanBuffer) -> Result<BooleanBuffer, StoreError> {
        let traces = self.with_a_span(spans)?;
        let mut beside = vec![false; self.0.span_count()];
        for (rows, is_met) in self.0.rows_of_traces()?.iter().zip(traces.iter()) {
            beside[rows.clone()].fill(is_met);
        }
        Ok(BooleanBuffer::from(beside))
    }
}

/// From start to end; none while a span runs. See `model::Span::duration_nanos`.
fn durations(starts: &ArrayRef, ends: &ArrayRef) -> UInt64Array {
    let (starts, ends) = (starts.as_primitive::<UInt64Type>(), ends.as_primitive::<UInt64Type>());
    let duration = |row: usize| (ends.value(row) != 0).then(|| ends.value(row).saturating_sub(starts.value(row)));
    (0..starts.len()).map(duration).collect()
}

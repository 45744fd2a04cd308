//! What rows have at places, as columns beside the stored ones: from the search index, and of rows in doubt by looking at them.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, ListArray, RecordBatch, StringArray};
use datafusion::arrow::buffer::{BooleanBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{Field, Schema};
use query::{PlainValue, Subject, plain_values};
use store::StoreError;
use store::aggregate::{OpenSubject, too_many_groups};

use super::asked::Asked;
use super::columns::Rows;
use crate::keys::SpanKey;
use crate::limits::{FIGURE_BYTES_MAX, FIGURE_SPANS_VERIFIED};
use crate::read::masks::{Content, Masks};
use crate::tail::span_key;

/// The column with the names of what rows have at a place: one text a row, or lists of them.
pub(super) fn names_column(open: &OpenSubject) -> String {
    format!("@{}", query::name_of(open.subject()))
}

/// The column with lists of the numbers that rows have at a place, in trillionths.
pub(super) fn numbers_column(open: &OpenSubject) -> String {
    format!("#{}", query::name_of(open.subject()))
}

/// What the rows of a source have at the places a question names.
pub(super) struct OpenColumns(Vec<(String, ArrayRef)>);

impl OpenColumns {
    /// Reads them for the rows that are wanted; others have nothing there.
    pub(super) fn read(asked: &Asked<'_>, source: &impl Content, wanted: &BooleanBuffer) -> Result<Self, StoreError> {
        let mut columns = Vec::new();
        for open in asked.query.open_subjects() {
            let values = Values::read(asked, source, open.subject(), wanted)?;
            if asked.names_values_of(open) {
                columns.push((names_column(open), values.names(source.span_count())));
            }
            if asked.adds_up(open) {
                columns.push((numbers_column(open), values.numbers(source.span_count())?));
            }
        }
        Ok(Self(columns))
    }

    /// Puts them beside the stored columns of some rows, the first of which is given.
    pub(super) fn beside(&self, rows: Rows, first: usize) -> Result<Rows, StoreError> {
        if self.0.is_empty() {
            return Ok(rows);
        }
        let count = rows.count();
        let (schema, mut columns, _) = rows.0.into_parts();
        let mut fields: Vec<_> = schema.fields().to_vec();
        for (name, column) in &self.0 {
            fields.push(Arc::new(Field::new(name, column.data_type().clone(), true)));
            columns.push(column.slice(first, count));
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns);
        batch.map(Rows).map_err(|source| StoreError::failed("failed to put columns side by side", source))
    }
}

/// Which rows have which values.
#[derive(Default)]
struct Values {
    values: Vec<PlainValue>,
    places: HashMap<String, u32>,
    bytes: usize,
    /// Row and value; a row that has a value twice stands here twice.
    of_rows: Vec<(u32, u32)>,
}

impl Values {
    fn read(asked: &Asked<'_>, source: &impl Content, subject: &Subject, wanted: &BooleanBuffer) -> Result<Self, StoreError> {
        let mut values = Self::default();
        let told = told_by_logs(source)?.map(|told| &told & wanted);
        let by_itself = told.as_ref().map_or_else(|| wanted.clone(), |told| wanted & &!told);
        let doubtful = match source.values(subject, &by_itself, &asked.texts)? {
            None => by_itself,
            Some(known) => {
                for (value, rows) in known.values {
                    let value = values.place(value)?;
                    values.of_rows.extend(rows.iter().map(|row| (row, value)));
                }
                BooleanBuffer::collect_bool(source.span_count(), |row| known.doubtful.contains(row as u32))
            }
        };
        let rows: Vec<usize> = doubtful.set_indices().collect();
        for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
            asked.stop.check()?;
            let mut found = Vec::new();
            source.each_with_content(rows, &mut |row, span| found.push((row, plain_values(subject, span))))?;
            found.into_iter().try_for_each(|(row, plain)| values.add(row, plain))?;
        }
        if let Some(told) = told {
            values.look_at_traces(asked, source, subject, &told)?;
        }
        values.of_rows.sort_unstable();
        Ok(values)
    }

    /// Log records tell what these spans do not say themselves.
    fn look_at_traces(
        &mut self,
        asked: &Asked<'_>,
        source: &impl Content,
        subject: &Subject,
        told: &BooleanBuffer,
    ) -> Result<(), StoreError> {
        let rows: Vec<usize> = told.set_indices().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let (trace_ids, span_ids) = (source.of_spans("trace_id")?, source.of_spans("span_id")?);
        let (trace_ids, span_ids) = (trace_ids.as_fixed_size_binary(), span_ids.as_fixed_size_binary());
        for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
            let key = |row: &usize| Ok((span_key(trace_ids.value(*row), span_ids.value(*row))?, *row));
            let keys: HashMap<SpanKey, usize> = rows.iter().map(key).collect::<Result<_, StoreError>>()?;
            let mut found = Vec::new();
            asked.verifier.each_span(&mut keys.keys().map(|key| key.trace_id), |key, span| {
                found.extend(keys.get(&key).map(|row| (*row, plain_values(subject, span))));
            })?;
            found.into_iter().try_for_each(|(row, plain)| self.add(row, plain))?;
        }
        Ok(())
    }

    fn add(&mut self, row: usize, plain: Vec<PlainValue>) -> Result<(), StoreError> {
        for value in plain {
            let place = self.place(value)?;
            self.of_rows.push((row as u32, place));
        }
        Ok(())
    }

    fn place(&mut self, value: PlainValue) -> Result<u32, StoreError> {
        if let Some(place) = self.places.get(&value.name) {
            return Ok(*place);
        }
        self.bytes += 2 * value.name.len() + size_of::<(PlainValue, String, u32)>();
        if self.bytes > FIGURE_BYTES_MAX {
            return Err(too_many_groups());
        }
        let place = self.values.len() as u32;
        self.places.insert(value.name.clone(), place);
        self.values.push(value);
        Ok(place)
    }

    /// Of each row its values, each once.
    fn names(&self, rows: usize) -> ArrayRef {
        let mut once = self.of_rows.clone();
        once.dedup();
        let names = Arc::new(self.values.iter().map(|value| Some(value.name.as_str())).collect::<StringArray>());
        let has_several = once.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if !has_several {
            let mut places: Vec<Option<i32>> = vec![None; rows];
            once.iter().for_each(|(row, value)| places[*row as usize] = Some(*value as i32));
            return Arc::new(DictionaryArray::new(Int32Array::from(places), names));
        }
        let values = DictionaryArray::new(once.iter().map(|(_, value)| *value as i32).collect::<Int32Array>(), names);
        lists(rows, &once, Arc::new(values))
    }

    fn numbers(&self, rows: usize) -> Result<ArrayRef, StoreError> {
        let number = |(row, value): &(u32, u32)| Some(((*row, *value), self.values[*value as usize].trillionths?));
        let (of_rows, numbers): (Vec<_>, Vec<i128>) = self.of_rows.iter().filter_map(number).unzip();
        let numbers = Decimal128Array::from(numbers).with_precision_and_scale(38, 0);
        let numbers = numbers.map_err(|source| StoreError::failed("failed to put numbers together", source))?;
        Ok(lists(rows, &of_rows, Arc::new(numbers)))
    }
}

/// Lists of what rows have, which are in order.
fn lists(rows: usize, of_rows: &[(u32, u32)], values: ArrayRef) -> ArrayRef {
    let mut lengths = vec![0_usize; rows];
    of_rows.iter().for_each(|(row, _)| lengths[*row as usize] += 1);
    let item = Field::new("item", values.data_type().clone(), true);
    Arc::new(ListArray::new(Arc::new(item), OffsetBuffer::from_lengths(lengths), values, None))
}

/// The spans of traces whose log records may tell of their content; None where there are none.
fn told_by_logs(source: &impl Content) -> Result<Option<BooleanBuffer>, StoreError> {
    let masks = Masks::of(source);
    match masks.traces_told_by_logs()?.filter(|told| told.count_set_bits() > 0) {
        Some(told) => masks.rows_of(&told).map(Some),
        None => Ok(None),
    }
}

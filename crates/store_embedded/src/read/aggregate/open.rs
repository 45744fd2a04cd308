//! What rows have at places, as columns beside the stored ones: from the search index, and of rows in doubt by looking at them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Decimal128Array, DictionaryArray, Int32Array, ListArray, RecordBatch, StringArray};
use datafusion::arrow::buffer::{BooleanBuffer, OffsetBuffer};
use datafusion::arrow::datatypes::{Field, Schema};
use model::Span;
use query::{PlainValue, Subject, plain_values};
use store::StoreError;
use store::aggregate::too_many_groups;
use store::limits::GROUPS_MADE_MAX;

use super::asked::Asked;
use super::columns::{Rows, names_column, numbers_column};
use crate::keys::SpanKey;
use crate::limits::{FIGURE_BYTES_MAX, FIGURE_SPANS_VERIFIED};
use crate::read::masks::{Content, Masks};
use crate::search::RowSet;
use crate::tail::span_key;

/// What the rows of a source have at the places a question names.
pub(super) struct OpenColumns(Vec<(String, ArrayRef)>);

impl OpenColumns {
    /// Reads them for the rows that are wanted; others have nothing there.
    pub(super) fn read(asked: &Asked<'_>, source: &impl Content, wanted: &BooleanBuffer) -> Result<Self, StoreError> {
        let (subjects, mut columns) = (asked.query.open_subjects(), Vec::new());
        if subjects.is_empty() {
            return Ok(Self(columns));
        }
        let told = told_by_logs(source)?.map(|told| &told & wanted);
        for open in subjects {
            let place = OpenPlace { asked, source, subject: open.subject(), told: told.as_ref(), wanted };
            if asked.names_values_of(open) {
                columns.push((names_column(open), place.names()?.column(source.span_count())));
            }
            if asked.adds_up(open) {
                columns.push((numbers_column(open), place.numbers()?));
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

/// A place, and the rows of a source that are asked about it.
struct OpenPlace<'a, S> {
    asked: &'a Asked<'a>,
    source: &'a S,
    subject: &'a Subject,
    wanted: &'a BooleanBuffer,
    /// The wanted ones of traces whose log records may tell of their content.
    told: Option<&'a BooleanBuffer>,
}

impl<S: Content> OpenPlace<'_, S> {
    fn names(&self) -> Result<Names, StoreError> {
        let mut names = Names::default();
        let by_themselves = self.by_themselves();
        let doubtful = match self.source.names_at(self.subject, &by_themselves, &self.asked.texts, self.asked.stop)? {
            None => by_themselves,
            Some(known) => {
                for (name, rows) in known.names {
                    let number = names.number(name)?;
                    names.of_rows.extend(rows.iter().map(|row| (row, number)));
                }
                self.mask(&known.doubtful)
            }
        };
        self.each_value(&doubtful, &mut |row, value| {
            let number = names.number(value.name)?;
            names.of_rows.push((row, number));
            Ok(())
        })?;
        names.of_rows.sort_unstable();
        names.of_rows.dedup();
        Ok(names)
    }

    /// Lists of the numbers of each row.
    fn numbers(&self) -> Result<ArrayRef, StoreError> {
        let by_themselves = self.by_themselves();
        let (mut of_rows, doubtful) = match self.source.numbers_at(self.subject, &by_themselves)? {
            None => (Vec::new(), by_themselves),
            Some(known) => (known.of_rows, self.mask(&known.doubtful)),
        };
        self.each_value(&doubtful, &mut |row, value| {
            of_rows.extend(value.trillionths.map(|number| (row, number)));
            if of_rows.len() * size_of::<(u32, i128)>() > FIGURE_BYTES_MAX { Err(too_many_groups()) } else { Ok(()) }
        })?;
        of_rows.sort_unstable();
        let numbers = Decimal128Array::from_iter_values(of_rows.iter().map(|(_, number)| *number)).with_precision_and_scale(38, 0);
        let numbers = numbers.map_err(|source| StoreError::failed("failed to put numbers together", source))?;
        Ok(lists(self.source.span_count(), of_rows.iter().map(|(row, _)| *row), Arc::new(numbers)))
    }

    /// The wanted rows whose own records tell all there is.
    fn by_themselves(&self) -> BooleanBuffer {
        self.told.map_or_else(|| self.wanted.clone(), |told| self.wanted & &!told)
    }

    fn mask(&self, rows: &RowSet) -> BooleanBuffer {
        BooleanBuffer::collect_bool(self.source.span_count(), |row| rows.contains(row as u32))
    }

    /// Hands over the values of rows in doubt, and of those that log records tell of, by looking at them.
    fn each_value(
        &self,
        doubtful: &BooleanBuffer,
        take: &mut dyn FnMut(u32, PlainValue) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // The first failure ends the taking, and the reading with the chunk.
        let taken = RefCell::new(Ok(()));
        let mut take_all = |row: usize, span: &Span| {
            let mut values = plain_values(self.subject, span).into_iter();
            let mut taken = taken.borrow_mut();
            if taken.is_ok() {
                *taken = values.try_for_each(|value| take(row as u32, value));
            }
        };
        let rows: Vec<usize> = doubtful.set_indices().collect();
        for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
            self.asked.stop.check()?;
            self.source.each_with_content(rows, &mut take_all)?;
            taken.replace(Ok(()))?;
        }
        let Some(told) = self.told else { return Ok(()) };
        let rows: Vec<usize> = told.set_indices().collect();
        let (trace_ids, span_ids) = (self.source.of_spans("trace_id")?, self.source.of_spans("span_id")?);
        let (trace_ids, span_ids) = (trace_ids.as_fixed_size_binary(), span_ids.as_fixed_size_binary());
        for rows in rows.chunks(FIGURE_SPANS_VERIFIED) {
            let key = |row: &usize| Ok((span_key(trace_ids.value(*row), span_ids.value(*row))?, *row));
            let keys: HashMap<SpanKey, usize> = rows.iter().map(key).collect::<Result<_, StoreError>>()?;
            self.asked.verifier.each_span(keys.keys(), |key, span| {
                keys.get(&key).into_iter().for_each(|row| take_all(*row, span));
            })?;
            taken.replace(Ok(()))?;
        }
        Ok(())
    }
}

/// Which rows have which values, these by number.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    numbers: HashMap<String, u32>,
    bytes: usize,
    of_rows: Vec<(u32, u32)>,
}

impl Names {
    fn number(&mut self, name: String) -> Result<u32, StoreError> {
        if let Some(number) = self.numbers.get(&name) {
            return Ok(*number);
        }
        self.bytes += 2 * (name.len() + size_of::<String>());
        if self.bytes > FIGURE_BYTES_MAX || self.names.len() >= GROUPS_MADE_MAX {
            return Err(too_many_groups());
        }
        let number = self.names.len() as u32;
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        Ok(number)
    }

    /// Of each row its name, or lists of names where a row has several.
    fn column(&self, rows: usize) -> ArrayRef {
        let names = Arc::new(StringArray::from_iter_values(&self.names));
        let has_several = self.of_rows.windows(2).any(|pair| pair[0].0 == pair[1].0);
        if !has_several {
            let mut numbers: Vec<Option<i32>> = vec![None; rows];
            self.of_rows.iter().for_each(|(row, number)| numbers[*row as usize] = Some(*number as i32));
            return Arc::new(DictionaryArray::new(Int32Array::from(numbers), names));
        }
        let values = DictionaryArray::new(self.of_rows.iter().map(|(_, number)| *number as i32).collect::<Int32Array>(), names);
        lists(rows, self.of_rows.iter().map(|(row, _)| *row), Arc::new(values))
    }
}

/// Lists of values; `of_rows` says of each value whose it is, in order.
fn lists(rows: usize, of_rows: impl Iterator<Item = u32>, values: ArrayRef) -> ArrayRef {
    let mut lengths = vec![0_usize; rows];
    of_rows.for_each(|row| lengths[row as usize] += 1);
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

//! Columns as figures are made of them: texts by their place in a dictionary, numbers as they lie in memory.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array, ListArray, RecordBatch, StringArray, new_null_array,
};
use datafusion::arrow::array::{AsArray, UInt64Array};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int32Type, Int64Type, UInt32Type, UInt64Type};
use query::{Field, FieldType};
use store::StoreError;
use store::aggregate::{Dimension, OpenSubject};

/// How texts are read: each different text of a row group once, and for each row which one it is.
pub(super) fn dictionary_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// The column with the names of what rows have at a place: one text a row, or lists of them.
pub(super) fn names_column(open: &OpenSubject) -> String {
    format!("@{}", query::name_of(open.subject()))
}

/// The column with lists of the numbers that rows have at a place, in trillionths.
pub(super) fn numbers_column(open: &OpenSubject) -> String {
    format!("#{}", query::name_of(open.subject()))
}

/// The column whose texts name the groups by a dimension.
pub(super) fn column_of_names(dimension: &Dimension) -> String {
    match dimension {
        Dimension::Field(field) => field.column.to_owned(),
        Dimension::Open(open) => names_column(open),
    }
}

/// The columns that tell a field.
pub(super) fn columns_of_field(field: &Field) -> Vec<&'static str> {
    if field.name == "duration_nanos" { vec!["start_unix_nanos", "end_unix_nanos"] } else { vec![field.column] }
}

/// Some columns of some rows.
pub(super) struct Rows(pub(super) RecordBatch);

/// The texts of a field.
pub(super) struct Texts {
    /// For each row the place of its text; of no meaning where it has none.
    pub(super) places: ScalarBuffer<i32>,
    pub(super) nulls: Option<NullBuffer>,
    pub(super) texts: StringArray,
}

impl Texts {
    /// The place of a row's text; None where it has none.
    pub(super) fn place(&self, row: usize) -> Option<usize> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) { None } else { Some(self.places[row] as usize) }
    }
}

/// The numbers of a field.
pub(super) struct Numbers {
    values: NumberValues,
    nulls: Option<NullBuffer>,
}

enum NumberValues {
    U64(ScalarBuffer<u64>),
    U32(ScalarBuffer<u32>),
    I64(ScalarBuffer<i64>),
}

impl Numbers {
    /// Hands over the number of each row.
    pub(super) fn each(&self, mut take: impl FnMut(usize, Option<i128>)) {
        let nulls = self.nulls.as_ref().filter(|nulls| nulls.null_count() > 0);
        match &self.values {
            NumberValues::U64(values) => each_number(values, nulls, &mut take),
            NumberValues::U32(values) => each_number(values, nulls, &mut take),
            NumberValues::I64(values) => each_number(values, nulls, &mut take),
        }
    }
}

fn each_number<Number: Copy + Into<i128>>(values: &[Number], nulls: Option<&NullBuffer>, take: &mut impl FnMut(usize, Option<i128>)) {
    match nulls {
        None => values.iter().enumerate().for_each(|(row, value)| take(row, Some((*value).into()))),
        Some(nulls) => values.iter().zip(nulls).enumerate().for_each(|(row, (value, known))| take(row, known.then(|| (*value).into()))),
    }
}

impl Rows {
    pub(super) fn count(&self) -> usize {
        self.0.num_rows()
    }

    /// The same rows with some of their columns.
    pub(super) fn only<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<Self, StoreError> {
        let failed = |source| StoreError::failed("failed to choose columns", source);
        let mut places = names.map(|name| self.0.schema().index_of(name)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        places.sort_unstable();
        places.dedup();
        self.0.project(&places).map(Self).map_err(failed)
    }

    fn column(&self, name: &str) -> Result<&ArrayRef, StoreError> {
        self.0.column_by_name(name).ok_or_else(|| StoreError::Damaged(format!("column `{name}` was not read")))
    }

    /// The values of a column of texts, of truths or of counts, as texts.
    pub(super) fn texts(&self, name: &str) -> Result<Texts, StoreError> {
        let column = self.column(name)?;
        let column = match column.data_type() {
            DataType::FixedSizeBinary(_) => &(Arc::new(hex_texts(column.as_fixed_size_binary())) as ArrayRef),
            DataType::Boolean | DataType::UInt32 | DataType::UInt64 | DataType::Int64 => &converted(column, &DataType::Utf8)?,
            _ => column,
        };
        let column = converted(column, &dictionary_type())?;
        let typed = column.as_dictionary::<Int32Type>();
        let texts = typed.values().as_string::<i32>().clone();
        let places = typed.keys().values().clone();
        let nulls = if name.starts_with("scope_") { without_empty(&places, typed.nulls(), &texts) } else { typed.nulls().cloned() };
        Ok(Texts { places, nulls, texts })
    }

    pub(super) fn numbers(&self, field: &Field) -> Result<Numbers, StoreError> {
        if !matches!(field.kind, FieldType::Number(_)) {
            return Err(StoreError::Invalid(format!("`{}` is no number", field.name)));
        }
        match field.name {
            "duration_nanos" => {
                let (starts, ends) = (self.unix_nanos("start_unix_nanos")?, self.unix_nanos("end_unix_nanos")?);
                let durations = ends.iter().zip(starts).map(|(end, start)| end.saturating_sub(*start)).collect();
                Ok(Numbers { values: NumberValues::U64(durations), nulls: ended(ends) })
            }
            "end_unix_nanos" => {
                let ends = self.unix_nanos(field.column)?;
                Ok(Numbers { values: NumberValues::U64(ends.clone()), nulls: ended(ends) })
            }
            _ => self.stored_numbers(field.column),
        }
    }

    fn stored_numbers(&self, name: &str) -> Result<Numbers, StoreError> {
        let column = self.column(name)?;
        let values = match column.data_type() {
            DataType::UInt64 => NumberValues::U64(column.as_primitive::<UInt64Type>().values().clone()),
            DataType::UInt32 => NumberValues::U32(column.as_primitive::<UInt32Type>().values().clone()),
            DataType::Int64 => NumberValues::I64(column.as_primitive::<Int64Type>().values().clone()),
            other => return Err(StoreError::Damaged(format!("column `{name}` has the type {other}"))),
        };
        Ok(Numbers { values, nulls: column.nulls().cloned() })
    }

    pub(super) fn unix_nanos(&self, name: &str) -> Result<&ScalarBuffer<u64>, StoreError> {
        let column = self.column(name)?.as_any().downcast_ref::<UInt64Array>();
        column.map(UInt64Array::values).ok_or_else(|| StoreError::Damaged(format!("column `{name}` holds no times")))
    }

    pub(super) fn ids(&self, name: &str) -> Result<&FixedSizeBinaryArray, StoreError> {
        let column = self.column(name)?.as_any().downcast_ref();
        column.ok_or_else(|| StoreError::Damaged(format!("column `{name}` holds no ids")))
    }

    /// The lists of a column.
    pub(super) fn lists(&self, name: &str) -> Result<&ListArray, StoreError> {
        let lists = self.column(name)?.as_list_opt::<i32>();
        lists.ok_or_else(|| StoreError::Damaged(format!("column `{name}` holds no lists")))
    }

    /// Whether a column holds lists.
    pub(super) fn has_lists(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.column(name)?.as_list_opt::<i32>().is_some())
    }
}

/// OTLP has no word for an absent scope but the empty text.
fn without_empty(places: &[i32], nulls: Option<&NullBuffer>, texts: &StringArray) -> Option<NullBuffer> {
    let is_known = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row)) && !texts.value(places[row] as usize).is_empty();
    Some((0..places.len()).map(is_known).collect())
}

/// Zero says that a span runs.
fn ended(ends: &ScalarBuffer<u64>) -> Option<NullBuffer> {
    ends.contains(&0).then(|| ends.iter().map(|end| *end != 0).collect())
}

fn hex_texts(ids: &FixedSizeBinaryArray) -> StringArray {
    ids.iter().map(|id| id.map(hex::encode)).collect()
}

fn converted(column: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, StoreError> {
    if column.data_type() == wanted {
        return Ok(Arc::clone(column));
    }
    cast(column, wanted).map_err(|source| StoreError::failed("failed to convert a column", source))
}

/// Stands in for a column that files of an older version do not have: the word that such rows are read with, or nothing.
pub(in crate::read) fn absent_column(name: &str, kind: &DataType, rows: usize) -> ArrayRef {
    let word = match name {
        "status" => "unset",
        "level" => "default",
        "kind" => "unspecified",
        "billing" | "cost_status" => "none",
        "visibility" => "app",
        "observation_type" => "span",
        "name" | "raw_name" | "scope_name" | "scope_version" => "",
        _ => return new_null_array(kind, rows),
    };
    Arc::new(DictionaryArray::<Int32Type>::new(Int32Array::from(vec![0; rows]), Arc::new(StringArray::from(vec![word]))))
}

//! Columns from rows and back: one line per column on either side.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Int64Array, ListArray, ListBuilder,
    PrimitiveArray, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt64Array,
};
use datafusion::arrow::array::{FixedSizeBinaryBuilder, new_null_array};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, UInt32Type, UInt64Type};
use datafusion::arrow::error::ArrowError;
use store::StoreError;

/// A column by its name.
pub(crate) type Column = (&'static str, ArrayRef);

/// Puts columns together; every column may have nulls, so that older batches can be filled up.
pub(super) fn batch_from_columns(schema: SchemaRef, columns: Vec<Column>) -> Result<RecordBatch, StoreError> {
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(schema, arrays).map_err(|source| StoreError::failed("failed to build a batch of rows", source))
}

pub(super) fn schema_of_columns(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Gives a batch the columns of a schema: what an older version did not have is null.
pub(crate) fn conform(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, StoreError> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let rows = batch.num_rows();
    let column = |field: &Arc<Field>| match batch.column_by_name(field.name()) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), rows),
    };
    RecordBatch::try_new(Arc::clone(schema), schema.fields().iter().map(column).collect())
        .map_err(|source| StoreError::Damaged(format!("a batch of rows does not fit its schema: {source}")))
}

/// A schema whose columns of bytes are only told where these stand, so that rows are gathered without a copy of them.
pub(crate) fn schema_of_views(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Binary => Arc::new(field.as_ref().clone().with_data_type(DataType::BinaryView)),
        _ => Arc::clone(field),
    };
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// Gives a batch columns of views in place of columns of bytes; its buffers are shared.
pub(crate) fn viewed(batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
    let column = |column: &ArrayRef| match column.as_any().downcast_ref::<BinaryArray>() {
        Some(bytes) => Arc::new(BinaryViewArray::from(bytes)),
        None => Arc::clone(column),
    };
    let columns = batch.columns().iter().map(column).collect();
    RecordBatch::try_new(schema_of_views(batch.schema_ref()), columns)
        .map_err(|source| StoreError::failed("failed to see the bytes of rows where they stand", source))
}

/// Copies the bytes that views of a batch are of, and lets go of all others beside them.
pub(crate) fn compacted(batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
    let column = |column: &ArrayRef| match column.as_any().downcast_ref::<BinaryViewArray>() {
        Some(views) => Arc::new(views.gc()),
        None => Arc::clone(column),
    };
    RecordBatch::try_new(batch.schema(), batch.columns().iter().map(column).collect())
        .map_err(|source| StoreError::failed("failed to copy the bytes of rows", source))
}

/// Copies rows of batches of one schema into one batch; each row by its batch and its place there.
pub(crate) fn gather_rows(batches: &[&RecordBatch], positions: &[(usize, usize)]) -> Result<RecordBatch, ArrowError> {
    let first = batches.first().expect("a row lies in a batch");
    let column = |place: usize| {
        let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(place).as_ref()).collect();
        // Half of the columns of most spans have nothing: no row of those needs a look.
        match parts.iter().all(|part| part.null_count() == part.len()) {
            true => Ok(new_null_array(parts[0].data_type(), positions.len())),
            false => interleave(&parts, positions),
        }
    };
    RecordBatch::try_new(first.schema(), (0..first.num_columns()).map(column).collect::<Result<_, _>>()?)
}

/// Rows of which columns are made, and the column there is already, if any: where it has the same values it is handed back.
pub(super) struct Source<'a, Row> {
    rows: &'a [Row],
    stored: Option<&'a ArrayRef>,
}

impl<Row> Clone for Source<'_, Row> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Row> Copy for Source<'_, Row> {}

impl<'a, Row> Source<'a, Row> {
    pub(super) fn new(rows: &'a [Row]) -> Self {
        Self { rows, stored: None }
    }

    pub(super) fn with_stored(rows: &'a [Row], stored: Option<&'a ArrayRef>) -> Self {
        Self { rows, stored }
    }

    /// The column there is, if it has the type and is the same.
    fn stored_if<Typed: Array + 'static>(self, is_same: impl FnOnce(&'a Typed) -> bool) -> Option<ArrayRef> {
        let typed = self.stored?.as_any().downcast_ref::<Typed>()?;
        self.stored.filter(|_| typed.len() == self.rows.len() && is_same(typed)).map(Arc::clone)
    }
}

/// Most spans lack most texts: a column without any takes no room for them.
pub(super) fn texts<'a, Row>(source: Source<'a, Row>, get: impl Fn(&'a Row) -> Option<&'a str>) -> ArrayRef {
    let Source { rows, .. } = source;
    if let Some(stored) = source.stored_if::<StringArray>(|stored| stored.iter().eq(rows.iter().map(&get))) {
        return stored;
    }
    let lengths = rows.iter().filter_map(|row| get(row).map(str::len));
    let (present, bytes) = lengths.fold((0, 0), |(present, bytes), length| (present + 1, bytes + length));
    if present == 0 {
        return Arc::new(StringArray::new_null(rows.len()));
    }
    let mut builder = StringBuilder::with_capacity(rows.len(), bytes);
    rows.iter().for_each(|row| builder.append_option(get(row)));
    Arc::new(builder.finish())
}

pub(super) fn owned_texts<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<String>) -> ArrayRef {
    let texts = || source.rows.iter().map(&get);
    let is_same = |stored: &StringArray| stored.iter().zip(texts()).all(|(stored, text)| stored == text.as_deref());
    source.stored_if(is_same).unwrap_or_else(|| Arc::new(texts().collect::<StringArray>()))
}

pub(super) fn numbers<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<u64>) -> ArrayRef {
    primitives::<UInt64Type, _>(source, get)
}

pub(super) fn small_numbers<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<u32>) -> ArrayRef {
    primitives::<UInt32Type, _>(source, get)
}

pub(super) fn signed_numbers<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<i64>) -> ArrayRef {
    primitives::<Int64Type, _>(source, get)
}

pub(super) fn small_signed_numbers<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<i32>) -> ArrayRef {
    primitives::<Int32Type, _>(source, get)
}

fn primitives<Number: ArrowPrimitiveType, Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<Number::Native>) -> ArrayRef {
    let numbers = || source.rows.iter().map(&get);
    let is_same = |stored: &PrimitiveArray<Number>| stored.iter().eq(numbers());
    source.stored_if(is_same).unwrap_or_else(|| Arc::new(PrimitiveArray::<Number>::from_iter(numbers())))
}

pub(super) fn truths<Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<bool>) -> ArrayRef {
    let truths = || source.rows.iter().map(&get);
    let is_same = |stored: &BooleanArray| stored.iter().eq(truths());
    source.stored_if(is_same).unwrap_or_else(|| Arc::new(truths().collect::<BooleanArray>()))
}

pub(super) fn bytes<'a, Row>(source: Source<'a, Row>, get: impl Fn(&'a Row) -> &'a [u8]) -> ArrayRef {
    let Source { rows, .. } = source;
    let mut builder = BinaryBuilder::with_capacity(rows.len(), rows.iter().map(|row| get(row).len()).sum());
    rows.iter().for_each(|row| builder.append_value(get(row)));
    Arc::new(builder.finish())
}

pub(super) fn fixed_bytes<const WIDTH: usize, Row>(source: Source<'_, Row>, get: impl Fn(&Row) -> Option<[u8; WIDTH]>) -> ArrayRef {
    let values = || source.rows.iter().map(&get);
    let is_same = |stored: &FixedSizeBinaryArray| {
        let are_equal = || stored.iter().zip(values()).all(|(stored, value)| stored == value.as_ref().map(|value| &value[..]));
        stored.value_length() == WIDTH as i32 && are_equal()
    };
    if let Some(stored) = source.stored_if(is_same) {
        return stored;
    }
    let mut builder = FixedSizeBinaryBuilder::with_capacity(source.rows.len(), WIDTH as i32);
    for value in values() {
        match value {
            Some(value) => builder.append_value(value).expect("the builder has the width of the value"),
            None => builder.append_null(),
        }
    }
    Arc::new(builder.finish())
}

/// An empty list is null: what is absent costs nothing.
pub(super) fn text_lists<'a, Row>(source: Source<'a, Row>, get: impl Fn(&'a Row) -> &'a [String]) -> ArrayRef {
    let lists = || source.rows.iter().map(&get);
    if let Some(stored) = source.stored_if::<ListArray>(|stored| are_lists(stored, lists())) {
        return stored;
    }
    let mut builder = ListBuilder::new(StringBuilder::new());
    for list in lists() {
        for text in list {
            builder.values().append_value(text);
        }
        builder.append(!list.is_empty());
    }
    Arc::new(builder.finish())
}

fn are_lists<'a>(stored: &ListArray, lists: impl Iterator<Item = &'a [String]>) -> bool {
    static KIND: LazyLock<DataType> = LazyLock::new(|| DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))));
    let Some(texts) = stored.values().as_any().downcast_ref::<StringArray>().filter(|_| *stored.data_type() == *KIND) else {
        return false;
    };
    let places = stored.value_offsets().windows(2).map(|ends| ends[0] as usize..ends[1] as usize);
    places.enumerate().zip(lists).all(|((row, places), list)| {
        stored.is_null(row) == list.is_empty()
            && (list.is_empty()
                || places.len() == list.len() && places.zip(list).all(|(at, text)| texts.is_valid(at) && texts.value(at) == text))
    })
}

/// Finds columns of a batch by name and type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a>(pub(crate) &'a RecordBatch);

impl<'a> Columns<'a> {
    /// Returns a column; None where the batch has none of the name: it is of an older version, or no row has a value.
    pub(crate) fn find<Typed: 'static>(&self, name: &str) -> Result<Option<&'a Typed>, StoreError> {
        let Some(column) = self.0.column_by_name(name) else {
            return Ok(None);
        };
        let typed = column.as_any().downcast_ref::<Typed>();
        typed.map(Some).ok_or_else(|| StoreError::Damaged(format!("column `{name}` has the type {}", column.data_type())))
    }

    /// Returns a column that every version has, and every row a value of.
    pub(crate) fn get<Typed: 'static>(&self, name: &str) -> Result<&'a Typed, StoreError> {
        self.find(name)?.ok_or_else(|| StoreError::Damaged(format!("column `{name}` is missing")))
    }

    /// Returns a column of bytes that every version has, and every row a value of.
    pub(crate) fn bytes(&self, name: &str) -> Result<BytesColumn<'a>, StoreError> {
        let column = self.0.column_by_name(name).ok_or_else(|| StoreError::Damaged(format!("column `{name}` is missing")))?;
        let bytes = BytesColumn::of(column);
        bytes.ok_or_else(|| StoreError::Damaged(format!("column `{name}` has the type {}", column.data_type())))
    }

    pub(crate) fn each_text(&self, name: &str, mut set: impl FnMut(usize, &'a str)) -> Result<(), StoreError> {
        if let Some(column) = self.find::<StringArray>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_number(&self, name: &str, mut set: impl FnMut(usize, u64)) -> Result<(), StoreError> {
        if let Some(column) = self.find::<UInt64Array>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_small_number(&self, name: &str, mut set: impl FnMut(usize, u32)) -> Result<(), StoreError> {
        if let Some(column) = self.find::<UInt32Array>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_signed_number(&self, name: &str, mut set: impl FnMut(usize, i64)) -> Result<(), StoreError> {
        if let Some(column) = self.find::<Int64Array>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_truth(&self, name: &str, mut set: impl FnMut(usize, bool)) -> Result<(), StoreError> {
        if let Some(column) = self.find::<BooleanArray>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_fixed_bytes(&self, name: &str, mut set: impl FnMut(usize, &'a [u8])) -> Result<(), StoreError> {
        if let Some(column) = self.find::<FixedSizeBinaryArray>(name)? {
            present(column).for_each(|row| set(row, column.value(row)));
        }
        Ok(())
    }

    pub(crate) fn each_text_list(&self, name: &str, mut set: impl FnMut(usize, Vec<String>)) -> Result<(), StoreError> {
        let Some(column) = self.find::<ListArray>(name)? else {
            return Ok(());
        };
        let texts = column.values().as_any().downcast_ref::<StringArray>();
        let texts = texts.ok_or_else(|| StoreError::Damaged(format!("column `{name}` is no list of texts")))?;
        let ends = column.value_offsets();
        for row in present(column) {
            let places = ends[row] as usize..ends[row + 1] as usize;
            set(row, places.filter(|at| texts.is_valid(*at)).map(|at| texts.value(at).to_owned()).collect());
        }
        Ok(())
    }
}

/// Bytes of rows: copied into the column, or seen where they were read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum BytesColumn<'a> {
    Copied(&'a BinaryArray),
    Viewed(&'a BinaryViewArray),
}

impl<'a> BytesColumn<'a> {
    /// None where it is a column of something else.
    pub(crate) fn of(column: &'a ArrayRef) -> Option<Self> {
        let column = column.as_any();
        column.downcast_ref().map(Self::Copied).or_else(|| column.downcast_ref().map(Self::Viewed))
    }

    pub(crate) fn value(&self, row: usize) -> &'a [u8] {
        match self {
            Self::Copied(column) => column.value(row),
            Self::Viewed(column) => column.value(row),
        }
    }

    /// How long the values of some rows are together.
    pub(crate) fn length(&self, rows: Range<usize>) -> usize {
        match self {
            Self::Copied(column) => (column.value_offsets()[rows.end] - column.value_offsets()[rows.start]) as usize,
            Self::Viewed(column) => column.views()[rows].iter().map(|view| *view as u32 as usize).sum(),
        }
    }
}

fn present(column: &impl Array) -> impl Iterator<Item = usize> {
    let all = column.nulls().is_none().then_some(0..column.len());
    all.into_iter().flatten().chain(column.nulls().into_iter().flat_map(|nulls| nulls.valid_indices()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Encodes rows beside what is stored; says whether that was handed back, and holds it to what is encoded without it.
    fn is_kept<Row>(rows: &[Row], stored: &ArrayRef, encode: impl Fn(Source<'_, Row>) -> ArrayRef) -> bool {
        let compared = encode(Source::with_stored(rows, Some(stored)));
        assert_eq!(compared.as_ref(), encode(Source::new(rows)).as_ref());
        Arc::ptr_eq(&compared, stored)
    }

    /// Each list of values is kept beside its own column, and beside no other.
    fn check<Row: PartialEq + std::fmt::Debug>(lists: &[&[Row]], encode: impl Fn(Source<'_, Row>) -> ArrayRef) {
        for stored in lists {
            let column = encode(Source::new(stored));
            for rows in lists {
                assert_eq!(is_kept(rows, &column, &encode), rows == stored, "{rows:?} beside {stored:?}");
            }
        }
    }

    #[test]
    fn a_column_is_kept_where_rows_say_the_same_and_made_anew_where_one_differs() {
        check(&[&[Some(1), None], &[Some(2), None], &[None, Some(1)], &[None, None], &[Some(0), None], &[None], &[]], |rows| {
            numbers(rows, |row| *row)
        });
        check(&[&[Some(true), None], &[Some(false), None], &[None, None]], |rows| truths(rows, |row| *row));
        check(&[&[Some([1, 2]), None], &[Some([1, 3]), None], &[None, None]], |rows| fixed_bytes(rows, |row| *row));
        let texts_of: [&[Option<&str>]; 5] = [
            &[Some("a"), None, Some("")],
            &[Some("a"), Some(""), Some("")],
            &[Some("ab"), None, Some("")],
            &[None, None, None],
            &[Some("a")],
        ];
        check(&texts_of, |rows| texts(rows, |row| *row));
        check(&texts_of, |rows| owned_texts(rows, |row| row.map(str::to_owned)));
    }

    #[test]
    fn a_column_of_lists_is_kept_where_each_has_the_same_texts() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (ab, c, none) = (list(&["a", "b"]), list(&["c"]), list(&[]));
        let lists: [&[Vec<String>]; 6] = [
            &[ab.clone(), none.clone(), c.clone()],
            &[list(&["a"]), list(&["b"]), c.clone()],
            &[list(&["a", "c"]), none.clone(), c.clone()],
            &[none.clone(), ab.clone(), c.clone()],
            &[none.clone(), none.clone(), none.clone()],
            &[ab, none],
        ];
        check(&lists, |rows| text_lists(rows, |row| row));
        let part = text_lists(Source::new(lists[0]), |row| row).slice(1, 2);
        assert!(is_kept(&lists[0][1..], &part, |rows| text_lists(rows, |row| row)), "a slice begins amid its texts");
    }

    #[test]
    fn a_column_of_another_type_is_made_anew() {
        let absent = [None::<u64>, None];
        assert!(!is_kept(&absent, &new_null_array(&DataType::UInt32, 2), |rows| numbers(rows, |row| *row)));
        let absent = [None::<[u8; 2]>, None];
        assert!(!is_kept(&absent, &new_null_array(&DataType::FixedSizeBinary(3), 2), |rows| fixed_bytes(rows, |row| *row)));
        let item = Arc::new(Field::new("element", DataType::Utf8, true));
        let lists = [Vec::new(), Vec::new()];
        assert!(!is_kept(&lists, &new_null_array(&DataType::List(item), 2), |rows| text_lists(rows, |row: &Vec<String>| row)));
    }
}

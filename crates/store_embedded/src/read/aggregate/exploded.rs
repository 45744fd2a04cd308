//! Rows once for each value of a list they have.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{take, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use store::StoreError;
use store::aggregate::too_many_groups;

use super::columns::Rows;
use crate::limits::FIGURE_ROWS_EXPLODED_MAX;

/// Puts one value in the place of each list of a column; a row without any stays once. Beside them where the copies of each row begin,
/// and their end.
pub(super) fn exploded(rows: &Rows, column: &str) -> Result<(Rows, Vec<usize>), StoreError> {
    let lists = rows.lists(column)?;
    let is_same = sameness(lists)?;
    let (mut of_rows, mut values, mut firsts) = (Vec::new(), Vec::<Option<u32>>::new(), Vec::new());
    for row in 0..rows.count() {
        let first = values.len();
        firsts.push(first);
        if lists.is_valid(row) {
            for value in lists.value_offsets()[row] as u32..lists.value_offsets()[row + 1] as u32 {
                let is_new = is_same.as_ref().is_none_or(|is_same| !values[first..].iter().flatten().any(|other| is_same(*other, value)));
                if is_new {
                    values.push(Some(value));
                }
            }
        }
        if values.len() == first {
            values.push(None);
        }
        if values.len() > FIGURE_ROWS_EXPLODED_MAX {
            return Err(too_many_groups());
        }
        of_rows.resize(values.len(), row as u32);
    }
    firsts.push(values.len());
    let failed = |source| StoreError::failed("failed to take lists apart", source);
    let repeated = take_record_batch(&rows.0, &UInt32Array::from(of_rows)).map_err(failed)?;
    let values: ArrayRef = take(lists.values(), &UInt32Array::from(values), None).map_err(failed)?;
    let place = repeated.schema().index_of(column).map_err(failed)?;
    let (schema, mut columns, _) = repeated.into_parts();
    let mut fields: Vec<_> = schema.fields().to_vec();
    fields[place] = Arc::new(Field::new(column, values.data_type().clone(), true));
    columns[place] = values;
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)?;
    Ok((Rows(batch), firsts))
}

/// Says of two places among the values of lists whether the same text stands there.
type Sameness<'a> = Box<dyn Fn(u32, u32) -> bool + 'a>;

/// None where each list has each text once.
fn sameness(lists: &ListArray) -> Result<Option<Sameness<'_>>, StoreError> {
    match lists.values().data_type() {
        DataType::Utf8 => {
            let texts = lists.values().as_string::<i32>();
            Ok(Some(Box::new(|one, other| texts.value(one as usize) == texts.value(other as usize))))
        }
        // What stands at places comes with each value once.
        DataType::Dictionary(..) => Ok(None),
        other => Err(StoreError::Damaged(format!("lists of {other} are no lists of texts"))),
    }
}

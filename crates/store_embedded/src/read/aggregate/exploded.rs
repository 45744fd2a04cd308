//! Rows once for each text of a list they have.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringArray, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{Field as ArrowField, Schema};
use query::Field;
use store::StoreError;

use super::columns::Rows;

/// Puts one text in the place of each list; a row without any stays once. Beside them where the copies of each row begin, and their end.
pub(super) fn exploded(rows: &Rows, field: &Field) -> Result<(Rows, Vec<usize>), StoreError> {
    let (lists, texts) = rows.lists(field.column)?;
    let (mut of_rows, mut names, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..rows.count() {
        let first = names.len();
        firsts.push(first);
        if lists.is_valid(row) {
            let (from, to) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
            for text in (from..to).map(|place| Some(texts.value(place))) {
                if !names[first..].contains(&text) {
                    names.push(text);
                }
            }
        }
        if names.len() == first {
            names.push(None);
        }
        of_rows.resize(names.len(), row as u32);
    }
    firsts.push(names.len());
    let failed = |source| StoreError::failed("failed to take lists apart", source);
    let repeated = take_record_batch(&rows.0, &UInt32Array::from(of_rows)).map_err(failed)?;
    let names: ArrayRef = Arc::new(StringArray::from(names));
    let place = repeated.schema().index_of(field.column).map_err(failed)?;
    let (schema, mut columns, _) = repeated.into_parts();
    let mut fields: Vec<_> = schema.fields().to_vec();
    fields[place] = Arc::new(ArrowField::new(field.column, names.data_type().clone(), true));
    columns[place] = names;
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(failed)?;
    Ok((Rows(batch), firsts))
}

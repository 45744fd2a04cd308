//! Which rows of a batch meet a condition; texts are looked at once each, however many rows have them.

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::DataType;
use query::{Field, FieldType};
use store::StoreError;
use store::aggregate::{Condition, TextTest, ValueTest};

use super::columns::{Rows, Texts};

/// For each row whether it meets the condition.
pub(super) fn rows_that_meet(condition: &Condition, rows: &Rows) -> Result<Vec<bool>, StoreError> {
    match condition {
        Condition::All(parts) => joined(parts, rows, true, |all, part| *all &= part),
        Condition::Any(parts) => joined(parts, rows, false, |any, part| *any |= part),
        Condition::Not(part) => {
            let mut met = rows_that_meet(part, rows)?;
            met.iter_mut().for_each(|met| *met = !*met);
            Ok(met)
        }
        Condition::Test(field, test) => rows_that_pass(field, test, rows),
    }
}

fn joined(parts: &[Condition], rows: &Rows, empty: bool, join: impl Fn(&mut bool, bool)) -> Result<Vec<bool>, StoreError> {
    let mut met = vec![empty; rows.count()];
    for part in parts {
        met.iter_mut().zip(rows_that_meet(part, rows)?).for_each(|(met, part)| join(met, part));
    }
    Ok(met)
}

fn rows_that_pass(field: &Field, test: &ValueTest, rows: &Rows) -> Result<Vec<bool>, StoreError> {
    match test {
        ValueTest::Text(test) if field.kind == FieldType::Texts => lists_that_pass(field, test, rows),
        ValueTest::Text(test) if is_id(field, rows) => ids_that_pass(field, test, rows),
        ValueTest::Text(test) => Ok(texts_that_pass(&rows.texts(field)?, test)),
        ValueTest::Number(test) => {
            let mut passed = vec![false; rows.count()];
            rows.numbers(field)?.each(|row, number| passed[row] = number.is_some_and(|number| test.holds(number)));
            Ok(passed)
        }
        ValueTest::Truth(test) => {
            let truths = rows.truths(field.column)?;
            Ok(truths.iter().map(|truth| truth.is_some_and(|truth| test.holds(truth))).collect())
        }
    }
}

fn texts_that_pass(texts: &Texts, test: &TextTest) -> Vec<bool> {
    let passes: Vec<bool> = texts.texts.iter().map(|text| text.is_some_and(|text| test.holds(text))).collect();
    (0..texts.places.len()).map(|row| texts.place(row).is_some_and(|place| passes[place])).collect()
}

fn lists_that_pass(field: &Field, test: &TextTest, rows: &Rows) -> Result<Vec<bool>, StoreError> {
    let (lists, texts) = rows.lists(field.column)?;
    let passes = |row: usize| {
        let ends = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        lists.is_valid(row) && (ends.0..ends.1).any(|place| test.holds(texts.value(place)))
    };
    Ok((0..rows.count()).map(passes).collect())
}

fn is_id(field: &Field, rows: &Rows) -> bool {
    rows.0.column_by_name(field.column).is_some_and(|column| matches!(column.data_type(), DataType::FixedSizeBinary(_)))
}

/// Ids are bytes, nearly all different: they are compared as such, and written out only where letters are asked for.
fn ids_that_pass(field: &Field, test: &TextTest, rows: &Rows) -> Result<Vec<bool>, StoreError> {
    let ids = rows.ids(field.column)?;
    let holds: Box<dyn Fn(&[u8]) -> bool> = match test {
        TextTest::Exists => Box::new(|_| true),
        TextTest::Is(wanted) => {
            let wanted: Vec<Vec<u8>> = wanted.iter().filter_map(|text| bytes_of_hex(text)).collect();
            Box::new(move |id| wanted.iter().any(|wanted| wanted == id))
        }
        other => Box::new(move |id| other.holds(&hex::encode(id))),
    };
    Ok(ids.iter().map(|id| id.is_some_and(&holds)).collect())
}

/// None for what is not written as ids are: such a text equals none.
fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    hex::decode(text).ok().filter(|bytes| hex::encode(bytes) == text)
}

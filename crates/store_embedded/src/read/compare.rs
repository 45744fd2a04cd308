//! Compares a column with what a test wants; an absent value meets nothing.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, ListArray, PrimitiveArray, StringArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{ArrowPrimitiveType, DataType, Int32Type, Int64Type, UInt32Type, UInt64Type};
use query::{Comparison, Operand, compile_regex};
use store::StoreError;

/// The rows of a column that meet a comparison.
pub(super) fn rows_that_meet(column: &ArrayRef, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
    if *comparison == Comparison::Exists {
        return Ok(present(column));
    }
    match column.data_type() {
        DataType::Utf8 => {
            let meets = text_test(comparison)?;
            let texts: &StringArray = column.as_string();
            Ok(BooleanBuffer::collect_bool(texts.len(), |row| texts.is_valid(row) && meets(texts.value(row))))
        }
        DataType::List(_) => texts_of_lists(column.as_list(), comparison),
        DataType::UInt64 => numbers::<UInt64Type>(column, comparison),
        DataType::Int64 => numbers::<Int64Type>(column, comparison),
        DataType::UInt32 => numbers::<UInt32Type>(column, comparison),
        DataType::Int32 => numbers::<Int32Type>(column, comparison),
        DataType::Boolean => Ok(truths(column.as_boolean(), comparison)),
        DataType::FixedSizeBinary(_) => {
            let meets = text_test(comparison)?;
            let ids: &FixedSizeBinaryArray = column.as_fixed_size_binary();
            Ok(BooleanBuffer::collect_bool(ids.len(), |row| ids.is_valid(row) && meets(&hex::encode(ids.value(row)))))
        }
        other => Err(StoreError::Invalid(format!("a column of the type {other} cannot be compared"))),
    }
}

fn present(column: &ArrayRef) -> BooleanBuffer {
    match column.logical_nulls() {
        Some(nulls) => nulls.inner().clone(),
        None => BooleanBuffer::new_set(column.len()),
    }
}

/// Whether a text meets a comparison.
pub(super) fn is_met_by_text(comparison: &Comparison, text: &str) -> Result<bool, StoreError> {
    Ok(text_test(comparison)?(text))
}

type TextTest<'a> = Box<dyn Fn(&str) -> bool + 'a>;

/// What a text must be like.
fn text_test(comparison: &Comparison) -> Result<TextTest<'_>, StoreError> {
    Ok(match comparison {
        Comparison::Exists => Box::new(|_| true),
        Comparison::Is(operands) => {
            let words: Vec<&str> = operands.iter().filter_map(text_of).collect();
            Box::new(move |text| words.contains(&text))
        }
        Comparison::Contains(part) => {
            let part = part.to_lowercase();
            Box::new(move |text| text.to_lowercase().contains(&part))
        }
        Comparison::Matches(text) => {
            let wanted = compile_regex(text).map_err(StoreError::Invalid)?;
            Box::new(move |text| wanted.is_match(text))
        }
        // Texts have no order.
        Comparison::Above(_) | Comparison::AtLeast(_) | Comparison::Below(_) | Comparison::AtMost(_) | Comparison::Between(..) => {
            Box::new(|_| false)
        }
    })
}

fn text_of(operand: &Operand) -> Option<&str> {
    match operand {
        Operand::Text(text) => Some(text),
        _ => None,
    }
}

/// A list meets what one of its texts meets.
fn texts_of_lists(lists: &ListArray, comparison: &Comparison) -> Result<BooleanBuffer, StoreError> {
    let texts = lists.values();
    let texts = rows_that_meet(texts, comparison)?;
    let offsets = lists.value_offsets();
    let any = |row: usize| {
        let (first, end) = (offsets[row] as usize, offsets[row + 1] as usize);
        lists.is_valid(row) && texts.slice(first, end - first).count_set_bits() > 0
    };
    Ok(BooleanBuffer::collect_bool(lists.len(), any))
}

fn numbers<Number>(column: &ArrayRef, comparison: &Comparison) -> Result<BooleanBuffer, StoreError>
where
    Number: ArrowPrimitiveType,
    Number::Native: Into<i128>,
{
    let column: &PrimitiveArray<Number> = column.as_primitive();
    let meets = number_test(comparison)?;
    Ok(BooleanBuffer::collect_bool(column.len(), |row| column.is_valid(row) && meets(column.value(row).into())))
}

/// What a whole number must be like; compared as whole numbers as far as the operand is one.
fn number_test(comparison: &Comparison) -> Result<Box<dyn Fn(i128) -> bool + '_>, StoreError> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let order = |operand: &Operand, number: i128| match operand {
        Operand::Integer(wanted) => Some(number.cmp(&i128::from(*wanted))),
        Operand::Decimal(wanted) => (number as f64).partial_cmp(wanted),
        Operand::Text(_) | Operand::Truth(_) => None,
    };
    Ok(match comparison {
        Comparison::Exists => Box::new(|_| true),
        Comparison::Is(operands) => Box::new(move |number| operands.iter().any(|operand| order(operand, number) == Some(Equal))),
        Comparison::Above(operand) => Box::new(move |number| order(operand, number) == Some(Greater)),
        Comparison::AtLeast(operand) => Box::new(move |number| matches!(order(operand, number), Some(Greater | Equal))),
        Comparison::Below(operand) => Box::new(move |number| order(operand, number) == Some(Less)),
        Comparison::AtMost(operand) => Box::new(move |number| matches!(order(operand, number), Some(Less | Equal))),
        Comparison::Between(least, most) => Box::new(move |number| {
            matches!(order(least, number), Some(Greater | Equal)) && matches!(order(most, number), Some(Less | Equal))
        }),
        Comparison::Contains(_) | Comparison::Matches(_) => {
            let meets = text_test(comparison)?;
            Box::new(move |number| meets(&number.to_string()))
        }
    })
}

fn truths(column: &BooleanArray, comparison: &Comparison) -> BooleanBuffer {
    let wanted: Vec<bool> = match comparison {
        Comparison::Is(operands) => operands.iter().filter_map(truth_of).collect(),
        _ => Vec::new(),
    };
    BooleanBuffer::collect_bool(column.len(), |row| column.is_valid(row) && wanted.contains(&column.value(row)))
}

fn truth_of(operand: &Operand) -> Option<bool> {
    match operand {
        Operand::Truth(truth) => Some(*truth),
        _ => None,
    }
}

//! Single values of an answer as JSON has them.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StructArray, TimestampNanosecondArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampNanosecondType, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Number, Value};
use store::StoreError;

/// The largest integer a JSON number carries exactly everywhere: 2^53.
const EXACT_INTEGER_MAX: u64 = 1 << 53;

/// The values of a column.
///
/// Whole numbers beyond 2^53, decimals and what JSON has no word for are texts; times are RFC 3339 with nanoseconds.
pub(super) struct Cells(ArrayRef);

impl Cells {
    pub(super) fn of(column: &ArrayRef) -> Result<Self, StoreError> {
        let wanted = match column.data_type() {
            DataType::Int8 | DataType::Int16 | DataType::Int32 => DataType::Int64,
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => DataType::UInt64,
            DataType::Float16 | DataType::Float32 => DataType::Float64,
            DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
            DataType::Dictionary(_, value) => value.as_ref().clone(),
            DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()),
            other => other.clone(),
        };
        let column = match column.data_type() == &wanted {
            true => ArrayRef::clone(column),
            false => cast(column, &wanted).map_err(|source| StoreError::failed("failed to write an answer", source))?,
        };
        Ok(Self(column))
    }

    pub(super) fn value(&self, row: usize) -> Value {
        let column = &self.0;
        if column.is_null(row) {
            return Value::Null;
        }
        match column.data_type() {
            DataType::Null => Value::Null,
            DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
            DataType::Utf8 => Value::from(column.as_string::<i32>().value(row)),
            DataType::Int64 => integer(i128::from(column.as_primitive::<Int64Type>().value(row))),
            DataType::UInt64 => integer(i128::from(column.as_primitive::<UInt64Type>().value(row))),
            DataType::Float64 => double(column.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => Value::String(decimal(column.as_primitive::<Decimal128Type>().value(row), *scale)),
            DataType::Timestamp(..) => moment(column.as_primitive::<TimestampNanosecondType>(), row).unwrap_or_else(|| shown(column, row)),
            DataType::List(_) => items(&column.as_list::<i32>().value(row)),
            DataType::LargeList(_) => items(&column.as_list::<i64>().value(row)),
            DataType::Struct(_) => object(column.as_struct(), row),
            DataType::Binary => Value::String(hex::encode(column.as_binary::<i32>().value(row))),
            _ => shown(column, row),
        }
    }
}

fn integer(number: i128) -> Value {
    match i64::try_from(number) {
        Ok(exact) if exact.unsigned_abs() <= EXACT_INTEGER_MAX => Value::from(exact),
        _ => Value::String(number.to_string()),
    }
}

fn double(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::from("NaN"),
        None if number > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

/// All digits, without zeros that say nothing: as money is written everywhere.
fn decimal(digits: i128, scale: i8) -> String {
    let Ok(scale @ 1..) = usize::try_from(scale) else {
        return format!("{digits}{}", "0".repeat(usize::from(scale.unsigned_abs())));
    };
    let text = format!("{:0>width$}", digits.unsigned_abs(), width = scale + 1);
    let (whole, rest) = text.split_at(text.len() - scale);
    let rest = rest.trim_end_matches('0');
    let sign = if digits < 0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

fn moment(column: &TimestampNanosecondArray, row: usize) -> Option<Value> {
    let time = column.value_as_datetime(row)?;
    Some(Value::String(format!("{}Z", time.format("%Y-%m-%dT%H:%M:%S%.9f"))))
}

fn items(items: &ArrayRef) -> Value {
    match Cells::of(items) {
        Ok(cells) => (0..items.len()).map(|item| cells.value(item)).collect(),
        Err(_) => Value::Null,
    }
}

fn object(column: &StructArray, row: usize) -> Value {
    let fields = column.fields().iter().zip(column.columns());
    let value = |column: &ArrayRef| Cells::of(column).map_or(Value::Null, |cells| cells.value(row));
    Value::Object(fields.map(|(field, column)| (field.name().clone(), value(column))).collect::<Map<_, _>>())
}

fn shown(column: &ArrayRef, row: usize) -> Value {
    let text = ArrayFormatter::try_new(column, &FormatOptions::default()).and_then(|shown| shown.value(row).try_to_string());
    text.map_or(Value::Null, Value::String)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_keep_every_digit_that_says_something() {
        let cases =
            [(31_000_000, 9, "0.031"), (-1, 9, "-0.000000001"), (5_000_000_000, 9, "5"), (0, 9, "0"), (12, 0, "12"), (12, -2, "1200")];
        for (digits, scale, text) in cases {
            assert_eq!(decimal(digits, scale), text);
        }
    }

    #[test]
    fn numbers_that_json_cannot_carry_are_texts() {
        assert_eq!([integer(1 << 53), integer((1 << 53) + 1)], [Value::from(1_i64 << 53), Value::from("9007199254740993")]);
        assert_eq!([double(0.5), double(f64::INFINITY)], [Value::from(0.5), Value::from("Infinity")]);
    }
}

//! Attribute values in JSON, as every answer shows them: their OTLP types as far as JSON can tell them apart.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{AnyValue, Attributes};
use serde_json::{Map, Number, Value, json};

/// The largest integer a JSON number carries exactly everywhere: 2^53.
const EXACT_INTEGER_MAX: u64 = 1 << 53;

/// Writes attributes as an object; where a key stands twice, the last one shows.
pub fn attributes_json(attributes: &Attributes) -> Map<String, Value> {
    attributes.iter().map(|(key, value)| (key.to_owned(), value_json(value))).collect()
}

/// Writes one value.
///
/// The recursion is as deep as the value, which `wire::Limits` bounds.
pub fn value_json(value: &AnyValue) -> Value {
    match value {
        AnyValue::Empty => Value::Null,
        AnyValue::Bool(truth) => Value::Bool(*truth),
        AnyValue::Int(number) if number.unsigned_abs() > EXACT_INTEGER_MAX => Value::String(number.to_string()),
        AnyValue::Int(number) => Value::from(*number),
        AnyValue::Double(number) => double_json(*number),
        AnyValue::String(text) => Value::String(text.to_string()),
        AnyValue::Bytes(bytes) => json!({ "bytes": STANDARD.encode(bytes) }),
        AnyValue::Array(values) => values.iter().map(value_json).collect(),
        AnyValue::Map(attributes) => Value::Object(attributes_json(attributes)),
    }
}

fn double_json(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::from("NaN"),
        None if number > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_is_lost() {
        assert_eq!(value_json(&AnyValue::Int(1 << 53)), json!(9_007_199_254_740_992_i64));
        assert_eq!(value_json(&AnyValue::Int((1 << 53) + 1)), json!("9007199254740993"));
        assert_eq!(value_json(&AnyValue::Int(i64::MIN)), json!("-9223372036854775808"));
    }

    #[test]
    fn what_json_cannot_say_is_said_in_words() {
        assert_eq!(value_json(&AnyValue::Double(f64::NAN)), json!("NaN"));
        assert_eq!(value_json(&AnyValue::Double(f64::NEG_INFINITY)), json!("-Infinity"));
        assert_eq!(value_json(&AnyValue::Bytes(vec![1, 2])), json!({"bytes": "AQI="}));
        assert_eq!(value_json(&AnyValue::Empty), Value::Null);
    }
}

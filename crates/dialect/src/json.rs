//! Attribute values as JSON, and the lenient ways to get at what is inside.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::{AnyValue, Attributes};
use serde_json::{Map, Value};

use crate::limits::{JSON_LAYERS_MAX, VALUE_DEPTH_MAX};

/// Converts an attribute value; bytes become base64 text under `bytes`, numbers JSON has no word for become their names.
pub(crate) fn from_any(value: &AnyValue) -> Value {
    from_any_at(value, 0)
}

fn from_any_at(value: &AnyValue, depth: usize) -> Value {
    if depth > VALUE_DEPTH_MAX {
        return Value::String("...".to_owned());
    }
    match value {
        AnyValue::Empty => Value::Null,
        AnyValue::Bool(truth) => Value::Bool(*truth),
        AnyValue::Int(number) => Value::from(*number),
        AnyValue::Double(number) => from_double(*number),
        AnyValue::String(text) => Value::String((**text).to_owned()),
        AnyValue::Bytes(bytes) => Value::Object(Map::from_iter([("bytes".to_owned(), Value::String(STANDARD.encode(bytes)))])),
        AnyValue::Array(values) => values.iter().map(|value| from_any_at(value, depth + 1)).collect(),
        AnyValue::Map(attributes) => {
            attributes.iter().map(|(key, value)| (key.to_owned(), from_any_at(value, depth + 1))).collect::<Map<_, _>>().into()
        }
    }
}

fn from_double(number: f64) -> Value {
    match serde_json::Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => Value::String("NaN".to_owned()),
        None if number > 0.0 => Value::String("Infinity".to_owned()),
        None => Value::String("-Infinity".to_owned()),
    }
}

/// Converts attributes to one object.
pub(crate) fn from_attributes(attributes: &Attributes) -> Map<String, Value> {
    attributes.iter().map(|(key, value)| (key.to_owned(), from_any(value))).collect()
}

/// Opens a JSON text: an object, an array, or a quoted text. Anything else is no JSON text but what it says.
pub(crate) fn decode_text(text: &str) -> Option<Value> {
    if !looks_like_json(text) {
        return None;
    }
    serde_json::from_str(text.trim()).ok()
}

/// Whether a text begins as a JSON text that is opened does.
pub(crate) fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// Opens JSON texts inside JSON texts; everything else stays as it is.
pub(crate) fn decoded(value: Value) -> Value {
    let mut value = value;
    for _ in 0..JSON_LAYERS_MAX {
        match value.as_str().and_then(decode_text) {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value
}

/// Follows a dotted path through objects and arrays, opening JSON texts on the way.
///
/// A key that itself has dots is found too: the longest key that fits goes first.
pub(crate) fn at_path(value: &Value, path: &str) -> Option<Value> {
    let opened;
    let value = match value {
        Value::String(text) => {
            opened = decode_text(text)?;
            &opened
        }
        other => other,
    };
    if let Some(found) = step(value, path) {
        return Some(found.clone());
    }
    let cuts = path.rmatch_indices('.').map(|(cut, _)| cut);
    cuts.into_iter().find_map(|cut| at_path(step(value, &path[..cut])?, &path[cut + 1..]))
}

fn step<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        _ => None,
    }
}

/// Builds the tree that flattened keys describe: `0.message.role` is the role of the message of the first item.
///
/// Numbered places become lists in the end, in the order of their numbers: a huge number allocates nothing.
pub(crate) fn unflatten<'a>(pairs: impl Iterator<Item = (&'a str, Value)>) -> Value {
    let mut root = Value::Null;
    for (path, value) in pairs {
        let mut place = &mut root;
        for segment in path.split('.').take(VALUE_DEPTH_MAX) {
            place = object_place(place, segment);
        }
        *place = value;
    }
    with_lists(root)
}

fn object_place<'a>(place: &'a mut Value, key: &str) -> &'a mut Value {
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    let Value::Object(map) = place else { unreachable!("made an object just above") };
    map.entry(key.to_owned()).or_insert(Value::Null)
}

fn with_lists(value: Value) -> Value {
    let Value::Object(map) = value else { return value };
    let numbered: Option<Vec<u64>> = map.keys().map(|key| key.parse().ok()).collect();
    match numbered.filter(|numbers| !numbers.is_empty()) {
        Some(numbers) => {
            let mut items: Vec<(u64, Value)> = numbers.into_iter().zip(map.into_iter().map(|(_, value)| with_lists(value))).collect();
            items.sort_by_key(|(number, _)| *number);
            items.into_iter().map(|(_, value)| value).collect()
        }
        None => map.into_iter().map(|(key, value)| (key, with_lists(value))).collect::<Map<_, _>>().into(),
    }
}

/// Whether a value says nothing: null, an empty text, list or object.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Writes a value as JSON text, and stops soon after so many bytes: what a preview shows of a huge value is in its first line.
pub(crate) fn start_of_text(value: &Value, bytes: usize) -> String {
    const BYTES_OF_MOST: usize = 256;
    let mut start = Start { written: Vec::with_capacity(bytes.min(BYTES_OF_MOST)), bytes };
    // The only error there is: it has enough.
    let _ = serde_json::to_writer(&mut start, value);
    String::from_utf8(start.written).unwrap_or_else(|error| {
        let whole = error.utf8_error().valid_up_to();
        let mut written = error.into_bytes();
        written.truncate(whole);
        String::from_utf8(written).unwrap_or_default()
    })
}

struct Start {
    written: Vec<u8>,
    bytes: usize,
}

impl std::io::Write for Start {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.written.len() >= self.bytes {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        // Four bytes more than asked for: the longest character is whole whatever is cut.
        let room = self.bytes + 4 - self.written.len();
        self.written.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Returns the first of several keys that is present and not null.
pub(crate) fn any_of<'a>(map: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| map.get(*key).filter(|value| !value.is_null()))
}

/// Returns the first of several keys that holds a text; numbers count as their digits.
pub(crate) fn any_text(map: &Map<String, Value>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| text_of(map.get(*key)?))
}

/// Reads a scalar as text.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if says_something(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// Whether there is more in a text than white space.
pub(crate) fn says_something(text: &str) -> bool {
    !text.trim().is_empty()
}

/// Reads a count: an integer, a whole double, or digits in a text. Negative and fractional numbers are no counts.
pub(crate) fn count_of(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => {
            number.as_u64().or_else(|| number.as_f64().filter(|n| n.fract() == 0.0 && (0.0..1e18).contains(n)).map(|n| n as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// Reads a number, also from a text.
pub(crate) fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// Reads a truth, also from a text.
pub(crate) fn truth_of(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn flattened_keys_become_a_tree() {
        let pairs = [("0.message.role", json!("user")), ("1.message.contents.0.text", json!("hi")), ("0.message.content", json!("x"))];
        let tree = unflatten(pairs.into_iter());
        assert_eq!(tree, json!([{"message": {"role": "user", "content": "x"}}, {"message": {"contents": [{"text": "hi"}]}}]));
    }

    #[test]
    fn a_huge_index_allocates_nothing_and_order_is_by_number() {
        let pairs = [("4000000000.x", json!(1)), ("10.x", json!(3)), ("9.x", json!(2))];
        assert_eq!(unflatten(pairs.into_iter()), json!([{"x": 2}, {"x": 3}, {"x": 1}]));
    }

    #[test]
    fn a_path_goes_through_json_texts_and_dotted_keys() {
        let value = json!({"a.b": "{\"c\": [1, {\"d\": 2}]}"});
        assert_eq!(at_path(&value, "a.b.c.1.d"), Some(json!(2)));
        assert_eq!(at_path(&value, "a.x"), None);
    }

    #[test]
    fn numbers_in_texts_stay_texts() {
        assert_eq!(decode_text("42"), None);
        assert_eq!(decoded(json!("\"\\\"LLM\\\"\"")), json!("LLM"));
    }
}

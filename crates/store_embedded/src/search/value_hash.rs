//! A hash of JSON values that says which are equal: 64 bits, so that two of them are the same by chance once in 18 trillion million.

use serde_json::{Number, Value};
use xxhash_rust::xxh3::Xxh3;

/// Equal values have equal hashes, in whatever order their keys stand.
pub(super) fn hash_of_value(value: &Value) -> u64 {
    let mut hash = Xxh3::new();
    add(value, &mut hash);
    hash.digest()
}

/// Each value says what it is and how long, so that no two read the same.
fn add(value: &Value, hash: &mut Xxh3) {
    match value {
        Value::Null => hash.update(b"z"),
        Value::Bool(truth) => hash.update(if *truth { b"t" } else { b"f" }),
        Value::Number(number) => add_number(number, hash),
        Value::String(text) => add_text(text, hash),
        Value::Array(items) => {
            add_length(b'a', items.len(), hash);
            items.iter().for_each(|item| add(item, hash));
        }
        Value::Object(map) => {
            add_length(b'o', map.len(), hash);
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            for (key, value) in entries {
                add_text(key, hash);
                add(value, hash);
            }
        }
    }
}

/// Whole numbers are no fractions, as serde_json compares them; there is one zero.
fn add_number(number: &Number, hash: &mut Xxh3) {
    let (kind, bits) = match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => (b"u", number),
        (None, Some(number)) => (b"i", number.cast_unsigned()),
        (None, None) => (b"d", number.as_f64().map_or(0, |number| (number + 0.0).to_bits())),
    };
    hash.update(kind);
    hash.update(&bits.to_be_bytes());
}

fn add_text(text: &str, hash: &mut Xxh3) {
    add_length(b's', text.len(), hash);
    hash.update(text.as_bytes());
}

fn add_length(kind: u8, length: usize, hash: &mut Xxh3) {
    hash.update(&[kind]);
    hash.update(&(length as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_look_alike_are_told_apart() {
        let values = [
            json!(null),
            json!("null"),
            json!(1),
            json!(1.0),
            json!("1"),
            json!(-1),
            json!(true),
            json!([]),
            json!({}),
            json!(""),
            json!([""]),
            json!(["a", "b"]),
            json!(["ab"]),
            json!([["a"], "b"]),
            json!([["a", "b"]]),
            json!({"a": "b"}),
            json!({"a": {"b": 1}}),
            json!({"a": 1, "b": 1}),
        ];
        for (at, one) in values.iter().enumerate() {
            for other in &values[..at] {
                assert_ne!(hash_of_value(one), hash_of_value(other), "{one} {other}");
            }
        }
        let equal = [(json!({"a": 1, "b": [2]}), json!({"b": [2], "a": 1})), (json!(0.0), json!(-0.0))];
        equal.iter().for_each(|(one, other)| assert_eq!(hash_of_value(one), hash_of_value(other), "{one} {other}"));
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(json!(null)),
            any::<bool>().prop_map(Value::from),
            (-3_i64..3).prop_map(Value::from),
            (-2_i32..2).prop_map(|number| json!(f64::from(number) / 2.0)),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::vec(("[ab]{0,1}", inner), 0..3).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn hashes_are_equal_where_values_are((one, other) in (any_value(), any_value())) {
            prop_assert_eq!(one == other, hash_of_value(&one) == hash_of_value(&other));
        }
    }
}

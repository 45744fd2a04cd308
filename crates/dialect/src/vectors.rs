//! Embeddings are described, not shown: nobody reads 1,536 numbers. The raw span keeps them.

use serde_json::Value;

use crate::limits::VALUE_DEPTH_MAX;

/// Fewer numbers than this may be data that people read; the smallest embeddings in use have 64.
const VECTOR_NUMBERS_MIN: usize = 32;

/// Puts a description in place of each vector.
pub(crate) fn described(value: Value) -> Value {
    described_at(value, 0)
}

fn described_at(value: Value, depth: usize) -> Value {
    match value {
        Value::Array(items) if items.len() >= VECTOR_NUMBERS_MIN && items.iter().all(Value::is_number) => {
            Value::String(format!("[vector of {} numbers]", items.len()))
        }
        Value::Array(items) if depth < VALUE_DEPTH_MAX => items.into_iter().map(|item| described_at(item, depth + 1)).collect(),
        Value::Object(map) if depth < VALUE_DEPTH_MAX => {
            map.into_iter().map(|(key, item)| (key, described_at(item, depth + 1))).collect::<serde_json::Map<_, _>>().into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn vectors_are_described_and_texts_stay() {
        let vector: Vec<f64> = (0..64).map(f64::from).collect();
        let value = json!({"text": "tea", "embedding": vector, "scores": [0.5, 0.25]});
        assert_eq!(described(value), json!({"text": "tea", "embedding": "[vector of 64 numbers]", "scores": [0.5, 0.25]}));
    }
}

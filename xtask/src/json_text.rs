//! Finds the values of a key in a JSON text, without building a tree.
//!
//! Enough to read counts and ids out of the server's answers; it does not know nesting, so ask only for keys that mean one thing.

/// Lists the texts of all values of `key`: strings without their quotes, numbers and words as they stand.
pub(crate) fn values_of<'a>(json: &'a str, key: &str) -> Vec<&'a str> {
    let quoted = format!("\"{key}\"");
    json.match_indices(&quoted).filter_map(|(at, _)| value_behind(&json[at + quoted.len()..])).collect()
}

/// Returns the first value of `key` as a number.
pub(crate) fn number_of(json: &str, key: &str) -> Option<u64> {
    values_of(json, key).first()?.parse().ok()
}

fn value_behind(rest: &str) -> Option<&str> {
    let value = rest.trim_start().strip_prefix(':')?.trim_start();
    match value.strip_prefix('"') {
        Some(text) => text.find('"').map(|end| &text[..end]),
        None => value.find([',', '}', ']', ' ', '\n']).map(|end| &value[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_numbers_are_found_in_order() {
        let json = r#"{"spans": [{"span_id": "a", "n":12}, {"span_id":"b","x":"span_id"}]}"#;
        assert_eq!(values_of(json, "span_id"), ["a", "b"]);
        assert_eq!(number_of(json, "n"), Some(12));
        assert_eq!(number_of(json, "m"), None);
    }
}

//! The places of a JSON value, by path: `classification`, `items[*].id`, `$` for the value itself.

use serde_json::Value;

/// Hands over the value of every place that has nothing below it: texts, numbers, truths, null, and lists and objects that are empty.
///
/// All elements of a list are one place. Ends after so many values.
pub(crate) fn each_leaf<'a>(value: &'a Value, values_max: usize, mut take: impl FnMut(&str, &'a Value)) {
    let mut left = values_max;
    walk(value, &mut String::new(), &mut left, &mut take);
}

/// A path behind the name of a root, as the query language writes it; `$` is the root itself.
pub(crate) fn inside(root: &str, path: &str) -> String {
    match path {
        "$" => root.to_owned(),
        path if path.starts_with('[') => format!("{root}{path}"),
        path => format!("{root}.{path}"),
    }
}

/// Depth is bounded where JSON is decoded.
fn walk<'a>(value: &'a Value, path: &mut String, left: &mut usize, take: &mut impl FnMut(&str, &'a Value)) {
    if *left == 0 {
        return;
    }
    let length = path.len();
    match value {
        Value::Object(object) if !object.is_empty() => {
            for (key, inner) in object {
                push_key(path, key);
                walk(inner, path, left, take);
                path.truncate(length);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            path.push_str("[*]");
            items.iter().for_each(|inner| walk(inner, path, left, take));
            path.truncate(length);
        }
        leaf => {
            *left -= 1;
            take(if path.is_empty() { "$" } else { path }, leaf);
        }
    }
}

/// A key that has signs of paths in it stands in brackets and quotes.
fn push_key(path: &mut String, key: &str) {
    let is_plain = !key.is_empty() && key != "$" && !key.contains(['.', '[', ']', '"', '/', '\\']);
    if !is_plain {
        path.push_str(&format!("[{}]", Value::from(key)));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn leaves(value: &Value) -> Vec<String> {
        let mut leaves = Vec::new();
        each_leaf(value, 100, |path, leaf| leaves.push(format!("{path} = {leaf}")));
        leaves
    }

    #[test]
    fn places_are_named_by_their_paths() {
        let value =
            json!({"route": "refund", "items": [{"id": 1}, {"id": 2, "note": null}], "a.b": {"": true}, "none": [], "deep": {"er": {}}});
        let expected = [
            r#"route = "refund""#,
            "items[*].id = 1",
            "items[*].id = 2",
            "items[*].note = null",
            r#"["a.b"][""] = true"#,
            "none = []",
            "deep.er = {}",
        ];
        assert_eq!(leaves(&value), expected);
        assert_eq!(leaves(&json!("text")), [r#"$ = "text""#]);
        assert_eq!(leaves(&json!([1])), ["[*] = 1"]);
    }

    #[test]
    fn a_long_list_ends_somewhere() {
        let mut count = 0;
        each_leaf(&json!([[1, 2], [3, 4], [5, 6]]), 3, |_, _| count += 1);
        assert_eq!(count, 3);
    }
}

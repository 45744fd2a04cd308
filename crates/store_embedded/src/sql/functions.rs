//! The functions that SQL may call: those of the planner that cannot make much out of little, and `json_get`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use query::{PathStep, Subject, each_value_at, subjects};
use serde_json::Value;

use super::bounded::bounded;

/// They make long texts or lists out of nothing, hold structures whose size nobody counts, take the square of the length of texts, or speak of files and of the engine.
const LEFT_OUT: [&str; 16] = [
    "struct",
    "named_struct",
    "map",
    "repeat",
    "lpad",
    "rpad",
    "range",
    "generate_series",
    "array_repeat",
    "array_resize",
    "input_file_name",
    "file_row_index",
    "version",
    "levenshtein",
    "with_metadata",
    "arrow_metadata",
];

pub(super) fn scalar() -> Vec<Arc<ScalarUDF>> {
    let mut functions = SessionStateDefaults::default_scalar_functions();
    functions.retain(|function| !LEFT_OUT.contains(&function.name()));
    functions = functions.into_iter().map(bounded).collect();
    functions.push(Arc::new(ScalarUDF::from(JsonGet { signature: Signature::exact(vec![DataType::Utf8; 2], Volatility::Immutable) })));
    functions
}

/// `json_get(json, place)`: the first value at a place, as text; see `store::sql::reference`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct JsonGet {
    signature: Signature,
}

impl ScalarUDFImpl for JsonGet {
    fn name(&self) -> &str {
        "json_get"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let [texts, places] = args.args.as_slice() else {
            return Err(DataFusionError::Plan("json_get takes a JSON text and a place in it".into()));
        };
        let texts = texts.to_array(rows)?;
        let found: Vec<Option<String>> = match places {
            ColumnarValue::Scalar(place) => match place.try_as_str().flatten() {
                Some(place) => {
                    let place = Place::of(place)?;
                    texts.as_string::<i32>().iter().map(|text| place.value_in(text?)).collect()
                }
                None => vec![None; texts.len()],
            },
            ColumnarValue::Array(places) => {
                let pairs = texts.as_string::<i32>().iter().zip(places.as_string::<i32>());
                let found = pairs.map(|(text, place)| match (text, place) {
                    (Some(text), Some(place)) => Place::of(place).map(|place| place.value_in(text)),
                    _ => Ok(None),
                });
                found.collect::<Result<_>>()?
            }
        };
        Ok(ColumnarValue::Array(Arc::new(StringArray::from(found)) as ArrayRef))
    }
}

/// A place in a JSON value, as the query language writes it behind `output.`; `$` is the value itself.
struct Place<'a> {
    /// Attributes have keys such as `gen_ai.request.model`.
    key: &'a str,
    path: Vec<PathStep>,
}

impl<'a> Place<'a> {
    fn of(text: &'a str) -> Result<Self> {
        let path = match text.strip_prefix('$').unwrap_or(text).trim_start_matches('.') {
            "" => Vec::new(),
            rest => {
                let joint = if rest.starts_with('[') { "" } else { "." };
                match subjects(&format!("output{joint}{rest}")).ok().and_then(|mut subjects| subjects.pop()) {
                    Some(Subject::Path { path, .. }) => path,
                    _ => {
                        let what = format!("`{text}` is no place in a JSON value: write it like `items[0].price`");
                        return Err(DataFusionError::Plan(what));
                    }
                }
            }
        };
        Ok(Self { key: text, path })
    }

    fn value_in(&self, json: &str) -> Option<String> {
        let value: Value = serde_json::from_str(json).ok()?;
        let mut found = value.get(self.key).cloned();
        if found.is_none() {
            each_value_at(&value, &self.path, &mut |value| {
                found.get_or_insert_with(|| value.clone());
            });
        }
        match found? {
            Value::Null => None,
            Value::String(text) => Some(text),
            value => Some(value.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, place: &str, wanted: Option<&str>) {
        assert_eq!(Place::of(place).unwrap().value_in(json).as_deref(), wanted, "{place} in {json}");
    }

    #[test]
    fn places_are_those_of_the_query_language() {
        let output = r#"{"route": "refund", "items": [{"id": 7, "tags": ["a"]}, {"id": null}], "score": 0.5, "gone": null}"#;
        check(output, "route", Some("refund"));
        check(output, "score", Some("0.5"));
        check(output, "items[0].id", Some("7"));
        check(output, "items[*].tags", Some(r#"["a"]"#));
        check(output, "items.id", Some("7"));
        check(output, "items[1].id", None);
        check(output, "gone", None);
        check(output, "nowhere.at.all", None);
        check("\"yes\"", "$", Some("yes"));
        check("[1, 2]", "[1]", Some("2"));
        check("no json", "route", None);
    }

    #[test]
    fn a_key_with_points_is_found_as_it_is_written() {
        let attributes = r#"{"gen_ai.request.model": "gpt-5", "gen_ai": {"request": {"model": "other"}}}"#;
        check(attributes, "gen_ai.request.model", Some("gpt-5"));
        check(attributes, "gen_ai.request", Some(r#"{"model":"other"}"#));
    }

    #[test]
    fn what_is_no_place_is_told() {
        let told = Place::of("items[").err().unwrap().to_string();
        assert!(told.contains("`items[` is no place"), "{told}");
    }
}

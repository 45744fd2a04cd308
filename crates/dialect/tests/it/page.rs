//! The form of a page: headings name cases, a `json input` or `json logs` block is followed by a `json span` or `json trace` block.
//!
//! An input is one span or a list of them; logs are records alone, of which spans are made. A `span` block names the fields of the (first) translated span that matter;
//! a `trace` block has `summary` and `spans` by span id. Fields that are not named are not compared.

use serde_json::Value;

pub(crate) struct Case {
    pub(crate) heading: String,
    pub(crate) line: usize,
    pub(crate) input: Value,
    /// `span` or `trace`.
    pub(crate) what: String,
    pub(crate) expected: Value,
}

/// Cuts a page into its cases.
pub(crate) fn cases(page: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut heading = String::new();
    let mut input = None;
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim().to_owned();
        }
        let Some(what) = line.strip_prefix("```json ") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let value: Value =
            serde_json::from_str(&block.join("\n")).unwrap_or_else(|error| panic!("`{heading}`, block at line {}: {error}", at + 1));
        match what {
            "input" => input = Some(value),
            "logs" => input = Some(serde_json::json!({"made_from": value})),
            "span" | "trace" => cases.push(Case {
                heading: heading.clone(),
                line: at + 1,
                input: input.clone().unwrap_or_else(|| panic!("`{heading}` has no input")),
                what: what.to_owned(),
                expected: value,
            }),
            other => panic!("`{heading}`: no such block: {other}"),
        }
    }
    cases
}

/// Returns where an actual value lacks what is expected. Objects may have more fields; lists and scalars are equal.
pub(crate) fn difference(expected: &Value, actual: &Value, path: &str) -> Option<String> {
    match (expected, actual) {
        (Value::Object(fields), Value::Object(have)) => {
            fields.iter().find_map(|(key, value)| difference(value, have.get(key).unwrap_or(&Value::Null), &format!("{path}.{key}")))
        }
        (Value::Array(items), Value::Array(have)) if items.len() == have.len() => {
            items.iter().zip(have).enumerate().find_map(|(at, (item, have))| difference(item, have, &format!("{path}[{at}]")))
        }
        _ if expected == actual => None,
        _ => Some(format!("{path} is {actual}, expected {expected}")),
    }
}

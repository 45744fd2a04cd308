//! One line of a table: where a canonical field may stand, how it is written there, and when that holds.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::field::Field;

/// How a value is written at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reading {
    /// As the field wants it.
    #[default]
    Plain,
    /// JSON text around it, also around a single text.
    Json,
    /// Python literal.
    Python,
    /// Comma-separated texts.
    Csv,
    Seconds,
    Millis,
    /// An instant in ISO 8601.
    Instant,
    /// All keys under the prefix, flat.
    Map,
    /// All keys under the prefix, as the tree their dots describe.
    Tree,
    /// The address of a server.
    Host,
    /// What stands behind the last space: the target in `tools/call get_weather`.
    LastWord,
}

/// What of an event is meant; its attribute `key` if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventPart {
    Time,
    Name,
    Whole,
    /// All events of this name, as a list.
    Each,
}

/// One rule as it is written in a table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RuleRow {
    /// Order among all rules of the field, over all tables; the lowest that gives a value wins.
    pub rank: u16,
    /// Attribute; alternatives separated by `|`.
    pub key: Option<String>,
    /// All attributes that start so; ends with `.` or `:`.
    pub prefix: Option<String>,
    pub resource: Option<String>,
    /// Events (or log records) so named, alternatives separated by `|`.
    pub event: Option<String>,
    pub part: Option<EventPart>,
    /// The name of the span itself.
    pub span_name: bool,
    /// Several attributes put together to one object: property to attribute.
    pub compose: BTreeMap<String, String>,
    #[serde(rename = "as")]
    pub reading: Reading,
    /// Path inside the decoded value.
    pub path: Option<String>,

    /// Observation types it holds for.
    pub types: Vec<String>,
    /// Instrumentation scopes it holds for: names or beginnings of names.
    pub scope: Vec<String>,
    /// Instrumentation scopes that mean something else by the key.
    pub except_scope: Vec<String>,
    /// Attribute that must be present.
    pub has: Option<String>,
    /// Attribute that must be absent.
    pub lacks: Option<String>,
    /// Attribute and the text it must have.
    pub equals: Option<(String, String)>,
    /// Texts (of a map: keys) that mean nothing here; `*` at one end stands for anything.
    pub skip: Vec<String>,
    /// For `kind`: text to `type billing [operation]`; for labels: text to label. `*` at one end matches the rest, `*` alone anything.
    pub values: BTreeMap<String, String>,
    /// Why, for people.
    pub note: Option<String>,
}

/// A rule ready for use.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The vocabulary it belongs to.
    pub(crate) dialect: String,
    pub(crate) field: Field,
    /// What follows the field's name: the unit of `usage.input_tokens`.
    pub(crate) detail: String,
    pub(crate) row: RuleRow,
    pub(crate) event_keys: Vec<String>,
}

/// Where a rule stands among all others: by field, then by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    pub(crate) field: Field,
    pub(crate) rank: u16,
}

impl Rule {
    pub(crate) fn order(&self) -> Order {
        Order { field: self.field, rank: self.row.rank }
    }

    /// The canonical field, with its detail: `usage.input_tokens`; a label goes by its own name.
    pub(crate) fn field_name(&self) -> String {
        match (self.field, self.detail.as_str()) {
            (Field::Label, label) => label.to_owned(),
            (field, "") => field.as_str().to_owned(),
            (field, detail) => format!("{}.{detail}", field.as_str()),
        }
    }
}

impl RuleRow {
    /// Splits alternatives.
    pub(crate) fn alternatives(text: Option<&String>) -> impl Iterator<Item = &str> {
        text.into_iter().flat_map(|text| text.split('|')).filter(|part| !part.is_empty())
    }
}

/// Whether a text is what a pattern of a table says, in any case; `*` at one end stands for anything.
pub(crate) fn pattern_matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    match (pattern.strip_prefix(b"*"), pattern.strip_suffix(b"*")) {
        (Some(b""), _) => true,
        (Some(end), _) => text.len() >= end.len() && text[text.len() - end.len()..].eq_ignore_ascii_case(end),
        (_, Some(start)) => text.len() >= start.len() && text[..start.len()].eq_ignore_ascii_case(start),
        _ => text.eq_ignore_ascii_case(pattern),
    }
}

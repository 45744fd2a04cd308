//! Who and where: session, user, tags, metadata, environment, release.

use std::collections::BTreeMap;

use model::{Label, Labels};
use serde_json::Value;

use crate::facts::Facts;
use crate::json;
use crate::limits::IDENTITY_CHARS_MAX;
use crate::table::{Field, Reading, pattern_matches};

/// What scrubbing SDKs leave in place of a value (Logfire).
const SCRUBBED: &str = "[Scrubbed due to";

/// Reads an id; placeholders and payloads under a wrong key are none.
pub(crate) fn id(facts: &Facts<'_>, field: Field) -> Option<String> {
    facts.first(field, |value, _| {
        let text = json::text_of(&value)?;
        (!text.starts_with(SCRUBBED) && text.chars().count() <= IDENTITY_CHARS_MAX).then_some(text)
    })
}

/// Reads the labels that are told.
pub(crate) fn labels(facts: &Facts<'_>) -> Labels {
    let mut labels = Labels::default();
    for candidate in facts.of(Field::Label) {
        let Some(label) = Label::from_text(&candidate.rule.detail).filter(|label| labels.get(*label).is_none()) else { continue };
        if let Some(text) = facts.value(candidate).and_then(|value| label_text(&value, &candidate.rule.row.values)) {
            facts.take(candidate);
            labels.set(label, text);
        }
    }
    labels
}

/// A list is a path, written with slashes.
fn label_text(value: &Value, values: &BTreeMap<String, String>) -> Option<String> {
    let text = match value {
        Value::Array(items) => items.iter().filter_map(json::text_of).collect::<Vec<_>>().join("/"),
        other => json::text_of(other)?,
    };
    if text.is_empty() || text.chars().count() > IDENTITY_CHARS_MAX {
        return None;
    }
    match values.iter().find(|(pattern, _)| pattern_matches(pattern, &text)) {
        Some((_, label)) => Some(label.clone()),
        None => Some(text),
    }
}

/// Reads what the provider's headers said of its limits; SDKs write a header as a list of its values.
pub(crate) fn rate_limit(facts: &Facts<'_>) -> Vec<(String, Value)> {
    let mut limits: Vec<(String, Value)> = Vec::new();
    for candidate in facts.of(Field::RateLimit) {
        let name = &candidate.rule.detail;
        if limits.iter().any(|(known, _)| known == name) {
            continue;
        }
        let value = match facts.value(candidate) {
            Some(Value::Array(mut items)) if items.len() == 1 => items.remove(0),
            Some(value) => value,
            None => continue,
        };
        facts.take(candidate);
        // Numbers are counted with; times such as `6m0s` stay texts.
        limits.push((name.clone(), json::count_of(&value).map_or(value, Value::from)));
    }
    limits
}

/// Collects the tags of all places, each once, in order.
pub(crate) fn tags(facts: &Facts<'_>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for candidate in facts.of(Field::Tags) {
        let csv = candidate.rule.row.reading == Reading::Csv;
        let found = match facts.value(candidate).map(json::decoded) {
            Some(Value::Array(items)) => items.iter().filter_map(json::text_of).collect(),
            Some(Value::String(text)) if csv || text.contains(',') => text.split(',').map(|tag| tag.trim().to_owned()).collect(),
            Some(Value::String(text)) => vec![text],
            _ => Vec::new(),
        };
        if !found.is_empty() {
            facts.take(candidate);
        }
        for tag in found {
            if !tag.is_empty() && !tags.contains(&tag) && !candidate.rule.row.skip.iter().any(|skip| pattern_matches(skip, &tag)) {
                tags.push(tag);
            }
        }
    }
    tags
}

/// Collects metadata of all places; the better place wins where a key stands twice.
pub(crate) fn metadata(facts: &Facts<'_>) -> Vec<(String, Value)> {
    let mut metadata: Vec<(String, Value)> = Vec::new();
    for candidate in facts.of(Field::Metadata) {
        let Some(Value::Object(map)) = facts.value(candidate).map(json::decoded) else { continue };
        facts.take(candidate);
        for (key, value) in map {
            let value = json::decoded(value);
            // LiteLLM writes every key it knows, most of them empty.
            if !json::is_blank(&value) && !metadata.iter().any(|(known, _)| *known == key) {
                metadata.push((key, value));
            }
        }
    }
    metadata
}

//! Who and where: session, user, tags, metadata, environment, release.

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

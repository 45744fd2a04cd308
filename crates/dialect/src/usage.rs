//! Tokens: counts by unit, totals inclusive of their parts.
//!
//! Senders disagree on whether cached and reasoning tokens are inside the totals. The sender's own rule decides where one
//! is known, then arithmetic, then the usual way with a mark that it was assumed. Nothing is clamped and no zero invented.

use std::collections::BTreeMap;

use model::{ObservationType, Usage, UsageConfidence};
use serde_json::{Map, Value};

use crate::facts::{Facts, scope_matches};
use crate::json;
use crate::table::{Field, Inclusion, UsageTable};

const TOTAL: &str = "total_tokens";
/// What the results of the provider's own tools took: Gemini counts it beside the input.
const TOOL: &str = "input_tool_tokens";
const INPUT_PARTS: [&str; 2] = [Usage::CACHE_READ, Usage::CACHE_WRITE];

/// Reads the usage of a span and how sure its totals are.
pub(crate) fn read(
    facts: &Facts<'_>,
    table: &UsageTable,
    kind: ObservationType,
    provider: Option<&str>,
    notes: &mut Vec<String>,
) -> (Usage, Option<UsageConfidence>) {
    let mut counts = Counts::default();
    for candidate in facts.of(Field::Usage) {
        let Some(value) = facts.value(candidate) else { continue };
        let known = counts.units.len();
        counts.add(value, &candidate.rule.detail, table);
        if counts.units.len() > known {
            facts.take(candidate);
        }
    }
    if counts.units.is_empty() {
        return (Usage::default(), None);
    }
    if let (ObservationType::Embedding, None, Some(total)) = (kind, counts.get(Usage::INPUT), counts.get(TOTAL)) {
        counts.units.insert(Usage::INPUT.to_owned(), total);
    }
    let confidence = if counts.buckets { counts.join_buckets() } else { counts.make_inclusive(rule_of(facts, table, provider), notes) };
    counts.units.remove(TOTAL);
    let usage: Usage = counts.units.into_iter().collect();
    let confidence = (!usage.is_empty()).then_some(confidence);
    (usage, confidence)
}

fn rule_of(facts: &Facts<'_>, table: &UsageTable, provider: Option<&str>) -> Option<(Inclusion, Inclusion)> {
    let attributes = &facts.raw.attributes;
    let rule = table.rule.iter().find(|rule| {
        (rule.scope.is_empty() || rule.scope.iter().any(|scope| scope_matches(&facts.raw.scope.name, scope)))
            && (rule.providers.is_empty() || provider.is_some_and(|provider| rule.providers.iter().any(|name| name == provider)))
            && rule.has.as_ref().is_none_or(|key| attributes.get(key).is_some())
            && rule.lacks.as_ref().is_none_or(|key| attributes.get(key).is_none())
    })?;
    Some((rule.cache, rule.reasoning))
}

#[derive(Default)]
struct Counts {
    units: BTreeMap<String, u64>,
    /// The counts stand beside each other: `input` is what remains without its parts.
    buckets: bool,
}

impl Counts {
    fn get(&self, unit: &str) -> Option<u64> {
        self.units.get(unit).copied()
    }

    fn add(&mut self, value: Value, detail: &str, table: &UsageTable) {
        match json::decoded(value) {
            Value::Object(map) => self.add_object(&map, detail, table),
            value if !detail.is_empty() => {
                if let Some(count) = json::count_of(&value) {
                    self.units.entry(detail.to_owned()).or_insert(count);
                }
            }
            _ => {}
        }
    }

    /// Takes the counts of a usage object that are not known yet; a better source was asked before.
    fn add_object(&mut self, map: &Map<String, Value>, prefix: &str, table: &UsageTable) {
        let first = self.units.is_empty();
        for (key, value) in map {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            if let (Value::Object(inner), true) = (value, prefix.is_empty()) {
                self.add_object(inner, &path, table);
                continue;
            }
            let (Some(unit), Some(count)) = (table.names.get(&path), json::count_of(value)) else { continue };
            let bucket = unit.strip_prefix("bucket:");
            if first && bucket.is_some_and(|unit| unit == Usage::INPUT || unit == Usage::OUTPUT) {
                self.buckets = true;
            }
            self.units.entry(bucket.unwrap_or(unit).to_owned()).or_insert(count);
        }
    }

    /// Adds buckets up to totals, unless the sender's own total shows that they already are.
    fn join_buckets(&mut self) -> UsageConfidence {
        let sum_of = |units: &BTreeMap<String, u64>, side: &str| {
            let parts = units.iter().filter(|(unit, _)| side_of(unit) == Some(side));
            parts.map(|(_, count)| *count).fold(0, u64::saturating_add)
        };
        let (input_parts, output_parts) = (sum_of(&self.units, "input"), sum_of(&self.units, "output"));
        let known = self.get(Usage::INPUT).unwrap_or(0).saturating_add(self.get(Usage::OUTPUT).unwrap_or(0));
        if input_parts.saturating_add(output_parts) == 0 {
            return UsageConfidence::Exact;
        }
        if self.get(TOTAL) == Some(known) {
            return UsageConfidence::Derived;
        }
        for (unit, parts) in [(Usage::INPUT, input_parts), (Usage::OUTPUT, output_parts)] {
            if let Some(count) = self.units.get_mut(unit) {
                *count = count.saturating_add(parts);
            }
        }
        UsageConfidence::Exact
    }

    fn make_inclusive(&mut self, rule: Option<(Inclusion, Inclusion)>, notes: &mut Vec<String>) -> UsageConfidence {
        let (cache_rule, reasoning_rule) = rule.unwrap_or((Inclusion::Unknown, Inclusion::Unknown));
        let total = self.get(TOTAL);
        let (input, output) = (self.get(Usage::INPUT), self.get(Usage::OUTPUT));
        let cache = INPUT_PARTS.iter().filter_map(|unit| self.get(unit)).fold(0, u64::saturating_add);
        let reasoning = self.get(Usage::REASONING).unwrap_or(0);
        let plain = input.unwrap_or(0).saturating_add(output.unwrap_or(0));

        let cached = decide(cache_rule, cache, input, total.map(|total| total == plain.saturating_add(cache)));
        let thought = decide(reasoning_rule, reasoning, output, total.map(|total| total == plain.saturating_add(reasoning)));
        if cached.beside && input.is_some() {
            self.units.insert(Usage::INPUT.to_owned(), input.unwrap_or(0).saturating_add(cache));
            notes.push("cached tokens were counted beside the input and are added to it".to_owned());
        }
        if thought.beside && output.is_some() {
            self.units.insert(Usage::OUTPUT.to_owned(), output.unwrap_or(0).saturating_add(reasoning));
            notes.push("reasoning tokens were counted beside the output and are added to it".to_owned());
        }
        let tool = self.get(TOOL).unwrap_or(0);
        if tool > 0 && total == Some(plain.saturating_add(reasoning).saturating_add(tool)) {
            self.units.entry(Usage::INPUT.to_owned()).and_modify(|count| *count = count.saturating_add(tool));
        }
        cached.confidence.max(thought.confidence)
    }
}

struct Decision {
    beside: bool,
    confidence: UsageConfidence,
}

/// Decides whether a part is inside its total: certain arithmetic first, then the sender's rule, then the usual way.
fn decide(rule: Inclusion, part: u64, whole: Option<u64>, total_shows_beside: Option<bool>) -> Decision {
    let decision = |beside, confidence| Decision { beside, confidence };
    match (part, whole) {
        (0, _) | (_, None) => decision(false, UsageConfidence::Exact),
        (part, Some(whole)) if part > whole => decision(true, UsageConfidence::Derived),
        _ if total_shows_beside == Some(true) => decision(true, UsageConfidence::Derived),
        _ => match rule {
            Inclusion::Inside => decision(false, UsageConfidence::Exact),
            Inclusion::Beside => decision(true, UsageConfidence::Exact),
            Inclusion::Unknown => decision(false, UsageConfidence::Assumed),
        },
    }
}

/// Which total a part belongs to; None for totals and for the finer split of the cache writes.
fn side_of(unit: &str) -> Option<&'static str> {
    match unit {
        Usage::INPUT | Usage::OUTPUT | TOTAL | "cache_write_5m_tokens" | "cache_write_1h_tokens" => None,
        _ if unit.starts_with("cache_") || unit.starts_with("input_") => Some("input"),
        _ if unit.starts_with("output_") => Some("output"),
        _ => None,
    }
}

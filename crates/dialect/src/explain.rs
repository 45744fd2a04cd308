//! How each canonical value was found: which attribute, by which rule, and what else would have told it.

use std::sync::Arc;

use model::{LogRecord, RawSpan, Span};

use crate::facts::{Candidate, Facts};
use crate::table::{Reading, vocabulary};
use crate::{noise, translate};

/// A span with the story of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    pub span: Span,
    /// In the order of the canonical fields.
    pub sources: Vec<Source>,
    /// Why the span is shown or folded, as it looks alone.
    pub visibility: &'static str,
    /// Keys of attributes that no rule reads; they stay in the raw span.
    pub unread: Vec<String>,
}

/// Where one canonical value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// `request_model`, `usage.input_tokens`; `kind` stands for type, billing and operation together.
    pub field: String,
    /// `attribute gen_ai.request.model`, `event LLMChatEndEvent, response.raw.id`.
    pub place: String,
    /// The vocabulary whose rule it is.
    pub dialect: String,
    /// Among the rules of the field, over all vocabularies; the lowest that gives a value wins.
    pub rank: u16,
    /// How the value is written there, where that is not plain: `JSON, at 0.name`.
    pub reading: Option<String>,
    /// What else was there, with a higher rank.
    pub passed_over: Vec<String>,
}

/// Translates a span as `translate` does, and tells how.
pub fn explain(raw: Arc<RawSpan>, logs: &[LogRecord]) -> Explanation {
    let mut span = Span::from_raw(Arc::clone(&raw));
    let mut facts = Facts::collect(vocabulary(), &raw, logs);
    facts.remember();
    translate::read(&mut span, &mut facts);
    let taken = facts.taken();
    let mut sources: Vec<Source> = taken.iter().map(|candidate| source(&facts, candidate, &taken)).collect();
    sources.sort_by(|one, other| (&one.field, one.rank).cmp(&(&other.field, other.rank)));
    let (_, visibility) = noise::decide(&facts, &vocabulary().noise, span.observation_type);
    Explanation { sources, visibility, unread: facts.unknown().iter().map(|key| (*key).to_owned()).collect(), span }
}

fn source(facts: &Facts<'_>, candidate: &Candidate<'_>, taken: &[&Candidate<'_>]) -> Source {
    let rule = candidate.rule;
    let is_taken = |other: &Candidate<'_>| taken.iter().any(|known| std::ptr::eq(*known, other));
    let others = facts.of(rule.field).filter(|other| other.rule.detail == rule.detail && !is_taken(other) && facts.value(other).is_some());
    let mut passed_over: Vec<String> = others.map(Candidate::place).filter(|place| *place != candidate.place()).collect();
    passed_over.dedup();
    Source {
        field: rule.field_name(),
        place: candidate.place(),
        dialect: rule.dialect.clone(),
        rank: rule.row.rank,
        reading: reading(candidate),
        passed_over,
    }
}

fn reading(candidate: &Candidate<'_>) -> Option<String> {
    let row = &candidate.rule.row;
    let encoding = match row.reading {
        Reading::Plain | Reading::Map | Reading::Tree => None,
        Reading::Json => Some("JSON"),
        Reading::Python => Some("Python literal"),
        Reading::Csv => Some("comma-separated"),
        Reading::Seconds => Some("seconds"),
        Reading::Millis => Some("milliseconds"),
        Reading::Instant => Some("ISO 8601"),
        Reading::Host => Some("host name"),
        Reading::LastWord => Some("last word"),
    };
    match (encoding, &row.path) {
        (None, None) => None,
        (Some(encoding), None) => Some(encoding.to_owned()),
        (None, Some(path)) => Some(format!("at {path}")),
        (Some(encoding), Some(path)) => Some(format!("{encoding}, at {path}")),
    }
}

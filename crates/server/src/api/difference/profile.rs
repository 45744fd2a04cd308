//! What one trace says in every field that traces are compared by.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Span, SpanId, SpanStatus, TraceId, TraceSummary, Usage};
use serde_json::Value;
use store::aggregate::value_of;

use super::field::{Key, Named, Scalar, can_be_named};
use crate::leaves::each_leaf;
use crate::limits::{DIFFERENCE_LEAVES_MAX, DIFFERENCE_VALUE_CHARS_MAX};

/// What a trace says in a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Said {
    /// Different values; none of them where all are too long to be told apart.
    Values(BTreeSet<Scalar>),
    Number(f64),
}

/// One trace in all its fields; an absent one is unknown.
#[derive(Debug, Clone)]
pub(super) struct Profile {
    pub(super) trace_id: TraceId,
    pub(super) said: BTreeMap<Key, Said>,
    /// Runs of steps, whose outputs may be looked at.
    pub(super) runs: Vec<(SpanId, String)>,
    /// Whether the outputs of its steps were looked at.
    pub(super) has_outputs: bool,
}

/// Fields of spans: a trace says what one of its spans says, as queries have it.
const OF_SPANS: [&str; 23] = [
    "operation",
    "provider",
    "session_id",
    "user_id",
    "service_name",
    "environment",
    "release",
    "tags",
    "agent_name",
    "workflow_name",
    "step_name",
    "tool_name",
    "prompt_name",
    "prompt_version",
    "error_type",
    "status_message",
    "level",
    "trace_name",
    "finish_reasons",
    "stream",
    "scope_name",
    "scope_version",
    "dialects",
];

impl Profile {
    /// Gets the spans as the trace makes them.
    pub(super) fn new(summary: &TraceSummary, spans: &[Span]) -> Self {
        let mut profile = Self { trace_id: summary.trace_id, said: BTreeMap::new(), runs: Vec::new(), has_outputs: false };
        profile.add_summary(summary);
        spans.iter().for_each(|span| profile.add_span(span));
        profile.add_runs(spans);
        profile
    }

    fn add_summary(&mut self, summary: &TraceSummary) {
        let texts = [("status", summary.status.as_str()), ("name", &summary.name), ("cost_status", summary.cost_status.as_str())];
        texts.into_iter().for_each(|(field, text)| self.add_text(Key::Field(field), text));
        let numbers = [
            ("start_unix_nanos", Some(summary.start_unix_nanos as f64)),
            ("duration_nanos", summary.duration_nanos.map(|nanos| nanos as f64)),
            ("ttft_nanos", summary.ttft_nanos.map(|nanos| nanos as f64)),
            ("cost_usd", summary.cost.map(|cost| cost.0 as f64)),
        ];
        let known = numbers.into_iter().filter_map(|(field, number)| Some((Key::Field(field), number?)));
        self.said.extend(known.map(|(key, number)| (key, Said::Number(number))));
        for unit in [Usage::INPUT, Usage::OUTPUT, Usage::CACHE_READ, Usage::CACHE_WRITE, Usage::REASONING] {
            if let Some(count) = summary.usage.get(unit) {
                self.said.insert(Key::Field(unit), Said::Number(count as f64));
            }
        }
        let tokens = [Usage::INPUT, Usage::OUTPUT].into_iter().filter_map(|unit| summary.usage.get(unit)).reduce(u64::saturating_add);
        self.said.extend(tokens.map(|tokens| (Key::Tokens, Said::Number(tokens as f64))));
    }

    fn add_span(&mut self, span: &Span) {
        let fields = OF_SPANS.into_iter().filter_map(query::field);
        for field in fields {
            let names = value_of(span, field).group_names();
            names.into_iter().flatten().for_each(|text| self.add_text(Key::Field(field.name), &text));
        }
        for model in [&span.response_model, &span.request_model].into_iter().flatten() {
            self.add_text(Key::Model, model);
        }
        if let Some(status) = span.http_status {
            self.add_value(Key::Field("http_status"), Scalar::Number(status.to_string()));
        }
        if let Some(attempt) = span.step.attempt {
            self.raise(Key::Field("attempt"), f64::from(attempt));
        }
        for (key, value) in &span.metadata {
            let value = Value::Object([(key.clone(), value.clone())].into_iter().collect());
            self.add_leaves(&value, "metadata", Key::Metadata);
        }
    }

    /// How many spans there are of each kind, tool and step, how many failed, and how long they took.
    fn add_runs(&mut self, spans: &[Span]) {
        let mut counts: HashMap<Key, u64> = [(Key::Spans, spans.len() as u64), (Key::Errors, 0)].into();
        for span in spans {
            *counts.entry(Key::SpansOfKind(span.observation_type)).or_default() += 1;
            *counts.entry(Key::Errors).or_default() += u64::from(span.status == SpanStatus::Error);
            let names = [(Named::Tool, &span.tool_name), (Named::Step, &span.step.name)];
            for (by, name) in names.into_iter().filter_map(|(by, name)| Some((by, name.as_ref()?))) {
                *counts.entry(Key::Runs(by, name.clone())).or_default() += 1;
                if let Some(nanos) = span.duration_nanos() {
                    self.raise(Key::Longest(by, name.clone()), nanos as f64);
                }
            }
            self.runs.extend(span.step.name.as_ref().map(|name| (span.span_id, name.clone())));
        }
        self.said.extend(counts.into_iter().map(|(key, count)| (key, Said::Number(count as f64))));
    }

    /// Adds what a run of a step put out.
    pub(super) fn add_output(&mut self, step: &str, output: &Value) {
        self.add_leaves(output, "output", |path| Key::Output { step: step.to_owned(), path });
    }

    /// JSON null says nothing, as in queries.
    fn add_leaves(&mut self, value: &Value, root: &str, key: impl Fn(String) -> Key) {
        each_leaf(value, DIFFERENCE_LEAVES_MAX, |path, leaf| {
            let scalar = match leaf {
                Value::String(text) => Scalar::Text(text.clone()),
                Value::Bool(truth) => Scalar::Truth(*truth),
                Value::Number(number) => Scalar::Number(number.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => return,
            };
            if can_be_named(root, path) {
                self.add_value(key(path.to_owned()), scalar);
            }
        });
    }

    fn add_text(&mut self, key: Key, text: &str) {
        self.add_value(key, Scalar::Text(text.to_owned()));
    }

    /// A text that is too long to be read as a value counts as there, and is none of the values.
    fn add_value(&mut self, key: Key, value: Scalar) {
        let Said::Values(values) = self.said.entry(key).or_insert_with(|| Said::Values(BTreeSet::new())) else { return };
        let is_long = matches!(&value, Scalar::Text(text) if text.chars().nth(DIFFERENCE_VALUE_CHARS_MAX).is_some());
        if !is_long {
            values.insert(value);
        }
    }

    fn raise(&mut self, key: Key, number: f64) {
        let Said::Number(known) = self.said.entry(key).or_insert(Said::Number(number)) else { return };
        *known = known.max(number);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile() -> Profile {
        let trace_id = TraceId::from_bytes(&[1; 16]).unwrap();
        Profile { trace_id, said: BTreeMap::new(), runs: Vec::new(), has_outputs: true }
    }

    fn place(path: &str) -> Key {
        Key::Output { step: "triage".to_owned(), path: path.to_owned() }
    }

    fn with_output(output: &Value) -> Profile {
        let mut found = profile();
        found.add_leaves(output, "output", |path| Key::Output { step: "triage".to_owned(), path });
        found
    }

    #[test]
    fn a_text_beyond_the_limit_is_there_and_no_value() {
        let text = |length: usize| json!({"answer": "é".repeat(length)});
        let values = |length: usize| match &with_output(&text(length)).said[&place("answer")] {
            Said::Values(values) => values.len(),
            Said::Number(_) => 0,
        };
        assert_eq!([values(DIFFERENCE_VALUE_CHARS_MAX), values(DIFFERENCE_VALUE_CHARS_MAX + 1)], [1, 0]);
    }

    #[test]
    fn an_output_ends_somewhere_and_null_says_nothing() {
        let many = |count: usize| (0..count).map(|number| (format!("key{number}"), json!(number))).collect::<serde_json::Map<_, _>>();
        let fields = |count: usize| with_output(&Value::Object(many(count))).said.len();
        assert_eq!([fields(DIFFERENCE_LEAVES_MAX), fields(DIFFERENCE_LEAVES_MAX + 1)], [DIFFERENCE_LEAVES_MAX; 2]);
        assert!(with_output(&json!({"route": null, "items": []})).said.is_empty());
    }
}

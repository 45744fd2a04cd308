//! Traces in short JSON: what a case does not say is usual.
//!
//! A trace is a list of spans: `id` and `parent` are labels, `start` and `end` milliseconds, `status`, `kind` and other fields as in the
//! language; `tokens` is a pair of input and output, `cost` dollars, `says` and `hears` output and input messages of one text.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{
    AnyValue, Attributes, Billing, CostStatus, Event, LogRecord, Message, NanoUsd, ObservationType, Part, RawSpan, Resource, Scope, Span,
    SpanId, SpanKind, SpanStatus, TraceId, Usage, Visibility,
};
use serde_json::Value;

pub(crate) struct Trace {
    /// By place among the spans.
    pub(crate) labels: Vec<String>,
    pub(crate) spans: Vec<Span>,
    pub(crate) logs: Vec<LogRecord>,
}

const MILLI_NANOS: f64 = 1_000_000.0;

/// Every key a span may have, so that a misspelled one is found.
const KEYS: &[&str] = &[
    "id",
    "parent",
    "name",
    "kind",
    "start",
    "end",
    "status",
    "step",
    "attempt",
    "tool",
    "agent",
    "model",
    "asked_model",
    "user",
    "session",
    "env",
    "release",
    "service",
    "error",
    "http_status",
    "tags",
    "tokens",
    "cost",
    "unpriced",
    "ttft",
    "billing",
    "visibility",
    "input",
    "output",
    "hears",
    "says",
    "metadata",
    "state_before",
    "state_after",
    "scores",
    "attributes",
    "resource",
    "events",
    "logs",
    "prompt",
    "prompt_version",
    "stream",
    "span_kind",
    "status_message",
    "finish",
    "documents",
];

pub(crate) fn trace(name: &str, spans: &Value) -> Trace {
    let trace_id = TraceId::from_bytes(&id_bytes::<16>(name)).unwrap();
    let spans = spans.as_array().unwrap_or_else(|| panic!("trace `{name}` is no list"));
    let label = |span: &Value| span["id"].as_str().unwrap_or_else(|| panic!("a span of `{name}` has no id")).to_owned();
    Trace {
        labels: spans.iter().map(label).collect(),
        spans: spans.iter().map(|json| span(trace_id, json)).collect(),
        logs: spans.iter().flat_map(|json| logs(trace_id, json)).collect(),
    }
}

fn id_bytes<const COUNT: usize>(label: &str) -> [u8; COUNT] {
    let mut bytes = [0; COUNT];
    let label = label.as_bytes();
    assert!(!label.is_empty() && label.len() <= COUNT, "labels have 1 to {COUNT} bytes");
    bytes[..label.len()].copy_from_slice(label);
    bytes
}

fn span_id(label: &Value) -> Option<SpanId> {
    label.as_str().map(|label| SpanId::from_bytes(&id_bytes::<8>(label)).unwrap())
}

fn any(value: &Value) -> AnyValue {
    match value {
        Value::Null => AnyValue::Empty,
        Value::Bool(truth) => AnyValue::Bool(*truth),
        Value::Number(number) => number.as_i64().map_or_else(|| AnyValue::Double(number.as_f64().unwrap()), AnyValue::Int),
        Value::String(text) => AnyValue::from(text.as_str()),
        Value::Array(items) => AnyValue::Array(items.iter().map(any).collect()),
        Value::Object(_) => AnyValue::Map(attributes(value)),
    }
}

fn attributes(value: &Value) -> Attributes {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), any(value))).collect()
}

fn raw(trace_id: TraceId, json: &Value) -> RawSpan {
    let millis = |key: &str, otherwise: f64| (json[key].as_f64().unwrap_or(otherwise) * MILLI_NANOS) as u64;
    let start = millis("start", 0.0);
    let resource = Resource { attributes: attributes(&json["resource"]), ..Resource::default() };
    let events = json["events"].as_array().into_iter().flatten().map(|event| Event {
        name: event["name"].as_str().unwrap_or_default().to_owned(),
        attributes: attributes(&event["attributes"]),
        ..Event::default()
    });
    RawSpan {
        parent_span_id: span_id(&json["parent"]),
        name: json["name"].as_str().or(json["id"].as_str()).unwrap().to_owned(),
        kind: json["span_kind"].as_str().and_then(SpanKind::from_text).unwrap_or_default(),
        start_unix_nanos: start,
        end_unix_nanos: if json["end"] == "running" { 0 } else { millis("end", start as f64 / MILLI_NANOS + 10.0) },
        attributes: attributes(&json["attributes"]),
        events: events.collect(),
        ..RawSpan::new(trace_id, span_id(&json["id"]).unwrap(), Arc::new(resource), Arc::new(Scope::default()))
    }
}

fn messages(role: &str, text: &Value) -> Vec<Message> {
    text.as_str().map(|text| Message { role: role.to_owned(), parts: vec![Part::text(text)], ..Message::default() }).into_iter().collect()
}

fn span(trace_id: TraceId, json: &Value) -> Span {
    for key in json.as_object().unwrap().keys() {
        assert!(KEYS.contains(&key.as_str()), "`{key}` is nothing a span of a case can have");
    }
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let known = |key: &str| Some(json[key].clone()).filter(|value| !value.is_null());
    let mut span = Span::from_raw(Arc::new(raw(trace_id, json)));
    span.observation_type = text("kind").map_or(ObservationType::Span, |kind| ObservationType::from_text(&kind).unwrap());
    span.status = text("status").map_or(SpanStatus::Ok, |status| SpanStatus::from_text(&status).unwrap());
    span.visibility = text("visibility").map_or(Visibility::App, |visibility| Visibility::from_text(&visibility).unwrap());
    (span.step.name, span.tool_name, span.agent_name) = (text("step"), text("tool"), text("agent"));
    (span.response_model, span.request_model) = (text("model"), text("asked_model"));
    (span.user_id, span.session_id, span.environment) = (text("user"), text("session"), text("env"));
    (span.release, span.service_name, span.error_type) = (text("release"), text("service"), text("error"));
    (span.prompt_name, span.prompt_version, span.status_message) = (text("prompt"), text("prompt_version"), text("status_message"));
    span.step.attempt = json["attempt"].as_u64().map(|attempt| attempt as u32);
    span.http_status = json["http_status"].as_u64().map(|status| status as u32);
    span.ttft_nanos = json["ttft"].as_f64().map(|millis| (millis * MILLI_NANOS) as u64);
    span.stream = json["stream"].as_bool();
    span.tags = texts(&json["tags"]);
    span.finish_reasons = texts(&json["finish"]);
    span.metadata = json["metadata"].as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect();
    charge(&mut span, json);
    (span.content.input, span.content.output) = (known("input"), known("output"));
    (span.content.input_messages, span.content.output_messages) = (messages("user", &json["hears"]), messages("assistant", &json["says"]));
    (span.content.state.before, span.content.state.after) = (known("state_before"), known("state_after"));
    span.content.scores = json["scores"].as_array().cloned().unwrap_or_default();
    span.content.documents = texts(&json["documents"])
        .into_iter()
        .map(|content| model::Document { content: Some(content), ..model::Document::default() })
        .collect();
    span
}

/// Tokens and money make a span a billing leaf, unless the case says otherwise.
fn charge(span: &mut Span, json: &Value) {
    let counts: Vec<Option<u64>> = json["tokens"].as_array().into_iter().flatten().map(Value::as_u64).collect();
    let units = [Usage::INPUT, Usage::OUTPUT].into_iter().zip(counts);
    span.usage = units.filter_map(|(unit, count)| count.map(|count| (unit, count))).collect();
    span.price.cost = json["cost"].as_f64().and_then(NanoUsd::from_usd);
    if span.price.cost.is_some() {
        span.price.status = CostStatus::Priced;
    }
    if json["unpriced"] == true {
        span.price.status = CostStatus::NoPrice;
    }
    let is_charged = !span.usage.is_empty() || span.price.cost.is_some();
    let usual = if is_charged { Billing::Leaf } else { Billing::None };
    span.billing = json["billing"].as_str().map_or(usual, |billing| Billing::from_text(billing).unwrap());
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|text| text.as_str().unwrap().to_owned()).collect()
}

fn logs(trace_id: TraceId, json: &Value) -> Vec<LogRecord> {
    let log = |log: &Value| LogRecord {
        trace_id: Some(trace_id),
        span_id: span_id(&json["id"]),
        severity_number: log["severity"].as_i64().unwrap_or(9) as i32,
        event_name: log["event"].as_str().unwrap_or_default().to_owned(),
        body: log["body"].as_str().map(AnyValue::from),
        attributes: attributes(&log["attributes"]),
        ..LogRecord::default()
    };
    json["logs"].as_array().into_iter().flatten().map(log).collect()
}

/// Reads the traces of a page: name to trace.
pub(crate) fn traces(blocks: &BTreeMap<String, Value>) -> BTreeMap<String, Trace> {
    blocks.iter().map(|(name, spans)| (name.clone(), trace(name, spans))).collect()
}

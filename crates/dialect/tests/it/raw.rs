//! Raw spans and log records from the JSON of a case.

use std::sync::Arc;

use model::{AnyValue, Attributes, Event, KeyValue, Link, LogRecord, RawSpan, RawStatus, Resource, Scope, SpanKind};
use serde_json::Value;

pub(crate) fn any(value: &Value) -> AnyValue {
    match value {
        Value::Null => AnyValue::Empty,
        Value::Bool(truth) => AnyValue::Bool(*truth),
        Value::Number(number) => number.as_i64().map_or_else(|| AnyValue::Double(number.as_f64().unwrap()), AnyValue::Int),
        Value::String(text) => AnyValue::from(text.as_str()),
        Value::Array(items) => AnyValue::Array(items.iter().map(any).collect()),
        Value::Object(_) => AnyValue::Map(attributes(value)),
    }
}

pub(crate) fn attributes(value: &Value) -> Attributes {
    let pairs = value.as_object().into_iter().flatten();
    Attributes(pairs.map(|(key, value)| KeyValue { key: key.as_str().into(), value: any(value) }).collect())
}

fn text(value: &Value, key: &str, default: &str) -> String {
    value[key].as_str().unwrap_or(default).to_owned()
}

fn link(case: &Value) -> Link {
    Link {
        trace_id: text(case, "trace_id", "4bf92f3577b34da6a3ce929d0e0e4736").parse().unwrap(),
        span_id: text(case, "span_id", "00f067aa0ba902b7").parse().unwrap(),
        trace_state: String::new(),
        flags: 0,
        attributes: attributes(&case["attributes"]),
        dropped_attributes_count: 0,
    }
}

/// Makes a span; what the case does not say is usual.
pub(crate) fn span(case: &Value) -> RawSpan {
    let events = case["events"].as_array().into_iter().flatten().enumerate().map(|(at, event)| Event {
        time_unix_nanos: event["time_unix_nanos"].as_u64().unwrap_or(1_000 + at as u64),
        name: text(event, "name", ""),
        attributes: attributes(&event["attributes"]),
        dropped_attributes_count: 0,
    });
    RawSpan {
        trace_id: "0af7651916cd43dd8448eb211c80319c".parse().unwrap(),
        span_id: text(case, "span_id", "00000000000000a1").parse().unwrap(),
        parent_span_id: case["parent_span_id"].as_str().map(|id| id.parse().unwrap()),
        trace_state: String::new(),
        flags: 0,
        name: text(case, "name", "work"),
        kind: SpanKind::from_text(&text(case, "kind", "internal")).unwrap(),
        start_unix_nanos: case["start_unix_nanos"].as_u64().unwrap_or(1_000),
        end_unix_nanos: case["end_unix_nanos"].as_u64().unwrap_or(2_000),
        attributes: attributes(&case["attributes"]),
        dropped_attributes_count: 0,
        events: events.collect(),
        dropped_events_count: 0,
        links: case["links"].as_array().into_iter().flatten().map(link).collect(),
        dropped_links_count: 0,
        status: RawStatus {
            code: match case["status"].as_str() {
                Some("ok") => 1,
                Some("error") => 2,
                _ => 0,
            },
            message: text(case, "status_message", ""),
        },
        resource: Arc::new(Resource { attributes: attributes(&case["resource"]), ..Resource::default() }),
        scope: Arc::new(Scope { name: text(case, "scope", ""), ..Scope::default() }),
    }
}

/// Makes the log records of a case.
pub(crate) fn logs(case: &Value) -> Vec<LogRecord> {
    let logs = case["logs"].as_array().into_iter().flatten().enumerate().map(|(at, log)| LogRecord {
        time_unix_nanos: log["time_unix_nanos"].as_u64().unwrap_or(1_000 + at as u64),
        event_name: text(log, "event_name", ""),
        body: (!log["body"].is_null()).then(|| any(&log["body"])),
        attributes: attributes(&log["attributes"]),
        scope: Arc::new(Scope { name: text(log, "scope", ""), ..Scope::default() }),
        ..LogRecord::default()
    });
    logs.collect()
}

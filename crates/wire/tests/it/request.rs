//! Requests made in tests: prost writes them, so that our own writer is not what its reader is tested with.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use wire::{DecodeError, Format, Incoming, Limits, Signal};

/// Returns a good span whose ids end in `number`.
pub(crate) fn span(number: u8) -> Span {
    Span {
        trace_id: vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, number],
        span_id: vec![0, 0, 0, 0, 0, 0, 1, number],
        name: format!("span-{number}"),
        start_time_unix_nano: 1_000,
        end_time_unix_nano: 2_000,
        ..Span::default()
    }
}

pub(crate) fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// Returns a value of this depth: lists around a number.
pub(crate) fn nested(depth: usize) -> any_value::Value {
    (1..depth).fold(any_value::Value::IntValue(1), |inner, _| {
        any_value::Value::ArrayValue(ArrayValue { values: vec![AnyValue { value: Some(inner) }] })
    })
}

pub(crate) fn trace_request(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }] }.encode_to_vec()
}

pub(crate) fn log_request(log_records: Vec<LogRecord>) -> Vec<u8> {
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }.encode_to_vec()
}

/// Wraps encoded spans, which may be broken, into a request.
pub(crate) fn trace_request_of_bytes(spans: &[Vec<u8>]) -> Vec<u8> {
    let children: Vec<u8> = spans.iter().flat_map(|span| delimited(2, span)).collect();
    delimited(1, &delimited(2, &children))
}

/// Encodes a length-delimited field.
pub(crate) fn delimited(number: u8, content: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    prost::encoding::encode_varint(content.len() as u64, &mut field);
    field.extend_from_slice(content);
    field
}

pub(crate) fn decode_traces(body: &[u8]) -> Result<Incoming, DecodeError> {
    wire::decode(Signal::Traces, Format::Protobuf, body, &Limits::default())
}

pub(crate) fn decode_json(signal: Signal, body: &str) -> Result<Incoming, DecodeError> {
    wire::decode(signal, Format::Json, body.as_bytes(), &Limits::default())
}

/// Wraps spans in JSON into a request.
pub(crate) fn json_request(spans: &[&str]) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
}

/// Returns a good span in JSON with further fields.
pub(crate) fn json_span(number: u8, fields: &str) -> String {
    format!(
        r#"{{"traceId":"{:032x}","spanId":"{:016x}","name":"span-{number}"{fields}}}"#,
        256 + u128::from(number),
        256 + u64::from(number)
    )
}

/// Asserts which spans were kept, by name, and why the others were not.
#[track_caller]
pub(crate) fn assert_outcome(incoming: &Incoming, kept: &[&str], reasons: &[&str]) {
    let names: Vec<&str> = incoming.spans.iter().map(|span| span.name.as_str()).collect();
    let found: Vec<&str> = incoming.rejected.iter().map(|rejection| rejection.reason.as_str()).collect();
    assert_eq!(found, reasons, "{:?}", incoming.rejected);
    assert_eq!(names, kept);
}

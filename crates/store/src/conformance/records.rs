//! Records from small numbers.

use std::sync::Arc;

use model::{
    AnyValue, Attributes, Billing, LogRecord, MetricPoint, ObservationType, RawSpan, Resource, Scope, Span, SpanId, SpanKind, TraceId,
    Usage,
};
use serde_json::json;

/// A span in few numbers; equal seeds make equal spans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpanSeed {
    pub trace: u8,
    pub span: u8,
    pub parent: Option<u8>,
    pub start: u64,
    /// Zero while the span runs.
    pub end: u64,
    pub session: Option<u8>,
    pub user: Option<u8>,
    /// Makes it a billed model call with this response id.
    pub response: Option<u8>,
    /// An attribute of the span, so that seeds with the same times still differ.
    pub flavour: u8,
}

/// A log record in few numbers; equal seeds make equal records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogSeed {
    pub span: Option<(u8, u8)>,
    pub time: u64,
    pub flavour: u8,
}

/// A metric point in few numbers; equal seeds make equal points.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PointSeed {
    pub metric: u8,
    pub time: u64,
    pub flavour: u8,
}

pub(super) fn trace_id(number: u8) -> TraceId {
    let mut bytes = [7; 16];
    bytes[3] = number;
    TraceId::from_bytes(&bytes).expect("the bytes are not all zero")
}

pub(super) fn span_id(number: u8) -> SpanId {
    let mut bytes = [9; 8];
    bytes[5] = number;
    SpanId::from_bytes(&bytes).expect("the bytes are not all zero")
}

fn resource() -> Arc<Resource> {
    Arc::new(Resource { attributes: [("service.name", "suite")].into_iter().collect(), ..Resource::default() })
}

fn scope() -> Arc<Scope> {
    Arc::new(Scope { name: "conformance".into(), version: "1".into(), ..Scope::default() })
}

impl SpanSeed {
    pub fn raw(&self) -> RawSpan {
        let mut attributes = Attributes::default();
        attributes.push("flavour", i64::from(self.flavour));
        if let Some(session) = self.session {
            attributes.push("session.id", i64::from(session));
        }
        if let Some(response) = self.response {
            attributes.push("gen_ai.response.id", i64::from(response));
        }
        RawSpan {
            parent_span_id: self.parent.map(span_id),
            flags: 257,
            name: format!("span {}", self.span),
            kind: SpanKind::Internal,
            start_unix_nanos: self.start,
            end_unix_nanos: self.end,
            attributes,
            ..RawSpan::new(trace_id(self.trace), span_id(self.span), resource(), scope())
        }
    }

    pub fn build(&self) -> Span {
        let is_call = self.response.is_some();
        Span {
            observation_type: if is_call { ObservationType::Llm } else { ObservationType::default() },
            billing: if is_call { Billing::Leaf } else { Billing::default() },
            response_id: self.response.map(|response| format!("response {response}")),
            usage: is_call.then_some((Usage::INPUT, 3)).into_iter().collect(),
            session_id: self.session.map(|session| format!("session {session}")),
            user_id: self.user.map(|user| format!("user {user}")),
            ..Span::from_raw(Arc::new(self.raw()))
        }
    }
}

impl LogSeed {
    pub fn build(&self) -> LogRecord {
        LogRecord {
            time_unix_nanos: self.time,
            observed_time_unix_nanos: self.time + 1,
            severity_number: 9,
            body: Some(AnyValue::Int(i64::from(self.flavour))),
            trace_id: self.span.map(|(trace, _)| trace_id(trace)),
            span_id: self.span.map(|(_, span)| span_id(span)),
            resource: resource(),
            scope: scope(),
            ..LogRecord::default()
        }
    }
}

impl PointSeed {
    /// Reads the point from a request, for only the reader can make the raw metric.
    pub fn build(&self) -> MetricPoint {
        let request = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": [{
            "name": format!("metric {}", self.metric), "unit": "1", "description": "of the suite",
            "sum": { "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [{
                "startTimeUnixNano": "1", "timeUnixNano": self.time.to_string(), "asInt": self.flavour.to_string(),
                "attributes": [{ "key": "flavour", "value": { "intValue": self.flavour.to_string() } }],
            }] },
        }] }] }] });
        let point = points_in(&request).remove(0);
        MetricPoint { resource: resource(), scope: scope(), ..point }
    }
}

/// The points of an OTLP request in JSON.
pub(super) fn points_in(request: &serde_json::Value) -> Vec<MetricPoint> {
    let body = request.to_string();
    let incoming = wire::decode(wire::Signal::Metrics, wire::Format::Json, body.as_bytes(), &wire::Limits::default());
    incoming.expect("the request is OTLP").points
}

/// A model call with a response id and usage.
pub(super) fn call(trace: u8, span: u8, response: u8) -> Span {
    SpanSeed { trace, span, start: 1, end: 2, response: Some(response), ..SpanSeed::default() }.build()
}

/// A span of one trace with a start and an end.
pub(super) fn span(trace: u8, span: u8, start: u64, end: u64) -> Span {
    SpanSeed { trace, span, start, end, ..SpanSeed::default() }.build()
}

pub(super) fn log(trace_and_span: Option<(u8, u8)>, time: u64) -> LogRecord {
    LogSeed { span: trace_and_span, time, flavour: 0 }.build()
}

pub(super) fn point(time: u64) -> MetricPoint {
    PointSeed { metric: 0, time, flavour: 0 }.build()
}

/// What reading only the columns of a span gives.
pub(super) fn columns(span: &Span) -> Span {
    Span { raw: None, content: model::BoxedContent::default(), ..span.clone() }
}

/// What reading the whole of a span gives.
pub(super) fn whole(span: &Span) -> Span {
    Span { content: model::BoxedContent::default(), ..span.clone() }
}

//! Records as they were sent: the raw truth from which everything else is derived.

use std::sync::Arc;

use crate::ids::{SpanId, TraceId};
use crate::kinds::SpanKind;
use crate::value::{AnyValue, Attributes};

/// Who sent a record; shared by all records of one `ResourceSpans`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resource {
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
    pub schema_url: String,
}

/// Which instrumentation made a record; shared by all records of one `ScopeSpans`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scope {
    pub name: String,
    pub version: String,
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
    pub schema_url: String,
}

/// One OTLP span, every field of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RawSpan {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub parent_span_id: Option<SpanId>,
    pub trace_state: String,
    pub flags: u32,
    pub name: String,
    pub kind: SpanKind,
    pub start_unix_nanos: u64,
    /// Zero while the span has not ended.
    pub end_unix_nanos: u64,
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
    pub events: Vec<Event>,
    pub dropped_events_count: u32,
    pub links: Vec<Link>,
    pub dropped_links_count: u32,
    pub status: RawStatus,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
}

impl RawSpan {
    /// Returns a span that says nothing but who it is and who sent it.
    pub fn new(trace_id: TraceId, span_id: SpanId, resource: Arc<Resource>, scope: Arc<Scope>) -> Self {
        Self {
            trace_id,
            span_id,
            parent_span_id: None,
            trace_state: String::new(),
            flags: 0,
            name: String::new(),
            kind: SpanKind::default(),
            start_unix_nanos: 0,
            end_unix_nanos: 0,
            attributes: Attributes::default(),
            dropped_attributes_count: 0,
            events: Vec::new(),
            dropped_events_count: 0,
            links: Vec::new(),
            dropped_links_count: 0,
            status: RawStatus::default(),
            resource,
            scope,
        }
    }
}

/// OTLP status: code 0 unset, 1 ok, 2 error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawStatus {
    pub code: i32,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    pub time_unix_nanos: u64,
    pub name: String,
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
}

/// A pointer to another span: causality across traces.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    pub trace_state: String,
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
    pub flags: u32,
}

/// One OTLP log record, every field of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogRecord {
    pub time_unix_nanos: u64,
    pub observed_time_unix_nanos: u64,
    pub severity_number: i32,
    pub severity_text: String,
    pub event_name: String,
    pub body: Option<AnyValue>,
    pub attributes: Attributes,
    pub dropped_attributes_count: u32,
    pub flags: u32,
    pub trace_id: Option<TraceId>,
    pub span_id: Option<SpanId>,
    /// The span it tells of, where the record itself names none; ours, never sent on.
    pub belongs_to: Option<(TraceId, SpanId)>,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
}

impl LogRecord {
    /// The trace it is part of: the one it names, else that of the span it tells of.
    pub fn trace(&self) -> Option<TraceId> {
        self.trace_id.or(self.belongs_to.map(|(trace_id, _)| trace_id))
    }

    /// The span it is part of: the one it names, else the one it tells of.
    pub fn span(&self) -> Option<(TraceId, SpanId)> {
        self.trace_id.zip(self.span_id).or(self.belongs_to)
    }

    /// Name of the event; empty where the record is no event.
    ///
    /// The attribute of emitters older than the field goes first: Codex has a place in its source in the field.
    pub fn event_name(&self) -> &str {
        self.attributes.text("event.name").unwrap_or(&self.event_name)
    }
}

/// One data point of an OTLP metric.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricPoint {
    pub name: String,
    pub unit: String,
    pub kind: MetricKind,
    /// OTLP aggregation temporality: 0 unspecified, 1 delta, 2 cumulative.
    pub temporality: i32,
    pub monotonic: bool,
    pub start_unix_nanos: u64,
    pub time_unix_nanos: u64,
    pub attributes: Attributes,
    /// The `Metric` message with this one point in it, as OTLP protobuf: the whole truth of the point.
    pub raw: Vec<u8>,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
}

/// Which kind of OTLP metric a point belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl MetricKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Gauge, Self::Sum, Self::Histogram, Self::ExponentialHistogram, Self::Summary].into_iter().find(|kind| kind.as_str() == text)
    }
}

//! The nouns of clew: what a span, a message, a usage and a price are.
//!
//! No IO, no async, no knowledge of any wire format, vocabulary, engine or screen.

pub mod ids;
pub mod kinds;
pub mod labels;
pub mod length;
pub mod metric_value;
pub mod money;
pub mod usage;
pub mod value;

pub mod message;
pub mod otlp;

pub mod content;

pub mod span;
pub mod trace_summary;

pub mod merge;

pub use content::{BoxedContent, Content, StepState};
pub use ids::{IdError, ProjectSlug, SpanId, TraceId};
pub use kinds::{Billing, CostStatus, Level, ObservationType, Origin, SpanKind, SpanStatus, UsageConfidence, Visibility};
pub use labels::{Label, Labels};
pub use length::parse_length;
pub use message::{Document, Message, Part, ToolCall};
pub use metric_value::{ExponentialBuckets, ExponentialHistogramValue, HistogramValue, MetricValue, SummaryValue};
pub use money::NanoUsd;
pub use otlp::{Event, Link, LogRecord, MetricKind, MetricPoint, RawSpan, RawStatus, Resource, Scope};
pub use span::{Previews, Price, Span, StepPosition};
pub use trace_summary::TraceSummary;
pub use usage::Usage;
pub use value::{AnyValue, Attributes, KeyValue, Text};

//! The canonical span: one shape for what all SDKs send.
//!
//! A projection of the raw span that can be computed again; absent means unknown.

use std::sync::Arc;

use serde_json::Value;

use crate::content::BoxedContent;
use crate::ids::{SpanId, TraceId};
use crate::kinds::{Billing, CostStatus, Level, ObservationType, Origin, SpanKind, SpanStatus, UsageConfidence, Visibility};
use crate::labels::Labels;
use crate::money::NanoUsd;
use crate::otlp::RawSpan;
use crate::usage::Usage;

/// One canonical span.
///
/// The scalar fields are what lists and filters need and what an engine keeps in columns; `content` and `raw` are heavy,
/// and empty where only the columns were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub trace_id: TraceId,
    pub span_id: SpanId,
    /// As sent.
    pub parent_span_id: Option<SpanId>,
    pub start_unix_nanos: u64,
    /// Zero while the span has not ended.
    pub end_unix_nanos: u64,
    /// Display name; `raw_name` is the one sent.
    pub name: String,
    pub raw_name: String,
    pub kind: SpanKind,
    /// What it was made from.
    pub origin: Origin,

    pub observation_type: ObservationType,
    pub operation: Option<String>,
    /// As the span alone tells; the tree may promote or demote it.
    pub billing: Billing,
    /// The other trace in which this very call is billed already; then it is not billed here.
    pub billed_in: Option<TraceId>,
    pub visibility: Visibility,
    pub level: Level,
    pub status: SpanStatus,
    pub status_message: Option<String>,
    pub error_type: Option<String>,
    /// Status of the HTTP exchange, its own or that of the folded client span below it.
    pub http_status: Option<u32>,
    /// What the provider's headers said of its limits, by name: `remaining_requests`, `retry_after`.
    pub rate_limit: Vec<(String, Value)>,

    pub provider: Option<String>,
    pub request_model: Option<String>,
    pub response_model: Option<String>,
    pub response_id: Option<String>,
    pub finish_reasons: Vec<String>,
    pub stream: Option<bool>,
    /// Time to the first token.
    pub ttft_nanos: Option<u64>,
    pub usage: Usage,
    pub usage_confidence: Option<UsageConfidence>,
    /// What the sender says it cost.
    pub cost_reported: Option<NanoUsd>,
    pub price: Price,

    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub trace_name: Option<String>,
    pub tags: Vec<String>,
    /// Metadata the sender attached, by key.
    pub metadata: Vec<(String, Value)>,

    pub agent_name: Option<String>,
    pub workflow_name: Option<String>,
    pub step: StepPosition,
    pub prompt_name: Option<String>,
    pub prompt_version: Option<String>,
    pub tool_name: Option<String>,
    pub tool_call_id: Option<String>,
    pub labels: Labels,

    pub service_name: Option<String>,
    pub environment: Option<String>,
    pub release: Option<String>,
    pub scope_name: String,
    pub scope_version: String,

    /// Conventions recognised, e.g. `otel`, `openinference`.
    pub dialects: Vec<String>,
    /// What the translation had to assume, for people.
    pub notes: Vec<String>,
    /// Which version of the mapping made this projection.
    pub mapping_version: u32,

    pub previews: Previews,
    pub content: BoxedContent,
    pub raw: Option<Arc<RawSpan>>,
}

/// Where a span stands in its workflow.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepPosition {
    pub name: Option<String>,
    pub index: Option<u32>,
    pub attempt: Option<u32>,
}

/// What a span costs, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Price {
    /// What counts: the sender's word where it is trusted, else what was computed.
    pub cost: Option<NanoUsd>,
    /// What the price tables say, kept beside a reported cost.
    pub computed: Option<NanoUsd>,
    pub status: CostStatus,
    /// Who said so: `reported`, or the table and its version.
    pub source: Option<String>,
    /// Why there is no price or only a part of one, for people.
    pub reason: Option<String>,
}

/// Short texts for lists: the last user message and the final answer where there are messages, else input and output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Previews {
    pub input: Option<String>,
    pub output: Option<String>,
}

impl Span {
    /// Returns a span that says nothing but what every OTLP span says.
    pub fn from_raw(raw: Arc<RawSpan>) -> Self {
        Self {
            trace_id: raw.trace_id,
            span_id: raw.span_id,
            parent_span_id: raw.parent_span_id,
            start_unix_nanos: raw.start_unix_nanos,
            end_unix_nanos: raw.end_unix_nanos,
            name: raw.name.clone(),
            raw_name: raw.name.clone(),
            kind: raw.kind,
            origin: Origin::default(),
            observation_type: ObservationType::default(),
            operation: None,
            billing: Billing::default(),
            billed_in: None,
            visibility: Visibility::default(),
            level: Level::default(),
            status: match raw.status.code {
                1 => SpanStatus::Ok,
                2 => SpanStatus::Error,
                _ => SpanStatus::Unset,
            },
            status_message: (!raw.status.message.is_empty()).then(|| raw.status.message.clone()),
            error_type: None,
            http_status: None,
            rate_limit: Vec::new(),
            provider: None,
            request_model: None,
            response_model: None,
            response_id: None,
            finish_reasons: Vec::new(),
            stream: None,
            ttft_nanos: None,
            usage: Usage::default(),
            usage_confidence: None,
            cost_reported: None,
            price: Price::default(),
            session_id: None,
            user_id: None,
            trace_name: None,
            tags: Vec::new(),
            metadata: Vec::new(),
            agent_name: None,
            workflow_name: None,
            step: StepPosition::default(),
            prompt_name: None,
            prompt_version: None,
            tool_name: None,
            tool_call_id: None,
            labels: Labels::default(),
            service_name: None,
            environment: None,
            release: None,
            scope_name: raw.scope.name.clone(),
            scope_version: raw.scope.version.clone(),
            dialects: Vec::new(),
            notes: Vec::new(),
            mapping_version: 0,
            previews: Previews::default(),
            content: BoxedContent::default(),
            raw: Some(raw),
        }
    }

    /// Whether the span has not ended yet.
    pub fn is_running(&self) -> bool {
        self.end_unix_nanos == 0
    }

    /// Time from start to end; zero for a span that ends before it starts, None while it runs.
    pub fn duration_nanos(&self) -> Option<u64> {
        (!self.is_running()).then(|| self.end_unix_nanos.saturating_sub(self.start_unix_nanos))
    }
}

//! One trace in one row: what lists show, filter, sort and sum by.

use serde_json::Value;

use crate::ids::{SpanId, TraceId};
use crate::kinds::{CostStatus, SpanStatus};
use crate::money::NanoUsd;
use crate::usage::Usage;

/// What lists say about a trace. Counts and sums are over all spans, folded ones included.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceSummary {
    pub trace_id: TraceId,
    /// The span without a parent; None while it has not come.
    pub root_span_id: Option<SpanId>,
    pub name: String,
    /// Of the first span to start, which a skewed clock may put before the root.
    pub start_unix_nanos: u64,
    /// The root's; None while it runs or has not come.
    pub duration_nanos: Option<u64>,
    /// The latest start or end of any span: of a running trace, its last sign of life.
    pub last_seen_unix_nanos: u64,
    /// The root's; `running` while it has not come or ended, or another span is known to run.
    /// Without a root: `error` if a topmost span other than a tool failed.
    pub status: SpanStatus,
    pub span_count: u64,
    pub error_count: u64,
    pub folded_count: u64,
    pub llm_call_count: u64,
    pub tool_call_count: u64,
    pub models: Vec<String>,
    pub providers: Vec<String>,
    /// Over billing leaves only.
    pub usage: Usage,
    pub cost: Option<NanoUsd>,
    pub cost_status: CostStatus,
    /// Of the first model call that tells it.
    pub ttft_nanos: Option<u64>,
    pub session_id: Option<String>,
    pub user_id: Option<String>,
    pub service_name: Option<String>,
    pub environment: Option<String>,
    pub release: Option<String>,
    pub tags: Vec<String>,
    pub metadata: Vec<(String, Value)>,
    pub workflow_name: Option<String>,
    pub prompt_names: Vec<String>,
    pub input_preview: Option<String>,
    pub output_preview: Option<String>,
    /// The root's, else that of the first span that failed.
    pub error_type: Option<String>,
    /// What that span says went wrong.
    pub error_message: Option<String>,
}

//! A trace in one row.

use std::collections::BTreeMap;

use model::TraceSummary;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a list shows of a trace; an absent field is unknown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TraceSummaryAnswer {
    trace_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_span_id: Option<String>,
    name: String,
    /// Decimal string.
    start_unix_nanos: String,
    /// Decimal string; absent while the root runs or has not come.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_nanos: Option<String>,
    /// The latest start or end of any span: of a running trace, its last sign of life. Decimal string.
    last_seen_unix_nanos: String,
    /// `ok`, `error`, `unset`, or `running` while the root has not come or ended, or another span is known to run.
    status: &'static str,
    /// All spans, folded ones included.
    span_count: u64,
    error_count: u64,
    folded_count: u64,
    llm_call_count: u64,
    tool_call_count: u64,
    models: Vec<String>,
    providers: Vec<String>,
    /// Counts by unit, over billed spans; totals include their parts.
    usage: BTreeMap<String, u64>,
    /// Decimal string of US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    /// `priced`, `partial`, `no_price` or `none`.
    cost_status: &'static str,
    /// Decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttft_nanos: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    tags: Vec<String>,
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_name: Option<String>,
    prompt_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<String>,
    /// What the failed span says went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    /// Scores do not exist yet.
    scores: Vec<Value>,
}

impl From<&TraceSummary> for TraceSummaryAnswer {
    fn from(summary: &TraceSummary) -> Self {
        Self {
            trace_id: summary.trace_id.to_string(),
            root_span_id: summary.root_span_id.map(|id| id.to_string()),
            name: summary.name.clone(),
            start_unix_nanos: summary.start_unix_nanos.to_string(),
            duration_nanos: summary.duration_nanos.map(|nanos| nanos.to_string()),
            last_seen_unix_nanos: summary.last_seen_unix_nanos.to_string(),
            status: summary.status.as_str(),
            span_count: summary.span_count,
            error_count: summary.error_count,
            folded_count: summary.folded_count,
            llm_call_count: summary.llm_call_count,
            tool_call_count: summary.tool_call_count,
            models: summary.models.clone(),
            providers: summary.providers.clone(),
            usage: summary.usage.iter().map(|(unit, count)| (unit.to_owned(), count)).collect(),
            cost_usd: summary.cost.map(|cost| cost.to_string()),
            cost_status: summary.cost_status.as_str(),
            ttft_nanos: summary.ttft_nanos.map(|nanos| nanos.to_string()),
            session_id: summary.session_id.clone(),
            user_id: summary.user_id.clone(),
            service_name: summary.service_name.clone(),
            environment: summary.environment.clone(),
            release: summary.release.clone(),
            tags: summary.tags.clone(),
            metadata: summary.metadata.iter().cloned().collect(),
            workflow_name: summary.workflow_name.clone(),
            prompt_names: summary.prompt_names.clone(),
            input_preview: summary.input_preview.clone(),
            output_preview: summary.output_preview.clone(),
            error_type: summary.error_type.clone(),
            error_message: summary.error_message.clone(),
            scores: Vec::new(),
        }
    }
}

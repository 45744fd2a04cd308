//! A span as the API shows it.

use std::collections::{BTreeMap, HashMap};

use dialect::Node;
use model::{Content, Span, SpanId, SpanStatus, TraceId};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::labels::LabelsAnswer;
use super::message::{document_json, message_json, part_json, tool_call_json};
use super::raw::RawAnswer;

/// One span; an absent field is unknown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpanAnswer {
    trace_id: String,
    span_id: String,
    /// As sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_span_id: Option<String>,
    /// After repair and folding; null for a shown root, absent where the span was read without its trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_parent_id: Option<Option<String>>,
    name: String,
    /// As sent.
    raw_name: String,
    kind: &'static str,
    /// Decimal string.
    start_unix_nanos: String,
    /// Decimal string; absent while the span runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    end_unix_nanos: Option<String>,
    /// Decimal string; absent while the span runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_nanos: Option<String>,
    /// Of a running span, in its trace: the latest start or end of it and of everything below it. Decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_unix_nanos: Option<String>,

    obs_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    /// `span`, or `log` where a log record stands for a span.
    origin: &'static str,
    /// `leaf`, `aggregate` or `none`.
    billing: &'static str,
    /// The other trace in which this very call is billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    billed_in: Option<String>,
    visibility: &'static str,
    level: &'static str,
    /// `ok`, `error`, `unset` or `running`.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u32>,
    /// What the provider's headers said of its limits.
    #[serde(skip_serializing_if = "Map::is_empty")]
    rate_limit: Map<String, Value>,

    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_id: Option<String>,
    finish_reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    /// Decimal string.
    #[serde(skip_serializing_if = "Option::is_none")]
    ttft_nanos: Option<String>,
    /// Counts by unit; totals include their parts.
    usage: BTreeMap<String, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_confidence: Option<&'static str>,
    /// Decimal string of US dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<String>,
    /// What the sender says it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_reported_usd: Option<String>,
    /// What the price tables say.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_computed_usd: Option<String>,
    cost_status: &'static str,
    /// Why there is no price, or only a part of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_reason: Option<String>,
    /// `reported`, or the price table and its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_source: Option<String>,

    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    tags: Vec<String>,
    metadata: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<String>,
    #[serde(flatten)]
    labels: LabelsAnswer,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    scope_name: String,
    scope_version: String,
    dialects: Vec<String>,
    notes: Vec<String>,
    mapping_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_preview: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_preview: Option<String>,

    // The fields of the content and of the raw span stand beside those above on the wire.
    #[serde(flatten)]
    content: Option<ContentAnswer>,
    #[serde(flatten)]
    raw: Option<RawAnswer>,
}

/// The heavy part of a span.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContentAnswer {
    /// Any JSON, as the sender meant it.
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    input_messages: Vec<Value>,
    output_messages: Vec<Value>,
    system_instructions: Vec<Value>,
    tool_definitions: Vec<Value>,
    tool_calls: Vec<Value>,
    documents: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query: Option<String>,
    /// How many documents were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    retrieval_top_k: Option<u64>,
    model_params: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_template: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prompt_variables: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_after: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state_delta: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_output: Option<Value>,
    /// By key: `name`, `verdict`, `action`, `score`.
    #[serde(skip_serializing_if = "Option::is_none")]
    guardrail: Option<Value>,
    /// Objects of `name`, `score`, `label`, `explanation`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<Value>,
}

impl SpanAnswer {
    /// A span in its trace, without content.
    pub(crate) fn in_trace(node: &Node) -> Self {
        let mut answer = Self::from_columns(&node.span);
        answer.last_seen_unix_nanos = node.span.is_running().then(|| node.last_seen_unix_nanos.to_string());
        answer.effective_parent_id = Some(node.effective_parent_id.map(|id: SpanId| id.to_string()));
        answer
    }

    /// A span in its trace, with everything; `sessions` are those of the traces that links point at.
    pub(crate) fn whole(node: &Node, sessions: &HashMap<TraceId, String>) -> Self {
        let mut answer = Self::in_trace(node);
        answer.content = Some(ContentAnswer::from(&*node.span.content));
        answer.raw = node.span.raw.as_deref().map(|raw| RawAnswer::new(&node.span, raw, sessions));
        answer
    }

    /// A span by itself, without content.
    pub(crate) fn from_columns(span: &Span) -> Self {
        Self {
            trace_id: span.trace_id.to_string(),
            span_id: span.span_id.to_string(),
            parent_span_id: span.parent_span_id.map(|id| id.to_string()),
            effective_parent_id: None,
            name: span.name.clone(),
            raw_name: span.raw_name.clone(),
            kind: span.kind.as_str(),
            start_unix_nanos: span.start_unix_nanos.to_string(),
            end_unix_nanos: (!span.is_running()).then(|| span.end_unix_nanos.to_string()),
            duration_nanos: span.duration_nanos().map(|nanos| nanos.to_string()),
            last_seen_unix_nanos: None,
            obs_type: span.observation_type.as_str(),
            operation: span.operation.clone(),
            origin: span.origin.as_str(),
            billing: span.billing.as_str(),
            billed_in: span.billed_in.map(|id| id.to_string()),
            visibility: span.visibility.as_str(),
            level: span.level.as_str(),
            status: status_of(span).as_str(),
            status_message: span.status_message.clone(),
            error_type: span.error_type.clone(),
            http_status: span.http_status,
            rate_limit: span.rate_limit.iter().cloned().collect(),
            provider: span.provider.clone(),
            request_model: span.request_model.clone(),
            response_model: span.response_model.clone(),
            response_id: span.response_id.clone(),
            finish_reasons: span.finish_reasons.clone(),
            stream: span.stream,
            ttft_nanos: span.ttft_nanos.map(|nanos| nanos.to_string()),
            usage: span.usage.iter().map(|(unit, count)| (unit.to_owned(), count)).collect(),
            usage_confidence: span.usage_confidence.map(|confidence| confidence.as_str()),
            cost_usd: span.price.cost.map(|cost| cost.to_string()),
            cost_reported_usd: span.cost_reported.map(|cost| cost.to_string()),
            cost_computed_usd: span.price.computed.map(|cost| cost.to_string()),
            cost_status: span.price.status.as_str(),
            cost_reason: span.price.reason.clone(),
            cost_source: span.price.source.clone(),
            session_id: span.session_id.clone(),
            user_id: span.user_id.clone(),
            tags: span.tags.clone(),
            metadata: span.metadata.iter().cloned().collect(),
            agent_name: span.agent_name.clone(),
            workflow_name: span.workflow_name.clone(),
            step_name: span.step.name.clone(),
            step_index: span.step.index,
            attempt: span.step.attempt,
            prompt_name: span.prompt_name.clone(),
            prompt_version: span.prompt_version.clone(),
            tool_name: span.tool_name.clone(),
            tool_call_id: span.tool_call_id.clone(),
            labels: LabelsAnswer::from(&span.labels),
            service_name: span.service_name.clone(),
            environment: span.environment.clone(),
            release: span.release.clone(),
            scope_name: span.scope_name.clone(),
            scope_version: span.scope_version.clone(),
            dialects: span.dialects.clone(),
            notes: span.notes.clone(),
            mapping_version: span.mapping_version,
            input_preview: span.previews.input.clone(),
            output_preview: span.previews.output.clone(),
            content: None,
            raw: None,
        }
    }
}

/// A span that has not ended runs, unless it has failed already.
pub(super) fn status_of(span: &Span) -> SpanStatus {
    match span.status {
        SpanStatus::Unset if span.is_running() => SpanStatus::Running,
        status => status,
    }
}

impl From<&Content> for ContentAnswer {
    fn from(content: &Content) -> Self {
        Self {
            input: content.input.clone(),
            output: content.output.clone(),
            input_messages: content.input_messages.iter().map(message_json).collect(),
            output_messages: content.output_messages.iter().map(message_json).collect(),
            system_instructions: content.system_instructions.iter().map(part_json).collect(),
            tool_definitions: content.tool_definitions.clone(),
            tool_calls: content.tool_calls.iter().map(tool_call_json).collect(),
            documents: content.documents.iter().map(document_json).collect(),
            query: content.query.clone(),
            retrieval_top_k: content.top_k,
            model_params: content.model_params.iter().cloned().collect(),
            prompt_template: content.prompt_template.clone(),
            prompt_variables: content.prompt_variables.clone(),
            state_before: content.state.before.clone(),
            state_after: content.state.after.clone(),
            state_delta: content.state.delta.clone(),
            expected_output: content.expected_output.clone(),
            guardrail: content.guardrail.clone(),
            scores: content.scores.clone(),
        }
    }
}

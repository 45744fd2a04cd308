//! Canonical spans and summaries as JSON, under the names of their fields, for comparison with a page.

use std::collections::HashMap;

use dialect::{Node, Placeholder};
use model::TraceSummary;
use model::{Document, Message, Part, Span, ToolCall, Usage};
use serde_json::{Map, Value, json};

fn usage(usage: &Usage) -> Value {
    usage.iter().map(|(unit, count)| (unit.to_owned(), json!(count))).collect::<Map<_, _>>().into()
}

fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "name": call.name, "arguments": call.arguments})
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text { content } => json!({"type": "text", "content": content}),
        Part::Reasoning { content } => json!({"type": "reasoning", "content": content}),
        Part::ToolCall(tool_call) => {
            json!({"type": "tool_call", "id": tool_call.id, "name": tool_call.name, "arguments": tool_call.arguments})
        }
        Part::ToolCallResponse { id, response, .. } => json!({"type": "tool_call_response", "id": id, "response": response}),
        Part::Other(value) => value.clone(),
    }
}

fn message(message: &Message) -> Value {
    json!({"role": message.role, "parts": message.parts.iter().map(part).collect::<Vec<_>>()})
}

fn document(document: &Document) -> Value {
    json!({"id": document.id, "score": document.score, "content": document.content, "metadata": document.metadata})
}

fn pairs(pairs: &[(String, Value)]) -> Value {
    pairs.iter().cloned().collect::<Map<_, _>>().into()
}

pub(crate) fn span(span: &Span) -> Value {
    let content = &span.content;
    let mut shown = json!({
        "name": span.name, "obs_type": span.observation_type.as_str(), "operation": span.operation, "billing": span.billing.as_str(),
        "visibility": span.visibility.as_str(), "level": span.level.as_str(), "status": span.status.as_str(),
        "status_message": span.status_message, "error_type": span.error_type, "provider": span.provider,
        "request_model": span.request_model, "response_model": span.response_model, "response_id": span.response_id,
        "finish_reasons": span.finish_reasons, "stream": span.stream, "ttft_nanos": span.ttft_nanos, "usage": usage(&span.usage),
        "usage_confidence": span.usage_confidence.map(|confidence| confidence.as_str()),
        "cost_reported": span.cost_reported.map(|cost| cost.to_string()), "session_id": span.session_id, "user_id": span.user_id,
        "trace_name": span.trace_name, "tags": span.tags, "metadata": pairs(&span.metadata), "dialects": span.dialects, "notes": span.notes,
    });
    let labels: Map<String, Value> = span.labels.iter().map(|(label, text)| (label.as_str().to_owned(), json!(text))).collect();
    let links: Vec<&str> =
        span.raw.iter().flat_map(|raw| dialect::link_types(span, raw, &HashMap::new())).map(dialect::LinkType::as_str).collect();
    let more = json!({
        "duration_nanos": span.duration_nanos(), "http_status": span.http_status, "rate_limit": pairs(&span.rate_limit), "labels": labels, "link_types": links,
        "agent_name": span.agent_name, "workflow_name": span.workflow_name, "step_name": span.step.name, "step_index": span.step.index,
        "attempt": span.step.attempt, "prompt_name": span.prompt_name, "prompt_version": span.prompt_version,
        "tool_name": span.tool_name, "tool_call_id": span.tool_call_id, "service_name": span.service_name,
        "environment": span.environment, "release": span.release, "input": content.input, "output": content.output,
        "input_messages": content.input_messages.iter().map(message).collect::<Vec<_>>(),
        "output_messages": content.output_messages.iter().map(message).collect::<Vec<_>>(),
        "system_instructions": content.system_instructions.iter().map(part).collect::<Vec<_>>(),
        "tool_definitions": content.tool_definitions, "tool_calls": content.tool_calls.iter().map(call).collect::<Vec<_>>(),
        "documents": content.documents.iter().map(document).collect::<Vec<_>>(), "query": content.query,
        "state": {"before": content.state.before, "after": content.state.after, "delta": content.state.delta},
        "guardrail": content.guardrail, "scores": content.scores, "retrieval_top_k": content.top_k,
        "prompt_template": content.prompt_template, "prompt_variables": content.prompt_variables, "expected_output": content.expected_output,
        "origin": span.origin.as_str(),
        "model_params": pairs(&content.model_params), "input_preview": span.previews.input, "output_preview": span.previews.output,
    });
    if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
        shown.extend(more);
    }
    shown
}

pub(crate) fn node(node: &Node) -> Value {
    let mut shown = span(&node.span);
    shown["effective_parent_id"] = json!(node.effective_parent_id.map(|id| id.to_string()));
    shown["is_orphan"] = json!(node.is_orphan);
    shown["child_count"] = json!(node.child_count);
    shown["last_seen_unix_nanos"] = json!(node.last_seen_unix_nanos);
    shown["end_unix_nanos"] = json!(node.span.end_unix_nanos);
    shown
}

pub(crate) fn placeholder(placeholder: &Placeholder) -> Value {
    json!({
        "span_id": placeholder.span_id.to_string(), "parent_id": placeholder.parent_id.map(|id| id.to_string()),
        "is_root": placeholder.is_root, "name": placeholder.name, "start_unix_nanos": placeholder.start_unix_nanos,
        "obs_type": placeholder.observation_type.map(|kind| kind.as_str()), "child_count": placeholder.child_count,
        "last_seen_unix_nanos": placeholder.last_seen_unix_nanos,
        "pending_span_id": placeholder.pending_span_id.map(|id| id.to_string()),
    })
}

pub(crate) fn summary(summary: &TraceSummary) -> Value {
    json!({
        "root_span_id": summary.root_span_id.map(|id| id.to_string()), "name": summary.name, "status": summary.status.as_str(),
        "duration_nanos": summary.duration_nanos, "last_seen_unix_nanos": summary.last_seen_unix_nanos, "span_count": summary.span_count, "error_count": summary.error_count,
        "folded_count": summary.folded_count, "llm_call_count": summary.llm_call_count, "tool_call_count": summary.tool_call_count,
        "models": summary.models, "providers": summary.providers, "usage": usage(&summary.usage), "ttft_nanos": summary.ttft_nanos,
        "session_id": summary.session_id, "user_id": summary.user_id, "service_name": summary.service_name, "tags": summary.tags,
        "metadata": pairs(&summary.metadata), "workflow_name": summary.workflow_name, "prompt_names": summary.prompt_names,
        "input_preview": summary.input_preview, "output_preview": summary.output_preview, "error_type": summary.error_type,
    })
}

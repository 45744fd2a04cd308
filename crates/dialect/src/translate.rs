//! One raw span to one canonical span: asks each part of the crate for its share, in the order of what needs what.

use std::sync::Arc;

use model::{Billing, Label, LogRecord, NanoUsd, ObservationType, RawSpan, Span, StepPosition};
use serde_json::Value;

use crate::facts::Facts;
use crate::table::{Field, vocabulary};
use crate::{classify, content, errors, glance, identity, json, noise, previews, provider, timing, usage};

/// Grows whenever the same raw span would give another canonical one.
pub const MAPPING_VERSION: u32 = 3;

/// Translates a span; `logs` are the log records of this span, whose messages are merged in.
///
/// Never fails: what it does not know stays in the raw attributes, and what it assumed stands in the span's notes.
pub fn translate(raw: Arc<RawSpan>, logs: &[LogRecord]) -> Span {
    let mut span = Span::from_raw(Arc::clone(&raw));
    let mut facts = Facts::collect(vocabulary(), &raw, logs);
    read(&mut span, &mut facts);
    span
}

/// What a store keeps of a span beside the raw span.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// As `translate` gives it, but without content.
    pub span: Span,
    /// Whether the content has messages.
    pub has_messages: bool,
}

/// Translates a span as `translate` does, and leaves its content for whoever reads it.
///
/// Most of the time of a translation goes into content; previews need little of it.
pub fn translate_columns(raw: Arc<RawSpan>, logs: &[LogRecord]) -> Columns {
    let mut span = Span::from_raw(Arc::clone(&raw));
    let mut facts = Facts::collect(vocabulary(), &raw, logs);
    read_columns(&mut span, &mut facts);
    let (previews, has_messages) = glance::of(&facts, span.observation_type);
    span.previews = previews;
    Columns { span, has_messages }
}

/// Reads everything the facts say into a span that has what every OTLP span says.
pub(crate) fn read(span: &mut Span, facts: &mut Facts<'_>) {
    read_columns(span, facts);
    span.content = content::read(facts, span.observation_type).into();
    span.previews = previews::of(&span.content);
}

/// Everything but content and what is shown of it.
fn read_columns(span: &mut Span, facts: &mut Facts<'_>) {
    let class = classify::classify(facts);
    facts.set_type(class.observation_type);
    let facts = &*facts;

    span.mapping_version = MAPPING_VERSION;
    span.dialects = facts.dialects.iter().map(|dialect| (*dialect).to_owned()).collect();
    span.observation_type = class.observation_type;
    span.operation = class.operation;
    span.billing = class.billing;
    span.visibility = noise::visibility(facts, &vocabulary().noise, class.observation_type);

    span.finish_reasons = finish_reasons(facts);
    let outcome = errors::read(facts, &span.finish_reasons);
    span.status = outcome.status;
    span.status_message = outcome.message;
    span.error_type = outcome.error_type;
    span.level = outcome.level;
    span.http_status = facts.first(Field::HttpStatus, |value, _| u32::try_from(json::count_of(&value)?).ok());
    span.rate_limit = identity::rate_limit(facts);

    if let Some(name) = facts.text(Field::Name) {
        span.name = name;
    }
    read_model(span, facts);
    read_identity(span, facts);
}

fn read_model(span: &mut Span, facts: &Facts<'_>) {
    let vocabulary = vocabulary();
    let mut notes = Vec::new();
    span.labels = identity::labels(facts);
    let (provider, framework) = provider::read(facts, &vocabulary.providers, &mut notes);
    span.provider = provider;
    if let Some(framework) = framework.filter(|_| span.labels.get(Label::Framework).is_none()) {
        span.labels.set(Label::Framework, framework);
    }
    span.request_model = facts.text(Field::RequestModel);
    span.response_model = facts.text(Field::ResponseModel);
    span.response_id = facts.text(Field::ResponseId);
    span.stream = facts.first(Field::Stream, |value, rule| match rule.row.key.as_deref() {
        Some("ai.operationId") => value.as_str().map(|operation| operation.starts_with("ai.stream")),
        _ => json::truth_of(&value),
    });
    // OpenLIT gives the whole duration where nothing is streamed.
    span.ttft_nanos = timing::time_to_first_token(facts).filter(|_| span.stream != Some(false));
    let (usage, confidence) = usage::read(facts, &vocabulary.usage, span.observation_type, span.provider.as_deref(), &mut notes);
    if span.billing == Billing::Leaf && confidence == Some(model::UsageConfidence::Assumed) {
        notes.push("assumed that cached and reasoning tokens are inside the totals".to_owned());
    }
    span.usage = usage;
    span.usage_confidence = confidence;
    span.cost_reported = cost_reported(facts);
    span.notes = notes;
}

/// The sender's total, else its parts added up. SDKs that know no price write zero, which says nothing.
fn cost_reported(facts: &Facts<'_>) -> Option<NanoUsd> {
    let part = |detail: &str| facts.first_of(Field::CostReported, detail, |value, _| NanoUsd::from_usd(json::number_of(&value)?));
    let parts = || match (part("input"), part("output")) {
        (None, None) => None,
        (input, output) => Some([input, output].into_iter().flatten().sum()),
    };
    part("").filter(|cost| cost.0 > 0).or_else(parts).filter(|cost| cost.0 > 0)
}

fn read_identity(span: &mut Span, facts: &Facts<'_>) {
    span.session_id = identity::id(facts, Field::SessionId);
    span.user_id = identity::id(facts, Field::UserId);
    span.trace_name = facts.text(Field::TraceName);
    span.tags = identity::tags(facts);
    span.metadata = identity::metadata(facts);
    span.agent_name = facts.text(Field::AgentName);
    span.workflow_name = facts.text(Field::WorkflowName);
    let own_step_name = || (span.observation_type == ObservationType::Step).then(|| span.name.clone());
    let number = |value: Value| u32::try_from(json::count_of(&value)?).ok();
    span.step = StepPosition {
        name: facts.text(Field::StepName).or_else(own_step_name),
        // `step 2` is how the AI SDK names the second.
        index: facts.first(Field::StepIndex, |value, _| number(value)).or_else(|| span.raw_name.strip_prefix("step ")?.parse().ok()),
        attempt: facts.first(Field::Attempt, |value, _| number(value)),
    };
    span.prompt_name = facts.text(Field::PromptName);
    span.prompt_version = facts.text(Field::PromptVersion);
    span.tool_name = facts.text(Field::ToolName);
    span.tool_call_id = facts.text(Field::ToolCallId);
    span.service_name = facts.text(Field::ServiceName);
    span.environment = facts.text(Field::Environment);
    span.release = facts.text(Field::Release);
}

/// Reads finish reasons in OpenAI's words; the raw span keeps the sender's.
fn finish_reasons(facts: &Facts<'_>) -> Vec<String> {
    let told = facts.first(Field::FinishReasons, |value, _| {
        let list = match json::decoded(value) {
            Value::Array(items) => items,
            single => vec![single],
        };
        let reasons: Vec<String> = list.iter().filter_map(json::text_of).map(|reason| finish_reason(&reason)).collect();
        (!reasons.is_empty()).then_some(reasons)
    });
    told.unwrap_or_default()
}

fn finish_reason(sent: &str) -> String {
    let word = sent.rsplit('.').next().unwrap_or(sent).to_ascii_lowercase().replace('-', "_");
    match word.as_str() {
        "end_turn" | "stop_sequence" | "complete" | "completed" | "eos" => "stop".to_owned(),
        "tool_use" | "tool_call" | "function_call" => "tool_calls".to_owned(),
        "max_tokens" | "max_output_tokens" | "model_context_window_exceeded" | "incomplete" => "length".to_owned(),
        "safety" | "recitation" | "blocklist" | "prohibited_content" | "guardrail_intervened" => "content_filter".to_owned(),
        _ => word,
    }
}

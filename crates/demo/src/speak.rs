//! The same call in three vocabularies: OpenTelemetry GenAI, OpenInference and Langfuse.
//!
//! Written as the SDKs of November 2026 write them; what they mean is the matter of the reader.

use model::{AnyValue, Attributes};
use serde_json::{Value, json};

/// Which vocabulary a trace is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    OpenTelemetry,
    OpenInference,
    Langfuse,
}

/// The application's own instrumentation.
pub(crate) const APP_SCOPE: &str = "support_agent";

/// One message of a conversation.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    Text { role: &'static str, text: String },
    ToolCall { id: String, name: &'static str, arguments: Value },
    ToolAnswer { id: String, answer: Value },
}

impl Said {
    pub(crate) fn user(text: impl Into<String>) -> Self {
        Self::Text { role: "user", text: text.into() }
    }

    pub(crate) fn assistant(text: impl Into<String>) -> Self {
        Self::Text { role: "assistant", text: text.into() }
    }
}

/// A call of a model, whatever the vocabulary.
#[derive(Debug, Clone, Default)]
pub(crate) struct ModelCall {
    pub(crate) provider: &'static str,
    pub(crate) model: &'static str,
    pub(crate) system: Option<&'static str>,
    pub(crate) input: Vec<Said>,
    /// None where the call failed before an answer.
    pub(crate) output: Option<Said>,
    pub(crate) response_id: String,
    pub(crate) input_tokens: i64,
    pub(crate) cached_tokens: i64,
    pub(crate) output_tokens: i64,
    /// Of a streamed answer.
    pub(crate) first_token_millis: Option<u64>,
    pub(crate) prompt: Option<(&'static str, &'static str)>,
    /// When the call started, for vocabularies that write instants.
    pub(crate) start_unix_nanos: u64,
}

/// What stands on the root of a trace.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) question: String,
    pub(crate) answer: Option<String>,
    pub(crate) user: String,
    pub(crate) session: String,
    pub(crate) feature: &'static str,
    pub(crate) tenant: &'static str,
}

impl Vocabulary {
    pub(crate) fn model_scope(self, provider: &str) -> String {
        match self {
            Self::OpenTelemetry => format!("opentelemetry.instrumentation.{provider}"),
            Self::OpenInference => format!("openinference.instrumentation.{provider}"),
            Self::Langfuse => "langfuse-sdk".to_owned(),
        }
    }

    pub(crate) fn app_scope(self) -> &'static str {
        match self {
            Self::OpenTelemetry => APP_SCOPE,
            Self::OpenInference => "openinference.instrumentation.support_agent",
            Self::Langfuse => "langfuse-sdk",
        }
    }

    pub(crate) fn model_call(self, call: &ModelCall) -> Attributes {
        match self {
            Self::OpenTelemetry => model_call_in_otel(call),
            Self::OpenInference => model_call_in_openinference(call),
            Self::Langfuse => model_call_in_langfuse(call),
        }
    }

    pub(crate) fn request(self, agent: &str, request: &Request) -> Attributes {
        let metadata = json!({"feature": request.feature, "tenant": request.tenant}).to_string();
        let mut attributes = match self {
            Self::OpenTelemetry => attributes([
                ("gen_ai.operation.name", "invoke_agent".to_owned()),
                ("gen_ai.agent.name", agent.to_owned()),
                ("gen_ai.conversation.id", request.session.clone()),
                ("enduser.id", request.user.clone()),
                ("gen_ai.input.messages", otel_messages(&[Said::user(&*request.question)], None)),
                ("clew.metadata", metadata),
            ]),
            Self::OpenInference => attributes([
                ("openinference.span.kind", "AGENT".to_owned()),
                ("agent.name", agent.to_owned()),
                ("session.id", request.session.clone()),
                ("user.id", request.user.clone()),
                ("input.value", request.question.clone()),
                ("metadata", metadata),
            ]),
            Self::Langfuse => attributes([
                ("langfuse.observation.type", "agent".to_owned()),
                ("langfuse.session.id", request.session.clone()),
                ("langfuse.user.id", request.user.clone()),
                ("langfuse.observation.input", request.question.clone()),
                ("langfuse.trace.metadata.feature", request.feature.to_owned()),
                ("langfuse.trace.metadata.tenant", request.tenant.to_owned()),
            ]),
        };
        if let Some(answer) = &request.answer {
            match self {
                Self::OpenTelemetry => {
                    attributes.push("gen_ai.output.messages", otel_messages(&[Said::assistant(&**answer)], Some("stop")))
                }
                Self::OpenInference => attributes.push("output.value", answer.clone()),
                Self::Langfuse => attributes.push("langfuse.observation.output", answer.clone()),
            }
        }
        attributes
    }

    pub(crate) fn tool_call(self, name: &str, id: &str, arguments: &Value, result: Option<&Value>) -> Attributes {
        let (mut attributes, result_key) = match self {
            Self::OpenTelemetry => (
                attributes([
                    ("gen_ai.operation.name", "execute_tool".to_owned()),
                    ("gen_ai.tool.name", name.to_owned()),
                    ("gen_ai.tool.type", "function".to_owned()),
                    ("gen_ai.tool.call.id", id.to_owned()),
                    ("gen_ai.tool.call.arguments", arguments.to_string()),
                ]),
                "gen_ai.tool.call.result",
            ),
            Self::OpenInference => (
                attributes([
                    ("openinference.span.kind", "TOOL".to_owned()),
                    ("tool.name", name.to_owned()),
                    ("tool.id", id.to_owned()),
                    ("input.value", arguments.to_string()),
                ]),
                "output.value",
            ),
            Self::Langfuse => (
                attributes([("langfuse.observation.type", "tool".to_owned()), ("langfuse.observation.input", arguments.to_string())]),
                "langfuse.observation.output",
            ),
        };
        if let Some(result) = result {
            attributes.push(result_key, result.to_string());
        }
        attributes
    }

    pub(crate) fn retrieval(self, query: &str, documents: &[(&str, &str, f64)]) -> Attributes {
        let listed: Vec<Value> =
            documents.iter().map(|(id, content, score)| json!({"id": id, "content": content, "score": score})).collect();
        match self {
            Self::OpenTelemetry => attributes([
                ("gen_ai.operation.name", "retrieval".to_owned()),
                ("gen_ai.retrieval.query.text", query.to_owned()),
                ("gen_ai.retrieval.documents", Value::Array(listed).to_string()),
            ]),
            Self::OpenInference => {
                let mut attributes = attributes([("openinference.span.kind", "RETRIEVER".to_owned()), ("input.value", query.to_owned())]);
                for (at, (id, content, score)) in documents.iter().enumerate() {
                    attributes.push(format!("retrieval.documents.{at}.document.id"), *id);
                    attributes.push(format!("retrieval.documents.{at}.document.content"), *content);
                    attributes.push(format!("retrieval.documents.{at}.document.score"), *score);
                }
                attributes
            }
            Self::Langfuse => attributes([
                ("langfuse.observation.type", "retriever".to_owned()),
                ("langfuse.observation.input", query.to_owned()),
                ("langfuse.observation.output", Value::Array(listed).to_string()),
            ]),
        }
    }

    pub(crate) fn embedding(self, model: &str, text: &str, tokens: i64) -> Attributes {
        let (mut attributes, tokens_key) = match self {
            Self::OpenTelemetry => (
                attributes([
                    ("gen_ai.operation.name", "embeddings".to_owned()),
                    ("gen_ai.provider.name", "openai".to_owned()),
                    ("gen_ai.request.model", model.to_owned()),
                    ("gen_ai.response.model", model.to_owned()),
                    ("clew.input", text.to_owned()),
                ]),
                "gen_ai.usage.input_tokens",
            ),
            Self::OpenInference => (
                attributes([
                    ("openinference.span.kind", "EMBEDDING".to_owned()),
                    ("llm.provider", "openai".to_owned()),
                    ("embedding.model_name", model.to_owned()),
                    ("input.value", text.to_owned()),
                ]),
                "llm.token_count.prompt",
            ),
            Self::Langfuse => {
                return attributes([
                    ("langfuse.observation.type", "embedding".to_owned()),
                    ("langfuse.observation.model.name", model.to_owned()),
                    ("langfuse.observation.input", text.to_owned()),
                    ("langfuse.observation.usage_details", json!({"input": tokens, "total": tokens}).to_string()),
                ]);
            }
        };
        attributes.push(tokens_key, tokens);
        attributes
    }

    /// A span of another kind, one of `step`, `guardrail`, `evaluator`, `span`, with what went in and came out.
    pub(crate) fn plain(self, kind: &'static str, input: &str, output: &str) -> Attributes {
        let (kind_key, kind, input_key, output_key) = match self {
            Self::OpenTelemetry => ("clew.observation.type", kind, "clew.input", "clew.output"),
            Self::OpenInference => ("openinference.span.kind", openinference_kind(kind), "input.value", "output.value"),
            Self::Langfuse => {
                let kind = if kind == "step" { "chain" } else { kind };
                ("langfuse.observation.type", kind, "langfuse.observation.input", "langfuse.observation.output")
            }
        };
        [(kind_key, kind), (input_key, input), (output_key, output)].into_iter().collect()
    }
}

fn openinference_kind(kind: &str) -> &'static str {
    match kind {
        "guardrail" => "GUARDRAIL",
        "evaluator" => "EVALUATOR",
        _ => "CHAIN",
    }
}

fn attributes<const COUNT: usize>(pairs: [(&str, String); COUNT]) -> Attributes {
    pairs.into_iter().collect()
}

fn finish_reason(call: &ModelCall) -> &'static str {
    match call.output {
        None => "error",
        Some(Said::ToolCall { .. }) => "tool_call",
        Some(_) => "stop",
    }
}

fn otel_messages(said: &[Said], finish_reason: Option<&str>) -> String {
    let messages: Vec<Value> = said
        .iter()
        .map(|said| {
            let (role, part) = match said {
                Said::Text { role, text } => (*role, json!({"type": "text", "content": text})),
                Said::ToolCall { id, name, arguments } => {
                    ("assistant", json!({"type": "tool_call", "id": id, "name": name, "arguments": arguments}))
                }
                Said::ToolAnswer { id, answer } => ("tool", json!({"type": "tool_call_response", "id": id, "response": answer})),
            };
            match finish_reason {
                Some(reason) => json!({"role": role, "parts": [part], "finish_reason": reason}),
                None => json!({"role": role, "parts": [part]}),
            }
        })
        .collect();
    Value::Array(messages).to_string()
}

fn model_call_in_otel(call: &ModelCall) -> Attributes {
    let mut attributes = attributes([
        ("gen_ai.operation.name", "chat".to_owned()),
        ("gen_ai.provider.name", call.provider.to_owned()),
        ("gen_ai.request.model", call.model.to_owned()),
        ("gen_ai.input.messages", otel_messages(&call.input, None)),
    ]);
    attributes.push("gen_ai.request.max_tokens", 1024_i64);
    attributes.push("gen_ai.request.temperature", 0.2);
    attributes.push("gen_ai.usage.input_tokens", call.input_tokens);
    attributes.push("gen_ai.usage.output_tokens", call.output_tokens);
    if call.cached_tokens > 0 {
        attributes.push("gen_ai.usage.cache_read.input_tokens", call.cached_tokens);
    }
    attributes.push("gen_ai.response.finish_reasons", AnyValue::Array(vec![finish_reason(call).into()]));
    attributes.push("gen_ai.response.id", call.response_id.clone());
    attributes.push("gen_ai.response.model", call.model);
    if let Some(system) = call.system {
        attributes.push("gen_ai.system_instructions", json!([{"type": "text", "content": system}]).to_string());
    }
    if let Some(output) = &call.output {
        attributes.push("gen_ai.output.messages", otel_messages(std::slice::from_ref(output), Some(finish_reason(call))));
    }
    if let Some(millis) = call.first_token_millis {
        attributes.push("gen_ai.request.stream", true);
        attributes.push("gen_ai.response.time_to_first_chunk", millis as f64 / 1e3);
    }
    if let Some((name, version)) = call.prompt {
        attributes.push("gen_ai.prompt.name", name);
        attributes.push("gen_ai.prompt.version", version);
    }
    attributes
}

fn model_call_in_openinference(call: &ModelCall) -> Attributes {
    let mut attributes = attributes([
        ("openinference.span.kind", "LLM".to_owned()),
        ("llm.provider", call.provider.to_owned()),
        ("llm.model_name", call.model.to_owned()),
        ("llm.invocation_parameters", json!({"max_tokens": 1024, "temperature": 0.2}).to_string()),
        ("llm.finish_reason", finish_reason(call).to_owned()),
    ]);
    let system = call.system.map(|text| Said::Text { role: "system", text: text.to_owned() });
    for (at, said) in system.iter().chain(&call.input).enumerate() {
        push_openinference_message(&mut attributes, &format!("llm.input_messages.{at}.message"), said);
    }
    if let Some(output) = &call.output {
        push_openinference_message(&mut attributes, "llm.output_messages.0.message", output);
    }
    attributes.push("llm.token_count.prompt", call.input_tokens);
    attributes.push("llm.token_count.completion", call.output_tokens);
    attributes.push("llm.token_count.total", call.input_tokens + call.output_tokens);
    if call.cached_tokens > 0 {
        attributes.push("llm.token_count.prompt_details.cache_read", call.cached_tokens);
    }
    if let Some((name, version)) = call.prompt {
        attributes.push("prompt.id", name);
        attributes.push("llm.prompt_template.version", version);
    }
    attributes
}

fn push_openinference_message(attributes: &mut Attributes, place: &str, said: &Said) {
    match said {
        Said::Text { role, text } => {
            attributes.push(format!("{place}.role"), *role);
            attributes.push(format!("{place}.content"), text.clone());
        }
        Said::ToolCall { id, name, arguments } => {
            attributes.push(format!("{place}.role"), "assistant");
            attributes.push(format!("{place}.tool_calls.0.tool_call.id"), id.clone());
            attributes.push(format!("{place}.tool_calls.0.tool_call.function.name"), *name);
            attributes.push(format!("{place}.tool_calls.0.tool_call.function.arguments"), arguments.to_string());
        }
        Said::ToolAnswer { id, answer } => {
            attributes.push(format!("{place}.role"), "tool");
            attributes.push(format!("{place}.tool_call_id"), id.clone());
            attributes.push(format!("{place}.content"), answer.to_string());
        }
    }
}

fn model_call_in_langfuse(call: &ModelCall) -> Attributes {
    let system = call.system.map(|text| json!({"role": "system", "content": text}));
    let input: Vec<Value> = system.into_iter().chain(call.input.iter().map(chat_message)).collect();
    let fresh_tokens = call.input_tokens - call.cached_tokens;
    let usage = json!({
        "input": fresh_tokens, "output": call.output_tokens, "input_cache_read": call.cached_tokens,
        "total": call.input_tokens + call.output_tokens,
    });
    let mut attributes = attributes([
        ("langfuse.observation.type", "generation".to_owned()),
        ("langfuse.observation.model.name", call.model.to_owned()),
        ("langfuse.observation.model.parameters", json!({"max_tokens": 1024, "temperature": 0.2}).to_string()),
        ("langfuse.observation.input", Value::Array(input).to_string()),
        ("langfuse.observation.usage_details", usage.to_string()),
    ]);
    if let Some(output) = &call.output {
        attributes.push("langfuse.observation.output", chat_message(output).to_string());
    }
    if let Some(millis) = call.first_token_millis {
        let instant = call.start_unix_nanos + millis * 1_000_000;
        attributes.push("langfuse.observation.completion_start_time", instant_text(instant));
    }
    if let Some((name, version)) = call.prompt {
        attributes.push("langfuse.observation.prompt.name", name);
        attributes.push("langfuse.observation.prompt.version", version);
    }
    attributes
}

fn chat_message(said: &Said) -> Value {
    match said {
        Said::Text { role, text } => json!({"role": role, "content": text}),
        Said::ToolCall { id, name, arguments } => {
            let function = json!({"name": name, "arguments": arguments.to_string()});
            json!({"role": "assistant", "content": "", "tool_calls": [{"id": id, "type": "function", "function": function}]})
        }
        Said::ToolAnswer { id, answer } => json!({"role": "tool", "tool_call_id": id, "content": answer.to_string()}),
    }
}

/// Writes an instant as ISO 8601 in UTC (H. Hinnant, "chrono-compatible low-level date algorithms").
fn instant_text(unix_nanos: u64) -> String {
    let (seconds, micros) = (unix_nanos / 1_000_000_000, unix_nanos % 1_000_000_000 / 1_000);
    let (days, second_of_day) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

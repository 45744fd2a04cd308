//! One message: its role and its parts.

use model::{Message, Part, ToolCall};
use serde_json::{Map, Value};

use super::part;
use crate::json::{any_of, any_text};

/// Whether a value is one message rather than a part or something else.
pub(super) fn is_message(value: &Value) -> bool {
    let Value::Object(map) = value else { return false };
    if map.contains_key("role") {
        return ["content", "parts", "contents", "blocks", "tool_calls", "message", "text", "reasoning_content", "function_call"]
            .iter()
            .any(|key| map.contains_key(*key))
            || map.len() <= 2;
    }
    if let Some(Value::Object(inner)) = map.get("message") {
        return is_message(&Value::Object(inner.clone())) || inner.contains_key("content");
    }
    is_langchain(map) || map.contains_key("tool_calls") || map.contains_key("parts") || has_flattened_contents(map) || is_response_item(map)
}

/// Contents as OpenInference flattens them; a Gemini request has `contents` too, and those are messages.
fn has_flattened_contents(map: &Map<String, Value>) -> bool {
    let contents = map.get("contents").and_then(Value::as_array);
    contents.is_some_and(|contents| contents.iter().any(|content| content.get("message_content").is_some()))
}

/// Items of the OpenAI Responses API that stand where messages stand.
pub(super) fn is_response_item(map: &Map<String, Value>) -> bool {
    matches!(map.get("type").and_then(Value::as_str), Some("message" | "function_call" | "function_call_output" | "reasoning"))
        && ["content", "call_id", "summary"].iter().any(|key| map.contains_key(*key))
}

fn is_langchain(map: &Map<String, Value>) -> bool {
    let has_body = map.contains_key("kwargs") || map.contains_key("content") || map.contains_key("data");
    has_body && langchain_role(map).is_some()
}

/// The role in LangChain's own words: a class name or a message type.
fn langchain_role(map: &Map<String, Value>) -> Option<&'static str> {
    let class = match map.get("id") {
        Some(Value::Array(path)) if map.contains_key("lc") => path.last()?.as_str()?,
        _ => map.get("type")?.as_str()?,
    };
    match class {
        "human" | "HumanMessage" | "HumanMessageChunk" => Some("user"),
        "ai" | "AIMessage" | "AIMessageChunk" => Some("assistant"),
        "system" | "SystemMessage" => Some("system"),
        "tool" | "ToolMessage" => Some("tool"),
        "ChatMessage" | "ChatMessageChunk" | "chat" => Some("user"),
        _ => None,
    }
}

/// Returns the canonical word for a role; words that have none stay as they are.
pub(super) fn role_of_text(text: &str) -> String {
    let word = text.rsplit('.').next().unwrap_or(text).trim().to_ascii_lowercase();
    match word.as_str() {
        "human" => "user".to_owned(),
        "ai" | "model" | "chatbot" => "assistant".to_owned(),
        "function" => "tool".to_owned(),
        _ => word,
    }
}

/// Reads one message.
pub(super) fn read(value: &Value, role: &str) -> Option<Message> {
    let Value::Object(map) = value else { return None };
    if let Some(Value::Object(inner)) = map.get("message") {
        let role = map.get("role").and_then(Value::as_str).unwrap_or(role);
        return read(&Value::Object(inner.clone()), role);
    }
    let body = match (map.get("kwargs").or_else(|| map.get("data")), langchain_role(map)) {
        (Some(Value::Object(body)), Some(_)) => body,
        _ => map,
    };
    let own_role = any_text(body, &["role"]).or_else(|| langchain_role(map).or_else(|| langchain_role(body)).map(str::to_owned));
    let role = role_of_text(&own_role.unwrap_or_else(|| item_role(body, role).to_owned()));
    let parts = read_parts(body, &role);
    Some(Message { role, name: any_text(body, &["name"]).filter(|_| !body.contains_key("call_id")), parts })
}

fn item_role<'a>(map: &Map<String, Value>, role: &'a str) -> &'a str {
    match map.get("type").and_then(Value::as_str) {
        Some("function_call" | "reasoning") => "assistant",
        Some("function_call_output") => "tool",
        _ => role,
    }
}

fn read_parts(body: &Map<String, Value>, role: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(part) = response_item(body) {
        return vec![part];
    }
    if let Some(reasoning) = any_text(body, &["reasoning_content", "reasoning", "thinking"]) {
        parts.push(Part::Reasoning { content: reasoning });
    }
    let kwargs = body.get("additional_kwargs").and_then(Value::as_object);
    let call_id = any_text(body, &["tool_call_id", "toolCallId"])
        .or_else(|| any_text(kwargs?, &["tool_call_id"]))
        .or_else(|| any_text(body, &["id"]).filter(|_| role == "tool" && !body.contains_key("parts")));
    let content = any_of(body, &["parts", "contents", "blocks", "content", "message", "text"]);
    match (content, call_id) {
        (Some(content), Some(id)) if role == "tool" && !part::is_tool_result_list(content) => {
            let response = part::response_of(content);
            parts.push(Part::ToolCallResponse { id: Some(id), name: any_text(body, &["name"]), response });
        }
        (Some(content), _) => part::read_content(content, &mut parts),
        (None, _) => {}
    }
    if let Some(refusal) = any_text(body, &["refusal"]) {
        parts.push(Part::text(refusal));
    }
    read_calls(body, &mut parts);
    parts
}

/// A Responses API item whose fields are those of a part.
fn response_item(body: &Map<String, Value>) -> Option<Part> {
    let kind = body.get("type").and_then(Value::as_str)?;
    match kind {
        "function_call" | "function_call_output" | "reasoning" => {
            let mut parts = Vec::new();
            part::read_content(&Value::Object(body.clone()), &mut parts);
            parts.pop()
        }
        _ => None,
    }
}

fn read_calls(body: &Map<String, Value>, parts: &mut Vec<Part>) {
    let in_kwargs = || any_of(body.get("additional_kwargs")?.as_object()?, &["tool_calls"]);
    let calls = any_of(body, &["tool_calls", "toolCalls"]).filter(|calls| !crate::json::is_blank(calls)).or_else(in_kwargs);
    let calls = calls.cloned().map(crate::json::decoded);
    for call in calls.as_ref().and_then(Value::as_array).into_iter().flatten() {
        if let Some(call) = part::tool_call(call) {
            push_call(call, parts);
        }
    }
    if let Some(call) = body.get("function_call").and_then(part::tool_call) {
        push_call(call, parts);
    }
}

/// Some senders write a call among the contents and again beside them.
fn push_call(call: ToolCall, parts: &mut Vec<Part>) {
    let known = parts.iter().any(|part| match part {
        Part::ToolCall(known) if known.id.is_some() || call.id.is_some() => known.id == call.id,
        Part::ToolCall(known) => *known == call,
        _ => false,
    });
    if !known {
        parts.push(Part::ToolCall(call));
    }
}

//! One part of a message: a text, a thought, a call, an answer to a call, or anything else kept as it is.

use model::{Part, ToolCall};
use serde_json::{Map, Value};

use crate::json::{self, any_of, any_text};

/// Reads the content of a message: a text, a part, or a list of them.
pub(super) fn read_content(content: &Value, parts: &mut Vec<Part>) {
    match content {
        Value::String(text) => match parts_in_text(text) {
            Some(inner) => read_content(&inner, parts),
            None if text.is_empty() => {}
            None => parts.push(Part::text(text.clone())),
        },
        Value::Array(items) => items.iter().for_each(|item| read_content(item, parts)),
        Value::Object(map) => parts.extend(read_part(map)),
        Value::Null => {}
        scalar => parts.push(Part::text(scalar.to_string())),
    }
}

/// A text that is a JSON list of parts, as Strands and others write it. A user's own JSON is none.
fn parts_in_text(text: &str) -> Option<Value> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    let value = json::decode_text(text)?;
    let items = value.as_array()?;
    let all_parts = !items.is_empty() && items.iter().all(|item| item.as_object().is_some_and(is_part));
    all_parts.then_some(value)
}

/// Whether an object is a part rather than data.
pub(super) fn is_part(map: &Map<String, Value>) -> bool {
    let known_type = matches!(
        type_of(map),
        Some(
            "text"
                | "input_text"
                | "output_text"
                | "reasoning"
                | "thinking"
                | "tool_call"
                | "tool-call"
                | "tool_use"
                | "function_call"
                | "tool_call_response"
                | "tool-result"
                | "tool_result"
                | "function_call_output"
                | "image"
                | "image_url"
                | "input_image"
                | "uri"
                | "blob"
                | "file"
                | "refusal"
                | "server_tool_call"
                | "server_tool_call_response"
        )
    );
    let only = [
        "text",
        "toolUse",
        "toolResult",
        "functionCall",
        "functionResponse",
        "function_call",
        "function_response",
        "message_content",
        "reasoningContent",
    ];
    known_type || (map.len() <= 2 && only.iter().any(|key| map.contains_key(*key)))
}

fn type_of(map: &Map<String, Value>) -> Option<&str> {
    map.get("type").or_else(|| map.get("block_type")).or_else(|| map.get("part_kind")).and_then(Value::as_str)
}

fn read_part(map: &Map<String, Value>) -> Option<Part> {
    for wrapper in ["message_content", "content_block"] {
        if let Some(Value::Object(inner)) = map.get(wrapper) {
            return read_part(inner);
        }
    }
    match type_of(map) {
        Some("text" | "input_text" | "output_text" | "summary_text" | "refusal") => text_part(map),
        Some("reasoning" | "thinking") => reasoning_part(map),
        Some("tool_call" | "tool-call" | "tool_use" | "toolCall" | "toolUse" | "function_call" | "function" | "tool") if has_name(map) => {
            tool_call(&Value::Object(map.clone())).map(Part::ToolCall)
        }
        Some("tool_call_response" | "tool-result" | "tool_result" | "toolResult" | "function_call_output") => Some(response_part(map)),
        Some(_) => Some(Part::Other(Value::Object(map.clone()))),
        None => untyped_part(map),
    }
}

fn has_name(map: &Map<String, Value>) -> bool {
    name_of(map).is_some()
}

fn text_part(map: &Map<String, Value>) -> Option<Part> {
    let content = any_of(map, &["content", "text", "refusal"])?;
    match content {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(Part::text(text.clone())),
        other => Some(Part::text(other.to_string())),
    }
}

fn reasoning_part(map: &Map<String, Value>) -> Option<Part> {
    let content = any_of(map, &["content", "text", "thinking", "reasoning", "summary", "reasoning_text"])?;
    let content = match content {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(|item| item.get("text").or(Some(item))?.as_str()).collect();
            texts.join("\n")
        }
        other => other.to_string(),
    };
    (!content.is_empty()).then_some(Part::Reasoning { content })
}

fn untyped_part(map: &Map<String, Value>) -> Option<Part> {
    if let Some(Value::Object(call)) = any_of(map, &["toolUse", "functionCall", "function_call", "tool_call", "toolRequest"]) {
        return tool_call(&Value::Object(call.clone())).map(Part::ToolCall);
    }
    if let Some(Value::Object(result)) =
        any_of(map, &["toolResult", "functionResponse", "function_response", "toolResponse", "tool_call_result"])
    {
        return Some(response_part(result));
    }
    if let Some(Value::Object(reasoning)) = any_of(map, &["reasoningContent", "reasoning"]) {
        let inner = reasoning.get("reasoningText").and_then(Value::as_object).unwrap_or(reasoning);
        return reasoning_part(inner);
    }
    let thought = map.get("thought").and_then(Value::as_bool) == Some(true);
    match map.get("text").and_then(Value::as_str).or_else(|| map.get("content").and_then(Value::as_str)) {
        Some("") => None,
        Some(text) if thought => Some(Part::Reasoning { content: text.to_owned() }),
        Some(text) => Some(Part::text(text)),
        None if map.is_empty() => None,
        // An object that is no part is what the model was asked to write: structured output.
        None => Some(Part::text(Value::Object(map.clone()).to_string())),
    }
}

fn response_part(map: &Map<String, Value>) -> Part {
    let response = any_of(map, &["response", "result", "output", "content"]).map_or(Value::Null, response_of);
    // Haystack repeats the call under `origin`.
    let origin = map.get("origin").and_then(Value::as_object);
    Part::ToolCallResponse {
        id: any_text(map, &["id", "tool_call_id", "toolCallId", "call_id", "tool_use_id", "toolUseId", "ref"])
            .or_else(|| any_text(origin?, &["id"])),
        name: any_text(map, &["name", "toolName", "tool_name"]).or_else(|| any_text(origin?, &["tool_name"])),
        response,
    }
}

/// Returns a tool's answer: JSON texts opened, a lone text part taken out of its list.
pub(super) fn response_of(content: &Value) -> Value {
    let content = json::decoded(content.clone());
    let lone_text = match &content {
        Value::Array(items) => match items.as_slice() {
            [Value::Object(only)] if is_part(only) => any_text(only, &["text", "content"]),
            _ => None,
        },
        Value::Object(map) if type_of(map) == Some("text") => any_text(map, &["value", "text", "content"]),
        _ => None,
    };
    lone_text.map_or(content, |text| json::decoded(Value::String(text)))
}

/// Whether a tool message already carries its answers as parts.
pub(super) fn is_tool_result_list(content: &Value) -> bool {
    let opened = json::decoded(content.clone());
    let Value::Array(items) = &opened else { return false };
    items.iter().any(|item| {
        item.as_object().is_some_and(|map| {
            matches!(type_of(map), Some("tool_call_response" | "tool-result" | "tool_result" | "function_call_output"))
                || map.contains_key("toolResult")
        })
    })
}

fn name_of(map: &Map<String, Value>) -> Option<String> {
    any_text(map, &["name", "toolName", "tool_name"]).or_else(|| any_text(map.get("function")?.as_object()?, &["name"]))
}

/// Reads a tool call in any of its spellings; None without a name.
pub(crate) fn tool_call(value: &Value) -> Option<ToolCall> {
    let map = value.as_object()?;
    for wrapper in ["tool_call", "toolUse", "functionCall"] {
        if let Some(inner @ Value::Object(_)) = map.get(wrapper) {
            return tool_call(inner);
        }
    }
    let function = map.get("function").and_then(Value::as_object);
    let arguments = any_of(map, &["arguments", "input", "args", "tool_kwargs", "parameters"]).or_else(|| function?.get("arguments"));
    Some(ToolCall {
        id: any_text(map, &["call_id", "toolCallId", "tool_call_id", "toolUseId", "id", "ref"]),
        name: name_of(map)?,
        arguments: arguments_of(arguments),
    })
}

/// Opens the arguments of a call; a text that is no JSON stays as the model wrote it.
pub(super) fn arguments_of(arguments: Option<&Value>) -> Value {
    json::decoded(arguments.cloned().unwrap_or(Value::Null))
}

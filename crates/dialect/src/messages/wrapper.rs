//! What stands around messages: requests, responses, batches, generations, function arguments.

use model::Message;
use serde_json::{Map, Value};

use super::{message, part};
use crate::json;
use crate::limits::MESSAGE_WRAPPERS_MAX;

/// Keys under which requests hold their messages.
const INPUT_KEYS: &[&str] = &["messages", "input_messages", "chat_history", "contents", "prompts", "input", "prompt", "llm_input"];
/// Keys under which answers hold theirs.
const OUTPUT_KEYS: &[&str] = &["choices", "generations", "candidates", "output", "output_messages", "message", "messages", "response"];
const SYSTEM_KEYS: &[&str] = &["system", "instructions", "systemInstruction", "system_instruction", "system_prompt"];

/// Reads messages from a value of any shape.
pub(super) fn read(value: &Value, role: &str, depth: usize, messages: &mut Vec<Message>) {
    if depth > MESSAGE_WRAPPERS_MAX {
        return;
    }
    match value {
        Value::Array(items) => read_list(items, role, depth, messages),
        Value::Object(map) if message::is_response_item(map) => join(message::read(value, role), messages),
        Value::Object(_) if message::is_message(value) => push(message::read(value, role), messages),
        Value::Object(map) => read_object(map, role, depth, messages),
        other => push(with_content(other, role), messages),
    }
}

fn push(message: Option<Message>, messages: &mut Vec<Message>) {
    messages.extend(message);
}

/// The Responses API lists thought, calls and text of one answer as items of their own.
fn join(message: Option<Message>, messages: &mut Vec<Message>) {
    let Some(message) = message else { return };
    match messages.last_mut() {
        Some(last) if last.role == "assistant" && message.role == "assistant" && last.name == message.name => {
            last.parts.extend(message.parts)
        }
        _ => messages.push(message),
    }
}

fn with_content(content: &Value, role: &str) -> Option<Message> {
    let mut parts = Vec::new();
    part::read_content(content, &mut parts);
    Some(Message { role: role.to_owned(), name: None, parts })
}

fn read_list(items: &[Value], role: &str, depth: usize, messages: &mut Vec<Message>) {
    if items.iter().all(|item| item.as_object().is_some_and(|map| part::is_part(map) && !message::is_message(item))) {
        push(with_content(&Value::Array(items.to_vec()), role), messages);
        return;
    }
    for item in items {
        match item {
            Value::Array(pair) if is_role_and_text(pair) => {
                let own_role = pair[0].as_str().map_or_else(|| role.to_owned(), message::role_of_text);
                push(with_content(&pair[1], &own_role), messages);
            }
            Value::String(text) => match json::decode_text(text) {
                Some(inner @ Value::Object(_)) => read(&inner, role, depth + 1, messages),
                _ => push(with_content(item, role), messages),
            },
            _ => read(item, role, depth + 1, messages),
        }
    }
}

fn read_object(map: &Map<String, Value>, role: &str, depth: usize, messages: &mut Vec<Message>) {
    if part::is_part(map) {
        push(with_content(&Value::Object(map.clone()), role), messages);
        return;
    }
    if let Some(body) = arguments_body(map) {
        return read(&body, role, depth + 1, messages);
    }
    let keys = if role == "assistant" { OUTPUT_KEYS } else { INPUT_KEYS };
    let before = messages.len();
    if role != "assistant" {
        for system in SYSTEM_KEYS.iter().filter_map(|key| map.get(*key)).filter(|value| !json::is_blank(value)) {
            read(system, "system", depth + 1, messages);
        }
    }
    let with_system = messages.len();
    for key in keys {
        let Some(inner) = map.get(*key).filter(|inner| !json::is_blank(inner)) else { continue };
        let inner = json::decoded(inner.clone());
        read(&inner, role, depth + 1, messages);
        if messages.len() > with_system {
            return;
        }
    }
    if let Some(content) = map.get("content").filter(|content| !json::is_blank(content)) {
        let inner_role = if map.contains_key("stop_reason") || map.contains_key("finishReason") { "assistant" } else { role };
        return read(content, inner_role, depth + 1, messages);
    }
    if messages.len() == before {
        // What no shape fits is the payload itself.
        push(with_content(&Value::Object(map.clone()), role), messages);
    }
}

/// Arguments of a traced function: `{"args": [..], "kwargs": {..}}`, or those given by name alone.
pub(crate) fn arguments_body(map: &Map<String, Value>) -> Option<Value> {
    let kwargs = map.get("kwargs")?.as_object()?;
    let args = match map.get("args") {
        Some(args) => args.as_array()?.as_slice(),
        None => &[],
    };
    let is_whole = map.len() == 1 + usize::from(map.contains_key("args"));
    is_whole.then(|| match (args, kwargs.is_empty()) {
        ([only], true) => only.clone(),
        ([], _) => Value::Object(kwargs.clone()),
        (_, true) => Value::Array(args.to_vec()),
        _ => {
            let mut all = kwargs.clone();
            all.insert("args".to_owned(), Value::Array(args.to_vec()));
            Value::Object(all)
        }
    })
}

/// LangChain's short form of a message.
fn is_role_and_text(pair: &[Value]) -> bool {
    matches!(pair, [Value::String(role), Value::String(_)] if matches!(role.as_str(), "system" | "user" | "human" | "assistant" | "ai"))
}

/// Whether somewhere under the usual wrappers stands a message.
pub(super) fn is_conversation(value: &Value, depth: usize) -> bool {
    if depth > MESSAGE_WRAPPERS_MAX {
        return false;
    }
    match value {
        Value::Array(items) => is_role_and_text(items) || items.first().is_some_and(|first| is_conversation(first, depth + 1)),
        Value::Object(map) => {
            message::is_message(value)
                || arguments_body(map).is_some_and(|body| is_conversation(&body, depth + 1))
                || map.iter().filter(|(key, _)| INPUT_KEYS.iter().chain(OUTPUT_KEYS).any(|known| known == key)).any(
                    |(_, inner)| match inner {
                        Value::String(text) => json::decode_text(text).is_some_and(|inner| is_conversation(&inner, depth + 1)),
                        other => is_conversation(other, depth + 1),
                    },
                )
        }
        _ => false,
    }
}

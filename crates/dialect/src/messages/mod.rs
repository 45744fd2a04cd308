//! Messages in every shape senders write them, as one shape.
//!
//! The shapes are told by what they look like, not by who sent them: OpenTelemetry parts, OpenAI chat and responses,
//! Anthropic, Bedrock, Gemini, LangChain, LlamaIndex, the Vercel AI SDK, and flattened keys put back into a tree.

mod part;
mod plain;

mod message;

mod wrapper;

use model::{Message, Part};
use serde_json::Value;

use crate::json;

pub(crate) use part::tool_call;
pub(crate) use plain::PlainMessages;
pub(crate) use wrapper::arguments_body;

/// Reads messages; texts without a role get `role`. Empty when the value holds no conversation.
pub(crate) fn read(value: Value, role: &str) -> Vec<Message> {
    let value = match value {
        Value::String(text) => json::decode_text(&text).unwrap_or(Value::String(text)),
        other => other,
    };
    let mut messages = Vec::new();
    wrapper::read(&value, role, 0, &mut messages);
    messages.retain(|message| !message.parts.is_empty());
    messages
}

/// Reads messages only where the value looks like a conversation: a text alone does not.
pub(crate) fn read_conversation(value: &Value, role: &str) -> Vec<Message> {
    let opened;
    let value = match value {
        Value::String(text) => match json::decode_text(text) {
            Some(inner) => {
                opened = inner;
                &opened
            }
            None => return Vec::new(),
        },
        other => other,
    };
    if !wrapper::is_conversation(value, 0) {
        return Vec::new();
    }
    read(value.clone(), role)
}

/// Reads parts outside any message: system instructions.
pub(crate) fn read_parts(value: Value) -> Vec<Part> {
    let value = json::decoded(value);
    let mut parts = Vec::new();
    match &value {
        Value::Array(items) if items.iter().any(message::is_message) => {
            parts.extend(items.iter().flat_map(|item| message::read(item, "system")).flat_map(|message| message.parts));
        }
        other => part::read_content(other, &mut parts),
    }
    parts
}

/// Returns the text of a message: its text parts, one below the other.
pub(crate) fn text_of(message: &Message) -> Option<String> {
    let texts: Vec<&str> = message
        .parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { content } if !content.trim().is_empty() => Some(content.as_str()),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

#[cfg(test)]
mod tests;

//! The texts of a span that words are searched in.

use std::borrow::Cow;

use model::{Message, Part, Span, ToolCall};
use serde_json::{Map, Value, json};

/// Which side of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Input,
    Output,
}

/// The texts of one side of a span, each of which words may stand in.
///
/// Input: every text in the input, its messages, the system instructions, and the query of a retrieval.
/// Output: every text in the output, its messages, and the documents found.
/// In JSON every text and number at any depth is a text of its own; keys, truths and nulls are none. Of a message the parts are texts:
/// what was said or thought, what a tool was called with, and what it answered.
pub fn content_texts(span: &Span, side: Side) -> Vec<Cow<'_, str>> {
    let content = &span.content;
    let mut texts = Vec::new();
    let (value, messages) = match side {
        Side::Input => (&content.input, &content.input_messages),
        Side::Output => (&content.output, &content.output_messages),
    };
    value.iter().for_each(|value| json_texts(value, &mut texts));
    messages.iter().flat_map(|message| &message.parts).for_each(|part| part_texts(part, &mut texts));
    match side {
        Side::Input => {
            content.system_instructions.iter().for_each(|part| part_texts(part, &mut texts));
            texts.extend(content.query.as_deref().map(Cow::Borrowed));
        }
        Side::Output => {
            texts.extend(content.documents.iter().filter_map(|document| document.content.as_deref()).map(Cow::Borrowed));
            if messages.is_empty() {
                content.tool_calls.iter().for_each(|call| json_texts(&call.arguments, &mut texts));
            }
        }
    }
    texts
}

/// Adds the texts and numbers of a JSON value, at any depth, in order.
pub(crate) fn json_texts<'a>(value: &'a Value, texts: &mut Vec<Cow<'a, str>>) {
    match value {
        Value::String(text) => texts.push(Cow::Borrowed(text)),
        Value::Number(number) => texts.push(Cow::Owned(number.to_string())),
        Value::Array(items) => items.iter().for_each(|item| json_texts(item, texts)),
        Value::Object(map) => map.values().for_each(|item| json_texts(item, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn part_texts<'a>(part: &'a Part, texts: &mut Vec<Cow<'a, str>>) {
    match part {
        Part::Text { content } | Part::Reasoning { content } => texts.push(Cow::Borrowed(content)),
        Part::ToolCall(call) => {
            texts.push(Cow::Borrowed(&call.name));
            json_texts(&call.arguments, texts);
        }
        Part::ToolCallResponse { response, .. } => json_texts(response, texts),
        Part::Other(value) => json_texts(value, texts),
    }
}

/// Messages as JSON, in the shape of the API.
pub(crate) fn messages_json(messages: &[Message]) -> Value {
    messages.iter().map(message_json).collect()
}

fn message_json(message: &Message) -> Value {
    let mut object = Map::new();
    object.insert("role".into(), json!(message.role));
    insert_known(&mut object, "name", message.name.as_deref());
    object.insert("parts".into(), message.parts.iter().map(part_json).collect());
    Value::Object(object)
}

fn part_json(part: &Part) -> Value {
    match part {
        Part::Text { content } => json!({"type": "text", "content": content}),
        Part::Reasoning { content } => json!({"type": "reasoning", "content": content}),
        Part::ToolCall(ToolCall { id, name, arguments }) => {
            let mut object = Map::from_iter([("type".to_owned(), json!("tool_call"))]);
            insert_known(&mut object, "id", id.as_deref());
            object.insert("name".into(), json!(name));
            object.insert("arguments".into(), arguments.clone());
            Value::Object(object)
        }
        Part::ToolCallResponse { id, name, response } => {
            let mut object = Map::from_iter([("type".to_owned(), json!("tool_call_response"))]);
            insert_known(&mut object, "id", id.as_deref());
            insert_known(&mut object, "name", name.as_deref());
            object.insert("response".into(), response.clone());
            Value::Object(object)
        }
        Part::Other(value) => value.clone(),
    }
}

fn insert_known(object: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        object.insert(key.to_owned(), json!(text));
    }
}

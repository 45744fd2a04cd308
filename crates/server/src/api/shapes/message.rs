//! Messages, tool calls and documents as the API shows them, in the part shapes of the OpenTelemetry GenAI conventions.

use model::{Document, Message, Part, ToolCall};
use serde_json::{Map, Value, json};

/// `{role, name?, parts}`.
pub(crate) fn message_json(message: &Message) -> Value {
    let mut object = Map::new();
    object.insert("role".to_owned(), json!(message.role));
    insert_known(&mut object, "name", message.name.as_deref());
    object.insert("parts".to_owned(), message.parts.iter().map(part_json).collect());
    Value::Object(object)
}

pub(crate) fn part_json(part: &Part) -> Value {
    match part {
        Part::Text { content } => json!({ "type": "text", "content": content }),
        Part::Reasoning { content } => json!({ "type": "reasoning", "content": content }),
        Part::ToolCall(call) => {
            let mut object = tool_call_object(call);
            object.insert("type".to_owned(), json!("tool_call"));
            Value::Object(object)
        }
        Part::ToolCallResponse { id, name, response } => {
            let mut object = Map::new();
            object.insert("type".to_owned(), json!("tool_call_response"));
            insert_known(&mut object, "id", id.as_deref());
            insert_known(&mut object, "name", name.as_deref());
            object.insert("response".to_owned(), response.clone());
            Value::Object(object)
        }
        Part::Other(value) => value.clone(),
    }
}

/// `{id?, name, arguments}`.
pub(crate) fn tool_call_json(call: &ToolCall) -> Value {
    Value::Object(tool_call_object(call))
}

fn tool_call_object(call: &ToolCall) -> Map<String, Value> {
    let mut object = Map::new();
    insert_known(&mut object, "id", call.id.as_deref());
    object.insert("name".to_owned(), json!(call.name));
    object.insert("arguments".to_owned(), call.arguments.clone());
    object
}

/// `{id?, score?, content?, metadata?}`.
pub(crate) fn document_json(document: &Document) -> Value {
    let mut object = Map::new();
    insert_known(&mut object, "id", document.id.as_deref());
    if let Some(score) = document.score {
        object.insert("score".to_owned(), json!(score));
    }
    insert_known(&mut object, "content", document.content.as_deref());
    if let Some(metadata) = &document.metadata {
        object.insert("metadata".to_owned(), metadata.clone());
    }
    Value::Object(object)
}

fn insert_known(object: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        object.insert(key.to_owned(), json!(text));
    }
}

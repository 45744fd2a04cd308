//! What models read and write: messages of parts, tool calls, documents.

use serde_json::Value;

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// `system`, `user`, `assistant`, `tool`, or what the sender wrote.
    pub role: String,
    pub name: Option<String>,
    pub parts: Vec<Part>,
}

/// One part of a message, after the part shapes of the OpenTelemetry GenAI conventions.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text {
        content: String,
    },
    Reasoning {
        content: String,
    },
    ToolCall(ToolCall),
    ToolCallResponse {
        id: Option<String>,
        name: Option<String>,
        response: Value,
    },
    /// Any other part (`uri`, `blob`, `file`, `server_tool_call`, ...) as a JSON object with its `type`.
    Other(Value),
}

impl Part {
    pub fn text(content: impl Into<String>) -> Self {
        Self::Text { content: content.into() }
    }
}

/// A call of a tool, asked for by a model.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ToolCall {
    pub id: Option<String>,
    pub name: String,
    /// Decoded JSON; a text where the model wrote what is no JSON.
    pub arguments: Value,
}

/// One document a retrieval found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    pub id: Option<String>,
    pub score: Option<f64>,
    pub content: Option<String>,
    pub metadata: Option<Value>,
}

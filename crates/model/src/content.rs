//! The content of a span: what people read of it.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use serde_json::Value;

use crate::message::{Document, Message, Part, ToolCall};

/// The heavy part of a span.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Content {
    pub input: Option<Value>,
    pub output: Option<Value>,
    pub input_messages: Vec<Message>,
    pub output_messages: Vec<Message>,
    pub system_instructions: Vec<Part>,
    /// Tool definitions as the sender gave them, decoded.
    pub tool_definitions: Vec<Value>,
    pub tool_calls: Vec<ToolCall>,
    pub documents: Vec<Document>,
    pub query: Option<String>,
    /// How many documents were asked for.
    pub top_k: Option<u64>,
    pub model_params: Vec<(String, Value)>,
    pub prompt_template: Option<String>,
    pub prompt_variables: Option<Value>,
    pub state: StepState,
    /// What an experiment expects as output.
    pub expected_output: Option<Value>,
    /// A guardrail's words by key: `name`, `verdict`, `action`, `score`.
    pub guardrail: Option<Value>,
    /// Scores told within the span, as objects of `name`, `score`, `label`, `explanation`.
    pub scores: Vec<Value>,
}

/// The state of a workflow around a step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StepState {
    pub before: Option<Value>,
    pub after: Option<Value>,
    pub delta: Option<Value>,
}

/// Content that takes the room of a pointer while there is none: most spans on their way through a store have only their columns,
/// and are moved and walked over by the thousand.
#[derive(Debug, Clone, Default)]
pub struct BoxedContent(Option<Box<Content>>);

static NONE: LazyLock<Content> = LazyLock::new(Content::default);

impl Deref for BoxedContent {
    type Target = Content;

    fn deref(&self) -> &Content {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for BoxedContent {
    fn deref_mut(&mut self) -> &mut Content {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for BoxedContent {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl From<Content> for BoxedContent {
    fn from(content: Content) -> Self {
        Self(Some(Box::new(content)))
    }
}

impl BoxedContent {
    pub fn into_inner(self) -> Content {
        self.0.map(|content| *content).unwrap_or_default()
    }
}

//! Short texts that place a span among others: run, agent, tier, experiment. Known or absent, filtered and grouped by, never added up.

use std::collections::BTreeMap;

/// Declares the labels: each is a field of the span under its text form, a column in the store, and a field over the API.
macro_rules! labels {
    ($($(#[$meta:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// One label, named as in the canonical model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Label { $($(#[$meta])* $variant),+ }

        impl Label {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads the text form; None for any other text.
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

labels! {
    /// The library above the model call: `langgraph`, `strands-agents`.
    Framework = "framework",
    /// The provider's id of the HTTP request, which is not that of the answer.
    RequestId = "request_id",
    /// The answer this call goes on from (OpenAI Responses API).
    PreviousResponseId = "previous_response_id",
    /// What was paid for: `default`, `flex`, `priority`.
    ServiceTier = "service_tier",
    /// `batch` where the answer was not waited for.
    Processing = "processing",
    OutputType = "output_type",
    CustomerId = "customer_id",
    AgentId = "agent_id",
    AgentVersion = "agent_version",
    /// One run of the agent.
    AgentRunId = "agent_run_id",
    AgentParentId = "agent_parent_id",
    HandoffFrom = "handoff_from",
    HandoffTo = "handoff_to",
    WorkflowRunId = "workflow_run_id",
    /// Steps from the outermost to this one, as the engine writes them.
    StepPath = "step_path",
    /// The step of the graph that this one belongs to.
    NodeParentId = "node_parent_id",
    CheckpointId = "checkpoint_id",
    PromptLabel = "prompt_label",
    ToolType = "tool_type",
    ToolDescription = "tool_description",
    /// What a retrieval searched: an index, a collection.
    DataSource = "data_source",
    ExperimentId = "experiment_id",
    ExperimentName = "experiment_name",
    DatasetId = "dataset_id",
    DatasetItemId = "dataset_item_id",
    /// On a pending span: the parent of the span to come; zeros for none.
    PendingParentId = "pending_parent_id",
}

/// The labels of a span that are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels(BTreeMap<Label, String>);

impl Labels {
    pub fn get(&self, label: Label) -> Option<&str> {
        self.0.get(&label).map(String::as_str)
    }

    pub fn set(&mut self, label: Label, text: impl Into<String>) {
        self.0.insert(label, text.into());
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In the order of their declaration.
    pub fn iter(&self) -> impl Iterator<Item = (Label, &str)> {
        self.0.iter().map(|(label, text)| (*label, text.as_str()))
    }

    /// Takes over what only the other knows.
    pub fn complete(&mut self, other: &Labels) {
        for (label, text) in other.iter() {
            self.0.entry(label).or_insert_with(|| text.to_owned());
        }
    }
}

impl FromIterator<(Label, String)> for Labels {
    fn from_iter<I: IntoIterator<Item = (Label, String)>>(labels: I) -> Self {
        Self(labels.into_iter().collect())
    }
}

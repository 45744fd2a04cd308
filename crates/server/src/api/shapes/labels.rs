//! The labels of a span as the API shows them: a field each.

use model::{Label, Labels};
use serde::Serialize;
use utoipa::ToSchema;

/// Declares a field per label, so that the contract names every one of them.
macro_rules! label_fields {
    ($($field:ident = $label:ident),+ $(,)?) => {
        /// Short texts that place a span among others; an absent one is unknown.
        #[derive(Debug, Default, Serialize, ToSchema)]
        pub(crate) struct LabelsAnswer {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<String>,)+
        }

        impl From<&Labels> for LabelsAnswer {
            fn from(labels: &Labels) -> Self {
                Self { $($field: labels.get(Label::$label).map(str::to_owned)),+ }
            }
        }

        #[cfg(test)]
        const SHOWN: &[Label] = &[$(Label::$label),+];
    };
}

label_fields! {
    framework = Framework,
    request_id = RequestId,
    previous_response_id = PreviousResponseId,
    service_tier = ServiceTier,
    processing = Processing,
    output_type = OutputType,
    customer_id = CustomerId,
    agent_id = AgentId,
    agent_version = AgentVersion,
    agent_run_id = AgentRunId,
    agent_parent_id = AgentParentId,
    handoff_from = HandoffFrom,
    handoff_to = HandoffTo,
    workflow_run_id = WorkflowRunId,
    step_path = StepPath,
    node_parent_id = NodeParentId,
    checkpoint_id = CheckpointId,
    prompt_label = PromptLabel,
    tool_type = ToolType,
    tool_description = ToolDescription,
    data_source = DataSource,
    experiment_id = ExperimentId,
    experiment_name = ExperimentName,
    dataset_id = DatasetId,
    dataset_item_id = DatasetItemId,
    pending_parent_id = PendingParentId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_has_a_field() {
        assert_eq!(SHOWN, Label::ALL);
    }
}

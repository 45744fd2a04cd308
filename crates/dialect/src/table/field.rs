//! The canonical fields that tables may name.

macro_rules! fields {
    ($($variant:ident = $text:literal),+ $(,)?) => {
        /// One canonical field; `Usage`, `Label` and the like share a variant and are told apart by the rule's detail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Field { $($variant),+ }

        impl Field {
            /// How many there are.
            pub(crate) const COUNT: usize = [$(Self::$variant),+].len();

            pub(crate) fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            pub(crate) fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

fields! {
    Kind = "kind", Name = "name", TraceName = "trace_name", ServiceName = "service_name", Environment = "environment", Release = "release",
    Status = "status", StatusMessage = "status_message", ErrorType = "error_type", Level = "level",
    Provider = "provider", RequestModel = "request_model", ResponseModel = "response_model", ResponseId = "response_id",
    FinishReasons = "finish_reasons", Stream = "stream", TimeToFirstToken = "ttft", ModelParams = "model_params",
    InputMessages = "input_messages", OutputMessages = "output_messages", SystemInstructions = "system_instructions",
    Input = "input", Output = "output", ToolDefinitions = "tool_definitions", ToolCalls = "tool_calls", ToolName = "tool_name",
    ToolCallId = "tool_call_id", Documents = "documents", Query = "query", PromptName = "prompt_name", PromptVersion = "prompt_version",
    SessionId = "session_id", UserId = "user_id", Tags = "tags", Metadata = "metadata", Usage = "usage", CostReported = "cost_reported",
    AgentName = "agent_name", WorkflowName = "workflow_name", StepName = "step_name", StepIndex = "step_index", Attempt = "attempt",
    Visibility = "visibility", Label = "label", HttpStatus = "http_status", RateLimit = "rate_limit", TopK = "top_k",
    PromptTemplate = "prompt_template", PromptVariables = "prompt_variables", State = "state", ExpectedOutput = "expected_output",
    Guardrail = "guardrail", Scores = "scores",
}

//! A parent that has not come, as the API shows it.

use dialect::Placeholder;
use serde::Serialize;
use utoipa::ToSchema;

/// Stands for a span that others name as their parent and that has not come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaceholderAnswer {
    /// The id of the span to come: the `parent_span_id` of those that hang under it.
    span_id: String,
    /// The span or placeholder that it hangs under, where a pending span tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obs_type: Option<&'static str>,
    /// `running`: it may still come; `last_seen_unix_nanos` tells how likely that is.
    status: &'static str,
    /// As announced, else of the first span below it. Decimal string.
    start_unix_nanos: String,
    /// The latest start or end of anything below it. Decimal string.
    last_seen_unix_nanos: String,
    /// Shown spans and placeholders directly below, after folding.
    child_count: usize,
    /// The pending span that announced it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_span_id: Option<String>,
}

impl From<&Placeholder> for PlaceholderAnswer {
    fn from(placeholder: &Placeholder) -> Self {
        Self {
            span_id: placeholder.span_id.to_string(),
            parent_id: placeholder.parent_id.map(|id| id.to_string()),
            name: placeholder.name.clone(),
            obs_type: placeholder.observation_type.map(|kind| kind.as_str()),
            status: model::SpanStatus::Running.as_str(),
            start_unix_nanos: placeholder.start_unix_nanos.to_string(),
            last_seen_unix_nanos: placeholder.last_seen_unix_nanos.to_string(),
            child_count: placeholder.child_count,
            pending_span_id: placeholder.pending_span_id.map(|id| id.to_string()),
        }
    }
}

//! The parts of the API's answers that the commands read; everything else passes through untouched.
//!
//! Absent means unknown, so every field is optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::format::Cost;

/// One trace with its spans.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TraceDetail {
    pub(crate) trace: TraceSummary,
    pub(crate) spans: Vec<Span>,
    pub(crate) placeholders: Vec<Placeholder>,
}

/// A parent that has not come.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Placeholder {
    pub(crate) span_id: String,
    /// The span or placeholder it hangs under.
    pub(crate) parent_id: Option<String>,
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) last_seen_unix_nanos: Option<u64>,
}

/// A pointer of one span at another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    pub(crate) r#type: String,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TraceSummary {
    pub(crate) trace_id: String,
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) start_unix_nanos: Option<u64>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) duration_nanos: Option<u64>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) last_seen_unix_nanos: Option<u64>,
    pub(crate) status: Option<String>,
    pub(crate) span_count: Option<u64>,
    pub(crate) usage: Option<BTreeMap<String, u64>>,
    pub(crate) cost_usd: Option<String>,
    pub(crate) cost_status: Option<String>,
    pub(crate) input_preview: Option<String>,
    pub(crate) error_type: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Span {
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) parent_span_id: Option<String>,
    pub(crate) effective_parent_id: Option<String>,
    pub(crate) name: String,
    pub(crate) raw_name: Option<String>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) start_unix_nanos: Option<u64>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) end_unix_nanos: Option<u64>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) last_seen_unix_nanos: Option<u64>,
    pub(crate) obs_type: Option<String>,
    pub(crate) billing: Option<String>,
    pub(crate) visibility: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) status_message: Option<String>,
    pub(crate) error_type: Option<String>,
    pub(crate) request_model: Option<String>,
    pub(crate) response_model: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) tool_name: Option<String>,
    #[serde(deserialize_with = "nanos")]
    pub(crate) ttft_nanos: Option<u64>,
    pub(crate) usage: Option<BTreeMap<String, u64>>,
    pub(crate) cost_usd: Option<String>,
    pub(crate) cost_status: Option<String>,
    pub(crate) input: Option<Value>,
    pub(crate) output: Option<Value>,
    pub(crate) input_messages: Option<Vec<Message>>,
    pub(crate) output_messages: Option<Vec<Message>>,
    pub(crate) system_instructions: Option<Vec<Value>>,
    pub(crate) documents: Option<Vec<Document>>,
    pub(crate) attributes: Option<Value>,
    pub(crate) links: Option<Vec<Link>>,
    pub(crate) notes: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) parts: Vec<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    pub(crate) id: Option<String>,
    pub(crate) score: Option<f64>,
    pub(crate) content: Option<Value>,
}

impl TraceSummary {
    pub(crate) fn cost(&self) -> Cost {
        Cost::from_api(self.cost_usd.as_deref(), self.cost_status.as_deref())
    }

    pub(crate) fn tokens(&self) -> Option<u64> {
        total_tokens(self.usage.as_ref()?)
    }
}

impl Span {
    /// The kind of observation; a span of no known kind is `span`.
    pub(crate) fn kind(&self) -> &str {
        self.obs_type.as_deref().unwrap_or("span")
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.status.as_deref() == Some("error")
    }

    /// Whether the default tree shows the span.
    pub(crate) fn is_shown(&self) -> bool {
        self.visibility.as_deref().is_none_or(|visibility| visibility == "app")
    }

    /// Whether the span was sent in advance of another.
    pub(crate) fn is_pending(&self) -> bool {
        self.visibility.as_deref() == Some("partial")
    }

    pub(crate) fn duration_nanos(&self) -> Option<u64> {
        let end = self.end_unix_nanos.filter(|end| *end > 0)?;
        Some(end.saturating_sub(self.start_unix_nanos?))
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::from_api(self.cost_usd.as_deref(), self.cost_status.as_deref())
    }

    pub(crate) fn model(&self) -> Option<&str> {
        self.response_model.as_deref().or(self.request_model.as_deref())
    }

    pub(crate) fn tokens(&self) -> Option<u64> {
        total_tokens(self.usage.as_ref()?)
    }

    /// Whether the span's tokens and money enter sums.
    pub(crate) fn is_billed(&self) -> bool {
        self.billing.as_deref() == Some("leaf")
    }
}

/// Sums input and output; both include their parts.
fn total_tokens(usage: &BTreeMap<String, u64>) -> Option<u64> {
    match (usage.get("input_tokens"), usage.get("output_tokens")) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(&0) + output.unwrap_or(&0)),
    }
}

/// Reads nanoseconds: a decimal string; what is no number is unknown.
fn nanos<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(match Option::<Value>::deserialize(deserializer)? {
        Some(Value::String(text)) => text.parse().ok(),
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    })
}

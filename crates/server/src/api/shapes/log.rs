//! Log records as the API shows them.

use model::LogRecord;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{attributes_json, value_json};
use utoipa::ToSchema;

/// One log record; an absent field is unknown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogAnswer {
    /// Decimal string; the time of observation where the record has no time of its own.
    time_unix_nanos: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    span_id: Option<String>,
    /// As the sender wrote it, else the name of the OTLP severity number.
    #[serde(skip_serializing_if = "Option::is_none")]
    severity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_name: Option<String>,
    scope_name: String,
}

impl From<&LogRecord> for LogAnswer {
    fn from(log: &LogRecord) -> Self {
        let unix_nanos = if log.time_unix_nanos == 0 { log.observed_time_unix_nanos } else { log.time_unix_nanos };
        Self {
            time_unix_nanos: unix_nanos.to_string(),
            trace_id: log.trace().map(|id| id.to_string()),
            span_id: log.span().map(|(_, id)| id.to_string()),
            severity: severity(log),
            event_name: Some(log.event_name()).filter(|name| !name.is_empty()).map(str::to_owned),
            body: log.body.as_ref().map(value_json),
            attributes: attributes_json(&log.attributes),
            service_name: log.resource.attributes.text("service.name").map(str::to_owned),
            scope_name: log.scope.name.clone(),
        }
    }
}

/// OTLP numbers severities in six groups of four (logs data model, "SeverityNumber").
fn severity(log: &LogRecord) -> Option<String> {
    const GROUPS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    if !log.severity_text.is_empty() {
        return Some(log.severity_text.clone());
    }
    let group = usize::try_from(log.severity_number - 1).ok()? / 4;
    GROUPS.get(group).map(|name| (*name).to_owned())
}

//! The canonical fields of a span that a filter may name.

/// One field, as `model::Span` and the columns of every engine have it.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The name in the API.
    pub name: &'static str,
    pub kind: FieldType,
    /// The column of the engines' span tables.
    pub column: &'static str,
}

/// What values a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    Text,
    Number(Unit),
    Truth,
    /// A list of texts: a test holds when it holds for one of them.
    Texts,
}

/// What a number counts; the operands of a checked filter are in this unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Count,
    /// Nanoseconds since the Unix epoch.
    UnixNanos,
    /// Nanoseconds.
    Nanos,
    /// Nano-dollars.
    NanoUsd,
}

const fn text(name: &'static str, column: &'static str) -> Field {
    Field { name, kind: FieldType::Text, column }
}

const fn number(name: &'static str, unit: Unit, column: &'static str) -> Field {
    Field { name, kind: FieldType::Number(unit), column }
}

const fn texts(name: &'static str, column: &'static str) -> Field {
    Field { name, kind: FieldType::Texts, column }
}

/// Every field, in the order in which people are shown them.
pub static FIELDS: &[Field] = &[
    text("status", "status"),
    text("name", "name"),
    text("obs_type", "observation_type"),
    text("operation", "operation"),
    text("provider", "provider"),
    text("request_model", "request_model"),
    text("response_model", "response_model"),
    text("session_id", "session_id"),
    text("user_id", "user_id"),
    text("service_name", "service_name"),
    text("environment", "environment"),
    text("release", "release"),
    texts("tags", "tags"),
    text("agent_name", "agent_name"),
    text("workflow_name", "workflow_name"),
    text("step_name", "step_name"),
    number("step_index", Unit::Count, "step_index"),
    number("attempt", Unit::Count, "step_attempt"),
    text("tool_name", "tool_name"),
    text("tool_call_id", "tool_call_id"),
    text("prompt_name", "prompt_name"),
    text("prompt_version", "prompt_version"),
    text("error_type", "error_type"),
    text("status_message", "status_message"),
    number("http_status", Unit::Count, "http_status"),
    text("level", "level"),
    text("kind", "kind"),
    text("billing", "billing"),
    text("visibility", "visibility"),
    text("trace_name", "trace_name"),
    text("raw_name", "raw_name"),
    text("response_id", "response_id"),
    texts("finish_reasons", "finish_reasons"),
    Field { name: "stream", kind: FieldType::Truth, column: "stream" },
    number("start_unix_nanos", Unit::UnixNanos, "start_unix_nanos"),
    number("end_unix_nanos", Unit::UnixNanos, "end_unix_nanos"),
    number("duration_nanos", Unit::Nanos, "duration_nanos"),
    number("ttft_nanos", Unit::Nanos, "ttft_nanos"),
    number("cost_usd", Unit::NanoUsd, "cost_nanousd"),
    text("cost_status", "cost_status"),
    number("input_tokens", Unit::Count, "input_tokens"),
    number("output_tokens", Unit::Count, "output_tokens"),
    number("cache_read_tokens", Unit::Count, "cache_read_tokens"),
    number("cache_write_tokens", Unit::Count, "cache_write_tokens"),
    number("output_reasoning_tokens", Unit::Count, "output_reasoning_tokens"),
    text("scope_name", "scope_name"),
    text("scope_version", "scope_version"),
    texts("dialects", "dialects"),
    text("trace_id", "trace_id"),
    text("span_id", "span_id"),
    text("parent_span_id", "parent_span_id"),
];

/// Finds a field by its name in the API.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::FIELDS;

    #[test]
    fn names_are_told_once() {
        let names: HashSet<_> = FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), FIELDS.len());
    }
}

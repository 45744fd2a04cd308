//! The tables that SQL may name: their columns, types and units.

use SqlType::{Dollars, Double, Integer, Json, Moment, Text, Texts, Truth};

/// One table.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// What a row is.
    pub about: &'static str,
    pub columns: &'static [Column],
}

impl Table {
    /// Finds a column and its place.
    pub fn column(&self, name: &str) -> Option<(usize, &'static Column)> {
        self.columns.iter().enumerate().find(|(_, column)| column.name == name)
    }
}

/// One column; a value that is not known is null.
#[derive(Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: SqlType,
    /// What a number counts, or how a text is written.
    pub unit: &'static str,
    pub about: &'static str,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlType {
    Text,
    /// 64 bits, signed.
    Integer,
    Double,
    Truth,
    /// Nanoseconds, in UTC.
    Moment,
    /// Exact: whole nano-dollars.
    Dollars,
    Texts,
    /// A text that is JSON; `json_get` reads places in it.
    Json,
}

impl SqlType {
    /// As SQL calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Text | Json => "TEXT",
            Integer => "BIGINT",
            Double => "DOUBLE",
            Truth => "BOOLEAN",
            Moment => "TIMESTAMP",
            Dollars => "DECIMAL(19,9)",
            Texts => "TEXT[]",
        }
    }
}

const fn column(name: &'static str, kind: SqlType, unit: &'static str, about: &'static str) -> Column {
    Column { name, kind, unit, about }
}

const fn text(name: &'static str, about: &'static str) -> Column {
    column(name, Text, "", about)
}

const fn json(name: &'static str, about: &'static str) -> Column {
    column(name, Json, "JSON", about)
}

const fn tokens(name: &'static str, about: &'static str) -> Column {
    column(name, Integer, "tokens", about)
}

const fn nanos(name: &'static str, about: &'static str) -> Column {
    column(name, Integer, "ns", about)
}

const fn moment(name: &'static str, about: &'static str) -> Column {
    column(name, Moment, "UTC", about)
}

const fn unix_nanos(name: &'static str, about: &'static str) -> Column {
    column(name, Integer, "ns since 1970", about)
}

const fn dollars(name: &'static str, about: &'static str) -> Column {
    column(name, Dollars, "USD", about)
}

const fn count(name: &'static str, about: &'static str) -> Column {
    column(name, Integer, "count", about)
}

const TRACE_ID: Column = column("trace_id", Text, "32 hex digits", "the trace");
const SPAN_ID: Column = column("span_id", Text, "16 hex digits", "the span");
const START_TIME: Column = moment("start_time", "when it started");
const START_UNIX_NANOS: Column = unix_nanos("start_unix_nanos", "the same as a number");
const SESSION_ID: Column = text("session_id", "the conversation or visit");
const USER_ID: Column = text("user_id", "whom the application served");
const SERVICE_NAME: Column = text("service_name", "the service that sent it");
const ENVIRONMENT: Column = text("environment", "`production`, `staging`, ...");
const RELEASE: Column = text("release", "the version of the application");
const ERROR_TYPE: Column = text("error_type", "the type of the error: `RateLimitError`, `429`, ...");
const INPUT_PREVIEW: Column = text("input_preview", "the first line of the input");
const OUTPUT_PREVIEW: Column = text("output_preview", "the first line of the output");
const WORKFLOW_NAME: Column = text("workflow_name", "the workflow at work");
const METADATA: Column = json("metadata", "what the sender attached");
const RESOURCE_ATTRIBUTES: Column = json("resource_attributes", "what sent it, by attribute, as sent");
const SCOPE_NAME: Column = text("scope_name", "the instrumentation that made it");
const ATTRIBUTES: Column = json("attributes", "its attributes, as sent");

/// Every table, in the order in which people are shown them.
pub static TABLES: &[Table] = &[
    Table { name: "spans", about: "Spans, each once: merged from all its versions, with what its trace makes of it.", columns: SPANS },
    Table { name: "traces", about: "Traces, each as the list of traces shows it.", columns: TRACES },
    Table { name: "steps", about: "Runs of steps: the spans that have a step name.", columns: STEPS },
    Table { name: "logs", about: "Log records, with or without a span.", columns: LOGS },
    Table { name: "scores", about: "Scores told within spans or in log records on them, each by itself.", columns: SCORES },
    Table { name: "metrics", about: "Metric points, as they were sent: a cumulative counter is told again and again.", columns: METRICS },
];

const SPANS: &[Column] = &[
    TRACE_ID,
    SPAN_ID,
    column("parent_span_id", Text, "16 hex digits", "the parent, as sent"),
    text("name", "the name the screen shows"),
    text("raw_name", "the name as it was sent"),
    text("obs_type", "what the span is: `llm`, `tool`, `agent`, `retrieval`, `step`, ..."),
    text("operation", "`chat`, `embeddings`, `execute_tool`, ..."),
    text("kind", "of OpenTelemetry: `internal`, `server`, `client`, `producer`, `consumer`"),
    text("origin", "`span`, or `log` where a log record stands for a span"),
    START_TIME,
    START_UNIX_NANOS,
    moment("end_time", "when it ended; null while it runs"),
    unix_nanos("end_unix_nanos", "the same as a number"),
    nanos("duration_nanos", "from start to end; null while it runs"),
    text("status", "`ok`, `error`, `unset` or `running`"),
    text("status_message", "what went wrong, in the sender's words"),
    ERROR_TYPE,
    count("http_status", "the status of the HTTP exchange"),
    text("level", "`debug`, `default`, `warning` or `error`, as the sender says"),
    text("visibility", "`app` for what the tree shows, else why it is folded"),
    column(
        "billed",
        Truth,
        "",
        "whether its tokens and money count: sums over spans without it count twice what an agent repeats of its calls",
    ),
    text("billing", "`leaf` where tokens and money are counted, else `aggregate` or `none`"),
    column("billed_in", Text, "32 hex digits", "the other trace in which this very call is billed"),
    text("provider", "`openai`, `anthropic`, ..."),
    text("model", "the model that answered, else the one asked for"),
    text("request_model", "the model asked for"),
    text("response_model", "the model that answered"),
    text("response_id", "the provider's id of the answer"),
    column("finish_reasons", Texts, "", "why the model stopped: `stop`, `length`, `tool_calls`, ..."),
    column("stream", Truth, "", "whether the answer was streamed"),
    nanos("ttft_nanos", "time to the first token"),
    tokens("input_tokens", "read, cached ones included"),
    tokens("output_tokens", "written, reasoning included"),
    tokens("cache_read_tokens", "the share of the input read from a cache"),
    tokens("cache_write_tokens", "the share of the input written to a cache"),
    tokens("output_reasoning_tokens", "the share of the output spent on reasoning"),
    json("usage_other", "counts of other units"),
    dollars("cost_usd", "reported if that is trusted, else computed; sum it where `billed`"),
    dollars("cost_reported_usd", "as the sender says"),
    dollars("cost_computed_usd", "usage times price"),
    text("cost_status", "`priced`, `partial`, `no_price` or `none`"),
    text("cost_reason", "why there is no price, or not all of it"),
    text("cost_source", "which table priced it"),
    SESSION_ID,
    USER_ID,
    column("tags", Texts, "", "tags"),
    METADATA,
    text("agent_name", "the agent at work"),
    WORKFLOW_NAME,
    text("trace_name", "the name a sender gave to the trace"),
    text("step_name", "the step of the workflow"),
    text("step_path", "steps from the outermost to this one"),
    count("step_index", "where the step stands in its workflow"),
    count("attempt", "which try of the step this is; the first is 1"),
    text("prompt_name", "the managed prompt that was used"),
    text("prompt_version", "its version"),
    text("tool_name", "the tool that was called"),
    text("tool_call_id", "the id that joins a call to its answer"),
    SERVICE_NAME,
    ENVIRONMENT,
    RELEASE,
    text("framework", "the library above the model call"),
    text("customer_id", "on whose behalf it ran"),
    text("experiment_id", "the experiment it is a run of"),
    text("dataset_item_id", "the item of a data set it was run for"),
    SCOPE_NAME,
    text("scope_version", "its version"),
    column("dialects", Texts, "", "the conventions the span was understood by"),
    column("notes", Texts, "", "what had to be assumed, but for what only whole content tells"),
    json("rate_limit", "what the provider's headers said of its limits"),
    INPUT_PREVIEW,
    OUTPUT_PREVIEW,
    json("input", "the whole input; read only where it is named"),
    json("output", "the whole output; read only where it is named"),
    ATTRIBUTES,
    RESOURCE_ATTRIBUTES,
];

const TRACES: &[Column] = &[
    TRACE_ID,
    column("root_span_id", Text, "16 hex digits", "the span without a parent"),
    text("name", "of the root"),
    START_TIME,
    START_UNIX_NANOS,
    nanos("duration_nanos", "of the root; null while it runs or has not come"),
    moment("last_seen_time", "the latest start or end of any span"),
    unix_nanos("last_seen_unix_nanos", "the same as a number"),
    text("status", "`ok`, `error`, `unset` or `running`"),
    ERROR_TYPE,
    text("error_message", "what the failed span says went wrong"),
    count("span_count", "all spans, folded ones included"),
    count("error_count", "spans that failed"),
    count("folded_count", "spans that are plumbing"),
    count("llm_call_count", "model calls"),
    count("tool_call_count", "tool calls"),
    column("models", Texts, "", "the models of its calls"),
    column("providers", Texts, "", "their providers"),
    tokens("input_tokens", "read, over billed spans"),
    tokens("output_tokens", "written, over billed spans"),
    tokens("cache_read_tokens", "the share of the input read from a cache"),
    tokens("cache_write_tokens", "the share of the input written to a cache"),
    tokens("output_reasoning_tokens", "the share of the output spent on reasoning"),
    json("usage_other", "counts of other units"),
    dollars("cost_usd", "the sum over billed spans; null where no price is known"),
    text("cost_status", "`priced`, `partial`, `no_price` or `none`"),
    nanos("ttft_nanos", "time to the first token"),
    SESSION_ID,
    USER_ID,
    column("tags", Texts, "", "tags"),
    METADATA,
    WORKFLOW_NAME,
    column("prompt_names", Texts, "", "the managed prompts it used"),
    SERVICE_NAME,
    ENVIRONMENT,
    RELEASE,
    INPUT_PREVIEW,
    OUTPUT_PREVIEW,
];

const STEPS: &[Column] = &[
    TRACE_ID,
    SPAN_ID,
    column("parent_span_id", Text, "16 hex digits", "the parent, as sent"),
    text("step_name", "the step"),
    text("step_path", "steps from the outermost to this one"),
    count("step_index", "where the step stands in its workflow"),
    count("attempt", "which try of the step this is; the first is 1"),
    WORKFLOW_NAME,
    text("name", "the name of the span"),
    text("obs_type", "what the span is"),
    START_TIME,
    START_UNIX_NANOS,
    nanos("duration_nanos", "from start to end; null while it runs"),
    text("status", "`ok`, `error`, `unset` or `running`"),
    text("status_message", "what went wrong, in the sender's words"),
    ERROR_TYPE,
    SESSION_ID,
    USER_ID,
    METADATA,
    SERVICE_NAME,
    ENVIRONMENT,
    RELEASE,
    INPUT_PREVIEW,
    OUTPUT_PREVIEW,
    json("input", "the whole input; read only where it is named"),
    json("output", "the whole output; read only where it is named"),
];

const LOGS: &[Column] = &[
    column("trace_id", Text, "32 hex digits", "the trace it belongs to"),
    column("span_id", Text, "16 hex digits", "the span it belongs to"),
    moment("time", "when it happened, else when it was observed"),
    unix_nanos("time_unix_nanos", "the same as a number"),
    text("severity", "as the sender wrote it, else the name of the number"),
    count("severity_number", "of OpenTelemetry, 1 to 24; 0 where it was not sent"),
    text("event_name", "the name of the event"),
    column("body", Text, "text, or JSON", "a text as it is, anything else as JSON"),
    ATTRIBUTES,
    SERVICE_NAME,
    SCOPE_NAME,
    RESOURCE_ATTRIBUTES,
];

const SCORES: &[Column] = &[
    TRACE_ID,
    SPAN_ID,
    text("name", "what was scored: `faithfulness`, `toxicity`, ..."),
    column("value", Double, "", "the score as a number; a truth is 1 or 0"),
    text("label", "the score as a word"),
    text("explanation", "why, in the words of whoever scored"),
    text("annotator_kind", "who scored: `LLM`, `HUMAN`, `CODE`, as the sender says"),
    text("span_name", "the name of the span"),
    text("obs_type", "what the span is"),
    text("step_name", "the step of the workflow"),
    WORKFLOW_NAME,
    START_TIME,
    START_UNIX_NANOS,
    SESSION_ID,
    USER_ID,
    SERVICE_NAME,
    ENVIRONMENT,
    RELEASE,
];

const METRICS: &[Column] = &[
    text("name", "of the metric"),
    column("unit", Text, "UCUM", "of its values"),
    text("kind", "`gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`"),
    text("temporality", "`delta` or `cumulative`"),
    column("monotonic", Truth, "", "whether a sum only rises"),
    START_TIME,
    START_UNIX_NANOS,
    moment("time", "of the point"),
    unix_nanos("time_unix_nanos", "the same as a number"),
    column("value", Double, "`unit`", "of a gauge or a sum"),
    count("count", "values of a histogram or summary"),
    column("sum", Double, "`unit`", "of a histogram or summary"),
    column("min", Double, "`unit`", "the least value, where the sender says it"),
    column("max", Double, "`unit`", "the largest value, where the sender says it"),
    ATTRIBUTES,
    SERVICE_NAME,
    SCOPE_NAME,
    RESOURCE_ATTRIBUTES,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_told_once_and_every_column_is_explained() {
        for table in TABLES {
            let names: HashSet<_> = table.columns.iter().map(|column| column.name).collect();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            assert!(table.columns.iter().all(|column| !column.about.is_empty()), "{}", table.name);
        }
    }

    #[test]
    fn a_step_has_columns_of_a_span() {
        let table = |name| TABLES.iter().find(|table| table.name == name).unwrap();
        for column in table("steps").columns {
            let (_, of_span) = table("spans").column(column.name).unwrap_or_else(|| panic!("{}", column.name));
            assert_eq!(of_span.kind, column.kind, "{}", column.name);
        }
    }
}

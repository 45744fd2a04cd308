//! What people call things: the short words of fields, their other names, and words that mean several fields.

use model::{Billing, CostStatus, Level, ObservationType, SpanKind, SpanStatus, Visibility};

use crate::field::{Field, field};
use crate::filter::{Root, Subject};

/// The name of a field in the language.
#[derive(Debug)]
pub struct FieldWord {
    /// As the canonical text has it.
    pub word: &'static str,
    /// The field's name in the API, which is understood too unless another word has it.
    pub field: &'static str,
    /// Other names that are understood.
    pub also: &'static [&'static str],
    /// What it is, for people.
    pub about: &'static str,
}

const fn word(word: &'static str, field: &'static str, also: &'static [&'static str], about: &'static str) -> FieldWord {
    FieldWord { word, field, also, about }
}

/// Every field, in the order of `FIELDS`.
pub static FIELD_WORDS: &[FieldWord] = &[
    word("status", "status", &["status_code"], "`ok`, `error` or `unset`; `running` while it has not ended"),
    word("name", "name", &[], "of the span; of a trace row the trace's"),
    word("kind", "obs_type", &["type", "observation_type"], "what the span is: `llm`, `tool`, `agent`, `retrieval`, `step`, ..."),
    word("operation", "operation", &["op"], "`chat`, `embeddings`, `execute_tool`, ..."),
    word("provider", "provider", &["vendor"], "`openai`, `anthropic`, ..."),
    word("request_model", "request_model", &[], "the model asked for"),
    word("response_model", "response_model", &[], "the model that answered"),
    word("session", "session_id", &["conversation", "thread"], "the conversation or visit"),
    word("user", "user_id", &[], "whom the application served"),
    word("service", "service_name", &["app"], "the service that sent it"),
    word("env", "environment", &["deployment"], "`production`, `staging`, ..."),
    word("release", "release", &["version"], "the version of the application"),
    word("tag", "tags", &["label", "labels"], "one of the tags"),
    word("agent", "agent_name", &[], "the agent at work"),
    word("workflow", "workflow_name", &["feature"], "the workflow at work"),
    word("step", "step_name", &["node"], "the step of the workflow"),
    word("step_index", "step_index", &[], "where the step stands in its workflow"),
    word("attempt", "attempt", &["retry"], "which try of the step this is; the first is 1"),
    word("tool", "tool_name", &[], "the tool that was called"),
    word("tool_call_id", "tool_call_id", &["call_id"], "the id that joins a call to its answer"),
    word("prompt", "prompt_name", &[], "the managed prompt that was used"),
    word("prompt_version", "prompt_version", &[], "its version"),
    word("error", "error_type", &["exception"], "the type of the error: `RateLimitError`, `429`, ..."),
    word("status_message", "status_message", &["error_message"], "what went wrong, in the sender's words"),
    word("http_status", "http_status", &[], "the status of the HTTP exchange"),
    word("level", "level", &["severity"], "`debug`, `default`, `warning` or `error`, as the sender says"),
    word("span_kind", "kind", &["otel_kind"], "of OpenTelemetry: `internal`, `server`, `client`, `producer`, `consumer`"),
    word("billing", "billing", &[], "`leaf` where tokens and money are counted, else `aggregate` or `none`"),
    word("visibility", "visibility", &[], "`app` for what the tree shows, else why it is folded"),
    word("trace_name", "trace_name", &[], "the name a sender gave to the trace"),
    word("raw_name", "raw_name", &["span_name"], "the name as it was sent"),
    word("response_id", "response_id", &[], "the provider's id of the answer"),
    word("finish", "finish_reasons", &["finish_reason", "stop_reason"], "why the model stopped: `stop`, `length`, `tool_calls`, ..."),
    word("stream", "stream", &["streaming"], "whether the answer was streamed"),
    word("start", "start_unix_nanos", &["started", "time"], "when it started"),
    word("end", "end_unix_nanos", &["ended"], "when it ended; absent while it runs"),
    word("duration", "duration_nanos", &["latency", "took"], "from start to end; of a trace row the root's"),
    word("ttft", "ttft_nanos", &["first_token"], "time to the first token"),
    word("cost", "cost_usd", &["price", "total_cost"], "in US dollars; of a trace row the sum"),
    word("cost_status", "cost_status", &[], "`priced`, `partial`, `no_price` or `none`"),
    word("input_tokens", "input_tokens", &["prompt_tokens"], "tokens read, cached ones included"),
    word("output_tokens", "output_tokens", &["completion_tokens"], "tokens written, reasoning included"),
    word("cached_tokens", "cache_read_tokens", &[], "the share of the input read from a cache"),
    word("cache_write_tokens", "cache_write_tokens", &[], "the share of the input written to a cache"),
    word("reasoning_tokens", "output_reasoning_tokens", &["thinking_tokens"], "the share of the output spent on reasoning"),
    word("scope", "scope_name", &["library"], "the instrumentation that made the span"),
    word("scope_version", "scope_version", &[], "its version"),
    word("dialect", "dialects", &[], "a convention the span was understood by"),
    word("trace_id", "trace_id", &["trace"], "32 hex digits"),
    word("span_id", "span_id", &["span", "id"], "16 hex digits"),
    word("parent_id", "parent_span_id", &["parent"], "the span id of the parent, as sent"),
];

/// A word that means several subjects: a test holds when it holds for one of them.
#[derive(Debug)]
pub struct EitherWord {
    pub word: &'static str,
    /// Names of fields in the API; none where the word is `content`.
    pub fields: &'static [&'static str],
    pub about: &'static str,
}

pub static EITHER_WORDS: &[EitherWord] = &[
    EitherWord { word: "model", fields: &["response_model", "request_model"], about: "the model that answered, or the one asked for" },
    EitherWord {
        word: "named",
        fields: &["name", "step_name", "tool_name", "agent_name"],
        about: "the name of the row, or of a step, tool or agent in it",
    },
    EitherWord { word: "content", fields: &[], about: "the whole input, or the whole output" },
];

/// Words that are computed.
pub static COMPUTED_WORDS: &[(&str, &str)] = &[
    ("tokens", "input and output tokens together; of a trace row the sum"),
    ("occurrence", "the number of the span among those of its step (or name) in the trace; the first is 1"),
    ("errors", "how many spans of the row failed"),
    ("spans", "how many spans the row has"),
];

/// Where JSON paths begin: word, other names, what it is.
pub static ROOT_WORDS: &[(&str, Root, &[&str], &str)] = &[
    ("input", Root::Input, &["inputs"], "what the span was given"),
    ("output", Root::Output, &["outputs"], "what the span gave back"),
    ("metadata", Root::Metadata, &["meta"], "what the sender attached"),
    ("state", Root::StateAfter, &["state_after"], "the state after the step"),
    ("state_before", Root::StateBefore, &[], "the state before the step"),
    ("arguments", Root::ToolArguments, &["args", "tool_arguments"], "what a tool is called with"),
];

/// Words before a colon that are no fields.
pub(crate) static PREFIX_WORDS: &[(&str, &str)] = &[
    ("has", "the field has a value: `has:user`"),
    ("no", "the field has no value: `no:user`"),
    ("is", "short for a status or kind: `is:error`, `is:tool`, `is:root`"),
];

/// Words that join tests; in quotes they are searched for.
pub static KEYWORDS: &[&str] = &["and", "or", "not", "then", "without", "between"];

/// A function: name, what stands in the parentheses, what it means.
pub static FUNCTION_WORDS: &[(&str, &str, &str)] = &[
    ("span", "tests", "some span of the trace meets all the tests"),
    ("trace", "tests", "the trace of the span meets the tests, as a row of the list of traces"),
    ("parent", "tests", "the parent meets them"),
    ("ancestor", "tests", "a span above meets them, at any height"),
    ("child", "tests", "a child meets them"),
    ("descendant", "tests", "a span below meets them, at any depth"),
    ("sibling", "tests", "another child of the same parent meets them"),
    ("before", "tests", "this span has ended when one that meets them starts"),
    ("after", "tests", "this span starts when one that meets them has ended"),
    ("count", "tests", "how many spans meet them: `count(kind:tool) > 20`"),
    ("sum", "number, tests", "the sum of a number of the spans that meet them: `sum(cost, kind:llm) > $1`"),
    ("max", "number, tests", "the largest: `max(duration, kind:tool) > 10s`"),
    ("min", "number, tests", "the smallest"),
    (
        "repeats",
        "tests",
        "the longest run of calls of one tool with equal arguments: `repeats() >= 3`; of tool spans, unless tests say of which",
    ),
    ("log", "severity, event, text", "a log record or event of the span: `log(severity >= error \"timeout\")`"),
    ("words", "words", "all the words stand in one and the same text"),
];

/// Names of severities, with the least OTLP severity number each has.
pub(crate) static SEVERITIES: &[(&str, i32)] = &[("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)];

/// Words that are operators behind a name; in quotes they are searched for.
pub(crate) static OPERATOR_WORDS: &[&str] = &["contains", "matches", "exists", "in"];

/// What one name alone means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Meaning {
    Field(&'static Field),
    Either(&'static str, Vec<Subject>),
    Root(Root),
    Tokens,
    Occurrence,
    Errors,
    Spans,
}

/// Finds what a name means, in any case of letters; the words of the language go before names of the API.
pub(crate) fn meaning(name: &str) -> Option<Meaning> {
    let name = name.to_ascii_lowercase();
    let spelled = |word: &FieldWord| word.word == name || word.also.contains(&name.as_str());
    if let Some(word) = FIELD_WORDS.iter().find(|word| spelled(word)) {
        return field(word.field).map(Meaning::Field);
    }
    if let Some(either) = EITHER_WORDS.iter().find(|either| either.word == name) {
        return Some(Meaning::Either(either.word, either_subjects(either)));
    }
    if let Some((_, root, ..)) = ROOT_WORDS.iter().find(|(word, _, also, _)| *word == name || also.contains(&name.as_str())) {
        return Some(Meaning::Root(*root));
    }
    match name.as_str() {
        "tokens" | "total_tokens" => Some(Meaning::Tokens),
        "occurrence" => Some(Meaning::Occurrence),
        "errors" | "error_count" => Some(Meaning::Errors),
        "spans" | "span_count" => Some(Meaning::Spans),
        _ => field(&name).map(Meaning::Field),
    }
}

/// The subjects of a word that means several.
pub(crate) fn either_subjects(either: &EitherWord) -> Vec<Subject> {
    if either.fields.is_empty() {
        return [Root::Input, Root::Output].map(|root| Subject::Path { root, path: Vec::new() }).to_vec();
    }
    either.fields.iter().filter_map(|name| field(name)).map(Subject::Field).collect()
}

/// The word of a field.
pub fn word_of(field: &Field) -> &'static str {
    FIELD_WORDS.iter().find(|word| word.field == field.name).map_or(field.name, |word| word.word)
}

/// The word that a name is understood as; None where it means no single field.
pub(crate) fn word_of_name(name: &str) -> Option<&'static str> {
    match meaning(name)? {
        Meaning::Field(field) => Some(word_of(field)),
        _ => None,
    }
}

/// The word of a JSON root.
pub(crate) fn root_word(root: Root) -> &'static str {
    ROOT_WORDS.iter().find(|(_, own, ..)| *own == root).map_or("", |(word, ..)| word)
}

/// The values of a field that has a closed set of them; empty for all others.
pub fn values_of(field: &Field) -> Vec<&'static str> {
    match field.name {
        "status" => SpanStatus::ALL.iter().map(|value| value.as_str()).collect(),
        "obs_type" => ObservationType::ALL.iter().map(|value| value.as_str()).collect(),
        "level" => Level::ALL.iter().map(|value| value.as_str()).collect(),
        "kind" => SpanKind::ALL.iter().map(|value| value.as_str()).collect(),
        "billing" => Billing::ALL.iter().map(|value| value.as_str()).collect(),
        "visibility" => Visibility::ALL.iter().map(|value| value.as_str()).collect(),
        "cost_status" => CostStatus::ALL.iter().map(|value| value.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Every name that may stand before an operator, for suggestions.
pub(crate) fn all_names<'a>() -> impl Iterator<Item = &'a str> {
    let fields = FIELD_WORDS.iter().flat_map(|word| [word.word, word.field].into_iter().chain(word.also.iter().copied()));
    let eithers = EITHER_WORDS.iter().map(|either| either.word);
    let computed = COMPUTED_WORDS.iter().map(|(word, _)| *word);
    let roots = ROOT_WORDS.iter().flat_map(|(word, _, also, _)| std::iter::once(*word).chain(also.iter().copied()));
    fields.chain(eithers).chain(computed).chain(roots)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::field::FIELDS;

    #[test]
    fn every_field_has_one_word_in_the_order_of_the_fields() {
        let worded: Vec<_> = FIELD_WORDS.iter().map(|word| word.field).collect();
        let fields: Vec<_> = FIELDS.iter().map(|field| field.name).collect();
        assert_eq!(worded, fields);
    }

    #[test]
    fn no_name_means_two_things() {
        let mut told: HashMap<&str, &str> = HashMap::new();
        let fields = FIELD_WORDS.iter().flat_map(|word| std::iter::once(word.word).chain(word.also.iter().copied()));
        let others = EITHER_WORDS.iter().map(|either| either.word).chain(COMPUTED_WORDS.iter().map(|(word, _)| *word));
        let roots = ROOT_WORDS.iter().flat_map(|(word, _, also, _)| std::iter::once(*word).chain(also.iter().copied()));
        for name in fields.chain(others).chain(roots).chain(PREFIX_WORDS.iter().map(|(word, _)| *word)).chain(KEYWORDS.iter().copied()) {
            assert_eq!(told.insert(name, name), None, "`{name}` is told twice");
        }
    }

    #[test]
    fn a_field_is_found_by_its_word_and_its_name_in_the_api() {
        let found = |name: &str| match meaning(name) {
            Some(Meaning::Field(field)) => field.name,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(
            [found("user"), found("USER_ID"), found("latency"), found("duration_nanos")],
            ["user_id", "user_id", "duration_nanos", "duration_nanos"]
        );
        // The word of the language goes first: people mean what a span is, not its OpenTelemetry kind.
        assert_eq!([found("kind"), found("span_kind")], ["obs_type", "kind"]);
    }
}

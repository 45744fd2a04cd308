//! Whatever a sender puts under a known key: no panic, nothing lost, nothing slow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use dialect::assemble;
use model::{AnyValue, Attributes, Event, KeyValue, LogRecord, RawSpan};
use proptest::prelude::*;
use serde_json::json;

use crate::both::translate;
use crate::raw;

/// Keys of all vocabularies, whole and cut.
const KEYS: &[&str] = &[
    "gen_ai.operation.name",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.total_tokens",
    "gen_ai.response.finish_reasons",
    "gen_ai.prompt.0.role",
    "gen_ai.prompt.0.content",
    "gen_ai.prompt.x",
    "gen_ai.prompt",
    "gen_ai.completion",
    "gen_ai.completion.0.tool_calls.0.name",
    "gen_ai.provider.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.arguments",
    "gen_ai.usage.input_token_details",
    "gen_ai.request.",
    "openinference.span.kind",
    "llm.input_messages.0.message.role",
    "llm.input_messages.0.message",
    "llm.input_messages.",
    "llm.input_messages.9.message.contents.3.message_content.text",
    "llm.input_messages.99999999999999999999.x",
    "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
    "llm.token_count.prompt",
    "retrieval.documents.0.document.score",
    "retrieval.documents.0",
    "llm.invocation_parameters",
    "metadata",
    "tag.tags",
    "input.value",
    "output.value",
    "langfuse.observation.type",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.observation.usage_details",
    "langfuse.observation.completion_start_time",
    "langfuse.trace.tags",
    "langfuse.observation.level",
    "ai.operationId",
    "ai.prompt",
    "ai.prompt.messages",
    "ai.response.text",
    "ai.response.toolCalls",
    "ai.response.providerMetadata",
    "ai.model.provider",
    "mlflow.spanType",
    "mlflow.spanInputs",
    "mlflow.chat.tokenUsage",
    "langsmith.span.kind",
    "langsmith.metadata.usage_metadata",
    "traceloop.span.kind",
    "traceloop.entity.input",
    "db.system",
    "http.request.method",
    "session.id",
    "user.id",
    "server.address",
    "clew.visibility",
    "logfire.level_num",
    "genkit:input",
    "genkit:",
    "genkit:output",
    "mastra.span.type",
    "mastra.completion_start_time",
    "input_token_count",
    "response_text",
    "cost_usd",
    "duration_ms",
    "success",
    "",
    ".",
    "gen_ai",
    "gen_ai.",
    "🦀.x",
];

const WORDS: &[&str] = &[
    "",
    "chat",
    "LLM",
    "generation",
    "invoke_agent",
    "execute_tool",
    "\"LLM\"",
    "null",
    "[]",
    "{}",
    "[",
    "{\"a\":",
    "[[[[]]]]",
    "-1",
    "1e999",
    "18446744073709551616",
    "[{\"role\": 1, \"content\": {\"x\": []}}]",
    "[{\"role\": \"user\", \"parts\": [null, 1, {\"type\": \"tool_call\"}]}]",
    "{\"messages\": {\"messages\": {\"messages\": []}}}",
    "{\"prompt_tokens\": -3, \"completion_tokens\": \"x\"}",
    "{\"input\": 1, \"input_cache_read\": 18446744073709551615}",
    "{'a': ('b', {",
    "2026-13-41T99:99:99Z",
    "2026-11-21T00:25:46+99:99",
    "äöü\u{0}\u{1b}[31m",
    "ERROR",
    "{\"args\": [], \"kwargs\": {}}",
    "\"\\\"\\\\\\\"x\\\\\\\"\\\"\"",
];

fn leaf() -> impl Strategy<Value = AnyValue> {
    prop_oneof![
        Just(AnyValue::Empty),
        any::<bool>().prop_map(AnyValue::Bool),
        any::<i64>().prop_map(AnyValue::Int),
        any::<f64>().prop_map(AnyValue::Double),
        prop::sample::select(WORDS).prop_map(AnyValue::from),
        ".{0,20}".prop_map(AnyValue::from),
        prop::collection::vec(any::<u8>(), 0..8).prop_map(AnyValue::Bytes),
    ]
}

fn value() -> impl Strategy<Value = AnyValue> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let key = prop::sample::select(&["role", "content", "parts", "type", "text", "tool_calls", "message", "messages", "x"][..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(AnyValue::Array),
            prop::collection::vec((key, inner), 0..4).prop_map(|pairs| AnyValue::Map(pairs.into_iter().collect())),
        ]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    prop::collection::vec((prop::sample::select(KEYS), value()), 0..12).prop_map(|pairs| pairs.into_iter().collect())
}

fn event() -> impl Strategy<Value = Event> {
    let names = &[
        "gen_ai.choice",
        "gen_ai.user.message",
        "exception",
        "gen_ai.client.inference.operation.details",
        "LLMChatEndEvent",
        "RetrievalEndEvent",
        "",
    ];
    (prop::sample::select(&names[..]), attributes(), any::<u64>()).prop_map(|(name, attributes, time_unix_nanos)| Event {
        time_unix_nanos,
        name: name.to_owned(),
        attributes,
        dropped_attributes_count: 0,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_attribute_makes_it_panic_or_is_lost(
        attributes in attributes(),
        events in prop::collection::vec(event(), 0..3),
        body in prop::option::of(value()),
        scope in prop::sample::select(&["", "ai", "llamaindex.opentelemetry.tracer", "strands-agents", "logfire.openai"][..]),
    ) {
        let mut span = raw::span(&json!({"scope": scope}));
        span.attributes = attributes;
        span.events = events;
        let log = LogRecord { event_name: "gen_ai.user.message".to_owned(), body, ..LogRecord::default() };
        let raw = Arc::new(span);
        let translated = translate(Arc::clone(&raw), &[log]);
        prop_assert!(translated.raw.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, &raw)));
        prop_assert!(translated.usage.iter().all(|(unit, _)| !unit.is_empty()));
        let trace = assemble(vec![translated]);
        prop_assert_eq!(trace.spans.len(), 1);
    }

    #[test]
    fn any_parents_make_a_tree(parents in prop::collection::vec(0u8..14, 1..12)) {
        let spans: Vec<_> = parents.iter().enumerate().map(|(at, parent)| {
            let parent = (*parent > 0).then(|| format!("{parent:016x}"));
            translate(Arc::new(raw::span(&json!({"span_id": format!("{:016x}", at + 1), "parent_span_id": parent}))), &[])
        }).collect();
        let count = spans.len();
        let trace = assemble(spans);
        prop_assert_eq!(trace.spans.len(), count);
        for node in &trace.spans {
            let mut above = node.effective_parent_id;
            for _ in 0..=count {
                let Some(id) = above else { break };
                above = trace.spans.iter().find(|other| other.span.span_id == id).and_then(|other| other.effective_parent_id);
            }
            prop_assert_eq!(above, None, "a circle");
        }
    }
}

fn assert_quick(attributes: Attributes) {
    let mut span: RawSpan = raw::span(&json!({}));
    span.attributes = attributes;
    let raw = Arc::new(span);
    let started = Instant::now();
    translate(raw, &[]);
    // Generous: an unoptimised build on a busy machine. What this catches takes minutes or memory without end.
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn deep_and_huge_texts_are_survived() {
    let deep = "[".repeat(200_000) + &"]".repeat(200_000);
    let nested_quotes = (0..6).fold("\"x\"".to_owned(), |text, _| serde_json::to_string(&text).unwrap());
    let huge = "ä ".repeat(2_000_000);
    let long_list = format!("[{}]", vec!["{\"role\": \"user\", \"content\": \"x\"}"; 50_000].join(","));
    let long_tuple = format!("({})", "1, ".repeat(300_000));
    for text in [deep, nested_quotes, huge, long_list, long_tuple] {
        assert_quick(
            ["gen_ai.input.messages", "input.value", "langfuse.observation.usage_details", "gen_ai.usage.input_token_details"]
                .map(|key| (key, text.clone()))
                .into_iter()
                .collect(),
        );
    }
}

#[test]
fn indexes_without_end_allocate_nothing() {
    let path = "9999.".repeat(60);
    let keys = (0..2_000).map(|at| KeyValue { key: format!("llm.input_messages.{at}.{path}x").into(), value: AnyValue::from("x") });
    assert_quick(Attributes(keys.collect()));
}

#[test]
fn many_attributes_are_survived() {
    let many =
        (0..20_000).map(|at| KeyValue { key: format!("llm.input_messages.{at}.message.content").into(), value: AnyValue::from("x") });
    assert_quick(Attributes(many.collect()));
}

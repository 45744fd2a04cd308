//! Recorded traffic of real SDKs: what the program did is what the traces say.
//!
//! The facts in `meta.json` come from the program and the server it talked to, never from the recording.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dialect::{AgentSessions, Trace, assemble};
use model::{Billing, LogRecord, ObservationType, RawSpan, Span, SpanId, SpanStatus, TraceId, Usage};
use serde_json::Value;
use wire::{Format, Limits, Signal};

use crate::both::translate;
use crate::show;

struct Recording {
    name: String,
    facts: Value,
    traces: Vec<Trace>,
}

/// Recordings whose senders did not send all calls, or sent steps that look like calls, and why.
const UNLIKE: &[(&str, &str)] = &[
    ("otel-sdk-manual/", "hand-made spans: failed calls leave no model span"),
    ("langsmith-otel/llm_error", "a failed call leaves no span"),
    ("litellm/proxy", "a model the proxy does not have is a call that never left it"),
];

/// Recordings whose senders make no span for a tool that ran.
const TOOLLESS: &[(&str, &str)] =
    &[("logfire-openai/", "a function traced as any other"), ("openinference-anthropic/", "the client is instrumented, the tool is not")];

/// Recordings whose senders keep to themselves who asked.
const NAMELESS: &[(&str, &str)] = &[
    ("google-adk/", "the user is no attribute"),
    ("otel-genai-langchain/", "the user is no attribute"),
    ("vercel-ai-sdk-7", "neither session nor user is an attribute"),
];

/// Recordings whose senders lose input tokens on the way, and which.
const LOSSY: &[(&str, &str)] = &[("openlit/anthropic_stream", "cached tokens of a streamed answer")];

fn recordings() -> Vec<Recording> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp");
    let subdirectories = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        let mut directories: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
        directories.sort();
        directories
    };
    subdirectories(&root).iter().flat_map(|emitter| subdirectories(emitter)).map(|path| recording(&path)).collect()
}

fn recording(path: &Path) -> Recording {
    let meta: Value = serde_json::from_str(&std::fs::read_to_string(path.join("meta.json")).unwrap()).unwrap();
    let mut spans: BTreeMap<(TraceId, SpanId), RawSpan> = BTreeMap::new();
    let mut logs: BTreeMap<SpanId, Vec<LogRecord>> = BTreeMap::new();
    let mut sessions = AgentSessions::default();
    for request in meta["requests"].as_array().unwrap() {
        let file = request["file"].as_str().unwrap();
        let signal = match request["signal"].as_str().unwrap() {
            "traces" => Signal::Traces,
            "logs" => Signal::Logs,
            _ => continue,
        };
        let format = if file.ends_with(".json") { Format::Json } else { Format::Protobuf };
        let incoming = wire::decode(signal, format, &std::fs::read(path.join(file)).unwrap(), &Limits::default()).unwrap();
        for span in incoming.spans {
            spans.insert((span.trace_id, span.span_id), span);
        }
        let told = sessions.read(&incoming.logs);
        for span in told.spans {
            spans.insert((span.trace_id, span.span_id), span);
        }
        for (log, place) in incoming.logs.iter().zip(told.places) {
            if let Some((_, span_id)) = place {
                logs.entry(span_id).or_default().push(log.clone());
            }
        }
    }
    let mut by_trace: BTreeMap<TraceId, Vec<Span>> = BTreeMap::new();
    for ((trace_id, span_id), span) in spans {
        let own_logs = logs.get(&span_id).map_or(&[][..], Vec::as_slice);
        by_trace.entry(trace_id).or_default().push(translate(Arc::new(span), own_logs));
    }
    let name: PathBuf = path.components().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect();
    Recording { name: name.display().to_string(), facts: meta["expected"].clone(), traces: by_trace.into_values().map(assemble).collect() }
}

impl Recording {
    /// Calls that reached the provider and were answered.
    fn answered(&self) -> Vec<&Value> {
        self.facts["llm_calls"].as_array().into_iter().flatten().filter(|call| call["status"] == 200).collect()
    }

    fn attempts(&self) -> usize {
        self.facts["llm_calls"].as_array().map_or(0, Vec::len)
    }

    fn spans(&self) -> impl Iterator<Item = &Span> {
        self.traces.iter().flat_map(|trace| &trace.spans).map(|node| &node.span)
    }

    fn model_leaves(&self) -> impl Iterator<Item = &Span> {
        self.spans().filter(|span| span.billing == Billing::Leaf && span.observation_type == ObservationType::Llm)
    }

    fn is_in(&self, list: &[(&str, &str)]) -> bool {
        list.iter().any(|(name, _)| self.name.starts_with(name))
    }
}

/// Input with all its parts, and output, of a call as the provider counted it.
fn tokens_of(call: &Value) -> Option<(u64, u64)> {
    let cached = |key: &str| call[key].as_u64().unwrap_or(0);
    // Anthropic counts what was cached beside the input.
    let beside =
        if call["api"] == "anthropic.messages" { cached("cached_input_tokens") + cached("cache_creation_input_tokens") } else { 0 };
    // Gemini counts what was thought beside the output.
    let thought = if call["api"] == "gemini" { cached("reasoning_tokens") } else { 0 };
    Some((call["input_tokens"].as_u64()? + beside, call["output_tokens"].as_u64()? + thought))
}

#[test]
fn every_call_is_counted_once() {
    let recordings = recordings();
    assert!(recordings.len() > 40, "only {} recordings", recordings.len());
    for recording in recordings.iter().filter(|recording| !recording.is_in(UNLIKE)) {
        let counted: usize = recording.traces.iter().map(|trace| trace.summary.llm_call_count as usize).sum();
        let answered = recording.answered().len();
        assert!((answered..=recording.attempts()).contains(&counted), "{}: {counted} calls counted, {answered} answered", recording.name);
    }
}

#[test]
fn tokens_are_the_providers_and_none_is_counted_twice() {
    let mut checked = 0;
    for recording in recordings() {
        let mut open: Vec<(u64, u64)> = recording.answered().into_iter().filter_map(tokens_of).collect();
        for leaf in recording.model_leaves() {
            let (Some(input), Some(output)) = (leaf.usage.get(Usage::INPUT), leaf.usage.get(Usage::OUTPUT)) else { continue };
            let call = open.iter().position(|tokens| *tokens == (input, output) || (recording.is_in(LOSSY) && tokens.1 == output));
            let call =
                call.unwrap_or_else(|| panic!("{}: `{}` has {input} in, {output} out; calls left: {open:?}", recording.name, leaf.name));
            open.swap_remove(call);
            checked += 1;
        }
        let sum = |unit| recording.traces.iter().filter_map(|trace| trace.summary.usage.get(unit)).sum::<u64>();
        let leaves = |unit| recording.model_leaves().filter_map(|leaf| leaf.usage.get(unit)).sum::<u64>();
        assert_eq!(sum(Usage::OUTPUT), leaves(Usage::OUTPUT), "{}: something else than model calls counts output", recording.name);
    }
    assert!(checked > 80, "only {checked} calls compared");
}

#[test]
fn answers_and_tool_calls_are_what_the_model_said() {
    let mut checked = 0;
    for recording in recordings() {
        let answered = recording.answered();
        let answers: Vec<&str> = answered.iter().filter_map(|call| call["text"].as_str()).collect();
        let calls: Vec<(&str, &Value)> = answered
            .iter()
            .flat_map(|call| call["tool_calls"].as_array().into_iter().flatten())
            .filter_map(|call| Some((call["name"].as_str()?, &call["arguments"])))
            .collect();
        for leaf in recording.model_leaves() {
            let shown = show::span(leaf);
            let said = leaf.content.output_messages.iter().filter(|message| message.role == "assistant");
            for text in said
                .flat_map(|message| &message.parts)
                .filter_map(|part| if let model::Part::Text { content } = part { Some(content) } else { None })
            {
                let squeezed = |text: &str| text.split_whitespace().collect::<String>();
                assert!(
                    answers.iter().any(|answer| squeezed(answer) == squeezed(text)),
                    "{}: `{text}` was never said, but {answers:?}",
                    recording.name
                );
                checked += 1;
            }
            for call in &leaf.content.tool_calls {
                let arguments = if call.arguments.is_null() { &Value::Null } else { &call.arguments };
                let known = calls.iter().any(|(name, wanted)| *name == call.name && (same_arguments(wanted, arguments)));
                assert!(known, "{}: {} was never called so: {}", recording.name, call.name, shown["tool_calls"]);
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "only {checked} answers and calls compared");
}

#[test]
fn tools_that_ran_are_tool_spans_with_their_arguments() {
    let mut checked = 0;
    for recording in recordings().iter().filter(|recording| !recording.is_in(TOOLLESS)) {
        let tools: Vec<&Span> = recording.spans().filter(|span| span.observation_type == ObservationType::Tool).collect();
        for run in recording.facts["tool_executions"].as_array().into_iter().flatten() {
            let (Some(name), arguments) = (run["name"].as_str(), &run["arguments"]) else { continue };
            let named = || tools.iter().filter(|span| span.tool_name.as_deref() == Some(name));
            assert!(named().next().is_some(), "{}: no span of the tool `{name}`", recording.name);
            let told = || named().filter_map(|span| span.content.input.as_ref());
            // LangChain tells the only argument without its name, Claude Code the command alone.
            let is_one_of_them = |input: &Value| arguments.as_object().is_some_and(|map| map.values().any(|value| value == input));
            let fits = told().any(|input| same_arguments(arguments, input) || is_one_of_them(input));
            assert!(fits || told().next().is_none(), "{}: `{name}` ran with {arguments}, but {:?}", recording.name, told().next());
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} runs compared");
}

/// APIs whose models say no more than that they ended, also where they call a tool.
const WITHOUT_REASONS: [&str; 2] = ["gemini", "openai.responses"];

/// Senders that change the model's reason.
const OWN_ENDINGS: &[(&str, &str)] = &[("genkit/", "its OpenAI plugin says `stop` for `tool_calls`")];

/// Senders that tell a first token of every call.
const OWN_FIRST_TOKENS: &[(&str, &str)] =
    &[("braintrust-otel/", "the time of an answer that is not streamed"), ("mastra/", "it reads every answer as a stream of its own")];

#[test]
fn finish_reasons_are_the_models() {
    let mut checked = 0;
    for recording in recordings().iter().filter(|recording| !recording.is_in(UNLIKE) && !recording.is_in(OWN_ENDINGS)) {
        let calls = recording.answered();
        if calls.iter().any(|call| call["api"].as_str().is_some_and(|api| WITHOUT_REASONS.contains(&api))) {
            continue;
        }
        let mut open: Vec<&str> = calls.iter().filter_map(|call| call["finish_reason"].as_str()).collect();
        for leaf in recording.model_leaves().filter(|leaf| leaf.status != SpanStatus::Error) {
            let [told] = leaf.finish_reasons.as_slice() else { continue };
            let call = open.iter().position(|reason| reason == told);
            let call = call.unwrap_or_else(|| panic!("{}: `{}` ended with {told}; reasons left: {open:?}", recording.name, leaf.name));
            open.swap_remove(call);
            checked += 1;
        }
    }
    assert!(checked > 100, "only {checked} reasons compared");
}

#[test]
fn the_first_token_comes_within_the_call_and_only_where_it_was_streamed() {
    let mut checked = 0;
    for recording in recordings().iter().filter(|recording| !recording.is_in(OWN_FIRST_TOKENS)) {
        let is_streamed = recording.answered().iter().any(|call| call["stream"] == true);
        for leaf in recording.model_leaves() {
            let (Some(first), Some(whole)) = (leaf.ttft_nanos, leaf.duration_nanos()) else { continue };
            assert!(is_streamed, "{}: `{}` has a first token and nothing was streamed", recording.name, leaf.name);
            // Clocks of a millisecond round up.
            assert!(first <= whole + 2_000_000, "{}: `{}` has its first token after {first} of {whole} ns", recording.name, leaf.name);
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} first tokens");
}

#[test]
fn sessions_and_users_are_the_programs() {
    type Read = fn(&Trace) -> &Option<String>;
    let facts: [(&str, Read); 2] = [("session_id", |trace| &trace.summary.session_id), ("user_id", |trace| &trace.summary.user_id)];
    for recording in recordings().iter().filter(|recording| !recording.is_in(NAMELESS)) {
        for (fact, read) in facts {
            let Some(wanted) = recording.facts[fact].as_str() else { continue };
            assert!(
                recording.traces.iter().any(|trace| read(trace).as_deref() == Some(wanted)),
                "{}: no {fact} `{wanted}`",
                recording.name
            );
        }
    }
}

/// Arguments as decoded JSON; empty ones are written in many ways.
fn same_arguments(wanted: &Value, actual: &Value) -> bool {
    let opened = wanted.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| wanted.clone());
    let is_empty = |value: &Value| value.is_null() || value == "" || value.as_object().is_some_and(serde_json::Map::is_empty);
    opened == *actual || (is_empty(&opened) && is_empty(actual))
}

#[test]
fn columns_alone_give_the_same_summary() {
    for recording in recordings() {
        for trace in recording.traces {
            let raw_spans = trace.spans.iter().map(|node| translate(Arc::clone(node.span.raw.as_ref().unwrap()), &[]));
            let complete: Vec<Span> = raw_spans.collect();
            let columns = complete.iter().cloned().map(|span| Span { content: model::BoxedContent::default(), raw: None, ..span });
            assert_eq!(assemble(columns.collect()).summary, assemble(complete).summary, "{}", recording.name);
        }
    }
}

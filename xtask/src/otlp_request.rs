//! Builds OTLP trace requests: agent runs of any size, with content like that of real ones.
//!
//! Everything follows from the seed, so a test can say which spans it sent. Field numbers are those of
//! `opentelemetry/proto/trace/v1/trace.proto` and `common.proto`; attribute names are the OpenTelemetry GenAI conventions.

use crate::protobuf::Message;
use crate::random::Random;

pub(crate) const PROTOBUF: &str = "application/x-protobuf";

/// Describes one request: one trace, a root agent span and model calls and tools under it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TraceSketch {
    pub(crate) seed: u64,
    pub(crate) span_count: u64,
    /// Bytes of prompt and completion in each model call.
    pub(crate) content_bytes: usize,
    pub(crate) start_unix_nanos: u64,
}

impl TraceSketch {
    pub(crate) fn trace_id(&self) -> [u8; 16] {
        let mut random = Random::seeded(self.seed);
        let mut id = [0; 16];
        id[..8].copy_from_slice(&random.next().to_be_bytes());
        id[8..].copy_from_slice(&(random.next() | 1).to_be_bytes());
        id
    }

    pub(crate) fn span_id(&self, index: u64) -> [u8; 8] {
        (Random::seeded(self.seed ^ (index + 1) << 40).next() | 1).to_be_bytes()
    }

    /// The bytes of an `ExportTraceServiceRequest`.
    pub(crate) fn request(&self) -> Vec<u8> {
        let mut random = Random::seeded(self.seed.wrapping_add(7));
        request_of((0..self.span_count).map(|index| self.span(index, &mut random)))
    }

    fn span(&self, index: u64, random: &mut Random) -> Message {
        let start = self.start_unix_nanos + index * 1_000_000;
        let end = if index == 0 { start + self.span_count * 1_000_000 + 5_000_000 } else { start + 900_000 + random.below(90_000) };
        let span = span_named(&self.trace_id(), &self.span_id(index), name_of(index), start, end);
        match index {
            0 => with(span, &[("gen_ai.operation.name", "invoke_agent"), ("gen_ai.agent.name", "planner"), ("session.id", "session-1")]),
            _ if index.is_multiple_of(3) => {
                let answer = words(random, self.content_bytes);
                let span = span.bytes(4, &self.span_id(0));
                with(
                    span,
                    &[("gen_ai.operation.name", "execute_tool"), ("gen_ai.tool.name", "search"), ("gen_ai.tool.call.result", &answer)],
                )
            }
            _ => self.model_call(span.bytes(4, &self.span_id(0)), random),
        }
    }

    fn model_call(&self, span: Message, random: &mut Random) -> Message {
        let half = self.content_bytes / 2;
        let input = format!(r#"[{{"role":"user","parts":[{{"type":"text","content":"{}"}}]}}]"#, words(random, half));
        let output =
            format!(r#"[{{"role":"assistant","parts":[{{"type":"text","content":"{}"}}],"finish_reason":"stop"}}]"#, words(random, half));
        let span = with(
            span,
            &[
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.provider.name", "openai"),
                ("gen_ai.request.model", "gpt-4o-mini"),
                ("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
                ("gen_ai.input.messages", &input),
                ("gen_ai.output.messages", &output),
            ],
        );
        let span = span.message(9, attribute("gen_ai.usage.input_tokens", Message::new().number(3, 200 + random.below(2_000))));
        span.message(9, attribute("gen_ai.usage.output_tokens", Message::new().number(3, 20 + random.below(400))))
    }
}

/// Wraps spans into a request of one resource and one scope.
pub(crate) fn request_of(spans: impl IntoIterator<Item = Message>) -> Vec<u8> {
    let resource = Message::new().message(1, text_attribute("service.name", "xtask"));
    let scope = Message::new().text(1, "xtask");
    let scope_spans = spans.into_iter().fold(Message::new().message(1, scope), |all, span| all.message(2, span));
    let resource_spans = Message::new().message(1, resource).message(2, scope_spans);
    Message::new().message(1, resource_spans).into_bytes()
}

/// A span with the fields every span has; ids of any length, for tests that want wrong ones.
pub(crate) fn span_named(trace_id: &[u8], span_id: &[u8], name: &str, start_unix_nanos: u64, end_unix_nanos: u64) -> Message {
    Message::new().bytes(1, trace_id).bytes(2, span_id).text(5, name).number(6, 1).fixed64(7, start_unix_nanos).fixed64(8, end_unix_nanos)
}

/// A `KeyValue` whose value is the given `AnyValue`.
pub(crate) fn attribute(key: &str, value: Message) -> Message {
    Message::new().text(1, key).message(2, value)
}

pub(crate) fn text_attribute(key: &str, text: &str) -> Message {
    attribute(key, Message::new().text(1, text))
}

/// Lower-case hex, as ids are written in answers.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn with(span: Message, attributes: &[(&str, &str)]) -> Message {
    attributes.iter().fold(span, |span, (key, text)| span.message(9, text_attribute(key, text)))
}

fn name_of(index: u64) -> &'static str {
    match index {
        0 => "invoke_agent planner",
        _ if index.is_multiple_of(3) => "execute_tool search",
        _ => "chat gpt-4o-mini",
    }
}

/// Words drawn from a small vocabulary with numbers strewn in: it compresses about as well as prose does.
fn words(random: &mut Random, bytes: usize) -> String {
    const VOCABULARY: &[&str] = &[
        "the",
        "of",
        "and",
        "to",
        "in",
        "a",
        "is",
        "that",
        "for",
        "it",
        "as",
        "was",
        "with",
        "be",
        "by",
        "on",
        "not",
        "he",
        "this",
        "are",
        "or",
        "his",
        "from",
        "at",
        "which",
        "but",
        "have",
        "an",
        "had",
        "they",
        "you",
        "were",
        "their",
        "one",
        "all",
        "we",
        "can",
        "her",
        "has",
        "there",
        "been",
        "if",
        "more",
        "when",
        "will",
        "would",
        "who",
        "so",
        "no",
        "refund",
        "invoice",
        "customer",
        "delivery",
        "warehouse",
        "policy",
        "order",
        "ticket",
        "agent",
        "retrieval",
        "document",
        "window",
        "travel",
        "account",
        "balance",
        "reason",
    ];
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        if random.below(12) == 0 {
            text.push_str(&random.below(1_000_000).to_string());
        } else {
            let at = random.below(VOCABULARY.len() as u64) as usize;
            text.push_str(VOCABULARY[at]);
        }
        text.push(' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SKETCH: TraceSketch = TraceSketch { seed: 3, span_count: 10, content_bytes: 4_000, start_unix_nanos: 1_800_000_000_000_000_000 };

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(SKETCH.request(), SKETCH.request());
        assert_ne!(SKETCH.request(), TraceSketch { seed: 4, ..SKETCH }.request());
    }

    #[test]
    fn ids_of_a_trace_differ() {
        let mut ids: Vec<_> = (0..1_000).map(|index| SKETCH.span_id(index)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn content_sets_the_size() {
        let bytes = SKETCH.request().len();
        assert!((36_000..50_000).contains(&bytes), "{bytes}");
    }
}

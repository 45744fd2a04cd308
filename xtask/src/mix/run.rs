//! One run of an agent as spans: steps with decisions in JSON, model calls that send their history again, tools, documents, HTTP.

use super::cast::{Cast, Model, STEPS};
use super::prose::{Prose, push_number};
use super::span_writer::SpanWriter;
use crate::random::Random;

const INTERNAL: u64 = 1;
const CLIENT: u64 = 3;
const MILLISECOND: u64 = 1_000_000;

/// What a run is made of.
pub(super) struct Run<'a> {
    pub(super) prose: &'a Prose,
    pub(super) cast: &'a Cast,
    pub(super) trace_id: [u8; 16],
    pub(super) start_unix_nanos: u64,
    pub(super) span_count: u64,
    /// How long texts are; at 1 a question has 90 bytes and an answer 420.
    pub(super) text_scale: f64,
    pub(super) random: Random,
    /// Messages so far as JSON objects, separated by commas; a long run forgets the oldest.
    pub(super) history: Vec<Vec<u8>>,
    pub(super) history_max: usize,
    pub(super) scratch: Vec<u8>,
}

/// Messages that are sent again with each call.
pub(super) const HISTORY_MESSAGES_MAX: usize = 8;

/// Spans of one turn: four steps with what is below them.
const TURN_SPANS: u64 = 13;

impl Run<'_> {
    /// Writes all spans, the root last, as exporters do; `after_each` may take away what is written so far.
    pub(super) fn write(&mut self, out: &mut SpanWriter, after_each: &mut dyn FnMut(&mut SpanWriter)) {
        let question = self.text(90);
        self.say("user", &question);
        for index in 1..self.span_count {
            self.span(index, out);
            after_each(out);
        }
        let answer = self.text(420);
        self.root(&question, &answer, out);
    }

    /// Writes the model call of one turn of a conversation, with all that was said before it.
    pub(super) fn write_turn(&mut self, turn: u64, out: &mut SpanWriter) {
        self.history_max = usize::MAX;
        for _ in 0..turn {
            for (role, bytes) in [("user", 90), ("assistant", 420)] {
                let text = self.text(bytes);
                self.say(role, &text);
            }
        }
        let question = self.text(90);
        self.say("user", &question);
        self.span_count = turn + 2;
        self.model_call(turn + 1, 0, self.cast.model, out);
    }

    fn span(&mut self, index: u64, out: &mut SpanWriter) {
        let place = (index - 1) % TURN_SPANS;
        let step = index - place;
        match place {
            0 => self.step(index, 0, out),
            1 => self.model_call(index, step, self.cast.small_model, out),
            2 | 8 | 12 => self.exchange(index, index - 1, out),
            3 => self.step(index, 1, out),
            4 => self.retrieval(index, step + 3, out),
            5 => self.query(index, index - 1, out),
            6 => self.step(index, 2, out),
            7 => self.model_call(index, step + 6, self.cast.model, out),
            9 => self.tool(index, step + 6, out),
            10 => self.step(index, 3, out),
            _ => self.model_call(index, step + 10, self.cast.model, out),
        }
    }

    fn root(&mut self, question: &[u8], answer: &[u8], out: &mut SpanWriter) {
        let agent = self.cast.agent;
        let (start, end) = (self.start_unix_nanos, self.times(self.span_count).1 + 4 * MILLISECOND);
        out.begin(&self.trace_id, &span_id(self.trace_id, 0), None, &format!("invoke_agent {}", agent.name), INTERNAL);
        out.times(start, end);
        out.text("gen_ai.operation.name", b"invoke_agent");
        out.text("gen_ai.agent.name", agent.name.as_bytes());
        out.text("gen_ai.conversation.id", self.cast.session.as_bytes());
        out.text("enduser.id", self.cast.user.as_bytes());
        self.messages(out, "gen_ai.input.messages", "user", question);
        if self.cast.fails {
            out.error("TimeoutError", "the model did not answer within 30 s", end);
        } else {
            self.messages(out, "gen_ai.output.messages", "assistant", answer);
        }
        out.end();
    }

    fn step(&mut self, index: u64, which: usize, out: &mut SpanWriter) {
        self.begin(index, 0, &format!("execute_task {}", STEPS[which]), INTERNAL, out);
        out.text("gen_ai.operation.name", b"execute_task");
        out.text("gen_ai.step.name", STEPS[which].as_bytes());
        let input = self.text(90);
        self.scratch.clear();
        self.scratch.extend_from_slice(b"{\"question\": \"");
        self.scratch.extend_from_slice(&input);
        self.scratch.extend_from_slice(b"\"}");
        out.text("input.value", &self.scratch);
        let output = self.decision(which);
        out.text("output.value", output.as_bytes());
        out.text("output.mime_type", b"application/json");
        self.finish(index, out);
    }

    /// What a step decides, as small JSON.
    fn decision(&mut self, which: usize) -> String {
        let share = |random: &mut Random| (100 - random.below(100) * random.below(100) / 100) as f64 / 100.0;
        match which {
            0 => {
                let route = self.cast.agent.routes[(self.random.below(4) * self.random.below(4) / 3) as usize];
                let language = ["en", "en", "en", "de", "fr", "es"][self.random.below(6) as usize];
                let confidence = share(&mut self.random);
                format!(
                    r#"{{"route": "{route}", "confidence": {confidence}, "language": "{language}", "needs_review": {}}}"#,
                    confidence < 0.4
                )
            }
            1 => format!(r#"{{"found": {}, "best_score": {}}}"#, self.random.below(8), share(&mut self.random)),
            2 => format!(r#"{{"tokens": {}, "cited": {}}}"#, 80 + self.random.below(600), self.random.below(4)),
            _ => format!(r#"{{"passed": {}, "score": {}, "problems": []}}"#, self.random.below(12) > 0, share(&mut self.random)),
        }
    }

    fn model_call(&mut self, index: u64, parent: u64, model: &Model, out: &mut SpanWriter) {
        self.begin(index, parent, &format!("chat {}", model.requested), CLIENT, out);
        out.text("gen_ai.operation.name", b"chat");
        out.text("gen_ai.provider.name", model.provider.as_bytes());
        out.text("gen_ai.request.model", model.requested.as_bytes());
        out.text("server.address", model.host.as_bytes());
        out.number("gen_ai.request.max_tokens", 1_024);
        out.double("gen_ai.request.temperature", 0.2);
        out.text("gen_ai.conversation.id", self.cast.session.as_bytes());
        self.scratch.clear();
        self.scratch.extend_from_slice(br#"[{"role":"system","parts":[{"type":"text","content":""#);
        // One agent always says the same.
        let mut random = Random::seeded(self.cast.agent.name.len() as u64);
        let bytes = self.scaled(600);
        self.prose.write(&mut self.scratch, &mut random, bytes, "\\n");
        self.scratch.extend_from_slice(br#""}]}"#);
        for message in &self.history {
            self.scratch.push(b',');
            self.scratch.extend_from_slice(message);
        }
        self.scratch.push(b']');
        out.text("gen_ai.input.messages", &self.scratch);
        let input_tokens = self.scratch.len() as u64 / 5;
        out.number("gen_ai.usage.input_tokens", input_tokens);
        if self.cast.fails && index + TURN_SPANS > self.span_count {
            out.error("TimeoutError", "the model did not answer within 30 s", self.times(index).1);
        } else {
            let answer = self.text(420);
            self.messages(out, "gen_ai.output.messages", "assistant", &answer);
            out.text("gen_ai.response.model", model.answered.as_bytes());
            out.text("gen_ai.response.id", format!("resp_{:016x}", self.random.next()).as_bytes());
            out.one_text("gen_ai.response.finish_reasons", "stop");
            out.number("gen_ai.usage.output_tokens", 1 + answer.len() as u64 / 5);
            if self.random.below(3) == 0 {
                out.number("gen_ai.usage.cache_read.input_tokens", input_tokens / 2);
            }
            self.say("assistant", &answer);
        }
        self.finish(index, out);
    }

    fn exchange(&mut self, index: u64, parent: u64, out: &mut SpanWriter) {
        let model = self.cast.model;
        self.begin(index, parent, "POST", CLIENT, out);
        out.text("http.request.method", b"POST");
        out.text("url.full", format!("https://{}/v1/chat/completions", model.host).as_bytes());
        out.text("server.address", model.host.as_bytes());
        out.number("server.port", 443);
        out.number("http.response.status_code", 200);
        out.text("network.protocol.version", b"1.1");
        self.finish(index, out);
    }

    fn query(&mut self, index: u64, parent: u64, out: &mut SpanWriter) {
        self.begin(index, parent, "SELECT documents", CLIENT, out);
        out.text("db.system.name", b"postgresql");
        out.text("db.namespace", b"knowledge");
        out.text("db.query.text", b"SELECT id, body, embedding <=> $1 AS distance FROM documents ORDER BY distance LIMIT $2");
        out.text("server.address", b"db.internal");
        self.finish(index, out);
    }

    fn retrieval(&mut self, index: u64, parent: u64, out: &mut SpanWriter) {
        self.begin(index, parent, "retrieval knowledge", CLIENT, out);
        out.text("gen_ai.operation.name", b"retrieval");
        out.text("gen_ai.data_source.id", b"knowledge");
        let question = self.text(60);
        out.text("gen_ai.retrieval.query.text", &question);
        self.scratch.clear();
        self.scratch.push(b'[');
        let bytes = self.scaled(280);
        for rank in 0..4 {
            self.scratch.extend_from_slice(if rank == 0 { br#"{"id":"doc-"# } else { br#",{"id":"doc-"# });
            push_number(&mut self.scratch, self.random.below(40_000));
            self.scratch.extend_from_slice(format!(r#"","score":0.{},"content":""#, 90 - rank * 7).as_bytes());
            self.prose.write(&mut self.scratch, &mut self.random, bytes, "\\n\\n");
            self.scratch.extend_from_slice(b"\"}");
        }
        self.scratch.push(b']');
        out.text("gen_ai.retrieval.documents", &self.scratch);
        self.finish(index, out);
    }

    fn tool(&mut self, index: u64, parent: u64, out: &mut SpanWriter) {
        let tool = self.cast.agent.tool;
        self.begin(index, parent, &format!("execute_tool {tool}"), INTERNAL, out);
        out.text("gen_ai.operation.name", b"execute_tool");
        out.text("gen_ai.tool.name", tool.as_bytes());
        out.text("gen_ai.tool.call.id", format!("call_{:012x}", self.random.next() >> 16).as_bytes());
        let number = 10_000 + self.random.below(90_000);
        out.text("gen_ai.tool.call.arguments", format!(r#"{{"number": "A-{number}", "limit": 5}}"#).as_bytes());
        let note = self.text(420);
        self.scratch.clear();
        self.scratch
            .extend_from_slice(format!(r#"{{"number": "A-{number}", "amount": {}.5, "state": "#, self.random.below(400)).as_bytes());
        self.scratch.extend_from_slice([&b"\"shipped\""[..], b"\"open\"", b"\"returned\""][self.random.below(3) as usize]);
        self.scratch.extend_from_slice(b", \"note\": \"");
        self.scratch.extend_from_slice(&note);
        self.scratch.extend_from_slice(b"\"}");
        out.text("gen_ai.tool.call.result", &self.scratch);
        self.finish(index, out);
        self.say("tool", &note);
    }

    fn begin(&mut self, index: u64, parent: u64, name: &str, kind: u64, out: &mut SpanWriter) {
        out.begin(&self.trace_id, &span_id(self.trace_id, index), Some(span_id(self.trace_id, parent)), name, kind);
    }

    fn finish(&mut self, index: u64, out: &mut SpanWriter) {
        let (start, end) = self.times(index);
        out.times(start, end);
        out.end();
    }

    fn times(&self, index: u64) -> (u64, u64) {
        let start = self.start_unix_nanos + index * 90 * MILLISECOND;
        // Follows from the ids, so that asking twice gives the same.
        let length = 5 + u64::from(self.trace_id[(index % 16) as usize]) * 7;
        (start, start + length * MILLISECOND)
    }

    fn messages(&mut self, out: &mut SpanWriter, key: &str, role: &str, text: &[u8]) {
        self.scratch.clear();
        self.scratch.push(b'[');
        push_message(&mut self.scratch, role, text);
        self.scratch.push(b']');
        out.text(key, &self.scratch);
    }

    fn say(&mut self, role: &str, text: &[u8]) {
        let mut message = Vec::with_capacity(text.len() + 64);
        push_message(&mut message, role, text);
        if self.history.len() == self.history_max {
            self.history.remove(1);
        }
        self.history.push(message);
    }

    fn text(&mut self, bytes: usize) -> Vec<u8> {
        let bytes = self.scaled(bytes);
        // Texts differ in length: most are shorter than the mean, a few much longer.
        let share = [30, 50, 60, 80, 90, 120, 170, 200][self.random.below(8) as usize];
        let mut text = Vec::with_capacity(bytes * 2 + 64);
        self.prose.write(&mut text, &mut self.random, bytes * share / 100, "\\n\\n");
        text
    }

    fn scaled(&self, bytes: usize) -> usize {
        ((bytes as f64 * self.text_scale) as usize).max(8)
    }
}

fn push_message(out: &mut Vec<u8>, role: &str, text: &[u8]) {
    out.extend_from_slice(br#"{"role":""#);
    out.extend_from_slice(role.as_bytes());
    out.extend_from_slice(br#"","parts":[{"type":"text","content":""#);
    out.extend_from_slice(text);
    out.extend_from_slice(br#""}]}"#);
}

/// The id of a span of a trace by its number.
pub(super) fn span_id(trace_id: [u8; 16], index: u64) -> [u8; 8] {
    let [high, low] = [&trace_id[..8], &trace_id[8..]].map(|half| u64::from_be_bytes(half.try_into().expect("half of sixteen bytes")));
    (Random::seeded(high ^ low.rotate_left(17) ^ (index + 1) << 40).next() | 1).to_be_bytes()
}

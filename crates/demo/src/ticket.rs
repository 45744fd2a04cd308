//! An ordinary ticket: sorted, looked up in the handbook and at the carrier, answered, checked.

use model::Attributes;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::json;

use crate::Batch;
use crate::build::{At, Sender, TraceBuilder};
use crate::speak::{ModelCall, Request, Said, Vocabulary};
use crate::texts::{CLASSIFY_SYSTEM, JUDGE_SYSTEM, MODEL_SYSTEM, POLICIES, Topic};

/// The sender, the words and the fate of one ticket.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) topic: &'static Topic,
    pub(crate) sender: Sender,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) prompt_version: &'static str,
    pub(crate) model: (&'static str, &'static str),
    pub(crate) user: String,
    pub(crate) session: String,
    pub(crate) tenant: &'static str,
    pub(crate) order: u32,
    pub(crate) order_lookups: u32,
    /// Prompts of the bad release carry the whole conversation twice.
    pub(crate) heavy_prompt: bool,
    pub(crate) rate_limited: bool,
    pub(crate) tool_times_out: bool,
}

impl Case {
    fn request(&self, answered: bool) -> Request {
        Request {
            question: self.question(),
            answer: answered.then(|| self.topic.answer.to_owned()),
            user: self.user.clone(),
            session: self.session.clone(),
            feature: self.topic.feature,
            tenant: self.tenant,
        }
    }

    fn question(&self) -> String {
        self.topic.question.replace("4821", &self.order.to_string())
    }
}

pub(crate) const RATE_LIMIT_MESSAGE: &str = "RateLimitError: 429 tokens per minute · limit 400,000 tpm · used 399,812 · reset in 41 s";

/// A ticket on its way: the builder, the clock in milliseconds and the luck.
struct Run<'a> {
    case: &'a Case,
    random: StdRng,
    trace: TraceBuilder,
    root: At,
    millis: u64,
}

pub(crate) fn handle(case: &Case, trace: TraceBuilder, random: StdRng) -> Batch {
    let mut trace = trace;
    let answered = !case.rate_limited;
    let attributes = case.vocabulary.request("support-agent", &case.request(answered));
    let root = trace.open(None, case.vocabulary.app_scope(), "handle_ticket", 0, attributes);
    let mut run = Run { case, random, trace, root, millis: 5 };
    run.classify();
    run.retrieve();
    let conversation = run.look_up();
    run.answer(conversation);
    if answered {
        run.check();
        run.judge();
    }
    run.end()
}

/// A ticket that is only sorted, by a small model of the shop's own that nobody has a price for.
pub(crate) fn classify_only(case: &Case, trace: TraceBuilder, random: StdRng) -> Batch {
    let mut trace = trace;
    let mut request = case.request(false);
    request.answer = Some(intent_json(case.topic));
    let root = trace.open(None, case.vocabulary.app_scope(), "classify_only", 0, case.vocabulary.request("intent-sorter", &request));
    let mut run = Run { case, random, trace, root, millis: 20 };
    let call = ModelCall {
        provider: "vllm",
        model: "shop-intent-7b",
        system: Some(CLASSIFY_SYSTEM),
        input: vec![Said::user(case.question())],
        output: Some(Said::assistant(intent_json(case.topic))),
        input_tokens: 410,
        output_tokens: 40,
        first_token_millis: Some(run.between(120, 400)),
        ..ModelCall::default()
    };
    let millis = run.between(450, 1_200);
    run.call_model(root, call, millis);
    run.end()
}

impl Run<'_> {
    fn between(&mut self, from: u64, to: u64) -> u64 {
        self.random.random_range(from..to)
    }

    /// Adds a model call now; the clock goes on to its end.
    fn call_model(&mut self, parent: At, mut call: ModelCall, millis: u64) -> At {
        let vocabulary = self.case.vocabulary;
        call.response_id = self.trace.call_id(if call.provider == "anthropic" { "msg" } else { "chatcmpl" });
        call.start_unix_nanos = self.trace.start_unix_nanos() + self.millis * 1_000_000;
        let name = format!("chat {}", call.model);
        let at = self.trace.add(parent, &vocabulary.model_scope(call.provider), &name, (self.millis, millis), vocabulary.model_call(&call));
        self.trace.set_client(at);
        self.millis += millis;
        at
    }

    fn add(&mut self, parent: At, name: &str, millis: u64, attributes: Attributes) -> At {
        let at = self.trace.add(parent, self.case.vocabulary.app_scope(), name, (self.millis, millis), attributes);
        self.millis += millis;
        at
    }

    fn classify(&mut self) {
        let intent = intent_json(self.case.topic);
        let question = self.case.question();
        let attributes = self.case.vocabulary.plain("step", &question, &intent);
        let step = self.trace.open(Some(self.root), self.case.vocabulary.app_scope(), "classify_intent", self.millis, attributes);
        self.millis += 3;
        let call = ModelCall {
            provider: "openai",
            model: "gpt-5-mini",
            system: Some(CLASSIFY_SYSTEM),
            input: vec![Said::user(question)],
            output: Some(Said::assistant(intent)),
            input_tokens: 400 + self.random.random_range(0..60),
            output_tokens: 22 + self.random.random_range(0..12),
            ..ModelCall::default()
        };
        let millis = self.between(350, 900);
        self.call_model(step, call, millis);
        self.millis += 2;
        self.trace.close(step, self.millis);
    }

    fn retrieve(&mut self) {
        let question = self.case.question();
        let first = self.random.random_range(0..POLICIES.len());
        let top_score = 0.74 + self.random.random_range(0..20) as f64 / 100.0;
        let documents: Vec<(&str, &str, f64)> = (0..5)
            .map(|rank| {
                let (id, text) = POLICIES[(first + rank) % POLICIES.len()];
                (id, text, ((top_score - 0.06 * rank as f64) * 100.0).round() / 100.0)
            })
            .collect();
        let vocabulary = self.case.vocabulary;
        let attributes = vocabulary.retrieval(&question, &documents);
        let step = self.trace.open(Some(self.root), vocabulary.app_scope(), "retrieve_policy", self.millis, attributes);
        let millis = self.between(60, 180);
        self.add(step, "embed_query", millis, vocabulary.embedding("text-embedding-3-small", &question, question.len() as i64 / 4));
        if self.random.random_bool(0.6) {
            let millis = self.between(8, 40);
            query_handbook(&mut self.trace, step, (self.millis, millis));
            self.millis += millis;
        }
        self.millis += 2;
        self.trace.close(step, self.millis);
    }

    /// Looks up the order as often as the model asks; returns the conversation so far.
    fn look_up(&mut self) -> Vec<Said> {
        let mut conversation = vec![Said::user(format!("{}\n\nPolicy: {} {}", self.case.question(), POLICIES[0].1, POLICIES[1].1))];
        if self.case.order_lookups == 0 {
            return conversation;
        }
        for lookup in 0..self.case.order_lookups {
            let id = self.trace.call_id("toolu");
            let arguments = json!({"order_id": self.case.order, "fields": ["status", "carrier", "items"]});
            let call = Said::ToolCall { id: id.clone(), name: "get_order", arguments: arguments.clone() };
            // The model asks once; the bad release repeats the tool on its own.
            if lookup == 0 {
                let millis = self.between(700, 1_600);
                let model_call = self.agent_call(conversation.clone(), Some(call.clone()), None);
                self.call_model(self.root, model_call, millis);
            }
            let times_out = self.case.tool_times_out && lookup == 0;
            let order = order_json(self.case.order, &mut self.random);
            let attributes = self.case.vocabulary.tool_call("get_order", &id, &arguments, (!times_out).then_some(&order));
            let millis = if times_out { 3_000 } else { self.between(90, 420) };
            let at = self.add(self.root, "get_order", millis, attributes);
            if times_out {
                self.trace.fail(at, "TimeoutError", "TimeoutError: orders did not answer within 3 s", true);
            }
            let answer = if times_out { json!({"error": "orders did not answer within 3 s"}) } else { order };
            conversation.extend([call, Said::ToolAnswer { id, answer }]);
        }
        conversation
    }

    fn agent_call(&mut self, input: Vec<Said>, output: Option<Said>, first_token_millis: Option<u64>) -> ModelCall {
        let base = if self.case.heavy_prompt { 8_600 } else { 3_100 };
        let input_tokens = base + self.random.random_range(0..900) + 60 * input.len() as i64;
        let (provider, model) = self.case.model;
        let output_tokens = match &output {
            Some(Said::Text { text, .. }) => text.len() as i64 / 4 + 20,
            Some(_) => 48,
            None => 0,
        };
        ModelCall {
            provider,
            model,
            system: Some(MODEL_SYSTEM),
            input,
            output,
            input_tokens,
            cached_tokens: if self.random.random_bool(0.7) { 2_048 } else { 0 },
            output_tokens,
            first_token_millis,
            prompt: Some(("support-reply", self.case.prompt_version)),
            ..ModelCall::default()
        }
    }

    fn answer(&mut self, conversation: Vec<Said>) {
        if self.case.rate_limited {
            let call = self.agent_call(conversation, None, None);
            let millis = self.between(6_000, 9_500);
            let at = self.call_model(self.root, call, millis);
            self.trace.fail(at, "RateLimitError", RATE_LIMIT_MESSAGE, true);
            let waited = [("attempt", "3"), ("wait", "4.0s")].into_iter().collect();
            self.trace.log(at, self.millis - 4_000, (13, "WARN"), "retrying after 429", waited);
            return self.trace.fail(self.root, "RateLimitError", RATE_LIMIT_MESSAGE, false);
        }
        let first_token_millis = self.between(600, 1_500);
        let call = self.agent_call(conversation, Some(Said::assistant(self.case.topic.answer)), Some(first_token_millis));
        let millis = first_token_millis + self.between(900, 3_400);
        self.call_model(self.root, call, millis);
    }

    fn check(&mut self) {
        let attributes = self.case.vocabulary.plain("guardrail", self.case.topic.answer, "pass");
        let millis = self.between(20, 90);
        self.add(self.root, "guardrail_pii", millis, attributes);
    }

    /// One ticket in four is judged.
    fn judge(&mut self) {
        if !self.random.random_bool(0.25) {
            return;
        }
        let score = self.random.random_range(70..98) as f64 / 100.0;
        let input = judged(&self.case.question(), self.case.topic.answer);
        let attributes = self.case.vocabulary.plain("evaluator", &input, &score.to_string());
        let at = self.trace.open(Some(self.root), self.case.vocabulary.app_scope(), "helpfulness", self.millis, attributes);
        let call = judge_call(input, score, "Answers the question and names the next step.");
        let millis = self.between(500, 1_100);
        self.call_model(at, call, millis);
        self.trace.close(at, self.millis);
        score_event(&mut self.trace, at, score);
    }

    fn end(mut self) -> Batch {
        self.millis += 4;
        self.trace.close(self.root, self.millis);
        self.trace.finish()
    }
}

pub(crate) fn intent_json(topic: &Topic) -> String {
    let language = if topic.question.contains(['ä', 'ö', 'ü', 'ß']) { "de" } else { "en" };
    json!({"intent": topic.intent, "confidence": 0.93, "language": language}).to_string()
}

pub(crate) fn judged(question: &str, answer: &str) -> String {
    format!("Question: {question}\n\nAnswer: {answer}")
}

pub(crate) fn judge_call(input: String, score: f64, reason: &str) -> ModelCall {
    ModelCall {
        provider: "openai",
        model: "gpt-5-mini",
        system: Some(JUDGE_SYSTEM),
        input_tokens: 1_780,
        output_tokens: 64,
        input: vec![Said::user(input)],
        output: Some(Said::assistant(json!({"score": score, "reason": reason}).to_string())),
        ..ModelCall::default()
    }
}

/// Writes a score the way OpenTelemetry does: as an event of the span that was judged.
pub(crate) fn score_event(trace: &mut TraceBuilder, at: At, score: f64) {
    let mut attributes: Attributes = [("gen_ai.evaluation.name", "helpful")].into_iter().collect();
    attributes.push("gen_ai.evaluation.score.value", score);
    trace.event(at, "gen_ai.evaluation.result", attributes);
}

/// Adds the plumbing below a retrieval: a query of the handbook's database.
pub(crate) fn query_handbook(trace: &mut TraceBuilder, parent: At, time: (u64, u64)) -> At {
    let attributes = [
        ("db.system.name", "postgresql"),
        ("db.namespace", "handbook"),
        ("db.query.text", "SELECT id, body, 1 - (embedding <=> $1) AS score FROM policy ORDER BY embedding <=> $1 LIMIT 20"),
        ("server.address", "db.internal"),
    ];
    let at = trace.add(parent, "opentelemetry.instrumentation.psycopg", "SELECT handbook", time, attributes.into_iter().collect());
    trace.set_client(at);
    at
}

fn order_json(order: u32, random: &mut StdRng) -> serde_json::Value {
    let item = ["Aurora desk, oak, 140 cm", "Lumen lamp, brass", "Fjord floor lamp", "Arbor clamp lamp"][random.random_range(0..4)];
    json!({"order": {
        "id": order, "status": "shipped", "placed": "2026-11-16", "carrier": "DHL", "tracking": format!("JD0146{:010}", random.random_range(0..9_999_999_u32)),
        "items": [{"name": item, "quantity": 1, "price": "189.00 EUR"}, {"name": "E27 bulb 2700 K", "quantity": 2, "price": "9.90 EUR"}],
    }})
}

//! The run that tells the story: 24 questions to a carrier one after the other, then no tokens left to answer.
//!
//! Fixed to the millisecond, so that screens, docs and tests can speak of it.

use serde_json::{Value, json};

use crate::Batch;
use crate::build::{At, TraceBuilder};
use crate::speak::{APP_SCOPE, ModelCall, Request, Said, Vocabulary};
use crate::texts::{CLASSIFY_SYSTEM, MODEL_SYSTEM, POLICIES, TOPICS};
use crate::ticket::{RATE_LIMIT_MESSAGE, intent_json, judge_call, judged, query_handbook, score_event};

/// From start to end of the root.
pub(crate) const DURATION_MILLIS: u64 = 505_000;

const SPEAK: Vocabulary = Vocabulary::OpenTelemetry;
/// How long each question to the carrier takes: 6m 02s together, 12.1 s in the median.
const CARRIER_MILLIS: [u64; 24] = [
    11_200, 13_400, 11_800, 12_100, 15_000, 11_500, 31_000, 12_000, 11_600, 14_200, 11_300, 30_000, 12_050, 15_800, 11_900, 12_100, 13_800,
    11_400, 16_000, 30_000, 12_050, 14_600, 11_700, 15_400,
];
/// Two of the calls find the carrier's system down.
const CARRIER_FAILURES: [usize; 2] = [11, 19];
/// One gets a page for people in place of data, and lets a model read it: the dearest call of the run.
const CARRIER_PAGE: usize = 6;
const CARRIER_START_MILLIS: u64 = 58_520;
/// Between an answer and the next question.
const CARRIER_PAUSE_MILLIS: u64 = 5;

pub(crate) fn handle(mut trace: TraceBuilder, user: &str, session: &str) -> Batch {
    let question = TOPICS[0].question.to_owned();
    let answer = TOPICS[0].answer.to_owned();
    let request = Request {
        question: question.clone(),
        answer: Some(answer.clone()),
        user: user.to_owned(),
        session: session.to_owned(),
        feature: "support",
        tenant: "globex",
    };
    let root = trace.open(None, APP_SCOPE, "handle_ticket", 0, SPEAK.request("support-agent", &request));
    classify(&mut trace, root, &question);
    retrieve(&mut trace, root, &question);
    let conversation = research(&mut trace, root, &question);
    answer_and_check(&mut trace, root, conversation, &answer);
    judge(&mut trace, root, &question, &answer);
    trace.close(root, DURATION_MILLIS);
    trace.fail(root, "RateLimitError", RATE_LIMIT_MESSAGE, false);
    trace.finish()
}

fn classify(trace: &mut TraceBuilder, root: At, question: &str) {
    let intent = intent_json(&TOPICS[0]);
    let step = trace.add(root, APP_SCOPE, "classify_intent", (20, 2_900), SPEAK.plain("step", question, &intent));
    let call = ModelCall {
        provider: "openai",
        model: "gpt-5-mini",
        system: Some(CLASSIFY_SYSTEM),
        input: vec![Said::user(question)],
        output: Some(Said::assistant(intent)),
        input_tokens: 412,
        output_tokens: 38,
        first_token_millis: Some(900),
        ..ModelCall::default()
    };
    call_model(trace, step, call, (200, 2_600));
}

fn retrieve(trace: &mut TraceBuilder, root: At, question: &str) {
    let scores = [0.91, 0.84, 0.77, 0.71, 0.66];
    let documents: Vec<(&str, &str, f64)> = POLICIES.iter().zip(scores).map(|((id, text), score)| (*id, *text, score)).collect();
    let step = trace.add(root, APP_SCOPE, "retrieve_policy", (3_000, 4_800), SPEAK.retrieval(question, &documents));
    trace.add(step, APP_SCOPE, "embed_query", (3_050, 900), SPEAK.embedding("text-embedding-3-small", question, 12));
    post(trace, step, "api.openai.com", "/v1/embeddings", (3_960, 820));
    query_handbook(trace, step, (4_800, 640));
    post(trace, step, "api.cohere.com", "/v2/rerank", (5_450, 220));
    let mut rerank = SPEAK.plain("span", &json!({"query": question, "documents": 20}).to_string(), &json!({"documents": 5}).to_string());
    rerank.0.remove(0);
    rerank.push("gen_ai.operation.name", "rerank");
    rerank.push("gen_ai.provider.name", "cohere");
    rerank.push("gen_ai.request.model", "rerank-v3");
    rerank.push("gen_ai.request.top_k", 5_i64);
    trace.add(step, APP_SCOPE, "rerank", (5_700, 2_000), rerank);
}

fn post(trace: &mut TraceBuilder, parent: At, host: &str, path: &str, time: (u64, u64)) {
    let mut attributes: model::Attributes =
        [("http.request.method", "POST"), ("server.address", host), ("url.path", path)].into_iter().collect();
    attributes.push("http.response.status_code", 200_i64);
    let at = trace.add(parent, "opentelemetry.instrumentation.httpx", "POST", time, attributes);
    trace.set_client(at);
}

/// The sub-agent: asks for the order, then for the parcel again and again, then runs into the limit.
fn research(trace: &mut TraceBuilder, root: At, question: &str) -> Vec<Said> {
    let request: model::Attributes = [
        ("gen_ai.operation.name", "invoke_agent".to_owned()),
        ("gen_ai.agent.name", "research_order".to_owned()),
        ("clew.input", json!({"question": question, "order_id": 4821}).to_string()),
    ]
    .into_iter()
    .collect();
    let agent = trace.add(root, APP_SCOPE, "research_order", (8_500, 461_000), request);
    let mut conversation = vec![Said::user(format!("Find out where order 4821 is and when it comes.\n\nThe customer wrote: {question}"))];

    let arguments = json!({"order_id": 4821, "fields": ["status", "carrier", "items"]});
    let order = json!({"order": {"id": 4821, "status": "shipped", "carrier": "DHL", "tracking": "JD014600004821", "placed": "2026-11-16",
        "items": [{"name": "Lumen lamp, brass", "quantity": 1, "price": "189.00 EUR"}]}, "status": "shipped"});
    let id = trace.call_id("toolu");
    let wish = Said::ToolCall { id: id.clone(), name: "get_order", arguments: arguments.clone() };
    call_model(trace, agent, sonnet(&conversation, Some(wish.clone()), (5_917, 0, 283), 5_200), (8_900, 15_100));
    trace.add(agent, APP_SCOPE, "get_order", (24_400, 6_800), SPEAK.tool_call("get_order", &id, &arguments, Some(&order)));
    conversation.extend([wish, Said::ToolAnswer { id, answer: order }]);

    let arguments = json!({"carrier": "DHL", "tracking": "JD014600004821"});
    let id = trace.call_id("toolu");
    let wish = Said::ToolCall { id: id.clone(), name: "carrier_status", arguments: arguments.clone() };
    call_model(trace, agent, sonnet(&conversation, Some(wish.clone()), (7_625, 0, 275), 7_900), (31_500, 27_000));
    let mut start = CARRIER_START_MILLIS;
    for (call, millis) in CARRIER_MILLIS.into_iter().enumerate() {
        ask_carrier(trace, agent, &arguments, call, (start, millis));
        start += millis + CARRIER_PAUSE_MILLIS;
    }
    conversation.extend([wish, Said::ToolAnswer { id, answer: carrier_json() }]);
    conversation.push(Said::user("Please check again whether the parcel moved since this morning."));
    run_into_limit(trace, agent, &conversation);
    conversation
}

fn ask_carrier(trace: &mut TraceBuilder, agent: At, arguments: &Value, call: usize, time: (u64, u64)) {
    let failed = CARRIER_FAILURES.contains(&call);
    let id = trace.call_id("toolu");
    let answer = carrier_json();
    let attributes = SPEAK.tool_call("carrier_status", &id, arguments, (!failed).then_some(&answer));
    let at = trace.add(agent, APP_SCOPE, "carrier_status", time, attributes);
    if failed {
        trace.fail(at, "CarrierUnavailable", "CarrierUnavailable: 503 from the tracking service", true);
    }
    if call == CARRIER_PAGE {
        let page = [Said::user(format!("Give the scans of this tracking page as JSON.\n\n{CARRIER_PAGE_TEXT}"))];
        let scans = Said::assistant(answer["events"].to_string());
        call_model(trace, at, sonnet(&page, Some(scans), (12_958, 0, 2_902), 1_800), (time.0 + 900, time.1 - 1_100));
    }
}

/// What the page says, cut to its beginning as the application logs it.
const CARRIER_PAGE_TEXT: &str = "DHL Sendungsverfolgung · JD014600004821\n\
    Die Sendung wurde im Start-Paketzentrum bearbeitet (Hamburg, 16.11., 06:15).\n\
    Die Sendung wurde im Ziel-Paketzentrum bearbeitet (Hannover, 16.11., 10:15).\n\
    Die Sendung wurde weitergeleitet (Kassel, 16.11., 14:15). ... [truncated]";

fn carrier_json() -> Value {
    let places = ["Hamburg", "Hannover", "Kassel", "Göttingen", "Hannover", "Celle", "Hannover"];
    let events: Vec<Value> = (0..14)
        .map(|step| json!({"at": format!("2026-11-{:02}T{:02}:15:00Z", 16 + step / 4, 6 + step % 4 * 4), "place": places[step % 7], "scan": if step % 2 == 0 { "arrived" } else { "departed" }}))
        .collect();
    json!({"carrier": "DHL", "status": "in_transit", "events": events, "eta": "2026-11-21"})
}

fn run_into_limit(trace: &mut TraceBuilder, agent: At, conversation: &[Said]) {
    let (start, millis) = (420_550, 48_900);
    let at = call_model(trace, agent, sonnet(conversation, None, (9_702, 7_956, 198), 48_000), (start, millis));
    trace.fail(at, "RateLimitError", RATE_LIMIT_MESSAGE, true);
    for (time, attempt, wait) in [(1_200, 2_i64, "12.0s"), (24_900, 3, "24.0s")] {
        let mut attributes: model::Attributes = [("wait", wait)].into_iter().collect();
        attributes.push("attempt", attempt);
        trace.log(at, start + time, (13, "WARN"), "retrying after 429", attributes);
    }
    trace.log(at, start + millis, (17, "ERROR"), "giving up", [("error.type", "RateLimitError")].into_iter().collect());
}

fn answer_and_check(trace: &mut TraceBuilder, root: At, mut conversation: Vec<Said>, answer: &str) {
    trace.add(root, APP_SCOPE, "guardrail_pii", (469_600, 1_400), SPEAK.plain("guardrail", answer, "pass"));
    conversation.push(Said::user("Answer with what is known."));
    let mut call = sonnet(&conversation, Some(Said::assistant(answer)), (5_163, 0, 851), 9_400);
    call.prompt = Some(("support-reply", "v14"));
    call_model(trace, root, call, (471_200, 31_200));
}

/// Judged beside the answer: the evaluator outlives the request.
fn judge(trace: &mut TraceBuilder, root: At, question: &str, answer: &str) {
    let input = judged(question, answer);
    let at = trace.add(root, APP_SCOPE, "helpfulness", (504_000, 6_900), SPEAK.plain("evaluator", &input, "0.12"));
    call_model(trace, at, judge_call(input, 0.12, "Answered after eight minutes, with a date that had passed."), (504_100, 6_700));
    score_event(trace, at, 0.12);
}

/// `tokens` are input, cached of these, and output.
fn sonnet(input: &[Said], output: Option<Said>, tokens: (i64, i64, i64), first_token_millis: u64) -> ModelCall {
    ModelCall {
        provider: "anthropic",
        model: "claude-sonnet-4-5",
        system: Some(MODEL_SYSTEM),
        input: input.to_vec(),
        output,
        input_tokens: tokens.0,
        cached_tokens: tokens.1,
        output_tokens: tokens.2,
        first_token_millis: Some(first_token_millis),
        ..ModelCall::default()
    }
}

fn call_model(trace: &mut TraceBuilder, parent: At, mut call: ModelCall, time: (u64, u64)) -> At {
    call.response_id = trace.call_id(if call.provider == "anthropic" { "msg" } else { "chatcmpl" });
    let at = trace.add(parent, &SPEAK.model_scope(call.provider), &format!("chat {}", call.model), time, SPEAK.model_call(&call));
    trace.set_client(at);
    at
}

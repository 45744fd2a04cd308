//! One trace of ten thousand spans: an agent that counts the shelves all night.

use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::json;

use crate::Batch;
use crate::build::TraceBuilder;
use crate::speak::{APP_SCOPE, ModelCall, Request, Said, Vocabulary};

/// Root and rounds of three.
pub(crate) const SPANS: usize = 10_000;

pub(crate) fn handle(mut trace: TraceBuilder, mut random: StdRng, user: &str, session: &str) -> Batch {
    let speak = Vocabulary::OpenTelemetry;
    let request = Request {
        question: "Compare the stock of all shelves with the books and correct what differs.".to_owned(),
        answer: Some("All 3,333 shelves are compared; 41 differed and were corrected.".to_owned()),
        user: user.to_owned(),
        session: session.to_owned(),
        feature: "support",
        tenant: "warehouse",
    };
    let root = trace.open(None, APP_SCOPE, "reconcile_inventory", 0, speak.request("inventory-agent", &request));
    let mut millis = 10;
    for round in 0..(SPANS - 1) / 3 {
        let shelf = format!("{}-{:02}-{:02}", ["A", "B", "C", "D"][round % 4], round / 4 % 40, round / 160);
        let arguments = json!({"shelf": shelf});
        let count = random.random_range(0..40_u32);
        let result = json!({"shelf": shelf, "counted": count, "in_books": if random.random_bool(0.012) { count + 1 } else { count }});
        let (think, read) = (random.random_range(500..900), random.random_range(40..200));

        let mut attributes = speak.plain("step", &arguments.to_string(), &result.to_string());
        attributes.push("clew.step.name", "compare_shelf");
        attributes.push("clew.step.index", round as i64);
        let step = trace.add(root, APP_SCOPE, "compare_shelf", (millis, think + read + 3), attributes);
        let id = trace.call_id("call");
        let call = ModelCall {
            provider: "openai",
            model: "gpt-5-mini",
            input: vec![Said::user(format!("Next shelf is {shelf}. Read it and compare."))],
            output: Some(Said::ToolCall { id: id.clone(), name: "read_shelf", arguments: arguments.clone() }),
            response_id: trace.call_id("chatcmpl"),
            input_tokens: 180,
            output_tokens: 24,
            ..ModelCall::default()
        };
        let at = trace.add(step, &speak.model_scope("openai"), "chat gpt-5-mini", (millis + 1, think), speak.model_call(&call));
        trace.set_client(at);
        trace.add(step, APP_SCOPE, "read_shelf", (millis + think + 2, read), speak.tool_call("read_shelf", &id, &arguments, Some(&result)));
        millis += think + read + 5;
    }
    trace.close(root, millis + 5);
    trace.finish()
}

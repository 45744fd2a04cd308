//! What the answers say of traces that are not whole: placeholders, last signs of life, links and states.

use serde_json::{Value, json};

use crate::harness::Harness;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const OTHER_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const JSON: (&str, &str) = ("content-type", "application/json");

/// A span in OTLP JSON; `more` adds fields and may set others.
fn span(span_id: &str, parent: &str, name: &str, (start, end): (u64, u64), attributes: &[(&str, &str)], more: Value) -> Value {
    let attributes: Vec<Value> = attributes.iter().map(|(key, value)| json!({"key": key, "value": {"stringValue": value}})).collect();
    let mut span = json!({
        "traceId": TRACE, "spanId": span_id, "parentSpanId": parent, "name": name, "kind": 1, "attributes": attributes,
        "startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(),
    });
    span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    span
}

async fn send(harness: &Harness, spans: Vec<Value>) {
    let body = json!({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "test"}, "spans": spans}]}]});
    assert_eq!(harness.post("/v1/traces", &[JSON], body.to_string()).await.status(), 200);
}

async fn trace(harness: &Harness) -> Value {
    harness.json(&format!("/api/v1/projects/default/traces/{TRACE}")).await
}

fn span_of<'a>(trace: &'a Value, span_id: &str) -> &'a Value {
    trace["spans"].as_array().unwrap().iter().find(|span| span["span_id"] == span_id).unwrap()
}

#[tokio::test]
async fn a_trace_without_its_root_is_running_until_the_root_comes() {
    let harness = Harness::start().await;
    send(
        &harness,
        vec![span("00000000000000b2", "00000000000000a1", "triage", (1_200, 1_700), &[("input.value", "Where is it?")], json!({}))],
    )
    .await;
    let early = trace(&harness).await;
    assert_eq!((&early["trace"]["status"], &early["trace"]["last_seen_unix_nanos"]), (&json!("running"), &json!("1700")));
    assert_eq!(early["trace"]["input_preview"], "Where is it?");
    assert_eq!(
        early["placeholders"],
        json!([{"span_id": "00000000000000a1", "status": "running", "start_unix_nanos": "1200", "last_seen_unix_nanos": "1700", "child_count": 1}])
    );
    let orphan = span_of(&early, "00000000000000b2");
    assert_eq!((&orphan["parent_span_id"], &orphan["effective_parent_id"]), (&json!("00000000000000a1"), &Value::Null));

    send(&harness, vec![span("00000000000000a1", "", "ask", (1_000, 2_000), &[], json!({"status": {"code": 1}}))]).await;
    let whole = trace(&harness).await;
    assert_eq!((&whole["trace"]["status"], &whole["placeholders"]), (&json!("ok"), &json!([])));
    assert_eq!(span_of(&whole, "00000000000000b2")["effective_parent_id"], "00000000000000a1");
    let listed = harness.json("/api/v1/projects/default/traces").await;
    assert_eq!(listed["traces"][0], whole["trace"]);
}

#[tokio::test]
async fn a_span_that_has_not_ended_says_when_it_was_last_seen() {
    let harness = Harness::start().await;
    let spans = vec![
        span("00000000000000a1", "", "ask", (1_000, 0), &[], json!({})),
        span("00000000000000b2", "00000000000000a1", "triage", (1_200, 1_700), &[], json!({})),
    ];
    send(&harness, spans).await;
    let running = trace(&harness).await;
    let root = span_of(&running, "00000000000000a1");
    assert_eq!((&root["status"], &root["last_seen_unix_nanos"]), (&json!("running"), &json!("1700")));
    assert_eq!(span_of(&running, "00000000000000b2").get("last_seen_unix_nanos"), None);
}

#[tokio::test]
async fn links_are_answered_with_their_type_beside_what_was_sent() {
    let harness = Harness::start().await;
    let session = [("session.id", "s1")];
    send(&harness, vec![span("00000000000000c3", "", "before", (500, 600), &session, json!({"traceId": OTHER_TRACE}))]).await;
    let link =
        json!({"traceId": OTHER_TRACE, "spanId": "00000000000000c3", "attributes": [{"key": "note", "value": {"stringValue": "n"}}]});
    let spans = vec![
        span("00000000000000a1", "", "go on", (1_000, 2_000), &session, json!({"links": [link]})),
        span(
            "00000000000000b2",
            "00000000000000a1",
            "take",
            (1_100, 1_200),
            &[],
            json!({"kind": 5, "links": [{"traceId": TRACE, "spanId": "00000000000000a1"}]}),
        ),
    ];
    send(&harness, spans).await;
    let trace = trace(&harness).await;
    let sent =
        json!({"type": "resumes", "trace_id": OTHER_TRACE, "span_id": "00000000000000c3", "trace_state": "", "attributes": {"note": "n"}});
    assert_eq!(span_of(&trace, "00000000000000a1")["links"], json!([sent]));
    assert_eq!(span_of(&trace, "00000000000000b2")["links"][0]["type"], "transport");
}

#[tokio::test]
async fn a_session_begins_with_its_first_input_and_ends_with_its_last_output() {
    let harness = Harness::start().await;
    let turn = |trace: &'static str, start: u64, input: &'static str, output: &'static str| {
        let attributes = [("session.id", "s1"), ("input.value", input), ("output.value", output)];
        // The root of the second turn has not come.
        let parent = if trace == TRACE { "" } else { "00000000000000d4" };
        span("00000000000000a1", parent, "turn", (start, start + 100), &attributes, json!({"traceId": trace}))
    };
    send(&harness, vec![turn(TRACE, 1_000, "Where is it?", "Which order?"), turn(OTHER_TRACE, 2_000, "A-7", "At the gate.")]).await;
    let sessions = harness.json("/api/v1/projects/default/sessions").await;
    assert_eq!(
        (&sessions["sessions"][0]["input_preview"], &sessions["sessions"][0]["output_preview"]),
        (&json!("Where is it?"), &json!("At the gate."))
    );
}

#[tokio::test]
async fn the_state_around_a_step_is_derived_where_the_framework_hands_it_through() {
    let harness = Harness::start().await;
    let metadata = ("metadata", r#"{"langgraph_node": "triage", "langgraph_step": 1}"#);
    let io = [("input.value", r#"{"order": "A-7"}"#), ("output.value", r#"{"route": "refund"}"#), ("clew.observation.type", "step")];
    let spans = vec![
        span("00000000000000a1", "", "graph", (1_000, 2_000), &[], json!({})),
        span("00000000000000b2", "00000000000000a1", "triage", (1_100, 1_200), &[io[0], io[1], io[2], metadata], json!({})),
        span("00000000000000c3", "00000000000000a1", "plain", (1_300, 1_400), &io, json!({})),
    ];
    send(&harness, spans).await;
    let trace = trace(&harness).await;
    let step = span_of(&trace, "00000000000000b2");
    assert_eq!((&step["state_before"], &step["state_after"]), (&json!({"order": "A-7"}), &json!({"route": "refund"})));
    assert!(step["notes"].as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains("derived")), "{}", step["notes"]);
    assert_eq!(span_of(&trace, "00000000000000c3").get("state_before"), None);
}

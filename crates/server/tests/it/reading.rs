//! The reading API: pages, problems, health, and the page of the UI.

use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text, trace_id};

#[tokio::test]
async fn pages_follow_one_another_without_loss() {
    let harness = Harness::start().await;
    for trace in 1..=7 {
        harness.post("/v1/traces", &[PROTOBUF], bytes(&export(trace, &[1]))).await;
    }
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = harness.json(&format!("/api/v1/projects/default/traces?limit=3&cursor={cursor}")).await;
        seen.extend(page["traces"].as_array().unwrap().iter().map(|trace| trace["trace_id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    let newest_first: Vec<String> = (1..=7).rev().map(trace_id).collect();
    assert_eq!(seen, newest_first);
}

#[tokio::test]
async fn every_mistake_is_answered_by_a_problem() {
    let harness = Harness::start().await;
    let mistakes = [
        ("/api/v1/projects/nowhere/traces", 404),
        ("/api/v1/projects/default/traces?limit=0", 400),
        ("/api/v1/projects/default/traces?limit=many", 400),
        ("/api/v1/projects/default/traces?cursor=%25", 400),
        ("/api/v1/projects/default/traces?t=yesterday", 400),
        ("/api/v1/projects/default/traces?sort=luck", 400),
        ("/api/v1/projects/default/traces?q=colour:red", 400),
        ("/api/v1/projects/default/traces?q=(status:error", 400),
        ("/api/v1/projects/default/traces/xyz", 400),
        ("/api/v1/traces/0af7651916cd43dd8448eb211c80319c", 404),
        ("/api/v1/nothing", 404),
    ];
    for (path, status) in mistakes {
        let response = harness.get(path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
        assert!(response.headers().contains_key("x-request-id"), "{path}");
        let timing = response.headers()["server-timing"].to_str().unwrap();
        assert!(timing.strip_prefix("total;dur=").is_some_and(|milliseconds| milliseconds.parse::<f64>().is_ok()), "{timing}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["status"], status, "{path}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{path}");
    }
}

#[tokio::test]
async fn a_query_picks_traces_and_spans_and_a_mistake_has_its_place() {
    let harness = Harness::start().await;
    for trace in 1..=3 {
        let mut request = export(trace, &[1, 2]);
        let call = [("gen_ai.operation.name", "chat"), ("gen_ai.request.model", if trace == 2 { "gpt-5" } else { "claude" })];
        request.resource_spans[0].scope_spans[0].spans[1].attributes.extend(call.map(|(key, value)| text(key, value)));
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    let found = harness.json("/api/v1/projects/default/traces?q=model:gpt-5").await;
    let ids: Vec<_> = found["traces"].as_array().unwrap().iter().map(|trace| trace["trace_id"].clone()).collect();
    assert_eq!(ids, [trace_id(2)]);
    let found = harness.json("/api/v1/projects/default/spans?q=model:claude").await;
    assert_eq!((found["spans"].as_array().unwrap().len(), &found["total"]["count"]), (2, &json!(2)));
    let problem: Value = harness.get("/api/v1/projects/default/traces?q=modle:gpt-5").await.json().await.unwrap();
    assert_eq!((&problem["at"], &problem["type"]), (&json!(0), &json!("urn:clew:problem:invalid-query")), "{problem}");
    assert!(problem["hint"].as_str().unwrap().contains("model"), "{problem}");
}

/// Two traces show one model call, as a client and its gateway send it.
/// List and trace agree that the first pays, and the second says so.
#[tokio::test]
async fn a_call_in_two_traces_is_counted_in_the_first() {
    let harness = Harness::start().await;
    for trace in [2, 1] {
        let mut request = export(trace, &[1]);
        let call = [("gen_ai.operation.name", "chat"), ("gen_ai.request.model", "m"), ("gen_ai.response.id", "r-1")];
        let attributes = &mut request.resource_spans[0].scope_spans[0].spans[0].attributes;
        attributes.extend(call.map(|(key, value)| text(key, value)));
        attributes.push(text("gen_ai.usage.input_tokens", "7"));
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    let list = harness.json("/api/v1/projects/default/traces").await;
    for (trace, usage) in [(2, json!({"input_tokens": 7})), (1, json!({}))] {
        let whole = harness.json(&format!("/api/v1/projects/default/traces/{}", trace_id(trace))).await;
        let listed = list["traces"].as_array().unwrap().iter().find(|listed| listed["trace_id"] == trace_id(trace)).unwrap();
        assert_eq!((&whole["trace"]["usage"], &listed["usage"]), (&usage, &usage));
        let note = format!("the same call is billed in trace {}", trace_id(2));
        assert_eq!(whole["spans"][0]["notes"].as_array().unwrap().contains(&note.into()), trace == 1);
    }
}

#[tokio::test]
async fn content_can_be_left_out() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let path = format!("/api/v1/projects/default/traces/{}", trace_id(1));
    let whole = harness.json(&path).await;
    let bare = harness.json(&format!("{path}?content=none")).await;
    assert_eq!(whole["spans"][0]["attributes"]["input.value"], "hello");
    assert_eq!((bare["spans"][0].get("attributes"), &bare["trace"]), (None, &whole["trace"]));
}

#[tokio::test]
async fn spans_projects_health_and_metrics_answer() {
    let harness = Harness::start().await;
    assert_eq!(harness.json("/api/v1/projects").await["projects"][0]["slug"], "default");
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1, 2, 3]))).await;
    let spans = harness.json("/api/v1/projects/default/spans?limit=2").await;
    assert_eq!((spans["spans"].as_array().unwrap().len(), &spans["total"]["count"]), (2, &json!(3)));
    assert_eq!(harness.json("/api/v1/projects/default/logs").await["logs"], json!([]));
    assert_eq!(harness.json("/api/v1/projects/default/sessions").await["sessions"], json!([]));
    assert_eq!(harness.json("/api/v1/projects/default/users").await["users"], json!([]));
    assert_eq!(harness.get("/healthz").await.status(), 200);
    let metrics = harness.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("clew_records_total{outcome=\"stored\"} 3"), "{metrics}");
    assert_eq!(harness.json("/api/v1/about").await["http"], harness.http);
    assert_eq!(harness.json("/api/v1/openapi.json").await["info"]["title"], "clew");
}

#[tokio::test]
async fn the_page_is_served_under_every_address_of_a_page_and_nowhere_else() {
    let harness = Harness::start().await;
    for path in ["/", "/p/default/traces", "/t/0af7651916cd43dd8448eb211c80319c", "/p/v1.2/traces"] {
        let response = harness.get(path).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()),
            (200, "text/html; charset=utf-8"),
            "{path}"
        );
        assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
        assert_eq!(response.headers()["cache-control"], "no-cache");
    }
    assert_eq!(harness.get("/assets/missing.js").await.status(), 404);
    let etag = harness.get("/").await.headers()["etag"].to_str().unwrap().to_owned();
    let again = harness.client.get(format!("{}/", harness.http)).header("if-none-match", etag).send().await.unwrap();
    assert_eq!(again.status(), 304);
}

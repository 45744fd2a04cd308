//! Own prices over the API, and the calculation behind a span's cost.

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text, trace_id};

const PRICES: &str = "/api/v1/projects/default/prices";

async fn change(harness: &Harness, method: reqwest::Method, path: &str, body: &Value) -> (u16, Value) {
    let response = harness.client.request(method, format!("{}{path}", harness.http)).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn put(harness: &Harness, body: &Value) -> Value {
    let (status, table) = change(harness, reqwest::Method::PUT, PRICES, body).await;
    assert_eq!(status, 200, "{table}");
    table
}

fn value(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// Sends a trace of one call: a thousand input tokens, 400 of them cached, and a hundred of output.
async fn send_call(harness: &Harness, trace: u8, model: &str, more: Vec<KeyValue>) {
    let mut request = export(trace, &[1]);
    let span = &mut request.resource_spans[0].scope_spans[0].spans[0];
    span.attributes = vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.provider.name", "openai"),
        text("gen_ai.request.model", model),
        value("gen_ai.usage.input_tokens", any_value::Value::IntValue(1_000)),
        value("gen_ai.usage.cache_read.input_tokens", any_value::Value::IntValue(400)),
        value("gen_ai.usage.output_tokens", any_value::Value::IntValue(100)),
    ];
    span.attributes.extend(more);
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await.status(), 200);
}

async fn cost(harness: &Harness, trace: u8) -> Value {
    harness.json(&format!("/api/v1/projects/default/traces/{}/spans/0101010101010101/cost", trace_id(trace))).await
}

#[tokio::test]
async fn a_new_row_prices_the_next_span_and_leaves_the_last() {
    let harness = Harness::start().await;
    send_call(&harness, 1, "our-model", Vec::new()).await;
    assert_eq!(cost(&harness, 1).await["cost_reason"], "no price table knows model `our-model` of provider `openai`");
    let prices = json!({"input_tokens": "2", "cache_read_tokens": "0.5", "output_tokens": "8.000000001"});
    let table =
        put(&harness, &json!({"rows": [{"model": "our-*", "prices": prices, "valid_from": "2026-01-01", "note": "contract"}]})).await;
    assert_eq!(
        table,
        json!({"version": 1, "rows": [{"id": 1, "project": "default", "all_projects": false, "model": "our-*",
            "valid_from": "2026-01-01T00:00:00Z", "prices": prices, "note": "contract",
            "per": {"input_tokens": 1_000_000, "cache_read_tokens": 1_000_000, "output_tokens": 1_000_000}}]})
    );

    send_call(&harness, 2, "our-model", Vec::new()).await;
    let span = &harness.json(&format!("/api/v1/projects/default/traces/{}", trace_id(2))).await["spans"][0];
    assert_eq!((&span["cost_usd"], &span["cost_source"]), (&json!("0.0022"), &json!("own table, version 1")));
    let told = cost(&harness, 2).await;
    assert_eq!((&told["match"]["row"], &told["stored"]["differs"], &told["billing"]), (&json!(1), &json!(false), &json!("leaf")));
    let lines: Vec<_> = told["lines"].as_array().unwrap().iter().map(|line| (&line["unit"], &line["count"], &line["cost_usd"])).collect();
    assert_eq!(lines[0], (&json!("input_tokens"), &json!(600), &json!("0.0012")));
    let old = cost(&harness, 1).await;
    assert_eq!((&old["stored"]["differs"], &old["stored"]["cost_status"]), (&json!(true), &json!("no_price")), "history keeps its price");
}

#[tokio::test]
async fn rows_are_replaced_removed_and_kept_to_their_project() {
    let harness = Harness::start().await;
    let row = |price: &str, all: bool| json!({"rows": [{"model": "our-model", "prices": {"input_tokens": price}, "all_projects": all}]});
    put(&harness, &row("1", false)).await;
    let table = put(&harness, &row("2", false)).await;
    assert_eq!(
        (&table["version"], table["rows"].as_array().unwrap().len(), &table["rows"][0]["prices"]["input_tokens"]),
        (&json!(2), 1, &json!("2"))
    );
    put(&harness, &row("3", true)).await;

    let response = harness.post("/v1/traces", &[PROTOBUF, ("x-clew-project", "other")], bytes(&export(1, &[1]))).await;
    assert_eq!(response.status(), 200);
    let other = harness.json("/api/v1/projects/other/prices").await;
    assert_eq!((other["rows"].as_array().unwrap().len(), &other["rows"][0]["all_projects"]), (1, &json!(true)));
    let not_its_own = change(&harness, reqwest::Method::DELETE, "/api/v1/projects/other/prices/1", &Value::Null).await;
    assert_eq!((not_its_own.0, &not_its_own.1["detail"]), (404, &json!("the own price table has no row `1` in this project")));
    let (status, table) = change(&harness, reqwest::Method::DELETE, &format!("{PRICES}/1"), &Value::Null).await;
    assert_eq!((status, table["rows"].as_array().unwrap().len(), &table["version"]), (200, 1, &json!(4)));
}

#[tokio::test]
async fn a_wrong_row_is_refused_with_its_field_and_changes_nothing() {
    let harness = Harness::start().await;
    let rows = json!({"rows": [{"model": "x", "prices": {"input_tokens": "1"}}, {"model": "y", "prices": {"input_tokens": "1,5"}}]});
    let (status, problem) = change(&harness, reqwest::Method::PUT, PRICES, &rows).await;
    assert_eq!(status, 400);
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("row 2: `prices.input_tokens` is `1,5`: expected dollars"), "{detail}");
    let (status, problem) = change(&harness, reqwest::Method::PUT, PRICES, &json!({"row": []})).await;
    assert!(status == 400 && problem["detail"].as_str().unwrap().contains("unknown field `row`"), "{problem}");
    assert_eq!(harness.json(PRICES).await, json!({"version": 0, "rows": []}));
}

#[tokio::test]
async fn a_reported_cost_stands_beside_the_computed_one_with_its_place() {
    let harness = Harness::start().await;
    send_call(&harness, 1, "gpt-4o-mini", vec![value("gen_ai.usage.cost", any_value::Value::DoubleValue(0.5))]).await;
    let told = cost(&harness, 1).await;
    // 600 at 0.15, 400 at 0.075 and 100 at 0.60 dollars a million.
    assert_eq!(
        (&told["cost_usd"], &told["cost_computed_usd"], &told["cost_source"]),
        (&json!("0.5"), &json!("0.00018"), &json!("reported"))
    );
    assert_eq!(told["cost_reported_place"], "attribute gen_ai.usage.cost");
    assert_eq!((&told["match"]["provider"], &told["match"]["model"]), (&json!("openai"), &json!("gpt-4o-mini")));
    let missing = harness.get(&format!("/api/v1/projects/default/traces/{}/spans/0909090909090909/cost", trace_id(1))).await;
    assert_eq!(missing.status(), 404);
}

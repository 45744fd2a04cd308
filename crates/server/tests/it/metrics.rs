//! Metrics over the API: recorded ones against what is known of their recording, and made ones that are repeated, late or begun again.

use std::path::Path;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text};

const METRICS: &str = "/api/v1/projects/default/metrics";

/// Sends the requests of a recording in order of arrival.
async fn send_recording(harness: &Harness, case: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/otlp").join(case);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| !path.ends_with("meta.json")) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let signal = name.split('.').nth(1).unwrap();
        let content_type = if name.ends_with(".pb") { PROTOBUF.1 } else { "application/json" };
        let answer = harness.post(&format!("/v1/{signal}"), &[("content-type", content_type)], std::fs::read(path).unwrap()).await;
        assert_eq!(answer.status(), 200, "{name}");
    }
}

/// Sends points of one metric of the service `shop`.
async fn send(harness: &Harness, metric: Value) {
    send_from(harness, "shop", metric).await;
}

async fn send_from(harness: &Harness, service: &str, metric: Value) {
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": service } }] });
    let request = json!({ "resourceMetrics": [{ "resource": resource, "scopeMetrics": [{ "metrics": [metric] }] }] });
    let answer = harness.post("/v1/metrics", &[("content-type", "application/json")], request.to_string()).await;
    assert_eq!((answer.status().as_u16(), answer.json::<Value>().await.unwrap()), (200, json!({})));
}

/// Seconds after a moment, in nanoseconds.
fn at(seconds: u64) -> String {
    ((1_790_000_040 + seconds) * 1_000_000_000).to_string()
}

fn counter(name: &str, points: &[(u64, u64, i64)]) -> Value {
    let point = |(start, time, value): &(u64, u64, i64)| json!({ "startTimeUnixNano": at(*start), "timeUnixNano": at(*time), "asInt": value.to_string() });
    let points: Vec<Value> = points.iter().map(point).collect();
    json!({ "name": name, "unit": "1", "sum": { "aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points } })
}

async fn metric(harness: &Harness, name: &str, query: &str) -> Value {
    harness.json(&format!("{METRICS}/{name}?{query}")).await
}

/// The totals of the groups of the one metric, by the value of the attribute grouped by.
fn totals<'a>(answer: &'a Value, field: &str) -> Vec<(&'a Value, &'a Value)> {
    let [metric] = answer["metrics"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    let groups = metric["groups"].as_array().unwrap().iter();
    groups.map(|group| (group["by"].as_object().unwrap().values().next().unwrap_or(&Value::Null), &group["total"][field])).collect()
}

fn total<'a>(answer: &'a Value, field: &str) -> &'a Value {
    let [(_, total)] = totals(answer, field)[..] else { panic!("{answer}") };
    total
}

#[tokio::test]
async fn metrics_of_every_kind_tell_what_was_recorded() {
    let harness = Harness::start().await;
    send_recording(&harness, "otel-sdk-manual/metric_shapes").await;
    let listed = harness.json(METRICS).await;
    let kinds: Vec<_> = listed["metrics"].as_array().unwrap().iter().map(|metric| (&metric["name"], &metric["kind"])).collect();
    assert_eq!(
        json!(kinds),
        json!([
            ["exp.latency", "exponential_histogram"],
            ["gen_ai.client.token.usage", "histogram"],
            ["inflight", "sum"],
            ["llm.requests", "sum"],
            ["queue.depth", "gauge"],
            ["ratelimit.remaining.requests", "gauge"]
        ])
    );
    assert_eq!((&listed["complete"], &listed["points_read"]), (&json!(true), &json!(17)));
    // Figures of `expected.recorded` in the recording's notes.
    assert_eq!(total(&metric(&harness, "llm.requests", "").await, "increase"), &json!(40));
    let usage = metric(&harness, "gen_ai.client.token.usage", "").await;
    let sum: f64 = totals(&usage, "sum").iter().map(|(_, sum)| sum.as_f64().unwrap()).sum();
    let count: u64 = totals(&usage, "count").iter().map(|(_, count)| count.as_u64().unwrap()).sum();
    assert_eq!((sum, count), (6300.0, 40));
    let exponential = metric(&harness, "exp.latency", "").await;
    assert!((total(&exponential, "sum").as_f64().unwrap() - 6.3).abs() < 1e-9, "{exponential}");
    let (min, median, max) = (total(&exponential, "min"), total(&exponential, "p50"), total(&exponential, "max"));
    assert!(min.as_f64() < median.as_f64() && median.as_f64() < max.as_f64(), "{exponential}");
    assert_eq!(total(&metric(&harness, "ratelimit.remaining.requests", "").await, "last"), &json!(481));
}

#[tokio::test]
async fn an_agents_deltas_add_up_to_its_calls() {
    let harness = Harness::start().await;
    send_recording(&harness, "claude-code/tool_run").await;
    let usage = metric(&harness, "claude_code.token.usage", "").await;
    // Two calls: 12 + 9 tokens in, 31 + 8 out, 4,100 read from the cache and 4,100 + 140 written to it.
    assert_eq!(
        json!(totals(&usage, "increase")),
        json!([["cacheCreation", 4_240.0], ["cacheRead", 4_100.0], ["input", 21.0], ["output", 39.0]])
    );
    let parts: Vec<_> = usage["metrics"][0]["groups"].as_array().unwrap().iter().map(|group| group["part"].as_str().unwrap()).collect();
    assert_eq!(parts, ["cache_write", "cache_read", "input", "output"]);
    assert_eq!((&usage["metrics"][0]["measure"], &usage["metrics"][0]["temporality"]), (&json!("tokens"), &json!("delta")));
    assert_eq!(usage["metrics"][0]["counted_in_traces"], json!(true), "its log records tell the same calls");
    send_recording(&harness, "claude-code/tool_run").await;
    assert_eq!(metric(&harness, "claude_code.token.usage", "").await, usage, "sent again, counted once");
}

#[tokio::test]
async fn what_an_agent_tells_by_spans_too_is_a_second_telling() {
    for (case, name) in
        [("claude-code/tool_run_traces", "claude_code.cost.usage"), ("gemini-cli/tool_run_traces", "gemini_cli.token.usage")]
    {
        let harness = Harness::start().await;
        send_recording(&harness, case).await;
        let answer = metric(&harness, name, "").await;
        assert_eq!(answer["metrics"][0]["counted_in_traces"], json!(true), "{case}");
        assert!(answer["series"].as_array().unwrap().iter().all(|series| series["counted_in_traces"] == true), "{case}");
        let none = metric(&harness, name, "t=~2026-01-01T00:00:00Z").await;
        assert_eq!(none["metrics"], json!([]), "nothing lies in that range");
    }
}

#[tokio::test]
async fn a_session_without_spans_is_told_by_its_metrics_alone() {
    let harness = Harness::start().await;
    let mut request = export(1, &[1]);
    let tokens = AnyValue { value: Some(any_value::Value::IntValue(7)) };
    let tokens = KeyValue { key: "gen_ai.usage.input_tokens".into(), value: Some(tokens), ..KeyValue::default() };
    request.resource_spans[0].scope_spans[0].spans[0].attributes =
        vec![text("gen_ai.operation.name", "chat"), text("session.id", "traced"), tokens];
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await.status(), 200);
    let mut usage = counter("codex.turn.token_usage", &[(0, 10, 4), (0, 10, 5), (0, 10, 6)]);
    for (index, session) in ["traced", "other"].into_iter().enumerate() {
        usage["sum"]["dataPoints"][index]["attributes"] = json!([{ "key": "session.id", "value": { "stringValue": session } }]);
    }
    send(&harness, usage.clone()).await;
    send_from(&harness, "elsewhere", usage).await;
    let answer = metric(&harness, "codex.turn.token_usage", "").await;
    let mut told: Vec<String> = Vec::new();
    for series in answer["series"].as_array().unwrap() {
        told.push(format!("{} {} {}", series["service_name"], series["attributes"]["session.id"], series["counted_in_traces"]));
    }
    told.sort();
    let expected = [
        r#""elsewhere" "other" false"#,
        r#""elsewhere" "traced" true"#,
        r#""elsewhere" null false"#,
        r#""shop" "other" false"#,
        r#""shop" "traced" true"#,
        r#""shop" null true"#,
    ];
    assert_eq!(told, expected);
    assert_eq!(answer["metrics"][0]["counted_in_traces"], json!(true), "a part of it is");
}

#[tokio::test]
async fn cumulative_metrics_of_an_agent_add_up_to_its_calls() {
    let harness = Harness::start().await;
    send_recording(&harness, "gemini-cli/tool_run").await;
    let usage = metric(&harness, "gemini_cli.token.usage", "").await;
    let by_type: Vec<_> = totals(&usage, "increase").into_iter().filter(|(kind, _)| **kind != json!("tool")).collect();
    assert_eq!(json!(by_type), json!([["cache", 4_096], ["input", 8_660], ["output", 40], ["thought", 17]]));
    let calls = metric(&harness, "gemini_cli.api.request.count", "").await;
    assert_eq!(json!(totals(&calls, "increase")), json!([[200, 2]]));
    let latency = metric(&harness, "gemini_cli.api.request.latency", "").await;
    assert_eq!(total(&latency, "count"), &json!(2));
}

#[tokio::test]
async fn histograms_of_an_instrumentation_count_calls_and_tokens() {
    let harness = Harness::start().await;
    send_recording(&harness, "otel-openai-v2-event/tool_retry").await;
    let usage = metric(&harness, "gen_ai.client.token.usage", "").await;
    // Each is exported twice, cumulatively: 131 + 188 tokens in and 18 + 21 out by two calls.
    assert_eq!(json!(totals(&usage, "sum")), json!([["input", 319.0], ["output", 39.0]]));
    assert_eq!(json!(totals(&usage, "count")), json!([["input", 2], ["output", 2]]));
    assert_eq!(usage["metrics"][0]["counted_in_traces"], json!(true));
    let together = metric(&harness, "gen_ai.client.token.usage", "group_by=service.name").await;
    assert_eq!(json!(totals(&together, "sum")), json!([["shop-assistant", 358.0]]));
    let traces = harness.json("/api/v1/projects/default/traces").await;
    assert_eq!(traces["traces"][0]["usage"]["input_tokens"], json!(319), "metrics never enter the sums of traces");
}

#[tokio::test]
async fn late_repeated_and_restarted_points_are_counted_once_by_step() {
    let harness = Harness::start().await;
    send(&harness, counter("jobs", &[(0, 130, 9)])).await;
    send(&harness, counter("jobs", &[(0, 70, 7)])).await;
    send(&harness, counter("jobs", &[(0, 10, 4), (0, 130, 9)])).await;
    // A restart, and its second point first.
    send(&harness, counter("jobs", &[(140, 200, 5)])).await;
    send(&harness, counter("jobs", &[(140, 150, 2)])).await;
    let jobs = metric(&harness, "jobs", "step=1m").await;
    let steps: Vec<_> =
        jobs["series"][0]["steps"].as_array().unwrap().iter().map(|step| (&step["start_unix_nanos"], &step["tally"]["increase"])).collect();
    assert_eq!(json!(steps), json!([[at(0), 4], [at(60), 3], [at(120), 4], [at(180), 3]]));
    assert_eq!((total(&jobs, "increase"), &jobs["step_nanos"]), (&json!(14), &json!("60000000000")));
    // In a range, what was before it is no part of it.
    let late = metric(&harness, "jobs", &format!("t={}~{}", at(100), at(160))).await;
    assert_eq!(total(&late, "increase"), &json!(4));
    // The last value received for a moment is the one that holds.
    send(&harness, counter("jobs", &[(140, 200, 6)])).await;
    assert_eq!(total(&metric(&harness, "jobs", "").await, "increase"), &json!(15));
}

#[tokio::test]
async fn the_newest_name_answers_for_the_older_ones_and_sums_stay_apart() {
    let harness = Harness::start().await;
    let (new, old) = ("gen_ai.client.inference.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk");
    send(&harness, counter(old, &[(0, 10, 4)])).await;
    send(&harness, counter(new, &[(0, 10, 5)])).await;
    let answer = metric(&harness, new, "").await;
    assert_eq!(answer["names"], json!([new, old]));
    let found: Vec<_> = answer["metrics"].as_array().unwrap().iter().map(|metric| (&metric["name"], &metric["canonical_name"])).collect();
    assert_eq!(json!(found), json!([[new, new], [old, new]]));
    assert_eq!(answer["series_count"], json!(2));
    assert_eq!(metric(&harness, old, "").await["series_count"], json!(1));
}

#[tokio::test]
async fn parts_of_a_level_add_up_and_readings_do_not() {
    let harness = Harness::start().await;
    let point = |time, value| json!({ "timeUnixNano": at(time), "asDouble": value });
    let gauge = |value| json!({ "name": "depth", "gauge": { "dataPoints": [point(10, json!(1.5)), point(20, value)] } });
    let level = |value| json!({ "name": "open", "sum": { "aggregationTemporality": 2, "dataPoints": [point(10, value)] } });
    for (service, value) in [("a", json!(3)), ("b", json!("NaN"))] {
        send_from(&harness, service, gauge(value)).await;
    }
    for (service, value) in [("a", 3), ("b", 4)] {
        send_from(&harness, service, level(json!(value))).await;
    }
    let depth = metric(&harness, "depth", "").await;
    assert_eq!((total(&depth, "last"), total(&depth, "min"), total(&depth, "max")), (&json!(3.0), &json!(1.5), &json!(3.0)));
    assert_eq!(depth["metrics"][0]["services"], json!(["a", "b"]));
    assert_eq!(total(&metric(&harness, "open", "").await, "last"), &json!(7.0));
}

#[tokio::test]
async fn tokens_of_a_service_without_traces_are_told_by_the_metric_alone() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    send(&harness, counter("codex.turn.token_usage", &[(0, 10, 4)])).await;
    send(&harness, counter("jobs", &[(0, 10, 4)])).await;
    assert_eq!(metric(&harness, "codex.turn.token_usage", "").await["metrics"][0]["counted_in_traces"], json!(false), "no span has usage");
    assert_eq!(metric(&harness, "jobs", "").await["metrics"][0].get("counted_in_traces"), None);
}

#[tokio::test]
async fn more_points_than_are_read_leave_the_oldest_out_and_say_so() {
    let harness = Harness::start().await;
    for chunk in 0..6_u64 {
        let seconds = 1 + chunk * 10_000..=(chunk + 1) * 10_000;
        let points: Vec<(u64, u64, i64)> = seconds.map(|second| (0, second, second.cast_signed())).collect();
        send(&harness, counter("jobs", &points)).await;
    }
    let jobs = metric(&harness, "jobs", "").await;
    assert_eq!((&jobs["complete"], &jobs["points_read"]), (&json!(false), &json!(50_000)));
    assert_eq!(jobs["from_unix_nanos"], json!((at(10_001).parse::<u64>().unwrap() + 1).to_string()));
    assert_eq!(total(&jobs, "increase"), &json!(49_999), "each second brings one");
    let refused = harness.get(&format!("{METRICS}/jobs?step=1s&t={}~", at(57_000))).await;
    assert_eq!(refused.status(), 400);
    let problem: Value = refused.json().await.unwrap();
    assert!(problem["hint"].as_str().unwrap().contains("`3s`"), "{problem}");
}

#[tokio::test]
async fn mistakes_are_answered_by_problems() {
    let harness = Harness::start().await;
    send(&harness, counter("jobs", &[(0, 10, 4)])).await;
    let mistakes = [
        (METRICS.to_owned() + "?t=soon", 400),
        (format!("{METRICS}/jobs?step=0m"), 400),
        (format!("{METRICS}/jobs?step=often"), 400),
        (format!("{METRICS}/jobs?group_by=a,b,c,d,e,f,g,h,i"), 400),
        (format!("{METRICS}/no.such"), 404),
        ("/api/v1/projects/nowhere/metrics".to_owned(), 404),
    ];
    for (path, status) in mistakes {
        let response = harness.get(&path).await;
        assert_eq!(response.status(), status, "{path}");
        assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
    }
    send(&harness, counter("a/b c", &[(0, 10, 4)])).await;
    assert_eq!(total(&metric(&harness, "a%2Fb%20c", "").await, "increase"), &json!(4));
    // Known, and silent in the range.
    assert_eq!(metric(&harness, "jobs", &format!("t={}~", at(100))).await["metrics"], json!([]));
}

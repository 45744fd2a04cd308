//! Figures over the API: facets, histograms, groups with sums, and what steps put out.

use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text};

/// Ten calls of two models, one of them failed and one of a model nobody knows a price of.
async fn harness_with_calls() -> Harness {
    let harness = Harness::start().await;
    for trace in 1..=10 {
        let mut request = export(trace, &[1]);
        let model = match trace {
            10 => "nobody-knows-it",
            trace if trace <= 6 => "gpt-4o",
            _ => "gpt-4o-mini",
        };
        let span = &mut request.resource_spans[0].scope_spans[0].spans[0];
        let call = [("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "openai"), ("gen_ai.request.model", model)];
        span.attributes.extend(call.map(|(key, value)| text(key, value)));
        span.attributes
            .extend([("gen_ai.usage.input_tokens", "1000"), ("gen_ai.usage.output_tokens", "0")].map(|(key, value)| text(key, value)));
        if trace == 3 {
            span.status = Some(opentelemetry_proto::tonic::trace::v1::Status { code: 2, message: "too late".into() });
        }
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    harness
}

#[tokio::test]
async fn facets_count_spans_by_value() {
    let harness = harness_with_calls().await;
    let found = harness.json("/api/v1/projects/default/facets?fields=status,request_model,user_id&limit=2").await;
    assert_eq!(found["rows"], 10);
    let expected = json!([
        {"field": "status", "values": [{"value": "unset", "count": 9}, {"value": "error", "count": 1}], "value_count": 2},
        {"field": "request_model", "values": [{"value": "gpt-4o", "count": 6}, {"value": "gpt-4o-mini", "count": 3}], "value_count": 3},
        {"field": "user_id", "values": [{"count": 10}], "value_count": 1},
    ]);
    assert_eq!(found["facets"], expected);
    assert_eq!(found["cost"]["rows"], 10);
    let failed = harness.json("/api/v1/projects/default/facets?fields=request_model&q=status:error%20input_tokens%3E999").await;
    assert_eq!(failed["facets"][0]["values"], json!([{"value": "gpt-4o", "count": 1}]));
    let usual = harness.json("/api/v1/projects/default/facets").await;
    assert!(usual["facets"].as_array().unwrap().len() > 5);
}

#[tokio::test]
async fn a_histogram_splits_time_and_status() {
    let harness = harness_with_calls().await;
    let found = harness.json("/api/v1/projects/default/histogram?bucket=5s").await;
    let series = found["series"].as_array().unwrap();
    assert_eq!((&found["by"], &found["bucket_nanos"], &series[0]["value"]), (&json!("status"), &json!("5000000000"), &json!("unset")));
    let starts: Vec<_> = series[0]["buckets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bucket| (bucket["start_unix_nanos"].as_str().unwrap(), bucket["rows"].as_u64()))
        .collect();
    assert_eq!(starts, [("1790000000000000000", Some(3)), ("1790000005000000000", Some(5)), ("1790000010000000000", Some(1))]);
    assert_eq!(series[1]["buckets"][0]["figure"], json!({"value": 1, "rows_known": 1, "rows_unknown": 0}));
    let fitting = harness.json("/api/v1/projects/default/histogram?measure=p95(duration_nanos)").await;
    assert_eq!((&fitting["bucket_nanos"], fitting.get("by")), (&json!("1000000000"), None));
    let figure = &fitting["series"][0]["buckets"][0]["figure"];
    assert_eq!((&figure["value"], &figure["approximate"]), (&json!("499999999"), &json!(true)));
}

#[tokio::test]
async fn sums_say_what_they_do_not_know() {
    let harness = harness_with_calls().await;
    let question = "measures=sum(cost_usd),sum(input_tokens),distinct(trace_id),mean(duration_nanos)&by=request_model&rank=sum(cost_usd)";
    let found = harness.json(&format!("/api/v1/projects/default/aggregate?{question}")).await;
    let groups = found["groups"].as_array().unwrap();
    let names: Vec<_> = groups.iter().map(|group| group["by"]["request_model"].as_str().unwrap()).collect();
    assert_eq!(names, ["gpt-4o", "gpt-4o-mini", "nobody-knows-it"]);
    assert_eq!(groups[0]["figures"]["sum(cost_usd)"], json!({"value": "0.015", "rows_known": 6, "rows_unknown": 0}));
    assert_eq!(groups[2]["figures"]["sum(cost_usd)"], json!({"rows_known": 0, "rows_unknown": 1}));
    assert_eq!(groups[0]["figures"]["sum(input_tokens)"]["value"], 6000);
    assert_eq!(groups[0]["figures"]["distinct(trace_id)"]["value"], 6);
    assert_eq!(groups[0]["figures"]["mean(duration_nanos)"]["value"], "499999999");
    assert_eq!((&found["group_count"], &found["rows"]), (&json!(3), &json!(10)));
    let days = harness.json("/api/v1/projects/default/aggregate?bucket=1d&zone=-01:30&t=~1790000004000000000").await;
    // 21 September 2026, 01:30 UTC is midnight there.
    assert_eq!((&days["groups"][0]["start_unix_nanos"], &days["groups"][0]["rows"]), (&json!("1789954200000000000"), &json!(3)));
    let days = harness.json("/api/v1/projects/default/aggregate?bucket=1d&zone=Europe/Berlin&t=~1790000004000000000").await;
    // 20 September 2026, 22:00 UTC, in summer time.
    assert_eq!(days["groups"][0]["start_unix_nanos"], "1789941600000000000");
}

#[tokio::test]
async fn outputs_of_a_step_are_described() {
    let harness = Harness::start().await;
    for trace in 1..=8 {
        let mut request = export(trace, &[1]);
        let span = &mut request.resource_spans[0].scope_spans[0].spans[0];
        let route = if trace <= 5 { "refund" } else { "order" };
        let output = format!(r#"{{"route": "{route}", "confidence": 0.{trace}, "items": [{{"id": {trace}}}, {{"id": null}}]}}"#);
        let step = [("clew.step.name", "triage"), ("output.value", &output), ("output.mime_type", "application/json")];
        span.attributes.extend(step.map(|(key, value)| text(key, value)));
        if trace > 6 {
            span.attributes.push(text("user.id", "u"));
        }
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    let steps = harness.json("/api/v1/projects/default/steps").await;
    let step = &steps["steps"][0];
    assert_eq!((&step["name"], &step["runs"], &step["error_count"]), (&json!("triage"), &json!(8), &json!(0)));
    assert_eq!((&step["duration_p50_nanos"], &step["last_unix_nanos"]), (&json!("499999999"), &json!("1790000008000000001")));

    let places = harness.json("/api/v1/projects/default/steps/triage").await;
    let paths: Vec<&Value> = places["paths"].as_array().unwrap().iter().map(|place| &place["path"]).collect();
    assert_eq!(paths, ["confidence", "items[*].id", "route"]);

    let route = harness.json("/api/v1/projects/default/steps/triage/route?by=user_id").await;
    assert_eq!(route["distribution"]["top"], json!([{"value": "refund", "count": 5}, {"value": "order", "count": 3}]));
    let parts: Vec<_> =
        route["parts"].as_array().unwrap().iter().map(|part| (part.get("value"), part["distribution"]["distinct"].as_u64())).collect();
    assert_eq!(parts, [(None, Some(2)), (Some(&json!("u")), Some(1))]);
    let ids = harness.json("/api/v1/projects/default/steps/triage/items%5B*%5D.id?last=4").await;
    assert_eq!((&ids["runs"], &ids["distribution"]["values"], &ids["distribution"]["null_share"]), (&json!(4), &json!(8), &json!(0.5)));
    assert_eq!(ids["distribution"]["numbers"]["min"], 5.0);
    let nowhere = harness.json("/api/v1/projects/default/steps/triage/nowhere").await;
    assert_eq!((&nowhere["distribution"]["runs_known"], &nowhere["distribution"]["runs_unknown"]), (&json!(0), &json!(8)));
}

#[tokio::test]
async fn facets_count_what_the_list_of_spans_shows() {
    let harness = Harness::start().await;
    for trace in 1..=3 {
        let mut request = export(trace, &[1, 2]);
        let spans = &mut request.resource_spans[0].scope_spans[0].spans;
        spans[1].parent_span_id = spans[0].span_id.clone();
        if trace < 3 {
            spans[0].attributes.push(text("user.id", "ada"));
        }
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    for query in ["", "user:ada", "parent(user:ada)", "not user:ada"] {
        let list = harness.json(&format!("/api/v1/projects/default/spans?q={query}")).await;
        let facets = harness.json(&format!("/api/v1/projects/default/facets?fields=user_id,name&q={query}")).await;
        assert_eq!(facets["rows"], list["total"]["count"], "{query}");
    }
    let listed = harness.json("/api/v1/projects/default/users?q=parent(user:ada)").await;
    assert_eq!((&listed["users"][0]["id"], &listed["users"][0]["trace_count"]), (&json!("ada"), &json!(2)));
}

#[tokio::test]
async fn mistakes_in_questions_for_figures_are_answered_by_problems() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let mistakes = [
        "facets?fields=nothing",
        "facets?q=(status:error",
        "facets?limit=100000",
        "histogram?measure=median",
        "histogram?bucket=long",
        "histogram?by=duration_nanos",
        "aggregate?measures=sum(name)",
        "aggregate?by=status,kind,level,billing,name",
        "aggregate?zone=Berlin&bucket=1d",
        "aggregate?by=model",
        "aggregate?by=tokens",
        "aggregate?by=output.route,output.route",
        "aggregate?rank=sum(cost_usd)",
        "steps?t=yesterday",
        "steps/triage?last=0",
        "steps/triage?by=status",
    ];
    for path in mistakes {
        let response = harness.get(&format!("/api/v1/projects/default/{path}")).await;
        assert_eq!(response.status(), 400, "{path}");
        let problem: Value = response.json().await.unwrap();
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{path}");
    }
}

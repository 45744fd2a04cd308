//! What is different between two selections, over the API.

use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text};

/// So many traces; the last ones fail, and are of another release.
async fn harness_with_failures(traces: u8, failures: u8) -> Harness {
    let harness = Harness::start().await;
    for trace in 1..=traces {
        let mut request = export(trace, &[1, 2]);
        let span = &mut request.resource_spans[0].scope_spans[0].spans[0];
        let fails = trace > traces - failures;
        span.status.get_or_insert_default().code = if fails { 2 } else { 1 };
        let resource = request.resource_spans[0].resource.as_mut().unwrap();
        resource.attributes.push(text("service.version", if fails { "2" } else { "1" }));
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    harness
}

fn field<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["fields"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("{name}: {answer}"))
}

#[tokio::test]
async fn the_release_is_told_with_both_shares_and_the_query_that_narrows() {
    let harness = harness_with_failures(40, 10).await;
    let answer = harness.json("/api/v1/projects/default/difference?a=status:error").await;
    let release = field(&answer, "release");
    assert_eq!(
        (&release["effect"], &release["significant"], &release["given"], &release["asked"]),
        (&json!(1.0), &json!(true), &json!(true), &json!(false))
    );
    let expected = json!([
        {"value": "2", "a": 10, "a_share": 1.0, "b": 0, "b_share": 0.0, "query": "release:2"},
        {"value": "1", "a": 0, "a_share": 0.0, "b": 30, "b_share": 1.0, "query": "release:1"},
    ]);
    assert_eq!(release["values"], expected);
    assert_eq!(field(&answer, "service")["effect"], 0.0);
    let fields = answer["fields"].as_array().unwrap();
    assert_eq!(fields.last().unwrap()["field"], "status", "what was asked for comes last");
    assert_eq!((&answer["a"]["total"]["count"], &answer["b"]["traces"], &answer["b"]["sampled"]), (&json!(10), &json!(30), &json!(false)));

    let against = harness.json("/api/v1/projects/default/difference?a=release:2&b=release:1&limit=1").await;
    assert_eq!((against["fields"].as_array().unwrap().len(), &against["b"]["q"]), (1, &json!("release:1")));
}

/// Of thirty good traces six are looked at: some of the first and some of the last.
#[tokio::test]
async fn a_sample_is_spread_over_the_time() {
    let harness = harness_with_failures(40, 10).await;
    let answer = harness.json("/api/v1/projects/default/difference?a=status:error&traces=6").await;
    for side in ["a", "b"] {
        assert_eq!((&answer[side]["traces"], &answer[side]["sampled"]), (&json!(6), &json!(true)), "{side}");
    }
    // Traces start a second apart, the first 30 are good: the middle of a spread sample is not among their newest six.
    let middle: u64 = field(&answer, "start")["b"]["median"].as_str().unwrap().parse().unwrap();
    let second = |number: u64| 1_790_000_000_000_000_000 + number * 1_000_000_000;
    assert!((second(10)..second(24)).contains(&middle), "{middle}");
}

#[tokio::test]
async fn nothing_is_compared_with_nothing() {
    let harness = harness_with_failures(3, 1).await;
    let answer = harness.json("/api/v1/projects/default/difference?a=user:nobody").await;
    assert_eq!((&answer["fields"], answer.get("field_count"), &answer["a"]["traces"]), (&json!([]), None, &json!(0)));
    for mistake in [
        "",
        "?a=",
        "?a=(",
        "?a=status:error&b=(",
        "?a=status:error&limit=0",
        "?a=status:error&limit=501",
        "?a=status:error&traces=1001",
        "?a=x&t=long",
    ] {
        let refused = harness.get(&format!("/api/v1/projects/default/difference{mistake}")).await;
        assert_eq!(refused.status(), 400, "{mistake}");
        assert!(!refused.json::<Value>().await.unwrap()["detail"].as_str().unwrap().is_empty());
    }
    for edge in ["limit=500", "limit=1", "traces=1000", "traces=1"] {
        harness.json(&format!("/api/v1/projects/default/difference?a=status:error&{edge}")).await;
    }
}

//! Queries while they are typed: parsed, and completed from the language and from the data.

use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, text};

async fn harness_with_services() -> Harness {
    let harness = Harness::start().await;
    for (trace, service) in [(1, "shop"), (2, "shop"), (3, "search api"), (4, "sharing")] {
        let mut request = export(trace, &[1]);
        let resource = request.resource_spans[0].resource.as_mut().unwrap();
        resource.attributes = vec![text("service.name", service)];
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    harness
}

fn texts(completion: &Value) -> Vec<&str> {
    completion["suggestions"].as_array().unwrap().iter().filter_map(|suggestion| suggestion["text"].as_str()).collect()
}

#[tokio::test]
async fn a_query_is_read_as_far_as_it_goes() {
    let harness = Harness::start().await;
    let read = harness.json("/api/v1/projects/default/query/parse?q=STATUS%3Aerror%20%20%22refund%22").await;
    assert_eq!(read["canonical"], "status:error refund");
    assert_eq!((&read["mistakes"], &read["warnings"]), (&json!([]), &json!([])));
    let kinds: Vec<_> = read["tokens"].as_array().unwrap().iter().map(|token| token["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["field", "operator", "value", "phrase"]);
    assert_eq!(read["tokens"][3], json!({"from": 14, "to": 22, "kind": "phrase"}));
    let wrong = harness.json("/api/v1/projects/default/query/parse?q=statsu%3Aerror").await;
    assert!(wrong["canonical"].is_null());
    assert_eq!((&wrong["mistakes"][0]["from"], &wrong["mistakes"][0]["nearest"][0]), (&json!(0), &json!("status")));
    let doubtful = "/api/v1/projects/default/query/parse?q=kind%3Aagent%20child(kind%3Atool)";
    assert_eq!(harness.json(doubtful).await["warnings"].as_array().unwrap().len(), 1);
    assert_eq!(harness.json(&format!("{doubtful}&rows=spans")).await["warnings"], json!([]));
    let refused = harness.get("/api/v1/projects/default/query/parse?rows=cats").await;
    assert_eq!(refused.status(), 400);
}

#[tokio::test]
async fn values_come_from_the_data() {
    let harness = harness_with_services().await;
    let all = harness.json("/api/v1/projects/default/query/complete?q=service%3A").await;
    assert_eq!(texts(&all), ["shop", "\"search api\"", "sharing"]);
    assert_eq!((&all["from"], &all["to"], &all["suggestions"][0]["count"]), (&json!(8), &json!(8), &json!(2)));
    let typed = harness.json("/api/v1/projects/default/query/complete?q=service%3ASH").await;
    assert_eq!((texts(&typed), &typed["from"]), (vec!["shop", "sharing"], &json!(8)));
    // The cursor stands in the middle, and what stands behind it stays.
    let middle = harness.json("/api/v1/projects/default/query/complete?q=stat%20service%3Ashop&cursor=4").await;
    assert_eq!((texts(&middle)[0], &middle["from"], &middle["to"]), ("status", &json!(0), &json!(4)));
    let known = harness.json("/api/v1/projects/default/query/complete?q=status%3A").await;
    assert_eq!(known["suggestions"][0]["text"], "unset", "seen values go before those that could be");
    assert!(texts(&known).contains(&"running"));
}

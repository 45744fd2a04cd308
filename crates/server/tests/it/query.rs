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

/// A step with JSON and metadata, and a plain span beside it.
async fn harness_with_names() -> Harness {
    let harness = Harness::start().await;
    for trace in 1..=4 {
        let mut request = export(trace, &[1, 2]);
        let route = if trace == 4 { "order" } else { "refund" };
        request.resource_spans[0].scope_spans[0].spans[0].attributes = vec![
            text("clew.step.name", "triage"),
            text("output.value", &format!(r#"{{"route": "{route}", "confidence": 0.5, "items": [{{"id": 1}}]}}"#)),
            text("output.mime_type", "application/json"),
            text("metadata", r#"{"tenant": "acme", "beta": true}"#),
            text("shop.cart.size", "7"),
        ];
        harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    }
    harness
}

#[tokio::test]
async fn fields_are_those_of_the_language_and_those_seen() {
    let harness = harness_with_names().await;
    let list = harness.json("/api/v1/projects/default/fields").await;
    let fields = list["fields"].as_array().unwrap();
    let named = |name: &str| fields.iter().find(|field| field["name"] == name).unwrap();
    assert_eq!((&named("cost")["unit"], &named("cost")["of"], &named("cost")["field"]), (&json!("usd"), &json!("row"), &json!("cost_usd")));
    assert_eq!((&named("user")["type"], &named("user")["of"]), (&json!("text"), &json!("span")));
    assert!(named("status")["values"].as_array().unwrap().contains(&json!("running")));
    assert!(named("release")["also"].as_array().unwrap().contains(&json!("version")));
    let of_spans = harness.json("/api/v1/projects/default/fields?rows=spans").await;
    assert!(of_spans["fields"].as_array().unwrap().iter().all(|field| field["of"] == "row"));
    let of_sessions = harness.json("/api/v1/projects/default/fields?rows=sessions").await;
    let of = |name: &str| of_sessions["fields"].as_array().unwrap().iter().find(|field| field["name"] == name).unwrap()["of"].clone();
    assert_eq!([of("cost"), of("status"), of("user")], [json!("row"), json!("trace"), json!("span")]);

    let seen = |name: &str| {
        let found = list["seen"].as_array().unwrap().iter().find(|seen| seen["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {}", list["seen"])).clone()
    };
    assert_eq!(seen("metadata.tenant"), json!({"name": "metadata.tenant", "place": "metadata", "type": "text", "spans": 4}));
    assert_eq!(seen("metadata.beta")["type"], "truth");
    assert_eq!(
        seen("step(triage).output.route"),
        json!({"name": "step(triage).output.route", "place": "step_output", "step": "triage", "type": "text", "spans": 4})
    );
    assert_eq!(seen("step(triage).output.items[*].id")["type"], "number");
    assert_eq!(seen("shop.cart.size")["place"], "attribute");
    // Every name is one that the language understands.
    for name in list["seen"].as_array().unwrap().iter().map(|seen| seen["name"].as_str().unwrap()) {
        let query = format!("{name}:x").replace('[', "%5B").replace(']', "%5D").replace('"', "%22").replace(' ', "%20");
        let read = harness.json(&format!("/api/v1/projects/default/query/parse?q={query}")).await;
        assert_eq!(read["mistakes"], json!([]), "{name}");
    }
}

#[tokio::test]
async fn names_and_values_of_the_data_are_suggested() {
    let harness = harness_with_names().await;
    let complete = async |text: &str| harness.json(&format!("/api/v1/projects/default/query/complete?q={text}")).await;
    assert_eq!(texts(&complete("metadata.t").await), ["metadata.tenant"]);
    assert!(texts(&complete("output.").await).contains(&"output.route"));
    assert!(texts(&complete("step(triage).output.r").await).contains(&"output.route"));
    assert_eq!(texts(&complete("shop.").await), ["shop.cart.size"]);
    let values = complete("metadata.tenant%3A").await;
    assert_eq!((texts(&values), &values["suggestions"][0]["count"]), (vec!["acme"], &json!(4)));
    assert_eq!(texts(&complete("step(triage).output.route%3Aor").await), ["order"]);
    assert_eq!(texts(&complete("metadata.beta%3A").await), ["true"]);
}

#[tokio::test]
async fn values_are_listed_by_name_and_beginning() {
    let harness = harness_with_names().await;
    let values = async |rest: &str| harness.json(&format!("/api/v1/projects/default/values?field={rest}")).await;
    let routes = values("output.route").await;
    assert_eq!(
        (&routes["values"][0]["value"], &routes["values"][0]["count"], &routes["counted_all"]),
        (&json!("refund"), &json!(3), &json!(false))
    );
    assert_eq!(values("output.route&prefix=O").await["values"], json!([{"value": "order", "text": "order", "count": 1}]));
    let services = values("service&q=step%3Atriage").await;
    assert_eq!((&services["values"], &services["counted_all"]), (&json!([{"value": "shop", "text": "shop", "count": 4}]), &json!(true)));
    // A quoted text means the text, a bare seven any that spells it.
    assert_eq!(values("shop.cart.size").await["values"][0]["text"], "\"7\"");
    for mistake in ["", "no%20name", "service&limit=0", "service&limit=1001", "output.route&q=status:ok"] {
        let refused = harness.get(&format!("/api/v1/projects/default/values?field={mistake}")).await;
        assert_eq!(refused.status(), 400, "{mistake}");
    }
    assert_eq!(values("service&limit=1000").await["values"].as_array().unwrap().len(), 1);
}

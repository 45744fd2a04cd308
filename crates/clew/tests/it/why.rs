//! What is different between selections of the demo, whose causes are known.

use std::path::Path;

use serde_json::Value;
use tempfile::tempdir;

use crate::running::Server;

fn field<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let fields = answer["fields"].as_array().unwrap();
    fields.iter().find(|field| field["field"] == name).unwrap_or_else(|| panic!("no field `{name}`"))
}

fn value<'a>(field: &'a Value, value: &str) -> &'a Value {
    field["values"].as_array().unwrap().iter().find(|found| found["value"] == value).unwrap()
}

/// A server that has the demo in a segment.
fn with_demo(data: &Path, traces: usize) -> Server {
    let server = Server::start(data);
    server.text(&["demo", "--traces", &traces.to_string()]);
    assert_eq!(server.terminate(), Some(0));
    Server::start(data)
}

fn count(server: &Server, query: &str) -> u64 {
    let listed = server.text(&["traces", query, "--json", "--all"]);
    listed.lines().count() as u64
}

/// The demo's release of the day calls a tool again and again and runs into the limit of its provider.
///
/// The release and its prompt stand first of all that was given, nothing else that was given does, and each query finds as many
/// traces as its count says.
#[test]
fn the_bad_release_is_found_behind_the_errors() {
    let data = tempdir().unwrap();
    let server = with_demo(data.path(), 900);
    let answer: Value = serde_json::from_str(&server.text(&["why", "--a", "status:error", "--json"])).unwrap();
    assert_eq!((&answer["b"]["q"], &answer["a"]["sampled"]), (&Value::from("not status:error"), &Value::from(false)));
    let given: Vec<&str> = answer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| field["given"] == true && field["significant"] == true && field["asked"] == false)
        .map(|field| field["field"].as_str().unwrap())
        .collect();
    assert!(given[..3].contains(&"release") && given[..3].contains(&"prompt_version"), "{given:?}");
    assert!(!given.contains(&"metadata.tenant") && !given.contains(&"user"), "{given:?}");
    let bad = value(field(&answer, "release"), "2026.11.2");
    assert!(bad["a_share"].as_f64().unwrap() > 2.0 * bad["b_share"].as_f64().unwrap(), "{bad}");

    let failed = field(&answer, "error");
    assert_eq!(value(failed, "RateLimitError")["a_share"], 1.0);
    assert_eq!(field(&answer, "status")["asked"], true);
    for field in answer["fields"].as_array().unwrap().iter().filter(|field| field["kind"] != "number").take(12) {
        for value in field["values"].as_array().unwrap().iter().take(3) {
            let query = value["query"].as_str().unwrap();
            assert_eq!(count(&server, &format!("status:error ({query})")), value["a"].as_u64().unwrap(), "{query}");
        }
    }
    let tokens = field(&answer, "input_tokens");
    let bound = &tokens["values"][0];
    assert_eq!(count(&server, &format!("status:error {}", bound["query"].as_str().unwrap())), bound["a"].as_u64().unwrap());

    let page = server.text(&["why", "--a", "status:error"]);
    assert!(page.contains("release") && page.contains("2026.11.2") && page.contains("━"), "{page}");
    let nothing = server.text(&["why", "--a", "user:nobody"]);
    assert!(nothing.contains("A has no traces in this time"), "{nothing}");
    assert_eq!(server.ask(&["why", "--a", "status:"]).status.code(), Some(1));
}

/// What steps put out is compared too: whoever asks for an order has it looked up.
#[test]
fn outputs_of_steps_are_compared() {
    let data = tempdir().unwrap();
    let server = with_demo(data.path(), 150);
    let answer: Value = serde_json::from_str(&server.text(&["why", "--a", "tool:get_order", "--json"])).unwrap();
    let intent = field(&answer, "step(classify_intent).output.intent");
    assert!(intent["significant"] == true && intent["effect"].as_f64().unwrap() > 0.3, "{intent}");
    let first = &intent["values"][0];
    assert!(first["query"].as_str().unwrap().starts_with("step(classify_intent).output.intent:"), "{first}");
    assert!(["order_status", "return_request"].contains(&first["value"].as_str().unwrap()), "{first}");
    let known = &intent["a"];
    assert!(known["known"].as_u64().unwrap() > 0 && known["known"].as_u64() <= known["of"].as_u64(), "{known}");
}

//! From a recorded request to what a person reads.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, command, fixture};

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn recorded_traffic_becomes_a_list_and_a_tree() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture("otel-genai-langchain/react_agent/001.traces.pb")]);

    let listed = json_lines(&server.text(&["traces", "--json"]));
    assert_eq!((listed.len(), &listed[0]["llm_call_count"], &listed[0]["tool_call_count"]), (1, &Value::from(3), &Value::from(3)));
    let tree = server.text(&["trace", "last"]);
    let body = tree.replace(&server.http, "http://server");
    insta::assert_snapshot!(body);
    let whole: Value = serde_json::from_str(&server.text(&["trace", "last", "--json"])).unwrap();
    assert_eq!(whole["trace"]["trace_id"], listed[0]["trace_id"]);
    assert!(server.text(&["traces"]).contains("invoke_agent"));
    assert!(server.text(&["tail"]).contains("invoke_agent"));
}

#[test]
fn json_and_protobuf_files_are_sent_alike() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&[
        "send",
        &fixture("otel-openai-node/chat_tools_json/001.traces.json"),
        &fixture("otel-openai-node/chat_tools_json/002.metrics.json"),
    ]);
    assert!(!json_lines(&server.text(&["traces", "--json"])).is_empty());
}

#[test]
fn a_trace_that_is_not_there_is_exit_code_three() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    assert_eq!(server.ask(&["trace", "last"]).status.code(), Some(3));
    assert_eq!(server.ask(&["trace", "0af7651916cd43dd8448eb211c80319c"]).status.code(), Some(3));
}

#[test]
fn the_doctor_finds_a_healthy_server_healthy() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let report: Value = serde_json::from_str(&server.text(&["doctor", "--json"])).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    let names: Vec<&str> = report["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"probe") && names.contains(&"clock"), "{names:?}");
    assert!(json_lines(&server.text(&["traces", "--json"])).is_empty(), "the probe is in a project of its own");
}

#[test]
fn the_tail_prints_what_comes() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let mut tail = command(&["tail", "--follow", "--json", "--server", &server.http]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
    // The stream may open after the first request; what is there by then is printed all the same.
    server.text(&["send", &fixture("vercel-ai-sdk-7/tool_steps/001.traces.pb")]);
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let listed = json_lines(&server.text(&["traces", "--json"]));
    assert!(listed.iter().any(|trace| trace["trace_id"] == first["trace_id"]));
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn the_demo_can_be_looked_at() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let sent: Value = serde_json::from_str(&server.text(&["demo", "--traces", "12", "--json"])).unwrap();
    assert!(sent.is_object());
    let listed = json_lines(&server.text(&["traces", "--json", "--all"]));
    assert_eq!(listed.len(), 12);
    let drawn = listed.iter().find(|trace| trace["span_count"] == 43).expect("the run that failed is among them");
    assert_eq!((&drawn["status"], &drawn["folded_count"]), (&Value::from("error"), &Value::from(3)));
    let tree = server.text(&["trace", drawn["trace_id"].as_str().unwrap()]);
    assert!(tree.contains("carrier_status × 24") && tree.contains("RateLimitError") && tree.contains("3 hidden"), "{tree}");
}

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

/// Sessions, spans and log records of a recorded coding agent, and of a shop.
#[test]
fn spans_sessions_and_logs_are_listed_like_traces() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    for case in ["otel-genai-langchain/react_agent/001.traces.pb", "gemini-cli/tool_run"] {
        server.text(&["send", &fixture(case)]);
    }
    let tools = json_lines(&server.text(&["spans", "kind:tool", "--json"]));
    assert!(!tools.is_empty() && tools.iter().all(|span| span["obs_type"] == "tool"));
    let all = json_lines(&server.text(&["spans", "--all", "--json"]));
    assert!(all.len() > tools.len());
    assert_eq!(json_lines(&server.text(&["spans", "--limit", "2", "--json"])).len(), 2);
    let table = server.text(&["spans", "kind:tool"]);
    assert_eq!(table.lines().count(), tools.len() + 1, "{table}");
    assert!(table.contains(tools[0]["span_id"].as_str().unwrap()), "{table}");

    let sessions = json_lines(&server.text(&["sessions", "--json"]));
    assert!(!sessions.is_empty());
    let name = sessions[0]["id"].as_str().unwrap();
    assert_eq!(json_lines(&server.text(&["sessions", &format!("session:{name}"), "--json"])).len(), 1);
    assert!(server.text(&["sessions", "tokens > 0"]).contains(&name[..20.min(name.len())]));

    let logs = json_lines(&server.text(&["logs", "--all", "--json"]));
    let named = logs.iter().find(|log| log["event_name"].is_string()).unwrap();
    let event = named["event_name"].as_str().unwrap();
    let found = json_lines(&server.text(&["logs", &format!("name:{event}"), "--all", "--json"]));
    assert_eq!(found.len(), logs.iter().filter(|log| log["event_name"] == event).count());
    let trace = logs.iter().find_map(|log| log["trace_id"].as_str()).unwrap();
    let of_trace = server.text(&["logs", "--trace", trace, "--all", "--json"]);
    assert_eq!(of_trace, server.text(&["logs", &format!("trace_id:{trace}"), "--all", "--json"]));
    assert!(server.text(&["logs"]).contains(&event[..10.min(event.len())]));
    let refused = server.ask(&["logs", "kind:llm"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("kind:llm"));
}

#[test]
fn a_saved_view_is_listed_by_its_name() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["demo", "--traces", "12"]);
    server.text(&["views", "save", "Failed", "status:error", "-t", "30d"]);
    server.text(&["views", "save", "Failed", "status:error", "--of", "spans"]);
    let views = json_lines(&server.text(&["views", "--json"]));
    assert_eq!(views.iter().map(|view| view["page"].as_str().unwrap()).collect::<Vec<_>>(), ["spans", "traces"]);
    let typed = server.text(&["traces", "status:error", "--json"]);
    assert!(!typed.is_empty());
    assert_eq!(server.text(&["traces", "--view", "Failed", "--json"]), typed);
    assert_eq!(server.text(&["traces", "--view", views[1]["id"].as_str().unwrap(), "--json"]), typed);
    let both = server.text(&["traces", "--view", "Failed", "spans > 40 or user:nobody", "--json"]);
    assert_eq!(json_lines(&both).len(), 1, "the run that failed has 43 spans: {both}");
    assert!(server.text(&["views"]).contains("Failed"));

    server.text(&["views", "save", "Failed", "errors > 100"]);
    assert_eq!(json_lines(&server.text(&["views", "--json"])).len(), 2, "saved in place of the one before");
    assert_eq!(server.text(&["traces", "--view", "Failed", "--json"]), "");
    assert_eq!(server.ask(&["traces", "--view", "Nothing"]).status.code(), Some(3));
    server.text(&["views", "remove", "Failed"]);
    assert_eq!(server.ask(&["traces", "--view", "Failed"]).status.code(), Some(3));
    assert_eq!(server.ask(&["views", "remove", "Failed"]).status.code(), Some(3));
}

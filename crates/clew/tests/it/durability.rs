//! What was acknowledged is there after any end, and a directory has one server.

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, command, fixture};

pub(crate) fn sent_and_listed(server: &Server) -> Vec<String> {
    server.text(&["send", &fixture("otel-genai-langchain/react_agent/001.traces.pb")]);
    listed(server)
}

pub(crate) fn listed(server: &Server) -> Vec<String> {
    let text = server.text(&["traces", "--json"]);
    let mut traces: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    traces.sort_by_key(|trace| trace["trace_id"].to_string());
    traces.iter().map(ToString::to_string).collect()
}

#[test]
fn an_orderly_stop_is_exit_code_zero_and_loses_nothing() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let before = sent_and_listed(&server);
    assert_eq!(server.terminate(), Some(0));
    let server = Server::start(data.path());
    assert_eq!(listed(&server), before);
}

#[test]
fn a_crash_loses_nothing_that_was_acknowledged() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let before = sent_and_listed(&server);
    server.crash();
    let server = Server::start(data.path());
    assert_eq!(listed(&server), before);
}

#[test]
fn a_directory_in_use_is_refused_by_name() {
    let data = tempdir().unwrap();
    let _server = Server::start(data.path());
    let second = command(&["serve", "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data"]).arg(data.path()).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    let error = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(error.contains(&data.path().display().to_string()), "{error}");
}

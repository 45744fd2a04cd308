//! How a span was understood, and what its senders leave out.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, fixture};

fn sent(emitter_case: &str) -> (tempfile::TempDir, Server) {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture(emitter_case)]);
    (data, server)
}

/// The id of the first billed model call.
fn model_call(server: &Server) -> (String, String) {
    let trace: Value = serde_json::from_str(&server.text(&["trace", "last", "--json"])).unwrap();
    let spans = trace["spans"].as_array().unwrap();
    let call = spans.iter().find(|span| span["billing"] == "leaf" && span["obs_type"] == "llm").unwrap();
    let id = |key: &str| call[key].as_str().unwrap().to_owned();
    (id("trace_id"), id("span_id"))
}

#[test]
fn every_value_names_the_attribute_that_gave_it() {
    let (_data, server) = sent("otel-genai-langchain/react_agent/001.traces.pb");
    let (trace_id, span_id) = model_call(&server);
    let answer: Value = serde_json::from_str(&server.text(&["explain", &span_id, "--json"])).unwrap();
    let place = |field: &str| {
        let sources = answer["sources"].as_array().unwrap();
        sources.iter().find(|source| source["field"] == field).unwrap_or_else(|| panic!("nothing gave {field}: {answer}"))["place"].clone()
    };
    assert_eq!(place("request_model"), "attribute gen_ai.request.model");
    assert_eq!(place("kind"), "attribute gen_ai.operation.name");
    assert_eq!(place("usage.input_tokens"), "attribute gen_ai.usage.input_tokens");
    let page = server.text(&["explain", &format!("{trace_id}/{span_id}")]);
    assert!(page.contains("attribute gen_ai.request.model (otel, rank 10)"), "{page}");
    assert_eq!(server.ask(&["explain", "00000000000000aa"]).status.code(), Some(3));
    assert_eq!(server.ask(&["explain", "last"]).status.code(), Some(2));
}

#[test]
fn the_doctor_names_the_setting_that_gives_what_is_missing() {
    let (_data, server) = sent("otel-openai-v2-nocontent-grpc/rag/001.traces.pb");
    let report: Value = serde_json::from_str(&server.text(&["doctor", "--json"])).unwrap();
    let checks = report["checks"].as_array().unwrap();
    let without = |what: &str| {
        let detail = format!("without {what}");
        checks.iter().find(|check| check["name"] == "sender" && check["detail"].as_str().unwrap().contains(&detail)).cloned()
    };
    let content = without("content").unwrap_or_else(|| panic!("{report}"));
    assert!(content["fix"].as_str().unwrap().contains("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"), "{content}");
}

#[test]
fn history_is_understood_again_without_loss() {
    let data = tempdir().unwrap();
    // Written by an earlier mapping: the new columns are not there yet.
    copy_folder(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/store/format-1"), data.path());
    let server = Server::start(data.path());
    let ledger = |server: &Server| server.text(&["traces", "--json"]).lines().count();
    let before = ledger(&server);
    let renormalize = |words: &[&str]| -> Value {
        let words: Vec<&str> = ["renormalize", "--json"].iter().chain(words).copied().collect();
        serde_json::from_str(&server.text(&words)).unwrap()
    };
    let planned = renormalize(&["--dry-run"]);
    assert!(planned["spans_changed"].as_u64() > Some(10), "{planned}");
    assert_eq!(renormalize(&["--dry-run"]), planned, "a dry run changes nothing");
    let done = renormalize(&[]);
    assert_eq!((&done["spans_changed"], &done["fields"]), (&planned["spans_changed"], &planned["fields"]));
    assert_eq!(renormalize(&[])["spans_changed"], 0, "{}", renormalize(&[]));
    assert_eq!(ledger(&server), before);
    // What came whole is understood at once; where the counts of a call came later, in log records, its columns get them now.
    server.text(&["send", &fixture("otel-genai-langchain/react_agent/001.traces.pb")]);
    assert_eq!(renormalize(&["--dry-run"])["spans_changed"], 0, "{}", renormalize(&["--dry-run"]));
    server.text(&["send", &fixture("gemini-cli/tool_run")]);
    assert_eq!(renormalize(&[])["fields"]["usage"], 2);
    assert_eq!(renormalize(&[])["spans_changed"], 0);
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

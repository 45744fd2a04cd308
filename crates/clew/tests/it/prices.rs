//! Own prices from the command line, and what they do to a span.

use std::process::Stdio;

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, command, fixture};

/// The id of the first billed call of the newest trace.
fn billed_span(server: &Server) -> String {
    let trace: Value = serde_json::from_str(&server.text(&["trace", "last", "--json"])).unwrap();
    let billed = trace["spans"].as_array().unwrap().iter().find(|span| span["billing"] == "leaf").expect("a call is billed").clone();
    billed["span_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_price_set_by_hand_holds_for_the_next_span() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["prices", "set", "*", "input_tokens=$2.50", "output_tokens=10", "--note", "test"]);
    server.text(&["send", &fixture("otel-genai-langchain/react_agent/001.traces.pb")]);
    let span = billed_span(&server);
    let told: Value = serde_json::from_str(&server.text(&["cost", "explain", &span, "--json"])).unwrap();
    assert_eq!((&told["cost_source"], &told["match"]["row"]), (&Value::from("own table, version 1"), &Value::from(1)));
    let page = server.text(&["cost", "explain", &span]);
    assert!(page.contains("$2.5 per million") && page.contains("own table, version 1"), "{page}");
    insta::assert_snapshot!(server.text(&["prices", "list"]));

    server.text(&["prices", "remove", "1"]);
    let told: Value = serde_json::from_str(&server.text(&["cost", "explain", &span, "--json"])).unwrap();
    assert_eq!((&told["stored"]["cost_source"], told["match"].get("row")), (&Value::from("own table, version 1"), None));
}

#[test]
fn a_list_can_be_imported_again() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["prices", "set", "our-*", "input_tokens=1", "web_searches=0.01", "--provider", "azure", "--tier", "flex"]);
    server.text(&["prices", "set", "o3", "input_tokens=3", "--from", "2026-01-01", "--to", "2026-07-01", "--all-projects"]);
    let listed = server.text(&["prices", "list", "--json"]);
    let file = data.path().join("prices.json");
    std::fs::write(&file, &listed).unwrap();
    let other = tempdir().unwrap();
    let second = Server::start(other.path());
    second.text(&["prices", "import", file.to_str().unwrap()]);
    let rows = |text: &str| serde_json::from_str::<Value>(text).unwrap()["rows"].clone();
    assert_eq!(rows(&second.text(&["prices", "list", "--json"])), rows(&listed));
}

#[test]
fn a_wrong_price_is_refused_in_the_servers_words() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    let refused = server.ask(&["prices", "set", "x", "cache_read_tokens=1"]);
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(words.contains("`prices.cache_read_tokens` is a part of `input_tokens`, which has no price"), "{words}");
    assert_eq!(server.ask(&["prices", "remove", "7"]).status.code(), Some(3));
    assert_eq!(server.ask(&["cost", "explain", "b7ad6b7169203331"]).status.code(), Some(3));
    let unreadable = command(&["prices", "import", "-", "--server", &server.http]).stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&unreadable.stderr).contains("holds no price rows"));
}

#[test]
fn history_gets_the_prices_of_today_when_asked() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    server.text(&["send", &fixture("otel-genai-langchain/react_agent/001.traces.pb")]);
    let trace = || serde_json::from_str::<Value>(&server.text(&["trace", "last", "--json"])).unwrap()["trace"].clone();
    let before = trace();
    server.text(&["prices", "set", "*", "input_tokens=1000", "output_tokens=1000"]);
    let reprice = |words: &[&str]| serde_json::from_str::<Value>(&server.text(&[&["reprice", "--json"], words].concat())).unwrap();
    let dry = reprice(&["--dry-run"]);
    assert!(dry["spans_changed"].as_u64().unwrap() >= 3, "{dry}");
    assert_eq!(trace(), before, "a dry run changes nothing");
    let done = reprice(&[]);
    assert_eq!((&done["spans_changed"], &done["cost_after_usd"]), (&dry["spans_changed"], &dry["cost_after_usd"]));
    assert_eq!(trace()["cost_usd"], done["cost_after_usd"]);
    assert_eq!(reprice(&[])["spans_changed"], 0);
    assert!(server.text(&["reprice"]).contains("all have the price of today"));
}

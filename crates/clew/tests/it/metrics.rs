//! Metrics from the command line, out of the real store.

use serde_json::Value;
use tempfile::tempdir;

use crate::running::{Server, fixture};

fn json(server: &Server, words: &[&str]) -> Value {
    serde_json::from_str(&server.text(&[words, &["--json"]].concat())).unwrap()
}

#[test]
fn recorded_metrics_become_a_list_and_a_page() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    for case in ["claude-code/tool_run", "otel-openai-v2-event/tool_retry", "otel-sdk-manual/metric_shapes"] {
        server.text(&["send", &fixture(case)]);
    }
    let listed = server.text(&["metrics"]);
    let tokens = server.text(&["metrics", "claude_code.token.usage", "--by", "type", "--step", "1m"]);
    insta::assert_snapshot!(format!("{listed}\n{tokens}"));
    let plain = server.text(&["metrics", "claude_code.token.usage", "--step", "1m", "--plain"]);
    assert!(plain.is_ascii(), "{plain}");
}

#[test]
fn a_restart_of_the_server_and_a_second_delivery_change_nothing() {
    let data = tempdir().unwrap();
    let cases = ["otel-sdk-manual/metric_shapes", "gemini-cli/tool_run", "otel-openai-v2-event/tool_retry"];
    let server = Server::start(data.path());
    for case in cases {
        server.text(&["send", &fixture(case)]);
    }
    let before = json(&server, &["metrics"]);
    assert!(before["metrics"].as_array().unwrap().len() > 12, "{before}");
    assert_eq!(server.terminate(), Some(0));

    // What was in memory lies in a segment now.
    let server = Server::start(data.path());
    assert_eq!(json(&server, &["metrics"]), before);
    for case in cases {
        server.text(&["send", &fixture(case)]);
    }
    assert_eq!(json(&server, &["metrics"]), before);
}

#[test]
fn of_two_values_for_one_moment_the_last_received_holds_before_and_after_a_restart() {
    let data = tempdir().unwrap();
    let file = data.path().join("jobs.metrics.json");
    let request = |value: u64| {
        let points = format!(r#"[{{"startTimeUnixNano": "1", "timeUnixNano": "1790000000000000000", "asInt": "{value}"}}]"#);
        let sum = format!(r#"{{"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": {points}}}"#);
        format!(r#"{{"resourceMetrics": [{{"scopeMetrics": [{{"metrics": [{{"name": "jobs", "sum": {sum}}}]}}]}}]}}"#)
    };
    let mut server = Server::start(data.path());
    // Larger and smaller ones, so that neither size nor the bytes decide.
    for value in [5, 9, 3, 7] {
        std::fs::write(&file, request(value)).unwrap();
        server.text(&["send", file.to_str().unwrap()]);
        assert_eq!(json(&server, &["metrics", "jobs"])["metrics"][0]["groups"][0]["total"]["increase"], value);
        assert_eq!(server.terminate(), Some(0));
        server = Server::start(data.path());
        assert_eq!(json(&server, &["metrics", "jobs"])["metrics"][0]["groups"][0]["total"]["increase"], value);
    }
}

#[test]
fn a_metric_nobody_sent_is_not_found() {
    let data = tempdir().unwrap();
    let server = Server::start(data.path());
    assert_eq!(server.ask(&["metrics", "no/such"]).status.code(), Some(3));
    assert!(String::from_utf8_lossy(&server.ask(&["metrics"]).stderr).contains("no metric points"));
    server.text(&["send", &fixture("otel-sdk-manual/metric_shapes")]);
    let silent = server.ask(&["metrics", "llm.requests", "-t", "1s"]);
    assert_eq!((silent.status.code(), silent.stdout.len()), (Some(0), 0));
}

//! Live updates: sent once stored, resumable by the last id seen.

use futures::StreamExt;

use crate::harness::{Harness, PROTOBUF, bytes, export, trace_id};

/// Reads a stream until it holds the text, and returns all of it.
async fn read_until(response: reqwest::Response, wanted: &str) -> String {
    let mut stream = response.bytes_stream();
    let mut text = String::new();
    while !text.contains(wanted) {
        text.push_str(&String::from_utf8_lossy(&stream.next().await.expect("the stream stays open").unwrap()));
    }
    text
}

#[tokio::test]
async fn a_change_is_told_and_can_be_resumed_from() {
    let harness = Harness::start().await;
    let stream = harness.get("/api/v1/projects/default/stream").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let text = read_until(stream, "event: traces").await;
    assert!(text.contains(&trace_id(1)), "{text}");
    let id = text.lines().rev().find_map(|line| line.strip_prefix("id: ")).unwrap().to_owned();

    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(2, &[1]))).await;
    let resumed = harness.client.get(format!("{}/api/v1/projects/default/stream", harness.http)).header("last-event-id", id);
    let text = read_until(resumed.send().await.unwrap(), "\n\n").await;
    assert!(text.contains(&trace_id(2)) && !text.contains(&trace_id(1)), "{text}");
}

#[tokio::test]
async fn a_position_from_before_the_start_is_told_to_read_again() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let stream = harness.get(&format!("/api/v1/projects/default/stream?last_event_id=0&trace_id={}", trace_id(1))).await;
    let text = read_until(stream, "\n\n").await;
    assert!(text.contains(&trace_id(1)), "sequence 0 is the start of an empty store, so nothing was missed: {text}");
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_change_resumes_where_it_began() {
    let harness = Harness::start().await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    let opening = read_until(harness.get("/api/v1/projects/default/stream").await, "\n\n").await;
    let id = opening.trim().strip_prefix("id: ").expect("a stream opens with its position").to_owned();
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(2, &[1]))).await;
    let resumed = harness.get(&format!("/api/v1/projects/default/stream?last_event_id={id}")).await;
    let text = read_until(resumed, "\n\n").await;
    assert!(text.contains(&trace_id(2)) && !text.contains(&trace_id(1)), "{text}");
}

#[tokio::test]
async fn a_position_of_another_store_is_told_to_read_again() {
    let harness = Harness::start().await;
    let text = read_until(harness.get("/api/v1/projects/default/stream?last_event_id=99").await, "\n\n").await;
    assert!(text.contains("event: reset"), "{text}");
}

#[tokio::test]
async fn only_the_wanted_trace_is_told() {
    let harness = Harness::start().await;
    let stream = harness.get(&format!("/api/v1/projects/default/stream?trace_id={}", trace_id(2))).await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    harness.post("/v1/traces", &[PROTOBUF], bytes(&export(2, &[1]))).await;
    let text = read_until(stream, "event: traces").await;
    assert!(text.contains(&trace_id(2)) && !text.contains(&trace_id(1)), "{text}");
}

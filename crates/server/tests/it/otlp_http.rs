//! OTLP over HTTP: the specification's answers, byte for byte where it says so.

use std::io::Write;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::{Value, json};

use crate::harness::{Harness, PROTOBUF, bytes, export, span, text, trace_id};

#[tokio::test]
async fn an_accepted_request_is_in_the_next_answer() {
    let harness = Harness::start().await;
    let response = harness.post("/v1/traces", &[PROTOBUF], bytes(&export(7, &[1, 2]))).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/x-protobuf");
    assert_eq!(response.bytes().await.unwrap(), "", "an accepted request is answered by the empty message");

    let trace = harness.json(&format!("/api/v1/projects/default/traces/{}", trace_id(7))).await;
    assert_eq!(trace["trace"]["span_count"], 2);
    assert_eq!(trace["spans"][1]["name"], "step 2");
    assert_eq!(trace["spans"][1]["effective_parent_id"], "0101010101010101");
    assert_eq!(trace["spans"][0]["effective_parent_id"], Value::Null);
    assert_eq!(trace["spans"][0]["resource"]["service.name"], "shop");
}

#[tokio::test]
async fn every_prefix_and_encoding_is_read() {
    let harness = Harness::start().await;
    let plain = |trace| bytes(&export(trace, &[1]));
    let gzip = |body: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let deflate = |body: &[u8]| {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let zstd = |body: &[u8]| zstd::encode_all(body, 1).unwrap();
    let requests = [
        ("/v1/traces", "identity", plain(1)),
        ("/api/public/otel/v1/traces", "gzip", gzip(&plain(2))),
        ("/otel/v1/traces", "deflate", deflate(&plain(3))),
        ("/traceloop.com/v1/traces", "zstd", zstd(&plain(4))),
    ];
    for (path, encoding, body) in requests {
        let response = harness.post(path, &[PROTOBUF, ("content-encoding", encoding)], body).await;
        assert_eq!(response.status(), 200, "{path} {encoding}");
    }
    assert_eq!(harness.json("/api/v1/projects/default/traces").await["total"], json!({"count": 4, "exact": true}));
}

#[tokio::test]
async fn a_chunked_body_is_read() {
    let harness = Harness::start().await;
    let body = bytes(&export(1, &[1]));
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = body.chunks(7).map(|piece| Ok(piece.to_vec())).collect();
    let stream = reqwest::Body::wrap_stream(futures::stream::iter(pieces));
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], stream).await.status(), 200);
    assert_eq!(harness.json("/api/v1/ledger").await["stored"], 1);
}

#[tokio::test]
async fn a_bad_span_rejects_only_itself_and_the_ledger_says_why() {
    let harness = Harness::start().await;
    let mut request = export(1, &[1, 2, 3]);
    request.resource_spans[0].scope_spans[0].spans[1].span_id = vec![1, 2, 3];
    let response = harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await;
    assert_eq!(response.status(), 200);
    let answer = ExportTraceServiceResponse::decode(response.bytes().await.unwrap()).unwrap();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("step 2"), "{}", partial.error_message);

    let ledger = harness.json("/api/v1/ledger").await;
    assert_eq!((&ledger["received"], &ledger["stored"], &ledger["rejected"]), (&json!(3), &json!(2), &json!({"invalid_span_id": 1})));
}

#[tokio::test]
async fn json_is_answered_in_json() {
    let harness = Harness::start().await;
    let body = json!({"resourceSpans": [{"scopeSpans": [{"spans": [
        {"traceId": "0AF7651916CD43DD8448EB211C80319C", "spanId": "b7ad6b7169203331", "name": "ok", "kind": 3, "startTimeUnixNano": 1790000000000000000_u64},
        {"traceId": "short", "spanId": "b7ad6b7169203332", "name": "bad"},
    ]}]}]});
    let response = harness.post("/v1/traces", &[("content-type", "application/json")], body.to_string()).await;
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (200, "application/json"));
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], "1");
    let trace = harness.json("/api/v1/traces/0af7651916cd43dd8448eb211c80319c").await;
    assert_eq!((&trace["project"], &trace["spans"][0]["kind"]), (&json!("default"), &json!("client")));
}

#[tokio::test]
async fn what_does_not_decode_is_refused_with_a_status_message() {
    let harness = Harness::start().await;
    let response = harness.post("/v1/traces", &[("content-type", "application/json")], "{\"resourceSpans\": [").await;
    assert_eq!(response.status(), 400);
    let status: Value = response.json().await.unwrap();
    assert!(status["message"].as_str().unwrap().contains("JSON"), "{status}");

    let response = harness.post("/v1/traces", &[("content-type", "text/plain")], "hello").await;
    assert_eq!((response.status().as_u16(), response.headers()["content-type"].to_str().unwrap()), (415, "application/problem+json"));
    let response = harness.post("/v1/traces", &[PROTOBUF, ("content-encoding", "rot13")], "hello").await;
    assert_eq!(response.status(), 415);
    let response = harness.post("/v1/traces", &[PROTOBUF, ("content-encoding", "gzip")], "not gzip").await;
    assert_eq!(response.status(), 400);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let harness = Harness::start().await;
    let limit = wire::Limits::default().body_bytes_max;
    let padded = |bytes_wanted: usize| {
        let mut request = export(1, &[1]);
        let empty = bytes(&request).len();
        request.resource_spans[0].schema_url = "x".repeat(bytes_wanted - empty - 20);
        let body = bytes(&request);
        let missing = bytes_wanted - body.len();
        request.resource_spans[0].schema_url.push_str(&"x".repeat(missing));
        bytes(&request)
    };
    let at_limit = padded(limit);
    assert_eq!(at_limit.len(), limit);
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], at_limit).await.status(), 200);
    let over = padded(limit + 1);
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], over).await.status(), 413);
    let bomb = zstd::encode_all(&vec![0; limit + 1][..], 1).unwrap();
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF, ("content-encoding", "zstd")], bomb).await.status(), 413);
}

#[tokio::test]
async fn the_project_comes_from_the_header_then_the_resource() {
    let harness = Harness::start().await;
    let header = harness.post("/v1/traces", &[PROTOBUF, ("x-clew-project", "from-header")], bytes(&export(1, &[1]))).await;
    assert_eq!(header.status(), 200);
    let mut request = export(2, &[1]);
    let mut other = export(3, &[1]).resource_spans.remove(0);
    other.resource.as_mut().unwrap().attributes.push(text("openinference.project.name", "From Resource"));
    request.resource_spans.push(other);
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&request)).await.status(), 200);
    for (project, trace) in [("from-header", 1), ("default", 2), ("from-resource", 3)] {
        let list = harness.json(&format!("/api/v1/projects/{project}/traces")).await;
        let ids: Vec<&str> = list["traces"].as_array().unwrap().iter().map(|trace| trace["trace_id"].as_str().unwrap()).collect();
        assert_eq!(ids, [trace_id(trace)], "{project}");
    }
    let invalid = harness.post("/v1/traces", &[PROTOBUF, ("x-clew-project", "no such/slug")], bytes(&export(1, &[1]))).await;
    assert_eq!(invalid.status(), 400);
}

#[tokio::test]
async fn a_request_sent_again_changes_nothing() {
    let harness = Harness::start().await;
    for _ in 0..3 {
        assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&export(1, &[1, 2]))).await.status(), 200);
    }
    let mut changed = export(1, &[2]);
    changed.resource_spans[0].scope_spans[0].spans =
        vec![opentelemetry_proto::tonic::trace::v1::Span { name: "renamed".into(), ..span(1, 2) }];
    assert_eq!(harness.post("/v1/traces", &[PROTOBUF], bytes(&changed)).await.status(), 200);
    let ledger = harness.json("/api/v1/ledger").await;
    let count = |bucket: &str| ledger[bucket].as_u64().unwrap();
    assert_eq!((count("received"), count("stored"), count("duplicate"), count("updated")), (7, 2, 4, 1));
    let trace = harness.json(&format!("/api/v1/projects/default/traces/{}", trace_id(1))).await;
    assert_eq!((trace["spans"].as_array().unwrap().len(), &trace["spans"][1]["name"]), (2, &json!("renamed")));
}

#[tokio::test]
async fn a_wrong_path_is_told_the_right_one() {
    let harness = Harness::start().await;
    let response = harness.post("/v1/trace", &[PROTOBUF], bytes(&export(1, &[1]))).await;
    assert_eq!(response.status(), 404);
    let problem: Value = response.json().await.unwrap();
    assert!(problem["hint"].as_str().unwrap().contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{problem}");
    let seen = harness.json("/api/v1/receiver").await;
    assert_eq!((&seen["requests"][0]["outcome"], &seen["requests"][0]["status"]), (&json!("rejected"), &json!(404)));
}

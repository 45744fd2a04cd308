//! Records out again: pages that are OTLP requests.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use crate::harness::{Harness, PROTOBUF, bytes, export, trace_id};

const PATH: &str = "/api/v1/projects/default/export/otlp";

/// One page, and the cursor of the next.
async fn page(harness: &Harness, query: &str) -> (ExportTraceServiceRequest, Option<String>) {
    let response = harness.get(&format!("{PATH}?{query}")).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &PROTOBUF.1.parse().unwrap()), "{query}");
    let next = response.headers().get("x-clew-next-cursor").map(|cursor| cursor.to_str().unwrap().to_owned());
    (ExportTraceServiceRequest::decode(response.bytes().await.unwrap()).unwrap(), next)
}

#[tokio::test]
async fn pages_are_requests_that_hold_every_span_once_as_it_was_sent() {
    let harness = Harness::start().await;
    let sent = export(1, &[1, 2, 3, 4, 5]);
    harness.post("/v1/traces", &[PROTOBUF], bytes(&sent)).await;
    let (mut spans, mut cursor) = (Vec::new(), String::new());
    loop {
        let (mut request, next) = page(&harness, &format!("signal=traces&limit=2&cursor={cursor}")).await;
        assert_eq!(request.resource_spans.len(), 1);
        let mut group = request.resource_spans.remove(0);
        assert_eq!(group.resource, sent.resource_spans[0].resource);
        spans.append(&mut group.scope_spans[0].spans);
        match next {
            Some(next) => cursor = next,
            None => break,
        }
    }
    assert_eq!(spans, sent.resource_spans[0].scope_spans[0].spans);
}

#[tokio::test]
async fn a_page_with_long_spans_ends_early() {
    let harness = Harness::start().await;
    let mut sent = export(1, &[1, 2, 3]);
    for span in &mut sent.resource_spans[0].scope_spans[0].spans {
        span.name = "x".repeat(3_000_000);
    }
    harness.post("/v1/traces", &[PROTOBUF], bytes(&sent)).await;
    let (request, next) = page(&harness, "signal=traces").await;
    assert_eq!((request.resource_spans[0].scope_spans[0].spans.len(), next.is_some()), (1, true));
    assert!(request.encoded_len() < 4 << 20);
}

#[tokio::test]
async fn a_trace_can_be_asked_for_alone() {
    let harness = Harness::start().await;
    for trace in 1..=2 {
        harness.post("/v1/traces", &[PROTOBUF], bytes(&export(trace, &[1, 2]))).await;
    }
    let (request, _) = page(&harness, &format!("signal=traces&trace_id={}", trace_id(2))).await;
    assert_eq!(request, export(2, &[1, 2]));
    assert_eq!(page(&harness, &format!("signal=traces&trace_id={}", trace_id(3))).await, (ExportTraceServiceRequest::default(), None));
}

#[tokio::test]
async fn what_cannot_be_exported_is_answered_by_a_problem() {
    let harness = Harness::start().await;
    let metrics_of_a_trace = format!("signal=metrics&trace_id={}", trace_id(1));
    let mistakes = ["", "signal=spans", "signal=traces&limit=0", "signal=traces&t=soon", "signal=logs&trace_id=x", &metrics_of_a_trace];
    for query in mistakes {
        let response = harness.get(&format!("{PATH}?{query}")).await;
        assert_eq!(
            (response.status().as_u16(), &response.headers()["content-type"]),
            (400, &"application/problem+json".parse().unwrap()),
            "{query}"
        );
    }
}

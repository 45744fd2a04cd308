//! OTLP over gRPC, spoken frame by frame.

use std::io::Write;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::json;

use crate::harness::{Harness, PROTOBUF, bytes, export};

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

struct Answer {
    status: String,
    message: Vec<u8>,
}

/// Makes one unary call; `encoding` names how the message is compressed.
async fn call(base: &str, path: &str, message: &[u8], encoding: Option<&str>) -> Answer {
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let mut frame = vec![u8::from(encoding.is_some())];
    frame.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend_from_slice(message);
    let mut request = client.post(format!("{base}{path}")).header("content-type", "application/grpc").header("te", "trailers").body(frame);
    if let Some(encoding) = encoding {
        request = request.header("grpc-encoding", encoding);
    }
    let response: http::Response<reqwest::Body> = request.send().await.unwrap().into();
    let (parts, body) = response.into_parts();
    let collected = http_body_util::BodyExt::collect(body).await.unwrap();
    let trailers = collected.trailers().cloned().unwrap_or_default();
    let status = parts.headers.get("grpc-status").or_else(|| trailers.get("grpc-status")).unwrap().to_str().unwrap().to_owned();
    let framed = collected.to_bytes();
    Answer { status, message: framed.get(5..).unwrap_or_default().to_vec() }
}

#[tokio::test]
async fn a_call_is_stored_and_answered() {
    let harness = Harness::start().await;
    let answer = call(&harness.grpc, EXPORT, &bytes(&export(1, &[1, 2])), None).await;
    assert_eq!((answer.status.as_str(), answer.message.len()), ("0", 0));
    let mut bad = export(2, &[1, 2]);
    bad.resource_spans[0].scope_spans[0].spans[0].trace_id = vec![0; 16];
    let answer = call(&harness.grpc, EXPORT, &bytes(&bad), None).await;
    let partial = ExportTraceServiceResponse::decode(&answer.message[..]).unwrap().partial_success.unwrap();
    assert_eq!((answer.status.as_str(), partial.rejected_spans), ("0", 1));
    assert_eq!(harness.json("/api/v1/ledger").await["stored"], 3);
}

#[tokio::test]
async fn gzip_and_zstd_are_read() {
    let harness = Harness::start().await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&bytes(&export(1, &[1]))).unwrap();
    assert_eq!(call(&harness.grpc, EXPORT, &encoder.finish().unwrap(), Some("gzip")).await.status, "0");
    let zstd = zstd::encode_all(&bytes(&export(2, &[1]))[..], 1).unwrap();
    assert_eq!(call(&harness.grpc, EXPORT, &zstd, Some("zstd")).await.status, "0");
    assert_eq!(harness.json("/api/v1/ledger").await["stored"], 2);
}

#[tokio::test]
async fn what_does_not_decode_is_an_invalid_argument() {
    let harness = Harness::start().await;
    assert_eq!(call(&harness.grpc, EXPORT, &[0x0a, 0xff], None).await.status, "3");
    assert_eq!(harness.json("/api/v1/receiver").await["requests"][0]["protocol"], "grpc");
}

#[tokio::test]
async fn mixed_up_ports_are_served_all_the_same() {
    let harness = Harness::start().await;
    assert_eq!(call(&harness.http, EXPORT, &bytes(&export(1, &[1])), None).await.status, "0");
    let response = harness
        .client
        .post(format!("{}/v1/traces", harness.grpc))
        .header(PROTOBUF.0, PROTOBUF.1)
        .body(bytes(&export(2, &[1])))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(harness.json("/api/v1/ledger").await["stored"], json!(2));
}

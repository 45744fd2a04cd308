//! Answers, read by an exporter's own types.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::{Value, json};
use wire::{Format, PartialSuccess, Reason, Rejection, Signal, decode_response, encode_response, encode_retry_status, encode_status};

fn rejected(count: usize) -> Vec<Rejection> {
    let rejection =
        |index: usize| Rejection { reason: Reason::TooDeep, detail: format!("span {index} `n`: value is nested deeper than 32") };
    (1..=count).map(rejection).collect()
}

#[test]
fn full_success_is_the_empty_message() {
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        assert_eq!(encode_response(signal, Format::Protobuf, &[]), b"");
        assert_eq!(encode_response(signal, Format::Json, &[]), b"{}");
    }
}

#[test]
fn partial_success_tells_how_many_and_why() {
    let message = "too_deep 2; span 1 `n`: value is nested deeper than 32; span 2 `n`: value is nested deeper than 32";
    let traces = ExportTraceServiceResponse::decode(encode_response(Signal::Traces, Format::Protobuf, &rejected(2)).as_slice()).unwrap();
    let partial = traces.partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (2, message));
    let logs = ExportLogsServiceResponse::decode(encode_response(Signal::Logs, Format::Protobuf, &rejected(2)).as_slice()).unwrap();
    assert_eq!(logs.partial_success.unwrap().rejected_log_records, 2);
    let metrics =
        ExportMetricsServiceResponse::decode(encode_response(Signal::Metrics, Format::Protobuf, &rejected(2)).as_slice()).unwrap();
    assert_eq!(metrics.partial_success.unwrap().rejected_data_points, 2);

    for (signal, name) in [(Signal::Traces, "rejectedSpans"), (Signal::Logs, "rejectedLogRecords"), (Signal::Metrics, "rejectedDataPoints")]
    {
        let answer: Value = serde_json::from_slice(&encode_response(signal, Format::Json, &rejected(2))).unwrap();
        assert_eq!(answer, json!({"partialSuccess": {name: "2", "errorMessage": message}}));
    }
}

#[test]
fn our_own_sender_reads_what_was_not_taken() {
    for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
        for format in [Format::Protobuf, Format::Json] {
            let found = decode_response(signal, format, &encode_response(signal, format, &rejected(300)));
            assert_eq!(found.rejected, 300);
            assert!(found.message.unwrap().starts_with("too_deep 300; span 1"));
            assert_eq!(decode_response(signal, format, &encode_response(signal, format, &[])), PartialSuccess::default());
            assert_eq!(decode_response(signal, format, b"not an answer"), PartialSuccess::default());
        }
    }
    let number = br#"{"partialSuccess":{"rejectedSpans":7,"errorMessage":""}}"#;
    assert_eq!(decode_response(Signal::Traces, Format::Json, number), PartialSuccess { rejected: 7, message: None });
}

#[test]
fn the_summary_stays_short_for_many_rejections() {
    let answer = encode_response(Signal::Traces, Format::Protobuf, &rejected(100_000));
    let partial = ExportTraceServiceResponse::decode(answer.as_slice()).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 100_000);
    assert!(partial.error_message.len() <= 1_024);
    assert!(partial.error_message.starts_with("too_deep 100000; span 1"));
}

/// `google.rpc.Status` and what stands in it, as published in googleapis.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<ProtoDuration>,
}

#[derive(Clone, PartialEq, Message)]
struct ProtoDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[test]
fn a_status_is_readable_in_both_formats() {
    let status = Status::decode(encode_status(Format::Protobuf, 3, "body is not valid gzip").as_slice()).unwrap();
    assert_eq!((status.code, status.message.as_str()), (3, "body is not valid gzip"));
    let status: Value = serde_json::from_slice(&encode_status(Format::Json, 3, "a \"quoted\" word")).unwrap();
    assert_eq!(status, json!({"code": 3, "message": "a \"quoted\" word"}));
}

#[test]
fn a_retry_status_says_when() {
    let status = Status::decode(encode_retry_status(8, "queue is full", Duration::from_millis(1_500)).as_slice()).unwrap();
    assert_eq!((status.code, status.details.len()), (8, 1));
    assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
    let delay = RetryInfo::decode(status.details[0].value.as_slice()).unwrap().retry_delay.unwrap();
    assert_eq!((delay.seconds, delay.nanos), (1, 500_000_000));
}

//! Answers in the sender's manner: what an OTLP exporter expects to read after success, partial success and refusal.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::limits::ERROR_MESSAGE_BYTES_MAX;
use crate::protobuf::{Writer, signed};
use crate::rejection::{Rejection, truncate};
use crate::signal::{Format, Signal};

/// Writes an `Export*ServiceResponse`: empty when everything was taken, else with how many records were not, and why.
pub fn encode_response(signal: Signal, format: Format, rejected: &[Rejection]) -> Vec<u8> {
    match format {
        Format::Protobuf if rejected.is_empty() => Vec::new(),
        Format::Json if rejected.is_empty() => b"{}".to_vec(),
        Format::Protobuf => {
            let mut writer = Writer::new();
            writer.message(1, |writer| {
                writer.varint(1, rejected.len() as u64);
                writer.bytes(2, summary(rejected).as_bytes());
            });
            writer.into_bytes()
        }
        Format::Json => {
            let count_name = match signal {
                Signal::Traces => "rejectedSpans",
                Signal::Logs => "rejectedLogRecords",
                Signal::Metrics => "rejectedDataPoints",
            };
            // Protobuf's JSON writes 64-bit integers as texts.
            let partial = serde_json::json!({ count_name: rejected.len().to_string(), "errorMessage": summary(rejected) });
            serde_json::json!({ "partialSuccess": partial }).to_string().into_bytes()
        }
    }
}

/// Writes a `google.rpc.Status`, the body of an HTTP error answer (OTLP/HTTP, "Failures").
pub fn encode_status(format: Format, code: i32, message: &str) -> Vec<u8> {
    match format {
        Format::Protobuf => {
            let mut writer = Writer::new();
            write_status(&mut writer, code, message);
            writer.into_bytes()
        }
        Format::Json => serde_json::json!({ "code": code, "message": message }).to_string().into_bytes(),
    }
}

/// Writes a `google.rpc.Status` that says when to try again, for `grpc-status-details-bin` (OTLP/gRPC, "Throttling").
pub fn encode_retry_status(code: i32, message: &str, retry_after: Duration) -> Vec<u8> {
    let mut writer = Writer::new();
    write_status(&mut writer, code, message);
    writer.message(3, |any| {
        any.bytes(1, b"type.googleapis.com/google.rpc.RetryInfo");
        any.message(2, |retry_info| {
            retry_info.message(1, |delay| {
                delay.varint_unless_zero(1, retry_after.as_secs());
                delay.varint_unless_zero(2, u64::from(retry_after.subsec_nanos()));
            });
        });
    });
    writer.into_bytes()
}

fn write_status(writer: &mut Writer, code: i32, message: &str) {
    writer.varint_unless_zero(1, signed(code));
    writer.text_unless_empty(2, message);
}

/// How often each reason occurred, then the details of the first records, as far as they fit.
fn summary(rejected: &[Rejection]) -> String {
    let mut counts = BTreeMap::new();
    for rejection in rejected {
        *counts.entry(rejection.reason).or_insert(0usize) += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    let mut text = counts.join(", ");
    for rejection in rejected {
        if text.len() + rejection.detail.len() + 2 > ERROR_MESSAGE_BYTES_MAX {
            text.push_str("; ...");
            break;
        }
        text.push_str("; ");
        text.push_str(&rejection.detail);
    }
    truncate(&mut text, ERROR_MESSAGE_BYTES_MAX);
    text
}

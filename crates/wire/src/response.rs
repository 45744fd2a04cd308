//! Answers in the sender's manner: what an OTLP exporter expects to read after success, partial success and refusal,
//! and the reading of success for our own sender.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::limits::ERROR_MESSAGE_BYTES_MAX;
use crate::protobuf::{ReadError, Reader, Writer, signed};
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
            // Protobuf's JSON writes 64-bit integers as texts.
            let partial = serde_json::json!({ rejected_name(signal): rejected.len().to_string(), "errorMessage": summary(rejected) });
            serde_json::json!({ "partialSuccess": partial }).to_string().into_bytes()
        }
    }
}

/// What an `Export*ServiceResponse` says was not taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartialSuccess {
    /// Spans, log records or data points that were refused.
    pub rejected: u64,
    /// Why, in the server's words; a warning where nothing was refused.
    pub message: Option<String>,
}

/// Reads an `Export*ServiceResponse`; what cannot be read says nothing, for the status of the answer has said that it succeeded.
pub fn decode_response(signal: Signal, format: Format, body: &[u8]) -> PartialSuccess {
    match format {
        Format::Protobuf => partial_success_in_protobuf(body).unwrap_or_default(),
        Format::Json => partial_success_in_json(signal, body),
    }
}

fn partial_success_in_protobuf(body: &[u8]) -> Result<PartialSuccess, ReadError> {
    let mut found = PartialSuccess::default();
    let mut response = Reader::new(body);
    while let Some(field) = response.next()? {
        if field.number != 1 {
            continue;
        }
        let mut fields = Reader::new(field.bytes()?);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => found.rejected = field.varint()?,
                2 => found.message = Some(String::from_utf8_lossy(field.bytes()?).into_owned()).filter(|text| !text.is_empty()),
                _ => {}
            }
        }
    }
    Ok(found)
}

fn partial_success_in_json(signal: Signal, body: &[u8]) -> PartialSuccess {
    let response: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = &response["partialSuccess"];
    let count = &partial[rejected_name(signal)];
    let rejected = count.as_u64().or_else(|| count.as_str()?.parse().ok()).unwrap_or(0);
    let message = partial["errorMessage"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    PartialSuccess { rejected, message }
}

/// What the count of refused records is called in the JSON answer.
fn rejected_name(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
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

//! Sending OTLP requests: what the server took, what it refused, and trying again when it asks for time.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use wire::{Format, Signal};

use crate::client::Client;
use crate::failure::{Exit, Failure};

/// So often a busy server is asked again before the command gives up.
const ATTEMPTS_MAX: u32 = 30;
/// A server that names no time is asked again after this.
const PAUSE_SECONDS: u64 = 1;
/// No server that is alive needs longer.
const PAUSE_SECONDS_MAX: u64 = 30;

/// What became of one request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// Records the server refused.
    pub(crate) rejected: u64,
    /// Why, in its words.
    pub(crate) reason: Option<String>,
}

/// Sends one request; `project` overrides what the records say.
pub(crate) async fn export(
    client: &Client,
    signal: Signal,
    format: Format,
    body: Vec<u8>,
    project: Option<&str>,
) -> Result<Receipt, Failure> {
    let mut attempt = 1;
    loop {
        let mut request = client
            .request(Method::POST, &format!("/v1/{}", signal.as_str()))
            .header(CONTENT_TYPE, format.content_type())
            .body(body.clone());
        if let Some(project) = project {
            request = request.header("x-clew-project", project);
        }
        let answer = client.send(request).await?;
        match pause_asked_for(&answer) {
            Some(pause) if attempt < ATTEMPTS_MAX => {
                eprintln!("the server is busy ({}), trying again in {} s", answer.status().as_u16(), pause.as_secs());
                tokio::time::sleep(pause).await;
                attempt += 1;
            }
            _ => return receipt(answer, format).await,
        }
    }
}

/// How long the server asks to wait; None where it does not.
fn pause_asked_for(answer: &Response) -> Option<Duration> {
    if !matches!(answer.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let header = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Some(header.and_then(pause_from_header).unwrap_or(Duration::from_secs(PAUSE_SECONDS)).min(Duration::from_secs(PAUSE_SECONDS_MAX)))
}

/// Reads `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
fn pause_from_header(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

async fn receipt(answer: Response, format: Format) -> Result<Receipt, Failure> {
    let status = answer.status();
    let body = answer.bytes().await.map_err(|error| Failure::new(Exit::Failed, "cannot read the server's answer").with_source(error))?;
    if !status.is_success() {
        // The answer is a google.rpc.Status in the format of the request; the JSON form is readable as it is.
        let words = serde_json::from_slice::<Value>(&body).ok().and_then(|json| Some(json.get("message")?.as_str()?.to_owned()));
        let words = words.unwrap_or_else(|| printable(&body));
        return Err(Failure::new(Exit::Failed, format!("the server refused the request ({status}): {words}"))
            .with_hint("Run `clew doctor`: it shows what the receiver saw and why it refused."));
    }
    Ok(match format {
        Format::Json => partial_success_in_json(&body),
        Format::Protobuf => partial_success_in_protobuf(&body).unwrap_or_default(),
    })
}

/// The readable characters of a body, for an error message.
fn printable(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().filter(|character| !character.is_control()).take(300).collect();
    text.trim().to_owned()
}

fn partial_success_in_json(body: &[u8]) -> Receipt {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(partial) = value.get("partialSuccess") else { return Receipt::default() };
    let rejected = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"].iter().find_map(|key| partial.get(*key));
    let rejected = rejected.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok())).unwrap_or(0);
    let reason = partial.get("errorMessage").and_then(Value::as_str).filter(|text| !text.is_empty());
    Receipt { rejected, reason: reason.map(str::to_owned) }
}

/// Reads `Export*ServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }`, the same for all three signals.
///
/// The one message a client reads is too small to bring a decoder for; everything else of protobuf lives in `wire`.
fn partial_success_in_protobuf(body: &[u8]) -> Option<Receipt> {
    let mut receipt = Receipt::default();
    for (field, value) in fields(body)? {
        let (1, FieldValue::Bytes(partial)) = (field, value) else { continue };
        for (field, value) in fields(partial)? {
            match (field, value) {
                (1, FieldValue::Number(count)) => receipt.rejected = count,
                (2, FieldValue::Bytes(text)) if !text.is_empty() => receipt.reason = Some(String::from_utf8_lossy(text).into_owned()),
                _ => {}
            }
        }
    }
    Some(receipt)
}

enum FieldValue<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Splits a message of varints and bytes into its fields; None for any other wire type.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, FieldValue<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        let value = match tag & 7 {
            0 => FieldValue::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (value, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                FieldValue::Bytes(value)
            }
            _ => return None,
        };
        found.push((tag >> 3, value));
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partial_success_is_read_in_both_formats() {
        let expected = Receipt { rejected: 300, reason: Some("bad id".to_owned()) };
        let json = br#"{"partialSuccess":{"rejectedSpans":"300","errorMessage":"bad id"}}"#;
        assert_eq!(partial_success_in_json(json), expected);
        let protobuf = b"\x0a\x0b\x08\xac\x02\x12\x06bad id";
        assert_eq!(partial_success_in_protobuf(protobuf), Some(expected));
    }

    #[test]
    fn an_empty_answer_means_that_all_was_taken() {
        assert_eq!(partial_success_in_json(b"{}"), Receipt::default());
        assert_eq!(partial_success_in_protobuf(b""), Some(Receipt::default()));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(pause_from_header("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause_from_header("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause_from_header("soon"), None);
    }
}

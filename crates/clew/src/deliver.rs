//! Sending OTLP requests: what the server took, what it refused, and trying again when it asks for time.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;
use wire::{Format, PartialSuccess, Signal};

use crate::client::Client;
use crate::failure::{Exit, Failure};

/// So often a busy server is asked again before the command gives up.
const ATTEMPTS_MAX: u32 = 30;
/// A server that names no time is asked again after this.
const PAUSE_SECONDS: u64 = 1;
/// No server that is alive needs longer.
const PAUSE_SECONDS_MAX: u64 = 30;

/// Sends one request and returns what was not taken of it; `project` overrides what the records say.
pub(crate) async fn deliver(
    client: &Client,
    signal: Signal,
    format: Format,
    body: Vec<u8>,
    project: Option<&str>,
) -> Result<PartialSuccess, Failure> {
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
            _ => return receipt(answer, signal, format).await,
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

async fn receipt(answer: Response, signal: Signal, format: Format) -> Result<PartialSuccess, Failure> {
    let status = answer.status();
    let body = answer.bytes().await.map_err(|error| Failure::new(Exit::Failed, "cannot read the server's answer").with_source(error))?;
    if !status.is_success() {
        // The answer is a google.rpc.Status in the format of the request; the JSON form is readable as it is.
        let words = serde_json::from_slice::<Value>(&body).ok().and_then(|json| Some(json.get("message")?.as_str()?.to_owned()));
        let words = words.unwrap_or_else(|| printable(&body));
        return Err(Failure::new(Exit::Failed, format!("the server refused the request ({status}): {words}"))
            .with_hint("Run `clew doctor`: it shows what the receiver saw and why it refused."));
    }
    Ok(wire::decode_response(signal, format, &body))
}

/// The readable characters of a body, for an error message.
fn printable(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().filter(|character| !character.is_control()).take(300).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(pause_from_header("7"), Some(Duration::from_secs(7)));
        assert_eq!(pause_from_header("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(pause_from_header("soon"), None);
    }
}

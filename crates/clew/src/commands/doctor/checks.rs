//! What the doctor looks at, one function a check.

use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::{Method, header};
use serde_json::Value;

use super::{Check, Outcome};
use crate::client::Client;
use crate::format;

/// Clocks further apart than this put traces into the wrong hour of a list.
const CLOCK_SECONDS_MAX: i64 = 30;

/// Below this a day of traffic may not fit.
const DISK_BYTES_MIN: u64 = 1 << 30;

/// How long a port may take to take a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long anything that speaks HTTP may take to say that it is there.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Asks who is there; the second value is what a clew server says of itself.
pub(super) async fn server(client: &Client) -> (Check, Option<Value>) {
    let answer = match client.send(client.request(Method::GET, "/healthz").timeout(ANSWER_TIMEOUT)).await {
        Ok(answer) => answer,
        Err(error) if takes_connections(client.host_and_port()).await => return (stranger(client, &error.cause()), None),
        Err(error) => return (Check::failed("server", error.to_string(), "Start it with: clew serve"), None),
    };
    let status = answer.status();
    // Many servers have a page of this name; only clew knows its version.
    let about = client.get("/api/v1/about", &[]).await.ok().filter(|about| about.get("version").is_some());
    let check = match &about {
        None => stranger(client, &format!("it answered {status}")),
        Some(_) if !status.is_success() => Check::failed(
            "server",
            format!("{} does not accept records any more", client.base()),
            "Look at the server's log and disk, then restart it.",
        ),
        Some(_) => Check::fine("server", format!("answers at {}", client.base())),
    };
    (check, about)
}

fn stranger(client: &Client, evidence: &str) -> Check {
    Check::failed(
        "server",
        format!("something else listens at {} ({evidence})", client.base()),
        "Stop it, or give clew another port: clew serve --listen 127.0.0.1:4320",
    )
}

async fn takes_connections(address: String) -> bool {
    matches!(tokio::time::timeout(CONNECT_TIMEOUT, tokio::net::TcpStream::connect(address)).await, Ok(Ok(_)))
}

pub(super) fn version(about: &Value) -> Check {
    let server = about.get("version").and_then(Value::as_str).unwrap_or("unknown");
    let own = env!("CARGO_PKG_VERSION");
    if server == own {
        return Check::fine("version", format!("server and client are {own}"));
    }
    Check::noted("version", format!("server is {server}, this client is {own}")).with_fix("Use the same binary on both sides.")
}

pub(super) async fn clock(client: &Client) -> Check {
    let Ok(answer) = client.send(client.request(Method::GET, "/healthz")).await else {
        return Check::noted("clock", "the server does not tell its time");
    };
    let date = answer.headers().get(header::DATE).and_then(|value| value.to_str().ok());
    let Some(server) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else {
        return Check::noted("clock", "the server does not tell its time");
    };
    let apart = (Utc::now() - server.to_utc()).num_seconds();
    if apart.abs() <= CLOCK_SECONDS_MAX {
        return Check::fine("clock", format!("server and client are {} s apart", apart.abs()));
    }
    Check::failed(
        "clock",
        format!("server and client are {} s apart", apart.abs()),
        "Synchronize both clocks; spans carry the time of their sender.",
    )
}

pub(super) async fn grpc_port(about: &Value) -> Check {
    let address = about.get("grpc").and_then(Value::as_str).unwrap_or_default().trim_start_matches("http://").to_owned();
    match takes_connections(address.clone()).await {
        true => Check::fine("grpc", format!("takes connections at {address}")),
        false => Check::noted("grpc", format!("no connection to {address} from here"))
            .with_fix("Senders on this machine can use OTLP over HTTP, or the gRPC port has to be let through."),
    }
}

/// Asks the system's own `df`, where the data is on this machine.
pub(super) fn disk(about: &Value) -> Check {
    let directory = about.get("data_dir").and_then(Value::as_str).unwrap_or_default();
    if !std::path::Path::new(directory).is_dir() {
        return Check::noted("disk", format!("`{directory}` is not on this machine"));
    }
    let output = Command::new("df").args(["-Pk", directory]).output();
    let free = output.ok().and_then(|output| free_bytes(&String::from_utf8_lossy(&output.stdout)));
    match free {
        None => Check::noted("disk", format!("cannot tell how much room there is at `{directory}`")),
        Some(free) if free < DISK_BYTES_MIN => Check::failed(
            "disk",
            format!("{} MiB left at `{directory}`", free >> 20),
            "Make room, or move the data with: clew serve --data DIR",
        ),
        Some(free) => Check::fine("disk", format!("{} GiB left at `{directory}`", free >> 30)),
    }
}

/// Reads the fourth column of the second line (POSIX `df -P`), in kilobytes.
fn free_bytes(table: &str) -> Option<u64> {
    let kilobytes: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kilobytes * 1_024)
}

/// Says what senders did lately: refused requests, and model calls without messages.
pub(super) async fn arrivals(client: &Client) -> Vec<Check> {
    let answer = match client.get("/api/v1/receiver", &[]).await {
        Ok(answer) => answer,
        Err(error) => return vec![Check::failed("arrivals", error.to_string(), "Look at the server's log; it names what failed.")],
    };
    let requests = answer.get("requests").and_then(Value::as_array).cloned().unwrap_or_default();
    let foreign: Vec<&Value> = requests.iter().filter(|request| text(request, "project") != super::probe::PROJECT).collect();
    if foreign.is_empty() {
        return vec![
            Check::noted("arrivals", "no request since the server started")
                .with_fix(format!("Point an SDK here: export OTEL_EXPORTER_OTLP_ENDPOINT={}", client.base())),
        ];
    }
    let mut checks = vec![summary(&foreign)];
    checks.extend(refusals(&foreign));
    checks.extend(silent_calls(&foreign));
    checks
}

fn summary(requests: &[&Value]) -> Check {
    let newest = requests[0];
    let detail = format!(
        "{} lately, the newest from {} ({})",
        format::plural(requests.len(), "request"),
        text(newest, "user_agent"),
        text(newest, "protocol")
    );
    Check::fine("arrivals", detail)
}

/// The newest refusal; a fault only where nothing has come through since.
fn refusals(requests: &[&Value]) -> Option<Check> {
    let place = requests.iter().position(|request| text(request, "outcome") == "rejected")?;
    let refused = requests[place];
    let outcome = if place == 0 { Outcome::Failed } else { Outcome::Noted };
    let detail = format!("{} {}: {}", text(refused, "status"), text(refused, "path"), text(refused, "reason"));
    let fix = Some(text(refused, "hint")).filter(|hint| !hint.is_empty());
    Some(Check { name: "refused", outcome, detail, fix })
}

fn silent_calls(requests: &[&Value]) -> Option<Check> {
    let count = |request: &&&Value| request.get("llm_calls").and_then(Value::as_u64).unwrap_or(0) > 0;
    let with_calls: Vec<&&Value> = requests.iter().filter(count).collect();
    let silent = with_calls.iter().filter(|request| request.get("content") == Some(&Value::Bool(false))).count();
    if with_calls.is_empty() {
        return Some(Check::noted("content", "no model calls among the last requests"));
    }
    if silent == 0 {
        return Some(Check::fine("content", "model calls carry their messages"));
    }
    Some(
        Check::noted("content", format!("{silent} of {} requests have model calls without messages", with_calls.len()))
            .with_fix("Switch message capture on: OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=SPAN_ONLY (older packages: true)."),
    )
}

/// What each instrumentation of the newest spans leaves out, with the setting that gives it.
pub(super) async fn instrumentations(client: &Client) -> Vec<Check> {
    let Ok(answer) = client.get(&client.in_project("instrumentations"), &[]).await else { return Vec::new() };
    answer["instrumentations"].as_array().into_iter().flatten().flat_map(instrumentation).collect()
}

fn instrumentation(found: &Value) -> Vec<Check> {
    let (name, version) = (text(found, "scope_name"), text(found, "scope_version"));
    let name = if name.is_empty() { "spans without a scope".to_owned() } else { format!("{name} {version}").trim_end().to_owned() };
    let count = |key: &str| found[key].as_u64().unwrap_or(0);
    let detail = format!(
        "{name}: {}, {}",
        format::plural(count("spans") as usize, "span"),
        format::plural(count("llm_calls") as usize, "model call")
    );
    let missing = found["missing"].as_array().into_iter().flatten();
    let checks: Vec<Check> = missing
        .map(|missing| {
            let of = if missing["what"] == "session" { count("traces") } else { count("llm_calls") };
            let unit = if missing["what"] == "session" { "traces" } else { "model calls" };
            let noted = Check::noted("sender", format!("{name}: {} of {of} {unit} without {}", missing["count"], text(missing, "what")));
            match missing["fix"].as_str() {
                Some(fix) => noted.with_fix(format!("To get it, {fix}.")),
                None => noted,
            }
        })
        .collect();
    if checks.is_empty() { vec![Check::fine("sender", detail)] } else { checks }
}

fn text(request: &Value, key: &str) -> String {
    match request.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn free_room_is_read_from_the_posix_table() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda 100 40 60 40% /\n";
        assert_eq!(free_bytes(table), Some(60 * 1_024));
        assert_eq!(free_bytes("nonsense"), None);
    }

    #[test]
    fn a_refusal_that_was_mended_is_only_noted() {
        let (good, bad) =
            (json!({"outcome": "accepted"}), json!({"outcome": "rejected", "status": 415, "reason": "no type", "hint": "Send one."}));
        assert_eq!(refusals(&[&bad, &good]).unwrap().outcome, Outcome::Failed);
        assert_eq!(refusals(&[&good, &bad]).unwrap().outcome, Outcome::Noted);
        assert_eq!(refusals(&[&good]), None);
    }

    #[test]
    fn calls_without_messages_are_named_with_the_setting() {
        let silent = json!({"llm_calls": 2, "content": false});
        assert!(silent_calls(&[&silent]).unwrap().fix.unwrap().contains("CAPTURE_MESSAGE_CONTENT"));
        let full = json!({"llm_calls": 2, "content": true});
        assert_eq!(silent_calls(&[&full]).unwrap().outcome, Outcome::Fine);
    }
}

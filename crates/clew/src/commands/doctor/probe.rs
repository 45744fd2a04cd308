//! A trace from end to end: sent as any SDK would, read back as any page would.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use model::ProjectSlug;
use serde_json::{Value, json};
use wire::{Format, Signal};

use super::Check;
use crate::client::Client;
use crate::deliver::deliver;

/// Probes go to a project of their own, so that they are in nobody's way.
pub(super) const PROJECT: &str = "clew-doctor";

const FIX: &str = "Look at the server's log; it names what failed.";

pub(super) async fn end_to_end(client: &Client) -> Check {
    let Ok(project) = PROJECT.parse::<ProjectSlug>() else { return Check::noted("probe", "not sent") };
    let client = client.clone().with_project(project);
    let (trace_id, body) = probe();
    let started = Instant::now();
    match deliver(&client, Signal::Traces, Format::Json, body.into_bytes(), Some(PROJECT)).await {
        Ok(receipt) if receipt.rejected == 0 => {}
        Ok(receipt) => return Check::failed("probe", format!("refused: {}", receipt.message.unwrap_or_default()), FIX),
        Err(error) => return Check::failed("probe", error.to_string(), FIX),
    }
    let answer = client.get(&client.in_project(&format!("traces/{trace_id}")), &[]).await;
    let count = answer.as_ref().ok().and_then(|answer| answer.pointer("/trace/span_count")).and_then(Value::as_u64);
    match (count, answer) {
        (Some(1), _) => Check::fine("probe", format!("a trace was stored and read back in {} ms", started.elapsed().as_millis())),
        (_, Err(error)) => Check::failed("probe", format!("stored and not found again: {error}"), FIX),
        (_, Ok(_)) => Check::failed("probe", "the trace that came back is not the one sent", FIX),
    }
}

/// One span whose id nobody else makes: the time, and this process.
fn probe() -> (String, String) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    let trace_id = format!("{now:016x}{:016x}", u64::from(std::process::id()) | 1 << 63);
    let span = json!({
        "traceId": trace_id, "spanId": format!("{now:016x}"), "name": "probe", "kind": 1,
        "startTimeUnixNano": (now - 1_000_000).to_string(), "endTimeUnixNano": now.to_string(),
    });
    let request = json!({ "resourceSpans": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "clew doctor" } }] },
        "scopeSpans": [{ "spans": [span] }],
    }] });
    (trace_id, request.to_string())
}

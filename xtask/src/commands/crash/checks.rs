//! What must hold after each crash.

use std::collections::BTreeMap;

use super::Sent;
use crate::Result;
use crate::http_client::{Connection, get};
use crate::json_text::{number_of, values_of};
use crate::otlp_request::{PROTOBUF, TraceSketch, hex};
use crate::server_process::ServerProcess;

/// Checks what the crash left; returns how many unanswered requests were stored.
pub(super) fn look(server: &ServerProcess, sent: &[Sent]) -> Result<u64> {
    let mut unanswered_found = 0;
    for one in sent {
        let found = look_for(&server.http, one.sketch)?;
        if one.acknowledged || !found.0.is_empty() {
            found.whole(one.sketch)?;
        }
        unanswered_found += u64::from(!one.acknowledged && !found.0.is_empty());
    }
    Ok(unanswered_found)
}

pub(super) fn send_again(server: &ServerProcess, sent: &[Sent]) -> Result {
    // Every tenth acknowledged one goes again too: its answer may have been lost on the way.
    let again = sent.iter().enumerate().filter(|(at, one)| !one.acknowledged || at % 10 == 0);
    for (_, one) in again {
        let answer = Connection::open(&server.http)?.post("/v1/traces", PROTOBUF, &one.sketch.request())?;
        if answer.status != 200 {
            return Err(format!("sending again was answered {}: {}", answer.status, answer.text()).into());
        }
    }
    Ok(())
}

/// How often each span id of a trace stands in the server's answer.
pub(super) struct Found(BTreeMap<String, u64>);

pub(super) fn look_for(address: &str, sketch: TraceSketch) -> Result<Found> {
    let trace_id = hex(&sketch.trace_id());
    let answer = get(address, &format!("/api/v1/projects/default/traces/{trace_id}?content=none"))?;
    let mut counts = BTreeMap::new();
    match answer.status {
        200 => {
            for span_id in values_of(&answer.text(), "span_id") {
                *counts.entry(span_id.to_owned()).or_default() += 1;
            }
        }
        404 => {}
        status => return Err(format!("trace {trace_id} was answered {status}: {}", answer.text()).into()),
    }
    Ok(Found(counts))
}

impl Found {
    pub(super) fn is_gone(&self) -> bool {
        self.0.is_empty()
    }

    /// Every span of the sketch is there exactly once, and nothing else.
    pub(super) fn whole(&self, sketch: TraceSketch) -> Result {
        let wanted: BTreeMap<String, u64> = (0..sketch.span_count).map(|index| (hex(&sketch.span_id(index)), 1)).collect();
        if self.0 == wanted {
            return Ok(());
        }
        let missing = wanted.keys().filter(|id| !self.0.contains_key(*id)).count();
        let doubled = self.0.values().filter(|count| **count > 1).count();
        Err(format!("trace {}: {missing} of {} spans missing, {doubled} doubled", hex(&sketch.trace_id()), sketch.span_count).into())
    }
}

/// Every span of a trace is there, once.
pub(super) fn look_for_whole(server: &ServerProcess, sketch: TraceSketch) -> Result {
    look_for(&server.http, sketch)?.whole(sketch)
}

/// Every span was stored once, lists count each that is left once, and the buckets sum up to what was received.
pub(super) fn check_sums(server: &ServerProcess, stored_ever: u64, left: &[TraceSketch]) -> Result {
    let text = get(&server.http, "/api/v1/ledger")?.text();
    let bucket = |name| number_of(&text, name).ok_or_else(|| format!("the ledger has no `{name}`: {text}"));
    let (received, stored, duplicate) = (bucket("received")?, bucket("stored")?, bucket("duplicate")?);
    let (updated, sampled_out) = (bucket("updated")?, bucket("sampled_out")?);
    if stored != stored_ever {
        return Err(format!("the ledger says {stored} stored, {stored_ever} spans were sent").into());
    }
    // Nothing this test sends is rejected, updated or sampled out.
    if received != stored + duplicate || updated + sampled_out != 0 {
        return Err(format!("the ledger does not add up: {text}").into());
    }
    let spans_left = left.iter().map(|sketch| sketch.span_count).sum();
    for (list, wanted) in [("traces", left.len() as u64), ("spans", spans_left)] {
        let text = get(&server.http, &format!("/api/v1/projects/default/{list}?limit=1"))?.text();
        let total = text.find("\"total\"").and_then(|at| number_of(&text[at..], "count"));
        if total != Some(wanted) {
            return Err(format!("the list of {list} has {total:?} in place of {wanted}").into());
        }
    }
    let metrics = get(&server.http, "/metrics")?.text();
    if metrics.contains("clew_store_damaged{") {
        return Err(format!("a kill has left damage: {metrics}").into());
    }
    Ok(())
}

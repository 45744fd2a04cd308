//! What some spans gave back: short outputs stand in the search index of their segment, others are read as they were sent.

use std::collections::{HashMap, HashSet};

use model::{ProjectSlug, SpanId, TraceId};
use serde_json::Value;
use store::{SpanOutput, StepOutput, StoreError};

use super::fetch::each_span_of_traces;
use super::snapshot::Snapshot;
use super::spans::whole_spans;
use super::stop::Stop;
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::search::outputs_of_segment;

pub(crate) fn outputs(
    engine: &Engine,
    project: &ProjectSlug,
    spans: &[(TraceId, SpanId)],
    stop: &Stop,
) -> Result<Vec<SpanOutput>, StoreError> {
    let keys: Vec<SpanKey> = spans.iter().map(|(trace_id, span_id)| SpanKey { trace_id: *trace_id, span_id: *span_id }).collect();
    let mut known = known_outputs(engine, project, &keys, stop)?;
    stop.check()?;
    let rest: Vec<SpanKey> = keys.iter().filter(|key| !known.contains_key(key)).copied().collect();
    let mut raw = whole_spans(engine, project, &rest)?;
    let output = |key: &SpanKey| {
        let output = match known.remove(key) {
            Some(output) => StepOutput::Known(output),
            None => StepOutput::Raw(raw.remove(key)?.raw?),
        };
        Some(SpanOutput { trace_id: key.trace_id, span_id: key.span_id, output })
    };
    Ok(keys.iter().filter_map(output).collect())
}

/// The outputs that indexes have at hand; a span of several versions is told by none of its rows.
fn known_outputs(
    engine: &Engine,
    project: &ProjectSlug,
    keys: &[SpanKey],
    stop: &Stop,
) -> Result<HashMap<SpanKey, Option<Value>>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let wanted: HashSet<&SpanKey> = keys.iter().filter(|key| !snapshot.updated_spans.contains(key)).collect();
    let traces: HashSet<TraceId> = wanted.iter().map(|key| key.trace_id).collect();
    let traces: Vec<TraceId> = traces.into_iter().collect();
    let mut known = HashMap::with_capacity(keys.len());
    for segment in snapshot.segments.iter() {
        stop.check()?;
        let mut rows: HashMap<u32, SpanKey> = HashMap::new();
        each_span_of_traces(segment, project, &traces, |row, key| {
            if wanted.contains(&key) {
                rows.insert(row as u32, key);
            }
        })?;
        let numbers: Vec<u32> = rows.keys().copied().collect();
        let outputs = outputs_of_segment(&engine.indexes, segment, &numbers)?;
        known.extend(outputs.into_iter().filter_map(|(row, output)| Some((rows.remove(&row)?, output))));
    }
    Ok(known)
}

//! Lists traces: a trace is what its spans make it.

use std::collections::HashMap;

use model::{ProjectSlug, TraceId};
use store::{Detail, StoreError, TracePage, TraceQuery, TraceRecords, TraceSort};

use super::fetch::{Wanted, fetch};
use super::page::PageCollector;
use super::scan::scan_spans;
use super::snapshot::Snapshot;
use crate::engine::Engine;

pub(crate) fn list_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut traces: HashMap<TraceId, Extent> = HashMap::new();
    scan_spans(&snapshot, project, None, |facts| {
        traces.entry(facts.span.trace_id).or_default().add(facts.start_unix_nanos, facts.end_unix_nanos);
    })?;
    let mut page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    for (trace_id, extent) in traces.iter().filter(|(_, extent)| query.range.contains(extent.start_unix_nanos)) {
        page.add(extent.sort_key(query.sort), *trace_id.as_bytes());
    }
    let page = page.finish();
    let trace_ids: Vec<TraceId> = page.keys.iter().filter_map(|(_, tie)| TraceId::from_bytes(tie).ok()).collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
    let mut found = fetch(engine, &wanted)?;
    let traces: Vec<TraceRecords> = trace_ids.iter().filter_map(|trace_id| found.remove(trace_id)).collect();
    Ok(TracePage { traces, next: page.next, total: page.total })
}

/// From the earliest start to the latest end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Extent {
    start_unix_nanos: u64,
    end_unix_nanos: u64,
}

impl Default for Extent {
    fn default() -> Self {
        Self { start_unix_nanos: u64::MAX, end_unix_nanos: 0 }
    }
}

impl Extent {
    fn add(&mut self, start_unix_nanos: u64, end_unix_nanos: u64) {
        self.start_unix_nanos = self.start_unix_nanos.min(start_unix_nanos);
        self.end_unix_nanos = self.end_unix_nanos.max(end_unix_nanos);
    }

    fn sort_key(&self, sort: TraceSort) -> u64 {
        match sort {
            TraceSort::Start => self.start_unix_nanos,
            TraceSort::Duration => self.end_unix_nanos.saturating_sub(self.start_unix_nanos),
        }
    }
}

//! Looks at whole traces where columns alone do not say whether a filter is met.

use std::collections::HashMap;

use model::{LogRecord, ProjectSlug, Span, TraceId};
use query::{Filter, Matcher, TraceRow, matches_session};
use store::{Detail, StoreError};

use super::fetch::{Wanted, fetch};
use super::stop::Stop;
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::limits;

/// Asks the traces of one project, for as long as a question may take.
pub(super) struct Verifier<'a> {
    engine: &'a Engine,
    project: &'a ProjectSlug,
    matcher: Matcher,
    stop: Stop,
}

impl<'a> Verifier<'a> {
    pub(super) fn new(engine: &'a Engine, project: &'a ProjectSlug, filter: &Filter, stop: &Stop) -> Self {
        Self { engine, project, matcher: Matcher::new(filter), stop: stop.clone() }
    }

    /// Says of each trace whether it meets the filter.
    pub(super) fn traces(&self, trace_ids: &[TraceId]) -> Result<Vec<bool>, StoreError> {
        let mut met = HashMap::new();
        self.each(trace_ids, |trace_id, _, trace| {
            met.insert(trace_id, self.matcher.trace(trace));
        })?;
        Ok(trace_ids.iter().map(|trace_id| met.get(trace_id).copied().unwrap_or(false)).collect())
    }

    /// Says of each span whether it meets the filter.
    pub(super) fn spans(&self, keys: &[SpanKey]) -> Result<Vec<bool>, StoreError> {
        let mut met = HashMap::new();
        self.each(&traces_of(keys.iter()), |trace_id, spans, trace| {
            for (span, is_met) in spans.iter().zip(self.matcher.spans(trace)) {
                met.insert(SpanKey { trace_id, span_id: span.span_id }, is_met);
            }
        })?;
        Ok(keys.iter().map(|key| met.get(key).copied().unwrap_or(false)).collect())
    }

    /// Hands over every span of the traces that some spans are of, with all their records tell of it.
    pub(super) fn each_span<'b>(
        &self,
        keys: impl Iterator<Item = &'b SpanKey>,
        mut look: impl FnMut(SpanKey, &Span),
    ) -> Result<(), StoreError> {
        self.each_records(&traces_of(keys), |trace_id, spans, _| {
            spans.iter().for_each(|span| look(SpanKey { trace_id, span_id: span.span_id }, span));
        })
    }

    /// Says whether a session of these traces meets the filter.
    pub(super) fn session(&self, trace_ids: &[TraceId]) -> Result<bool, StoreError> {
        let mut traces = Vec::new();
        self.each_records(trace_ids, |_, spans, logs| traces.push((spans, logs)))?;
        let rows: Vec<TraceRow<'_>> = traces.iter().map(|(spans, logs)| TraceRow::new(spans, logs)).collect();
        Ok(matches_session(&self.matcher, &rows))
    }

    fn each(&self, trace_ids: &[TraceId], mut look: impl FnMut(TraceId, &[Span], &TraceRow<'_>)) -> Result<(), StoreError> {
        self.each_records(trace_ids, |trace_id, spans, logs| look(trace_id, &spans, &TraceRow::new(&spans, &logs)))
    }

    /// Fails when the question has taken all the time it may, or nobody waits for the answer.
    pub(super) fn check_time(&self) -> Result<(), StoreError> {
        self.stop.check()
    }

    fn each_records(&self, trace_ids: &[TraceId], mut take: impl FnMut(TraceId, Vec<Span>, Vec<LogRecord>)) -> Result<(), StoreError> {
        for trace_ids in trace_ids.chunks(limits::WHOLE_TRACES_AT_ONCE) {
            self.check_time()?;
            let wanted = Wanted { project: self.project, trace_ids, spans: None, detail: Detail::Whole, with_logs: true };
            for (trace_id, records) in fetch(self.engine, &wanted)? {
                let logs = records.logs.clone();
                let spans = self.engine.understand.spans(self.project, records);
                take(trace_id, spans, logs);
            }
        }
        Ok(())
    }
}

/// The traces of spans, each once.
fn traces_of<'a>(keys: impl Iterator<Item = &'a SpanKey>) -> Vec<TraceId> {
    let mut trace_ids: Vec<TraceId> = keys.map(|key| key.trace_id).collect();
    trace_ids.sort_unstable();
    trace_ids.dedup();
    trace_ids
}

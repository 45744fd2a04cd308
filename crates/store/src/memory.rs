//! The oracle: the simplest store that answers right.
//!
//! Everything in vectors, every question a walk over all of them; slow on purpose where that makes it plain.

mod aggregate;
mod deletion;
mod groups;
mod page;
mod records;
mod rederive;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use model::merge::{merge_columns, merge_raw};
use model::{Billing, LogRecord, MetricPoint, Origin, ProjectSlug, RawSpan, Span, SpanId, TraceId};
use query::{Matcher, TraceRow};

use self::page::{Ranked, page};
use crate::aggregate::{AggregateAnswer, AggregateQuery};
use crate::batch::{CleanBatch, Receipt};
use crate::catalog::{Catalog, Project};
use crate::deletion::{Deletion, DeletionReceipt};
use crate::error::StoreError;
use crate::group_query::{GroupPage, GroupQuery};
use crate::ledger::Ledger;
use crate::limits::{OWN_PRICES_MAX, SAME_CALL_NANOS, TRACE_SPANS_MAX};
use crate::own_prices::{OwnPrice, OwnPrices, PriceTerms};
use crate::query::{
    Detail, LogPage, LogQuery, SpanPage, SpanQuery, TimeRange, TracePage, TraceQuery, TraceRecords, TraceSort, TracesQuery,
};
use crate::record_query::{PointPage, PointQuery, RawPage, RawQuery};
use crate::rederive::{Rederive, RederiveReceipt};
use crate::span_store::SpanStore;
use crate::status::StoreStatus;
use crate::step_query::{SpanOutput, StepPage, StepQuery};
use crate::understand::{PlainUnderstanding, Understand};
use crate::views::{SavedView, ViewSaved, ViewTerms};

/// Keeps everything in memory and forgets it when it goes.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Versions of spans in order of arrival.
    spans: Vec<Stored<Span>>,
    logs: Vec<Stored<LogRecord>>,
    points: Vec<Stored<MetricPoint>>,
    /// What was seen: whose record it is, and what it said.
    seen: BTreeSet<(String, String)>,
    seen_keys: BTreeSet<String>,
    /// The trace that bills a call: by project, observation type and response id.
    claims: BTreeMap<(ProjectSlug, &'static str, String, u64), TraceId>,
    /// By minute of receipt.
    ledger: BTreeMap<u64, Ledger>,
    projects: BTreeMap<ProjectSlug, u64>,
    own_prices: OwnPrices,
    /// The newest id of an own price.
    own_price_id: u64,
    views: views::Views,
    sequence: u64,
    closed: bool,
}

#[derive(Debug, Clone)]
struct Stored<Record> {
    project: ProjectSlug,
    version: u64,
    record: Record,
}

/// What a record is, against all that were seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Novelty {
    New,
    Duplicate,
    Update,
}

const MINUTE_NANOS: u64 = 60_000_000_000;

impl MemoryStore {
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if state.closed { Err(StoreError::Stopped { reason: "it is closed".into() }) } else { Ok(state) }
    }
}

impl State {
    fn see(&mut self, key: String, content: String) -> Novelty {
        if !self.seen.insert((key.clone(), content)) {
            return Novelty::Duplicate;
        }
        if self.seen_keys.insert(key) { Novelty::New } else { Novelty::Update }
    }

    fn append(&mut self, batch: CleanBatch) -> Result<Receipt, StoreError> {
        let parts = batch.into_parts();
        if let Some(span) = parts.spans.iter().find(|span| span.raw.is_none()) {
            return Err(StoreError::Invalid(format!("span {} comes without its raw span", span.span_id)));
        }
        let (first, mut ledger) = (self.sequence, Ledger { rejected: parts.rejected, ..Ledger::default() });
        let mut trace_ids = BTreeSet::new();
        for span in parts.spans {
            // The text of a record tells NaN from NaN no more than its bits would, and 0.0 from -0.0, as its bits do.
            let novelty = self.see(format!("span {} {} {}", parts.project, span.trace_id, span.span_id), format!("{:?}", span.raw));
            // A span made from a log record was not received; the record is counted.
            let counted = if span.origin == Origin::Span { &mut ledger } else { &mut Ledger::default() };
            if let Some(version) = self.admit(novelty, counted) {
                trace_ids.insert(span.trace_id);
                let record = Span { billed_in: self.billed_in(&parts.project, &span), ..span };
                self.spans.push(Stored { project: parts.project.clone(), version, record });
            }
        }
        for log in parts.logs {
            let novelty = self.see(seen_log(&parts.project, &log), String::new());
            if let Some(version) = self.admit(novelty, &mut ledger) {
                trace_ids.extend(log.trace());
                self.logs.push(Stored { project: parts.project.clone(), version, record: log });
            }
        }
        for point in parts.points {
            let novelty = self.see(seen_point(&parts.project, &point), String::new());
            if let Some(version) = self.admit(novelty, &mut ledger) {
                self.points.push(Stored { project: parts.project.clone(), version, record: point });
            }
        }
        if self.sequence == first {
            self.sequence += 1;
        }
        self.ledger.entry(parts.received_unix_nanos / MINUTE_NANOS).or_default().add(&ledger);
        let Ledger { stored, duplicate, updated, .. } = ledger;
        Ok(Receipt { sequence: self.sequence, stored, duplicate, updated, trace_ids: trace_ids.into_iter().collect() })
    }

    /// The other trace that has claimed the call of a span; claims it where none has.
    fn billed_in(&mut self, project: &ProjectSlug, span: &Span) -> Option<TraceId> {
        let response_id = span.response_id.clone().filter(|_| span.billing == Billing::Leaf && !span.usage.is_empty())?;
        let window = span.start_unix_nanos / SAME_CALL_NANOS;
        let call = |window: u64| (project.clone(), span.observation_type.as_str(), response_id.clone(), window);
        let near = [window, window.wrapping_sub(1), window.wrapping_add(1)];
        let known = near.into_iter().find_map(|window| self.claims.get(&call(window)).copied());
        let first = known.unwrap_or_else(|| *self.claims.entry(call(window)).or_insert(span.trace_id));
        Some(first).filter(|first| *first != span.trace_id)
    }

    /// Counts a record; gives it a version unless it is a duplicate.
    fn admit(&mut self, novelty: Novelty, ledger: &mut Ledger) -> Option<u64> {
        match novelty {
            Novelty::New => ledger.stored += 1,
            Novelty::Update => ledger.updated += 1,
            Novelty::Duplicate => {
                ledger.duplicate += 1;
                return None;
            }
        }
        self.sequence += 1;
        Some(self.sequence)
    }

    /// The spans of a project, each once, merged; by trace id and span id.
    fn merged_spans(&self, project: &ProjectSlug) -> BTreeMap<(TraceId, SpanId), Span> {
        let mut merged: BTreeMap<_, Span> = BTreeMap::new();
        for Stored { record: newer, .. } in self.spans.iter().filter(|stored| stored.project == *project) {
            let key = (newer.trace_id, newer.span_id);
            let span = match merged.get(&key) {
                Some(older) => merge_spans(older, newer),
                None => newer.clone(),
            };
            merged.insert(key, Span { content: model::BoxedContent::default(), ..span });
        }
        merged
    }

    fn logs(&self, project: &ProjectSlug) -> impl Iterator<Item = &Stored<LogRecord>> {
        let mut logs: Vec<_> = self.logs.iter().filter(|stored| stored.project == *project).collect();
        logs.sort_by_key(|stored| (time_of_log(&stored.record), stored.version));
        logs.into_iter()
    }

    fn traces(&self, project: &ProjectSlug, detail: Detail) -> BTreeMap<TraceId, TraceRecords> {
        let mut traces: BTreeMap<TraceId, TraceRecords> = BTreeMap::new();
        for span in self.merged_spans(project).into_values() {
            let empty = TraceRecords { trace_id: span.trace_id, spans: Vec::new(), logs: Vec::new(), spans_left_out: 0 };
            traces.entry(span.trace_id).or_insert(empty).spans.push(reduced(span, detail));
        }
        for log in self.logs(project) {
            let trace = log.record.trace().and_then(|trace_id| traces.get_mut(&trace_id));
            trace.into_iter().for_each(|trace| trace.logs.push(log.record.clone()));
        }
        for trace in traces.values_mut() {
            trace.spans.sort_by_key(|span| (span.start_unix_nanos, span.span_id));
            trace.spans_left_out = trace.spans.len().saturating_sub(TRACE_SPANS_MAX) as u64;
            trace.spans.truncate(TRACE_SPANS_MAX);
        }
        traces
    }
}

fn seen_log(project: &ProjectSlug, log: &LogRecord) -> String {
    format!("log {project} {:?}", records::as_sent(log))
}

fn seen_point(project: &ProjectSlug, point: &MetricPoint) -> String {
    format!("point {project} {point:?}")
}

fn merge_spans(older: &Span, newer: &Span) -> Span {
    let mut merged = merge_columns(older, newer);
    if let (Some(older), Some(newer)) = (&older.raw, &newer.raw) {
        merged.raw = Some(merge_raw(older, newer).into());
    }
    merged
}

fn reduced(span: Span, detail: Detail) -> Span {
    match detail {
        Detail::Columns => Span { raw: None, ..span },
        Detail::Whole => span,
    }
}

fn tie_of_span(span: &Span) -> Vec<u8> {
    [span.trace_id.as_bytes().as_slice(), span.span_id.as_bytes()].concat()
}

fn time_of_log(log: &LogRecord) -> u64 {
    if log.time_unix_nanos == 0 { log.observed_time_unix_nanos } else { log.time_unix_nanos }
}

fn extent(trace: &TraceRecords) -> (u64, u64) {
    let start = trace.spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or_default();
    let end = trace.spans.iter().map(|span| span.end_unix_nanos).max().unwrap_or_default();
    (start, end)
}

#[async_trait]
impl SpanStore for MemoryStore {
    async fn append(&self, batch: CleanBatch) -> Result<Receipt, StoreError> {
        self.state()?.append(batch)
    }

    async fn list_traces(&self, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError> {
        let mut rows = Vec::new();
        let matcher = Matcher::new(&query.filter);
        for trace in self.state()?.traces(project, Detail::Whole).into_values() {
            let (start, end) = extent(&trace);
            let key = match query.sort {
                TraceSort::Start => start,
                TraceSort::Duration => match trace.spans.iter().find(|span| span.parent_span_id.is_none()) {
                    Some(root) => root.duration_nanos().unwrap_or(0),
                    None => end.saturating_sub(start),
                },
            };
            if query.range.contains(start) && matcher.trace(&TraceRow::new(&trace.spans, &trace.logs)) {
                rows.push((key, trace.trace_id.as_bytes().to_vec(), PlainUnderstanding.trace(project, trace).0));
            }
        }
        let (traces, next, total) = page(rows, query.order, query.limit, query.after.as_ref());
        Ok(TracePage { traces, next, total })
    }

    async fn list_spans(&self, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError> {
        let matcher = Matcher::new(&query.filter);
        let met = |trace: TraceRecords| {
            let met = matcher.spans(&TraceRow::new(&trace.spans, &trace.logs));
            trace.spans.into_iter().zip(met).filter(|(_, is_met)| *is_met).map(|(span, _)| span).collect::<Vec<_>>()
        };
        let is_wanted =
            |span: &Span| query.range.contains(span.start_unix_nanos) && query.span_id.is_none_or(|wanted| span.span_id == wanted);
        let spans = self.state()?.traces(project, Detail::Whole).into_values().flat_map(met).filter(is_wanted);
        let rows = spans.map(|span| (span.start_unix_nanos, tie_of_span(&span), reduced(span, Detail::Columns))).collect();
        let (spans, next, total) = page(rows, query.order, query.limit, query.after.as_ref());
        Ok(SpanPage { spans, next, total })
    }

    async fn list_logs(&self, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError> {
        let matcher = query.filter.matcher();
        let is_wanted = |log: &LogRecord| {
            let of_span = query.span.is_none_or(|(trace_id, span_id)| log.span() == Some((trace_id, span_id)));
            of_span && query.range.contains(time_of_log(log)) && matcher.matches(log)
        };
        let state = self.state()?;
        let wanted = state.logs(project).filter(|stored| is_wanted(&stored.record));
        let rows = wanted.map(|stored| (time_of_log(&stored.record), stored.version.to_be_bytes().to_vec(), stored.record.clone()));
        let (logs, next, total) = page(rows.collect(), query.order, query.limit, query.after.as_ref());
        Ok(LogPage { logs, next, total })
    }

    async fn list_groups(&self, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError> {
        Ok(self.state()?.list_groups(project, query))
    }

    async fn list_points(&self, project: &ProjectSlug, query: &PointQuery) -> Result<PointPage, StoreError> {
        Ok(self.state()?.list_points(project, query))
    }

    async fn raw_spans(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<RawSpan>, StoreError> {
        Ok(self.state()?.raw_spans(project, query))
    }

    async fn raw_logs(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError> {
        Ok(self.state()?.raw_logs(project, query))
    }

    async fn aggregate(&self, project: &ProjectSlug, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError> {
        self.state()?.aggregate(project, query)
    }

    async fn runs_of_step(&self, project: &ProjectSlug, query: &StepQuery) -> Result<StepPage, StoreError> {
        Ok(self.state()?.runs_of_step(project, query))
    }

    async fn outputs(&self, project: &ProjectSlug, spans: &[(TraceId, SpanId)]) -> Result<Vec<SpanOutput>, StoreError> {
        Ok(self.state()?.outputs(project, spans))
    }

    async fn trace(&self, project: &ProjectSlug, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError> {
        Ok(self.state()?.traces(project, detail).remove(&trace_id))
    }

    async fn traces(&self, project: &ProjectSlug, query: &TracesQuery) -> Result<Vec<TraceRecords>, StoreError> {
        query.check()?;
        let mut known = self.state()?.traces(project, query.detail);
        let is_wanted = |span: &Span| query.spans.as_ref().is_none_or(|spans| spans.contains(&(span.trace_id, span.span_id)));
        let wanted = |id| {
            let mut trace = known.remove(id)?;
            trace.spans.retain(is_wanted);
            trace.logs.clear();
            (!trace.spans.is_empty()).then_some(trace)
        };
        Ok(query.trace_ids.iter().filter_map(wanted).collect())
    }

    async fn projects_of_trace(&self, trace_id: TraceId) -> Result<Vec<ProjectSlug>, StoreError> {
        let state = self.state()?;
        let with_trace = state.spans.iter().filter(|stored| stored.record.trace_id == trace_id);
        let projects: BTreeSet<_> = with_trace.map(|stored| stored.project.clone()).collect();
        Ok(projects.into_iter().collect())
    }

    async fn ledger(&self, range: TimeRange) -> Result<Ledger, StoreError> {
        let mut sum = Ledger::default();
        for (minute, ledger) in &self.state()?.ledger {
            if range.contains(minute * MINUTE_NANOS) {
                sum.add(ledger);
            }
        }
        Ok(sum)
    }

    async fn rederive(&self, request: Rederive) -> Result<RederiveReceipt, StoreError> {
        let receipt = self.state()?.rederive(&request);
        (request.progress)(&receipt);
        Ok(receipt)
    }

    async fn delete(&self, request: Deletion) -> Result<DeletionReceipt, StoreError> {
        Ok(self.state()?.delete(&request))
    }

    fn status(&self) -> StoreStatus {
        let Ok(state) = self.state() else {
            return StoreStatus::default();
        };
        let tail_rows = state.spans.len() as u64 + state.logs.len() as u64 + state.points.len() as u64;
        StoreStatus { accepting: true, sequence: state.sequence, tail_rows, ..StoreStatus::default() }
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.state().map(drop)
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.state()?.closed = true;
        Ok(())
    }
}

#[async_trait]
impl Catalog for MemoryStore {
    async fn ensure_project(&self, slug: &ProjectSlug) -> Result<(), StoreError> {
        let mut state = self.state()?;
        let created_unix_nanos = state.projects.len() as u64;
        state.projects.entry(slug.clone()).or_insert(created_unix_nanos);
        Ok(())
    }

    async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        let state = self.state()?;
        let project =
            |(slug, created_unix_nanos): (&ProjectSlug, &u64)| Project { slug: slug.clone(), created_unix_nanos: *created_unix_nanos };
        Ok(state.projects.iter().map(project).collect())
    }

    async fn own_prices(&self) -> Result<OwnPrices, StoreError> {
        Ok(self.state()?.own_prices.clone())
    }

    async fn put_own_prices(&self, rows: Vec<PriceTerms>) -> Result<OwnPrices, StoreError> {
        let mut state = self.state()?;
        let (mut table, mut newest_id) = (state.own_prices.clone(), state.own_price_id);
        for terms in rows {
            match table.rows.iter_mut().find(|row| terms.replaces(&row.terms)) {
                Some(row) => row.terms = terms,
                None => {
                    newest_id += 1;
                    table.rows.push(OwnPrice { id: newest_id, terms });
                }
            }
        }
        if table.rows.len() > OWN_PRICES_MAX {
            return Err(OwnPrices::too_many(table.rows.len()));
        }
        table.version += 1;
        state.own_price_id = newest_id;
        state.own_prices = table.clone();
        Ok(table)
    }

    async fn remove_own_price(&self, id: u64) -> Result<Option<OwnPrices>, StoreError> {
        let mut state = self.state()?;
        let Some(index) = state.own_prices.rows.iter().position(|row| row.id == id) else { return Ok(None) };
        state.own_prices.rows.remove(index);
        state.own_prices.version += 1;
        Ok(Some(state.own_prices.clone()))
    }

    async fn views(&self, project: &ProjectSlug) -> Result<Vec<SavedView>, StoreError> {
        Ok(self.state()?.views.list(project))
    }

    async fn save_view(&self, project: &ProjectSlug, id: Option<u64>, terms: &ViewTerms) -> Result<ViewSaved, StoreError> {
        self.state()?.views.save(project, id, terms)
    }

    async fn remove_view(&self, project: &ProjectSlug, id: u64) -> Result<bool, StoreError> {
        Ok(self.state()?.views.remove(project, id))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::{Subject, run, run_catalog};

    struct Oracle(Arc<MemoryStore>);

    #[async_trait(?Send)]
    impl Subject for Oracle {
        fn store(&self) -> Arc<dyn SpanStore> {
            self.0.clone()
        }

        async fn settle(&mut self) {}
    }

    #[tokio::test]
    async fn the_oracle_is_held_to_its_own_suite() {
        run(async || Oracle(Arc::default())).await;
    }

    #[tokio::test]
    async fn the_oracle_is_a_catalog() {
        let store: Arc<MemoryStore> = Arc::default();
        run_catalog(async || Arc::clone(&store)).await;
    }
}

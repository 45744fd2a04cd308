//! Fetches the records of traces by their ids: maps in the tail, the trace index and single pages in segments.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use model::{LogRecord, ProjectSlug, SpanId, TraceId};
use store::limits::TRACE_SPANS_MAX;
use store::{Detail, StoreError, TraceRecords, TracesQuery};

use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::limits;
use crate::rows::logs::{StoredLog, effective_time, rows_from_batch as logs_from_batch};
use crate::rows::spans::{CONTENT_COLUMNS, StoredSpan, raws_from_batch, rows_from_batch};
use crate::segment::Segment;
use crate::tail::{Projects, span_key};
use crate::versions::merge_versions;

/// What is wanted of some traces.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) project: &'a ProjectSlug,
    pub(super) trace_ids: &'a [TraceId],
    /// Only these spans, where given.
    pub(super) spans: Option<&'a HashSet<SpanKey>>,
    pub(super) detail: Detail,
    pub(super) with_logs: bool,
}

/// Returns every record of a trace; None where the project has no span of it.
pub(crate) fn trace(engine: &Engine, project: &ProjectSlug, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError> {
    let wanted = Wanted { project, trace_ids: &[trace_id], spans: None, detail, with_logs: true };
    Ok(fetch(engine, &wanted)?.remove(&trace_id).filter(|trace| !trace.spans.is_empty()))
}

/// Returns the spans of several traces, see `SpanStore::traces`.
pub(crate) fn traces(engine: &Engine, project: &ProjectSlug, query: &TracesQuery) -> Result<Vec<TraceRecords>, StoreError> {
    let key = |(trace_id, span_id): &(TraceId, SpanId)| SpanKey { trace_id: *trace_id, span_id: *span_id };
    let spans: Option<HashSet<SpanKey>> = query.spans.as_ref().map(|spans| spans.iter().map(key).collect());
    let wanted = Wanted { project, trace_ids: &query.trace_ids, spans: spans.as_ref(), detail: query.detail, with_logs: false };
    let mut found = fetch(engine, &wanted)?;
    let known = query.trace_ids.iter().filter_map(|id| found.remove(id));
    Ok(known.filter(|trace| !trace.spans.is_empty()).collect())
}

/// Returns the projects that have spans of a trace.
pub(crate) fn projects_of_trace(engine: &Engine, trace_id: TraceId) -> Result<Vec<ProjectSlug>, StoreError> {
    let mut slugs = std::collections::BTreeSet::new();
    let (segments, located) = {
        let shared = engine.read();
        let located: Vec<_> = shared.tails().map(|tail| tail.locate_spans(&[trace_id])).collect();
        (std::sync::Arc::clone(&shared.segments), located)
    };
    for located in located {
        if let Some(batch) = located.gather()? {
            let projects = Projects::new(&batch)?;
            for row in 0..batch.num_rows() {
                slugs.insert(projects.slug(row)?);
            }
        }
    }
    for segment in segments.iter() {
        for rows in segment.rows_of_trace(trace_id)?.iter().filter(|rows| !rows.spans.is_empty()) {
            let project = segment.description.projects.get(rows.project as usize);
            let slug = project.and_then(|rows| rows.project.parse().ok());
            slugs.insert(slug.ok_or_else(|| StoreError::Damaged(format!("segment {} names no project", segment.description.id)))?);
        }
    }
    Ok(slugs.into_iter().collect())
}

/// Returns the log records of some traces by the span they belong to, in order of time.
pub(crate) fn logs_of_traces(
    engine: &Engine,
    project: &ProjectSlug,
    trace_ids: &[TraceId],
) -> Result<HashMap<SpanKey, Vec<LogRecord>>, StoreError> {
    let no_spans = HashSet::new();
    let wanted = Wanted { project, trace_ids, spans: Some(&no_spans), detail: Detail::Columns, with_logs: true };
    let mut logs: HashMap<SpanKey, Vec<LogRecord>> = HashMap::new();
    for log in fetch(engine, &wanted)?.into_values().flat_map(|trace| trace.logs) {
        if let Some((trace_id, span_id)) = log.span() {
            logs.entry(SpanKey { trace_id, span_id }).or_default().push(log);
        }
    }
    Ok(logs)
}

/// Fetches what is there of some traces.
pub(super) fn fetch(engine: &Engine, wanted: &Wanted<'_>) -> Result<HashMap<TraceId, TraceRecords>, StoreError> {
    let mut found = Found::default();
    // The tails are located and the segments taken at one moment: a flush in between neither hides nor doubles a row.
    let (segments, located) = {
        let shared = engine.read();
        let locate = |tail: &crate::tail::Tail| (tail.locate_spans(wanted.trace_ids), tail.locate_logs(wanted.trace_ids));
        let located: Vec<_> = shared.tails().map(locate).collect();
        (std::sync::Arc::clone(&shared.segments), located)
    };
    for (spans, logs) in located {
        if let Some(batch) = spans.gather()? {
            found.add_tail_spans(&batch, wanted)?;
        }
        if let Some(batch) = logs.gather()?.filter(|_| wanted.with_logs) {
            found.add_logs(&batch, wanted)?;
        }
    }
    for segment in segments.iter() {
        found.add_segment(segment, wanted)?;
    }
    Ok(found.into_traces())
}

/// Fetches what some segments have of some traces.
pub(super) fn fetch_from_segments(segments: &[Arc<Segment>], wanted: &Wanted<'_>) -> Result<HashMap<TraceId, TraceRecords>, StoreError> {
    let mut found = Found::default();
    segments.iter().try_for_each(|segment| found.add_segment(segment, wanted))?;
    Ok(found.into_traces())
}

/// Rows of the wanted traces, as they come.
#[derive(Default)]
struct Found {
    spans: HashMap<SpanKey, Vec<StoredSpan>>,
    logs: HashMap<TraceId, Vec<StoredLog>>,
}

impl Found {
    fn add_tail_spans(&mut self, batch: &RecordBatch, wanted: &Wanted<'_>) -> Result<(), StoreError> {
        let batch = filter(batch, &wanted_rows(batch, wanted)?)?;
        let mut rows = rows_from_batch(&batch)?;
        if wanted.detail == Detail::Whole {
            for (row, raw) in rows.iter_mut().zip(raws_from_batch(&batch)?) {
                row.span.raw = Some(raw);
            }
        }
        self.add_spans(rows);
        Ok(())
    }

    fn add_logs(&mut self, batch: &RecordBatch, wanted: &Wanted<'_>) -> Result<(), StoreError> {
        let projects = Projects::new(batch)?;
        let of_project: Vec<bool> = (0..batch.num_rows()).map(|row| projects.text(row) == wanted.project.as_str()).collect();
        for stored in logs_from_batch(&filter(batch, &of_project)?)? {
            if let Some(trace_id) = stored.log.trace() {
                self.logs.entry(trace_id).or_default().push(stored);
            }
        }
        Ok(())
    }

    fn add_spans(&mut self, rows: Vec<StoredSpan>) {
        for row in rows {
            let key = SpanKey { trace_id: row.span.trace_id, span_id: row.span.span_id };
            self.spans.entry(key).or_default().push(row);
        }
    }

    fn add_segment(&mut self, segment: &Segment, wanted: &Wanted<'_>) -> Result<(), StoreError> {
        let Some((number, _)) = segment.description.project(wanted.project) else {
            return Ok(());
        };
        let (mut spans, mut logs) = (Vec::new(), Vec::new());
        for trace_id in wanted.trace_ids {
            for rows in segment.rows_of_trace(*trace_id)?.into_iter().filter(|rows| rows.project == number) {
                spans.push(rows.spans);
                logs.push(rows.logs);
            }
        }
        if let Some(spans) = in_order(spans).map(|spans| rows_of_spans(segment, spans, wanted)).transpose()?.and_then(in_order) {
            self.add_segment_spans(segment, &spans, wanted)?;
        }
        if let Some(logs) = in_order(logs).filter(|_| wanted.with_logs) {
            for batch in segment.logs.read(None, &logs, limits::READ_WHOLE_BATCH_ROWS)? {
                self.add_logs(&batch?, wanted)?;
            }
        }
        Ok(())
    }

    fn add_segment_spans(&mut self, segment: &Segment, rows: &[Range<u64>], wanted: &Wanted<'_>) -> Result<(), StoreError> {
        let mut stored = Vec::new();
        let mut kept = Vec::new();
        for batch in segment.core.read_filled(rows, limits::READ_BATCH_ROWS)? {
            let batch = batch?;
            let mask = wanted_rows(&batch, wanted)?;
            let rows = rows_from_batch(&filter(&batch, &mask)?)?;
            match wanted.detail {
                Detail::Columns => self.add_spans(rows),
                Detail::Whole => stored.extend(rows),
            }
            kept.extend(mask);
        }
        if wanted.detail == Detail::Whole {
            let mut raws = Vec::new();
            let mut row_first = 0;
            for batch in segment.content.read(Some(&CONTENT_COLUMNS), rows, limits::READ_WHOLE_BATCH_ROWS)? {
                let batch = batch?;
                let row_last = row_first + batch.num_rows();
                raws.extend(raws_from_batch(&filter(&batch, &kept[row_first..row_last])?)?);
                row_first = row_last;
            }
            for (stored, raw) in stored.iter_mut().zip(raws) {
                stored.span.raw = Some(raw);
            }
        }
        self.add_spans(stored);
        Ok(())
    }

    fn into_traces(self) -> HashMap<TraceId, TraceRecords> {
        let empty = |trace_id| TraceRecords { trace_id, spans: Vec::new(), logs: Vec::new(), spans_left_out: 0 };
        let mut traces: HashMap<TraceId, TraceRecords> = HashMap::new();
        // A span is some kilobytes wide: what holds it is sorted, and it is moved once.
        let mut held: HashMap<TraceId, Vec<(u64, SpanId, Vec<StoredSpan>)>> = HashMap::new();
        for (key, mut versions) in self.spans {
            if versions.len() > 1 {
                versions = merge_versions(versions).into_iter().collect();
            }
            let Some(start) = versions.first().map(|stored| stored.span.start_unix_nanos) else { continue };
            held.entry(key.trace_id).or_default().push((start, key.span_id, versions));
        }
        for (trace_id, mut spans) in held {
            spans.sort_unstable_by_key(|(start, span_id, _)| (*start, *span_id));
            let trace = traces.entry(trace_id).or_insert_with(|| empty(trace_id));
            trace.spans_left_out = spans.len().saturating_sub(TRACE_SPANS_MAX) as u64;
            spans.truncate(TRACE_SPANS_MAX);
            trace.spans.reserve_exact(spans.len());
            trace.spans.extend(spans.into_iter().flat_map(|(_, _, versions)| versions).map(|stored| stored.span));
        }
        for (trace_id, logs) in self.logs {
            traces.entry(trace_id).or_insert_with(|| empty(trace_id)).logs = logs_in_order(logs);
        }
        traces
    }
}

/// The rows of the wanted spans among those of their traces.
fn rows_of_spans(segment: &Segment, rows: Vec<Range<u64>>, wanted: &Wanted<'_>) -> Result<Vec<Range<u64>>, StoreError> {
    let Some(spans) = wanted.spans else { return Ok(rows) };
    let mut found = Vec::new();
    each_span(segment, &rows, |row, key| found.extend(spans.contains(&key).then_some(row..row + 1)))?;
    Ok(found)
}

/// Hands over the spans that a segment has of some traces, each with its row.
pub(super) fn each_span_of_traces(
    segment: &Segment,
    project: &ProjectSlug,
    trace_ids: &[TraceId],
    take: impl FnMut(u64, SpanKey),
) -> Result<(), StoreError> {
    let Some((project, _)) = segment.description.project(project) else { return Ok(()) };
    let mut rows = Vec::new();
    for trace_id in trace_ids {
        let of_trace = segment.rows_of_trace(*trace_id)?.into_iter();
        rows.extend(of_trace.filter(|rows| rows.project == project).map(|rows| rows.spans));
    }
    in_order(rows).map_or(Ok(()), |rows| each_span(segment, &rows, take))
}

/// Hands over the spans of some rows, which are in order, each with its row.
fn each_span(segment: &Segment, rows: &[Range<u64>], mut take: impl FnMut(u64, SpanKey)) -> Result<(), StoreError> {
    let mut numbers = rows.iter().cloned().flatten();
    for batch in segment.core.read(Some(&["trace_id", "span_id"]), rows, limits::READ_BATCH_ROWS)? {
        for (key, row) in keys_of(&batch?)?.into_iter().zip(numbers.by_ref()) {
            take(row, key);
        }
    }
    Ok(())
}

/// The keys of the spans of a batch, in their order.
pub(super) fn keys_of(spans: &RecordBatch) -> Result<Vec<SpanKey>, StoreError> {
    let columns = crate::rows::Columns(spans);
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    (0..spans.num_rows()).map(|row| span_key(trace_ids.value(row), span_ids.value(row))).collect()
}

pub(super) fn logs_in_order(mut logs: Vec<StoredLog>) -> Vec<LogRecord> {
    logs.sort_unstable_by_key(|stored| (effective_time(&stored.log), stored.version));
    logs.into_iter().map(|stored| stored.log).collect()
}

fn wanted_rows(batch: &RecordBatch, wanted: &Wanted<'_>) -> Result<Vec<bool>, StoreError> {
    let projects = Projects::new(batch)?;
    let columns = crate::rows::Columns(batch);
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let is_wanted = |row: usize| -> Result<bool, StoreError> {
        if projects.text(row) != wanted.project.as_str() {
            return Ok(false);
        }
        let Some(spans) = wanted.spans else {
            return Ok(true);
        };
        Ok(spans.contains(&span_key(trace_ids.value(row), span_ids.value(row))?))
    };
    (0..batch.num_rows()).map(is_wanted).collect()
}

fn filter(batch: &RecordBatch, mask: &[bool]) -> Result<RecordBatch, StoreError> {
    if mask.iter().all(|wanted| *wanted) {
        return Ok(batch.clone());
    }
    filter_record_batch(batch, &BooleanArray::from(mask.to_vec())).map_err(|source| StoreError::failed("failed to filter rows", source))
}

/// Row ranges in order, adjacent ones joined; None where there are no rows.
pub(super) fn in_order(mut ranges: Vec<Range<u64>>) -> Option<Vec<Range<u64>>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: BTreeMap<u64, u64> = BTreeMap::new();
    for range in ranges {
        match joined.last_entry() {
            Some(mut last) if *last.get() >= range.start => {
                let end = range.end.max(*last.get());
                last.insert(end);
            }
            _ => {
                joined.insert(range.start, range.end);
            }
        }
    }
    (!joined.is_empty()).then(|| joined.into_iter().map(|(start, end)| start..end).collect())
}

/// The bytes of a trace id and a span id, as they stand in a cursor.
pub(super) fn tie_of_span(span: SpanKey) -> [u8; 24] {
    let mut tie = [0; 24];
    tie[..16].copy_from_slice(span.trace_id.as_bytes());
    tie[16..].copy_from_slice(span.span_id.as_bytes());
    tie
}

pub(super) fn span_of_tie(tie: [u8; 24]) -> Result<SpanKey, StoreError> {
    let damaged = |error: model::IdError| StoreError::Damaged(error.to_string());
    let trace_id = TraceId::from_bytes(&tie[..16]).map_err(damaged)?;
    Ok(SpanKey { trace_id, span_id: SpanId::from_bytes(&tie[16..]).map_err(damaged)? })
}

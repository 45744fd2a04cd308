//! Spans as they were sent, by start: found like a list, then read where their versions lie.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{FixedSizeBinaryArray, RecordBatch, UInt64Array};
use model::merge::merge_raw;
use model::{ProjectSlug, RawSpan, TraceId};
use store::{Order, RawPage, RawQuery, StoreError};

use super::fetch::{in_order, span_of_tie, tie_of_span};
use super::page::{PageCollector, PageKeys};
use super::places::{CONTENT_COLUMNS_AND_VERSION, Place, Records, Sources};
use super::snapshot::Snapshot;
use super::spans::page_of_spans;
use super::sql::{range_condition, trace_condition};
use crate::engine::Engine;
use crate::limits;
use crate::rows::Columns;
use crate::rows::spans::raws_from_batch;
use crate::segment::Segment;
use crate::tail::{Projects, span_key};

pub(crate) fn raw_spans(engine: &Engine, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<RawSpan>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let mut condition = range_condition("start_unix_nanos", query.range);
    // What was made from log records was not sent; rows of before there were any say nothing.
    condition.push_str(" AND (origin IS DISTINCT FROM 'log')");
    if let Some(trace_id) = query.trace_id {
        condition.push_str(&trace_condition(trace_id));
    }
    let page = PageCollector::new(Order::Ascending, query.limit, query.after.as_ref());
    let page = page_of_spans(engine, &snapshot, project, &condition, page)?;
    let versions = locate(&snapshot, project, &page)?;
    let keys = page.keys.into_iter().filter_map(|(start, tie)| {
        let places = versions.get(&tie)?.iter().map(|(_, place)| *place).collect();
        Some((start, Located { tie, places }))
    });
    let page = PageKeys { keys: keys.collect(), next: page.next, total: page.total };
    let sources = Sources {
        batches: &snapshot.spans,
        files: snapshot.segments.iter().map(|segment| &segment.content).collect(),
        columns: &CONTENT_COLUMNS_AND_VERSION,
    };
    let merge = |versions: Vec<Arc<RawSpan>>| versions.into_iter().reduce(|older, newer| merge_raw(&older, &newer).into());
    let read = sources.read_page(&page, query.bytes_max, |tie: &Located| &tie.places, raws_from_batch, merge)?;
    let Records { records, next, .. } = read;
    Ok(RawPage { records: records.into_iter().map(Arc::unwrap_or_clone).collect(), next })
}

/// The ids of a span, and where its versions lie, older to newer.
struct Located {
    tie: [u8; 24],
    places: Vec<Place>,
}

impl AsRef<[u8]> for Located {
    fn as_ref(&self) -> &[u8] {
        &self.tie
    }
}

/// The versions of each span of a page, older to newer.
type Versions = HashMap<[u8; 24], Vec<(u64, Place)>>;

fn locate(snapshot: &Snapshot, project: &ProjectSlug, page: &PageKeys<[u8; 24]>) -> Result<Versions, StoreError> {
    let mut versions: Versions = page.keys.iter().map(|(_, tie)| (*tie, Vec::new())).collect();
    for (source, batch) in snapshot.spans.iter().enumerate() {
        let projects = Projects::new(batch)?;
        let of_project = (0..batch.num_rows()).filter(|row| projects.text(*row) == project.as_str());
        note_versions(batch, of_project.map(|row| (row, (source, row as u64))), &mut versions)?;
    }
    let trace_ids: BTreeSet<TraceId> =
        page.keys.iter().map(|(_, tie)| span_of_tie(*tie).map(|span| span.trace_id)).collect::<Result<_, _>>()?;
    for (index, segment) in snapshot.segments.iter().enumerate() {
        locate_in_segment(segment, snapshot.spans.len() + index, project, &trace_ids, &mut versions)?;
    }
    versions.values_mut().for_each(|versions| versions.sort_unstable());
    Ok(versions)
}

fn locate_in_segment(
    segment: &Segment,
    source: usize,
    project: &ProjectSlug,
    trace_ids: &BTreeSet<TraceId>,
    versions: &mut Versions,
) -> Result<(), StoreError> {
    let Some((number, _)) = segment.description.project(project) else { return Ok(()) };
    let mut ranges = Vec::new();
    for trace_id in trace_ids {
        let of_trace = segment.rows_of_trace(*trace_id)?.into_iter();
        ranges.extend(of_trace.filter(|rows| rows.project == number).map(|rows| rows.spans));
    }
    let Some(ranges) = in_order(ranges) else { return Ok(()) };
    let mut rows = ranges.iter().cloned().flatten();
    for batch in segment.core.read(Some(&["trace_id", "span_id", "version"]), &ranges, limits::READ_BATCH_ROWS)? {
        let batch = batch?;
        note_versions(&batch, (0..batch.num_rows()).zip(rows.by_ref().map(|row| (source, row))), versions)?;
    }
    Ok(())
}

/// Notes where those rows of a batch lie that are versions of spans asked for.
fn note_versions(batch: &RecordBatch, rows: impl Iterator<Item = (usize, Place)>, versions: &mut Versions) -> Result<(), StoreError> {
    let columns = Columns(batch);
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let numbers = columns.get::<UInt64Array>("version")?;
    for (row, place) in rows {
        let span = span_key(trace_ids.value(row), span_ids.value(row))?;
        if let Some(versions) = versions.get_mut(&tie_of_span(span)) {
            versions.push((numbers.value(row), place));
        }
    }
    Ok(())
}

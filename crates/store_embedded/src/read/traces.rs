//! Lists traces: newest segments first, and no more of them than the page needs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, FixedSizeBinaryArray, UInt64Array};
use datafusion::arrow::datatypes::UInt64Type;
use model::{ProjectSlug, TraceId};
use store::{Detail, StoreError, TracePage, TraceQuery, TraceRecords, TraceSort};

use super::fetch::{Wanted, fetch};
use super::masks::Masks;
use super::page::{PageCollector, PageKeys, Scanned};
use super::snapshot::Snapshot;
use super::sources::{Apart, SegmentSource};
use super::verify::Verifier;
use crate::engine::Engine;
use crate::rows::Columns;
use crate::rows::traces::{TraceExtent, TraceRow};
use crate::segment::Segment;
use crate::tail::Projects;

pub(crate) fn list_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError> {
    let page = keys(engine, project, query, PageCollector::new(query.order, query.limit, query.after.as_ref()))?;
    let trace_ids = trace_ids_of(&page);
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
    let mut found = fetch(engine, &wanted)?;
    let traces: Vec<TraceRecords> = trace_ids.iter().filter_map(|trace_id| found.remove(trace_id)).collect();
    Ok(TracePage { traces, next: page.next, total: page.total })
}

/// Returns the traces that a list shows on all its pages, up to so many.
pub(crate) fn find_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery, limit: usize) -> Result<Vec<TraceId>, StoreError> {
    Ok(trace_ids_of(&keys(engine, project, query, PageCollector::of_many(query.order, limit))?))
}

type Keys = PageKeys<[u8; 16]>;

fn keys(engine: &Engine, project: &ProjectSlug, query: &TraceQuery, page: PageCollector<[u8; 16]>) -> Result<Keys, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let verifier = Verifier::new(engine, project, &query.filter);
    let mut listing = Listing { engine, snapshot: &snapshot, project, query, page, verifier, scanned: Scanned::default() };
    listing.add_traces_apart()?;
    listing.add_segments()?;
    Ok(listing.page.finish())
}

fn trace_ids_of(page: &Keys) -> Vec<TraceId> {
    page.keys.iter().filter_map(|(_, tie)| TraceId::from_bytes(tie).ok()).collect()
}

struct Listing<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    query: &'a TraceQuery,
    page: PageCollector<[u8; 16]>,
    verifier: Verifier<'a>,
    scanned: Scanned,
}

impl Listing<'_> {
    /// Adds the traces that are in memory or in several places.
    fn add_traces_apart(&mut self) -> Result<(), StoreError> {
        let needs_no_facts = self.query.filter.is_everything() && self.query.sort == TraceSort::Start;
        let to_read = if needs_no_facts { self.add_starts_of_tails()? } else { self.snapshot.traces_apart.clone() };
        let apart = Apart::read(self.engine, self.project, &to_read)?;
        let bounds = Masks(&apart).traces(&self.query.filter)?;
        let mut doubtful = Vec::new();
        for row in bounds.possible.set_indices() {
            let TraceRow { extent, trace_id, .. } = &apart.rows[row];
            self.sort_in(*extent, *trace_id.as_bytes(), bounds.is_sure(row), &mut doubtful);
        }
        self.add_doubtful(doubtful)
    }

    /// Adds the traces whose spans are all in memory, each once, by their starts; returns the rest.
    fn add_starts_of_tails(&mut self) -> Result<HashSet<TraceId>, StoreError> {
        let rest = self.snapshot.traces_beyond_rows_in_memory();
        let mut starts: HashMap<[u8; 16], u64> = HashMap::new();
        for batch in &self.snapshot.spans {
            let projects = Projects::new(batch)?;
            let columns = Columns(batch);
            let (ids, times) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<UInt64Array>("start_unix_nanos")?);
            for row in (0..batch.num_rows()).filter(|row| projects.text(*row) == self.project.as_str()) {
                let id: [u8; 16] = ids.value(row).try_into().expect("the column has the width of a trace id");
                let start = times.value(row);
                starts.entry(id).and_modify(|earliest| *earliest = start.min(*earliest)).or_insert(start);
            }
        }
        for (id, start) in starts {
            if TraceId::from_bytes(&id).is_ok_and(|id| !rest.contains(&id)) {
                // Only a list by starts asks for these.
                let extent = TraceExtent { start_unix_nanos: start, sort_duration_nanos: 0 };
                self.sort_in(extent, id, true, &mut Vec::new());
            }
        }
        Ok(rest)
    }

    fn sort_in(&mut self, extent: TraceExtent, trace_id: [u8; 16], is_sure: bool, doubtful: &mut Vec<(u64, [u8; 16])>) {
        if !self.query.range.contains(extent.start_unix_nanos) {
            return;
        }
        let key = match self.query.sort {
            TraceSort::Start => extent.start_unix_nanos,
            TraceSort::Duration => extent.sort_duration_nanos,
        };
        match is_sure {
            true => self.page.add(key, trace_id),
            false => doubtful.push((key, trace_id)),
        }
    }

    fn add_doubtful(&mut self, doubtful: Vec<(u64, [u8; 16])>) -> Result<(), StoreError> {
        let verifier = &self.verifier;
        self.page.add_doubtful(doubtful, &mut self.scanned, |rows| {
            verifier.traces(&rows.iter().filter_map(|(_, id)| TraceId::from_bytes(id).ok()).collect::<Vec<_>>())
        })
    }

    /// Adds what segments know whole; leaves those out that cannot have a trace of the page.
    fn add_segments(&mut self) -> Result<(), StoreError> {
        for (segment, (first, last)) in self.snapshot.segments_in(self.query.order, self.query.range) {
            let Some(source) = SegmentSource::new(self.engine, segment, self.project) else { continue };
            let is_beyond = self.query.sort == TraceSort::Start && self.page.is_beyond(first, last);
            let is_inside = self.query.range.contains(first) && self.query.range.contains(last);
            match is_beyond {
                true if self.query.filter.is_everything() && is_inside => self.page.count_more(self.count_of(segment, &source)?),
                true if !self.query.filter.is_everything() => self.scanned.left_out += source.trace_count(),
                _ => self.add_segment(&source)?,
            }
        }
        if let Some(more) = self.scanned.estimate() {
            self.page.estimate_more(more);
        }
        Ok(())
    }

    fn add_segment(&mut self, source: &SegmentSource<'_>) -> Result<(), StoreError> {
        let bounds = Masks(source).traces(&self.query.filter)?;
        let (ids, starts) = (source.trace_column("trace_id")?, source.trace_column("start_unix_nanos")?);
        let durations = match self.query.sort {
            TraceSort::Duration => source.trace_column("sort_duration_nanos")?,
            TraceSort::Start => Arc::clone(&starts),
        };
        let ids = ids.as_fixed_size_binary();
        let (starts, durations) = (starts.as_primitive::<UInt64Type>(), durations.as_primitive::<UInt64Type>());
        let mut doubtful = Vec::new();
        for row in bounds.possible.set_indices() {
            let id: [u8; 16] = ids.value(row).try_into().expect("the column has the width of a trace id");
            if !self.snapshot.is_apart(&id) {
                let extent = TraceExtent { start_unix_nanos: starts.value(row), sort_duration_nanos: durations.value(row) };
                self.sort_in(extent, id, bounds.is_sure(row), &mut doubtful);
            }
        }
        self.scanned.seen += (ids.len() - doubtful.len()) as u64;
        self.scanned.met += bounds.sure.count_set_bits() as u64;
        self.add_doubtful(doubtful)
    }

    /// How many traces of the project a segment knows whole.
    fn count_of(&self, segment: &Segment, source: &SegmentSource<'_>) -> Result<u64, StoreError> {
        let Some((number, _)) = segment.description.project(self.project) else { return Ok(0) };
        let mut count = source.trace_count();
        // Only traces in several places can be here and apart.
        for trace_id in &self.snapshot.loose_traces {
            let rows = segment.rows_of_trace(*trace_id)?;
            count -= u64::from(rows.iter().any(|rows| rows.project == number && !rows.spans.is_empty()));
        }
        Ok(count)
    }
}

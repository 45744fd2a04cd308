//! Lists traces: newest segments first, and no more of them than the page needs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, FixedSizeBinaryArray, UInt64Array};
use datafusion::arrow::datatypes::UInt64Type;
use model::{ProjectSlug, TraceId, TraceSummary};
use store::{StoreError, TracePage, TraceQuery, TraceSort};

use super::apart::{Apart, rows_of_traces};
use super::bounds::Bounds;
use super::cores::by_cores;
use super::fetch::in_order;
use super::looked_at::{LookedAt, are_met};
use super::looked_into::look_into;
use super::masks::{Content, Masks, Source};
use super::narrowing::Level;
use super::page::{PageCollector, PageKeys, Scanned};
use super::snapshot::Snapshot;
use super::sources::SegmentSource;
use super::stop::Stop;
use super::verify::Verifier;
use crate::engine::Engine;
use crate::limits;
use crate::rows::Columns;
use crate::rows::traces::{TraceExtent, TraceRow, summaries_from_batch};
use crate::segment::Segment;
use crate::tail::Projects;

pub(crate) fn list_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery, stop: &Stop) -> Result<TracePage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let Listed { page, apart } = listed(engine, &snapshot, project, query, page, stop)?;
    let mut summaries = summaries(engine, &snapshot, project, &apart, page.keys.iter().map(|(_, trace)| trace))?;
    let traces = page.keys.iter().filter_map(|(_, trace)| summaries.remove(&trace.id)).collect();
    Ok(TracePage { traces, next: page.next, total: page.total })
}

/// Returns the traces that a list shows on all its pages, up to so many.
pub(crate) fn find_traces(engine: &Engine, project: &ProjectSlug, query: &TraceQuery, limit: usize) -> Result<Vec<TraceId>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let (stop, _waiting) = Stop::after(limits::CHORE_TIME);
    let Listed { page, .. } = listed(engine, &snapshot, project, query, PageCollector::of_many(query.order, limit), &stop)?;
    Ok(page.keys.iter().filter_map(|(_, trace)| TraceId::from_bytes(&trace.id).ok()).collect())
}

/// A trace, and where it stands what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct FoundTrace {
    id: [u8; 16],
    place: Place,
    /// Which of the traces of its source it is.
    at: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// In memory, and not read yet.
    Tail,
    /// Which source of traces that were read by themselves.
    Apart(usize),
    /// A row of the table of a segment.
    Table { segment: u64, row: u64 },
}

impl AsRef<[u8]> for FoundTrace {
    fn as_ref(&self) -> &[u8] {
        &self.id
    }
}

/// The traces of a page, and what was read on the way.
struct Listed<'a> {
    page: PageKeys<FoundTrace>,
    apart: Vec<Apart<'a>>,
}

fn listed<'a>(
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    query: &'a TraceQuery,
    page: PageCollector<FoundTrace>,
    stop: &'a Stop,
) -> Result<Listed<'a>, StoreError> {
    let verifier = Verifier::new(engine, project, &query.filter, stop);
    let mut listing = Listing { engine, snapshot, project, query, page, verifier, stop, scanned: Scanned::default() };
    let apart = listing.add_traces_apart()?;
    listing.add_segments()?;
    Ok(Listed { page: listing.page.finish(), apart })
}

/// Reads what traces are, each where it stands.
fn summaries<'a>(
    engine: &Engine,
    snapshot: &Snapshot,
    project: &ProjectSlug,
    apart: &[Apart<'_>],
    traces: impl Iterator<Item = &'a FoundTrace>,
) -> Result<HashMap<[u8; 16], TraceSummary>, StoreError> {
    let (mut summaries, mut in_tails, mut in_tables) = (HashMap::new(), HashSet::new(), BTreeMap::<u64, Vec<u64>>::new());
    for FoundTrace { id, place, at } in traces {
        match *place {
            Place::Tail => in_tails.extend(TraceId::from_bytes(id)),
            Place::Apart(source) => {
                summaries.insert(*id, apart[source].rows()[*at].summary.clone());
            }
            Place::Table { segment, row } => in_tables.entry(segment).or_default().push(row),
        }
    }
    let mut add = |summary: TraceSummary| summaries.insert(*summary.trace_id.as_bytes(), summary);
    for row in rows_of_traces(engine, project, &in_tails)? {
        add(row.summary);
    }
    for segment in snapshot.segments.iter() {
        let rows = in_tables.remove(&segment.description.id).into_iter().flatten().map(|row| row..row + 1);
        let Some(rows) = in_order(rows.collect()) else { continue };
        for batch in segment.trace_table.read_filled(&rows, limits::READ_BATCH_ROWS)? {
            summaries_from_batch(&batch?)?.into_iter().for_each(|summary| {
                add(summary);
            });
        }
    }
    Ok(summaries)
}

struct Listing<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    query: &'a TraceQuery,
    page: PageCollector<FoundTrace>,
    verifier: Verifier<'a>,
    stop: &'a Stop,
    scanned: Scanned,
}

impl<'a> Listing<'a> {
    /// Adds the traces that are in memory or in several places; returns those it had to read.
    fn add_traces_apart(&mut self) -> Result<Vec<Apart<'a>>, StoreError> {
        let needs_starts_alone = self.query.filter.is_everything() && self.query.sort == TraceSort::Start;
        let apart = match needs_starts_alone {
            true => Apart::settled_and(self.engine, self.snapshot, self.project, &self.add_starts_of_tails()?)?,
            false => Apart::all(self.engine, self.snapshot, self.project)?,
        };
        for (source, apart) in apart.iter().enumerate() {
            self.stop.asking.add_read(apart.trace_count() as u64, 0);
            let bounds = Masks::of(apart).traces(&self.query.filter)?;
            let mut doubtful = Vec::new();
            for row in bounds.possible.set_indices() {
                let TraceRow { extent, trace_id, .. } = &apart.rows()[row];
                let trace = FoundTrace { id: *trace_id.as_bytes(), place: Place::Apart(source), at: row };
                self.sort_in(*extent, trace, bounds.is_sure(row), &mut doubtful);
            }
            self.add_doubtful(doubtful, apart)?;
        }
        Ok(apart)
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
        self.stop.asking.add_read(starts.len() as u64, 0);
        for (id, start) in starts {
            if TraceId::from_bytes(&id).is_ok_and(|id| !rest.contains(&id)) {
                // Only a list by starts asks for these.
                let extent = TraceExtent { start_unix_nanos: start, sort_duration_nanos: 0 };
                self.sort_in(extent, FoundTrace { id, place: Place::Tail, at: 0 }, true, &mut Vec::new());
            }
        }
        Ok(rest)
    }

    fn sort_in(&mut self, extent: TraceExtent, trace: FoundTrace, is_sure: bool, doubtful: &mut Vec<(u64, FoundTrace)>) {
        if !self.query.range.contains(extent.start_unix_nanos) {
            return;
        }
        let key = match self.query.sort {
            TraceSort::Start => extent.start_unix_nanos,
            TraceSort::Duration => extent.sort_duration_nanos,
        };
        match is_sure {
            true => self.page.add(key, trace),
            false => doubtful.push((key, trace)),
        }
    }

    /// Adds those of some traces of a source that turn out to meet the filter.
    fn add_doubtful(&mut self, doubtful: Vec<(u64, FoundTrace)>, source: &impl Content) -> Result<(), StoreError> {
        let (verifier, filter) = (&self.verifier, &self.query.filter);
        self.page.add_doubtful(doubtful, &mut self.scanned, |traces| {
            verifier.check_time()?;
            let rows: Vec<usize> = traces.iter().map(|(_, trace)| trace.at).collect();
            are_met(
                source,
                &rows,
                || LookedAt::traces(source, &rows)?.bounds_of_traces(filter),
                |unknown| {
                    let ids = unknown.iter().map(|at| TraceId::from_bytes(&traces[*at].1.id));
                    verifier.traces(&ids.filter_map(Result::ok).collect::<Vec<_>>())
                },
            )
        })
    }

    /// Adds what segments know whole; leaves those out that cannot have a trace of the page.
    fn add_segments(&mut self) -> Result<(), StoreError> {
        let segments = self.snapshot.segments_in(self.query.order, self.query.range);
        self.stop.asking.add_parts(segments.len() as u64);
        for segments in by_cores(&segments) {
            self.stop.check()?;
            let mut wanted = Vec::with_capacity(segments.len());
            for (segment, (first, last)) in segments {
                let is_beyond = self.query.sort == TraceSort::Start && self.page.is_beyond(*first, *last);
                let is_inside = self.query.range.contains(*first) && self.query.range.contains(*last);
                match is_beyond && (is_inside || !self.query.filter.is_everything()) {
                    true => self.leave_out(segment)?,
                    false => wanted.push(*segment),
                }
            }
            let looked_into = look_into(self.engine, self.project, &wanted, &self.query.filter, Level::Traces)?;
            // The others have nothing of the project.
            (looked_into.len()..wanted.len()).for_each(|_| self.stop.asking.end_part(0, 0));
            for (source, bounds) in looked_into {
                self.add_segment(&source, &bounds)?;
                self.stop.asking.end_part(source.trace_count() as u64, source.bytes_read());
            }
        }
        if let Some(more) = self.scanned.estimate() {
            self.page.estimate_more(more);
        }
        Ok(())
    }

    /// Counts the traces of a segment without looking at them; with a filter they are to be estimated.
    fn leave_out(&mut self, segment: &'a Segment) -> Result<(), StoreError> {
        self.stop.asking.end_part(0, 0);
        let Some(source) = SegmentSource::new(self.engine, segment, self.project) else { return Ok(()) };
        match self.query.filter.is_everything() {
            true => self.page.count_more(self.count_of(segment, &source)?),
            false => self.scanned.left_out += source.trace_count() as u64,
        }
        Ok(())
    }

    fn add_segment(&mut self, source: &SegmentSource<'_>, bounds: &Bounds) -> Result<(), StoreError> {
        if bounds.possible.count_set_bits() == 0 {
            self.scanned.seen += source.trace_count() as u64;
            return Ok(());
        }
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
                let place = Place::Table { segment: source.id(), row: source.row_of_trace(row) };
                self.sort_in(extent, FoundTrace { id, place, at: row }, bounds.is_sure(row), &mut doubtful);
            }
        }
        self.scanned.seen += (ids.len() - doubtful.len()) as u64;
        self.scanned.met += bounds.sure.count_set_bits() as u64;
        self.add_doubtful(doubtful, source)
    }

    /// How many traces of the project a segment knows whole.
    fn count_of(&self, segment: &Segment, source: &SegmentSource<'_>) -> Result<u64, StoreError> {
        let Some((number, _)) = segment.description.project(self.project) else { return Ok(0) };
        let mut count = source.trace_count() as u64;
        // Only traces in several places can be here and apart.
        for trace_id in &self.snapshot.loose_traces {
            let rows = segment.rows_of_trace(*trace_id)?;
            count -= u64::from(rows.iter().any(|rows| rows.project == number && !rows.spans.is_empty()));
        }
        Ok(count)
    }
}

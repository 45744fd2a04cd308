//! Lists spans by start.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{ArrayRef, AsArray, FixedSizeBinaryArray, UInt64Array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::UInt64Type;
use model::{ProjectSlug, Span, TraceId};
use query::{Comparison, Filter, Operand, Subject, Test};
use store::{Detail, SpanPage, SpanQuery, StoreError};

use super::apart::Apart;
use super::bounds::Bounds;
use super::cores::by_cores;
use super::fetch::{Wanted, fetch, span_of_tie, tie_of_span};
use super::looked_at::{LookedAt, are_met};
use super::looked_into::look_into;
use super::masks::{Content, Masks, Source};
use super::narrowing::Level;
use super::page::{PageCollector, PageKeys, Scanned};
use super::snapshot::Snapshot;
use super::sources::SegmentSource;
use super::sql::question;
use super::stop::Stop;
use super::verify::Verifier;
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::rows::Columns;
use crate::segment::Segment;
use crate::tail::{Projects, span_key};

pub(crate) fn list_spans(engine: &Engine, project: &ProjectSlug, query: &SpanQuery, stop: &Stop) -> Result<SpanPage, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let Listed { page, .. } = listed(engine, &snapshot, project, query, stop)?;
    let keys: Vec<SpanKey> = page.keys.iter().map(|(_, span)| span.key()).collect::<Result<_, _>>()?;
    let mut found = fetch_spans(engine, project, &keys, Detail::Columns)?;
    let spans = keys.iter().filter_map(|key| found.remove(key)).collect();
    Ok(SpanPage { spans, next: page.next, total: page.total })
}

/// A span, by the bytes of its trace id and its own, and where it was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FoundSpan {
    id: [u8; 24],
    pub(super) place: Place,
    /// Its row among those of its source.
    pub(super) row: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// In memory, and not read yet.
    Tail,
    /// In which source of traces that were read by themselves.
    Apart(usize),
    /// In a segment, by its number.
    Segment(u64),
}

impl FoundSpan {
    pub(super) fn key(&self) -> Result<SpanKey, StoreError> {
        span_of_tie(self.id)
    }
}

impl AsRef<[u8]> for FoundSpan {
    fn as_ref(&self) -> &[u8] {
        &self.id
    }
}

/// The spans of a page, and what was read on the way.
pub(super) struct Listed<'a> {
    pub(super) page: PageKeys<FoundSpan>,
    pub(super) apart: Vec<Apart<'a>>,
}

pub(super) fn listed<'a>(
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    query: &'a SpanQuery,
    stop: &'a Stop,
) -> Result<Listed<'a>, StoreError> {
    let page = PageCollector::new(query.order, query.limit, query.after.as_ref());
    let filter = filter_of(query);
    let verifier = Verifier::new(engine, project, &filter, stop);
    let mut listing = Listing { engine, snapshot, project, query, filter, page, verifier, stop, scanned: Scanned::default() };
    let apart = listing.add_spans_apart()?;
    listing.add_segments()?;
    Ok(Listed { page: listing.page.finish(), apart })
}

/// The filter of a question and the span it asks for.
fn filter_of(query: &SpanQuery) -> Filter {
    let Some(span_id) = query.span_id else { return query.filter.clone() };
    let subject = Subject::Field(query::field("span_id").expect("spans have ids"));
    let is_wanted = Test { subject, comparison: Comparison::Is(vec![Operand::Text(span_id.to_string())]) };
    Filter::All(vec![Filter::Test(is_wanted), query.filter.clone()])
}

struct Listing<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    query: &'a SpanQuery,
    filter: Filter,
    page: PageCollector<FoundSpan>,
    verifier: Verifier<'a>,
    stop: &'a Stop,
    scanned: Scanned,
}

impl<'a> Listing<'a> {
    /// Adds the spans of traces that are in memory or in several places; returns those it had to read.
    fn add_spans_apart(&mut self) -> Result<Vec<Apart<'a>>, StoreError> {
        let apart = match self.filter.is_everything() {
            true => Apart::settled_and(self.engine, self.snapshot, self.project, &self.add_spans_of_tails()?)?,
            false => Apart::all(self.engine, self.snapshot, self.project)?,
        };
        for (source, apart) in apart.iter().enumerate() {
            self.stop.asking.add_read(apart.span_count() as u64, 0);
            let bounds = Masks::of(apart).spans(&self.filter)?;
            let doubtful = self.add_rows(&Spans::of(apart)?, &bounds, Place::Apart(source), |_| true)?;
            self.add_doubtful(doubtful, apart)?;
        }
        Ok(apart)
    }

    /// Adds the spans of traces that are in memory alone; returns the other traces that are apart.
    fn add_spans_of_tails(&mut self) -> Result<HashSet<TraceId>, StoreError> {
        let rest = self.snapshot.traces_beyond_rows_in_memory();
        for batch in &self.snapshot.spans {
            let projects = Projects::new(batch)?;
            let column =
                |name| batch.column_by_name(name).cloned().ok_or_else(|| StoreError::Damaged(format!("column `{name}` is missing")));
            let [trace_ids, span_ids, starts] = Spans::COLUMNS;
            let spans = Spans { trace_ids: column(trace_ids)?, span_ids: column(span_ids)?, starts: column(starts)?, is_sparse: false };
            let of_project = BooleanBuffer::collect_bool(batch.num_rows(), |row| projects.text(row) == self.project.as_str());
            let is_wanted = |id: &[u8; 16]| TraceId::from_bytes(id).is_ok_and(|id| !rest.contains(&id));
            self.stop.asking.add_read(batch.num_rows() as u64, 0);
            self.add_rows(&spans, &Bounds::exactly(of_project), Place::Tail, is_wanted)?;
        }
        Ok(rest)
    }

    /// Adds those that surely meet the filter; returns those that may.
    fn add_rows(
        &mut self,
        spans: &Spans,
        bounds: &Bounds,
        place: Place,
        is_wanted: impl Fn(&[u8; 16]) -> bool,
    ) -> Result<Vec<(u64, FoundSpan)>, StoreError> {
        let (trace_ids, span_ids) = (spans.trace_ids.as_fixed_size_binary(), spans.span_ids.as_fixed_size_binary());
        let starts = spans.starts.as_primitive::<UInt64Type>();
        let mut doubtful = Vec::new();
        for (number, row) in bounds.possible.set_indices().enumerate() {
            let at = if spans.is_sparse { number } else { row };
            let trace_id: &[u8; 16] = trace_ids.value(at).try_into().expect("the column has the width of a trace id");
            if !self.query.range.contains(starts.value(at)) || !is_wanted(trace_id) {
                continue;
            }
            let span = FoundSpan { id: tie_of_span(span_key(trace_id, span_ids.value(at))?), place, row };
            match bounds.is_sure(row) {
                true => self.page.add(starts.value(at), span),
                false => doubtful.push((starts.value(at), span)),
            }
        }
        Ok(doubtful)
    }

    /// Adds those of some spans of a source that turn out to meet the filter.
    fn add_doubtful(&mut self, doubtful: Vec<(u64, FoundSpan)>, source: &impl Content) -> Result<(), StoreError> {
        let (verifier, filter) = (&self.verifier, &self.filter);
        self.page.add_doubtful(doubtful, &mut self.scanned, |spans| {
            verifier.check_time()?;
            let rows: Vec<usize> = spans.iter().map(|(_, span)| span.row).collect();
            are_met(
                source,
                &rows,
                || LookedAt::spans(source, &rows).bounds_of_spans(filter),
                |unknown| {
                    let keys = unknown.iter().map(|at| spans[*at].1.key());
                    verifier.spans(&keys.collect::<Result<Vec<_>, _>>()?)
                },
            )
        })
    }

    /// Adds what segments know whole; leaves those out that cannot have a span of the page.
    fn add_segments(&mut self) -> Result<(), StoreError> {
        let segments = self.snapshot.segments_in(self.query.order, self.query.range);
        self.stop.asking.add_parts(segments.len() as u64);
        for segments in by_cores(&segments) {
            self.stop.check()?;
            let mut wanted = Vec::with_capacity(segments.len());
            for (segment, (first, last)) in segments {
                let is_inside = self.query.range.contains(*first) && self.query.range.contains(*last);
                match self.page.is_beyond(*first, *last) && (is_inside || !self.filter.is_everything()) {
                    true => self.leave_out(segment)?,
                    false => wanted.push(*segment),
                }
            }
            let looked_into = look_into(self.engine, self.project, &wanted, &self.filter, Level::Spans)?;
            // The others have nothing of the project.
            (looked_into.len()..wanted.len()).for_each(|_| self.stop.asking.end_part(0, 0));
            for (source, bounds) in looked_into {
                self.add_segment(&source, &bounds)?;
                self.stop.asking.end_part(source.span_count() as u64, source.bytes_read());
            }
        }
        if let Some(more) = self.scanned.estimate() {
            self.page.estimate_more(more);
        }
        Ok(())
    }

    /// Counts the spans of a segment without looking at them; with a filter they are to be estimated.
    fn leave_out(&mut self, segment: &'a Segment) -> Result<(), StoreError> {
        self.stop.asking.end_part(0, 0);
        let Some(source) = SegmentSource::new(self.engine, segment, self.project) else { return Ok(()) };
        match self.filter.is_everything() {
            true => self.page.count_more(self.count_of(segment, &source)?),
            false => self.scanned.left_out += source.span_count() as u64,
        }
        Ok(())
    }

    fn add_segment(&mut self, source: &SegmentSource<'_>, bounds: &Bounds) -> Result<(), StoreError> {
        let (possible, sure) = (bounds.possible.count_set_bits(), bounds.sure.count_set_bits());
        self.scanned.seen += (source.span_count() - (possible - sure)) as u64;
        self.scanned.met += sure as u64;
        if possible == 0 {
            return Ok(());
        }
        let (snapshot, place) = (self.snapshot, Place::Segment(source.id()));
        let doubtful = self.add_rows(&Spans::possible(source, bounds)?, bounds, place, |trace_id| !snapshot.is_apart(trace_id))?;
        self.add_doubtful(doubtful, source)
    }

    /// How many spans of the project a segment has, beside those of traces that are apart.
    fn count_of(&self, segment: &Segment, source: &SegmentSource<'_>) -> Result<u64, StoreError> {
        let Some((number, _)) = segment.description.project(self.project) else { return Ok(0) };
        let mut count = source.span_count() as u64;
        for trace_id in &self.snapshot.loose_traces {
            let rows = segment.rows_of_trace(*trace_id)?;
            count -= rows.iter().filter(|rows| rows.project == number).map(|rows| rows.spans.end - rows.spans.start).sum::<u64>();
        }
        Ok(count)
    }
}

/// What decides where a span stands in a list.
struct Spans {
    trace_ids: ArrayRef,
    span_ids: ArrayRef,
    starts: ArrayRef,
    /// Whether the columns are those of the possible spans alone.
    is_sparse: bool,
}

/// Of so many spans one must be possible for all of them to be read.
const SPARSE: usize = 64;

impl Spans {
    const COLUMNS: [&'static str; 3] = ["trace_id", "span_id", "start_unix_nanos"];

    fn of(source: &impl Source) -> Result<Self, StoreError> {
        let [trace_ids, span_ids, starts] = Self::COLUMNS;
        Ok(Self {
            trace_ids: source.of_spans(trace_ids)?,
            span_ids: source.of_spans(span_ids)?,
            starts: source.of_spans(starts)?,
            is_sparse: false,
        })
    }

    /// Those that possibly meet a filter; where they are few, no others are read.
    fn possible(source: &SegmentSource<'_>, bounds: &Bounds) -> Result<Self, StoreError> {
        if bounds.possible.count_set_bits() * SPARSE >= source.span_count() {
            return Self::of(source);
        }
        let rows: Vec<usize> = bounds.possible.set_indices().collect();
        let Some(read) = source.core_columns_of(&Self::COLUMNS, &rows)?.filter(|read| read.num_rows() == rows.len()) else {
            return Err(StoreError::Damaged("a file of a segment has fewer rows than its neighbour".into()));
        };
        let column =
            |name: &str| read.column_by_name(name).cloned().ok_or_else(|| StoreError::Damaged(format!("column `{name}` is missing")));
        let [trace_ids, span_ids, starts] = Self::COLUMNS;
        Ok(Self { trace_ids: column(trace_ids)?, span_ids: column(span_ids)?, starts: column(starts)?, is_sparse: true })
    }
}

/// Finds the spans of a page: those that meet a condition on the columns of questions.
pub(super) fn page_of_spans(
    engine: &Engine,
    snapshot: &Snapshot,
    project: &ProjectSlug,
    condition: &str,
    mut page: PageCollector<[u8; 24]>,
) -> Result<PageKeys<[u8; 24]>, StoreError> {
    let sql = format!("SELECT trace_id, span_id, start_unix_nanos FROM spans WHERE {condition}");
    engine.planner.ask(&question(snapshot, project, sql), |batch| {
        let columns = Columns(batch);
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let starts = columns.get::<UInt64Array>("start_unix_nanos")?;
        for row in 0..batch.num_rows() {
            page.add(starts.value(row), tie_of_span(span_key(trace_ids.value(row), span_ids.value(row))?));
        }
        Ok(())
    })?;
    Ok(page.finish())
}

/// Returns spans with their raw spans, merged from all their versions.
pub(crate) fn whole_spans(engine: &Engine, project: &ProjectSlug, keys: &[SpanKey]) -> Result<HashMap<SpanKey, Span>, StoreError> {
    fetch_spans(engine, project, keys, Detail::Whole)
}

pub(super) fn fetch_spans(
    engine: &Engine,
    project: &ProjectSlug,
    keys: &[SpanKey],
    detail: Detail,
) -> Result<HashMap<SpanKey, Span>, StoreError> {
    let spans: HashSet<SpanKey> = keys.iter().copied().collect();
    let trace_ids: Vec<TraceId> = keys.iter().map(|key| key.trace_id).collect::<HashSet<_>>().into_iter().collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: Some(&spans), detail, with_logs: false };
    let traces = fetch(engine, &wanted)?.into_values().flat_map(|trace| trace.spans);
    Ok(traces.map(|span| (SpanKey { trace_id: span.trace_id, span_id: span.span_id }, span)).collect())
}

//! Where the traces of a name lie: traces that are read by themselves, and segments.

use std::cell::OnceCell;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::UInt64Type;
use model::{ProjectSlug, TraceId};
use query::{Filter, Measure, Subject, Test};
use store::aggregate::hash_of_text;
use store::limits::GROUP_TRACES_MAX;
use store::{Group, GroupKey, StoreError, TimeRange, TraceTotals};

use super::named::{NamedTrace, NamedTraces, column_of, trace_column};
use super::wanted::Known;
use crate::engine::Engine;
use crate::partials::QuestionHash;
use crate::read::apart::Apart;
use crate::read::bounds::Bounds;
use crate::read::cores::on_all_cores;
use crate::read::masks::{Masks, Source};
use crate::read::snapshot::Snapshot;
use crate::read::sources::SegmentSource;
use crate::segment::Segment;

/// Some traces, by name.
pub(super) struct Place<'a> {
    source: Box<dyn Source + 'a>,
    named: Arc<NamedTraces>,
    /// Earliest and latest start of a span.
    pub(super) starts: (u64, u64),
    /// For each filter the traces that meet it.
    masks: OnceCell<Vec<Bounds>>,
    /// For each filter that counts spans how many of them each trace has.
    counts: OnceCell<Vec<Option<Vec<u64>>>>,
}

/// Reads the places of a project, those with the latest spans first.
pub(super) fn places<'a>(
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    key: GroupKey,
) -> Result<Vec<Place<'a>>, StoreError> {
    let mut places = Vec::new();
    for apart in Apart::all(engine, snapshot, project)? {
        let named = Arc::new(NamedTraces::gather(&apart, key, &[])?);
        places.push(Place::new(Box::new(apart), named, (0, u64::MAX)));
    }
    let segments = snapshot.segments_in(store::Order::Descending, TimeRange::default());
    let named = on_all_cores(&segments, |(segment, _)| named_of_segment(engine, snapshot, segment, project, key))?;
    for ((segment, starts), named) in segments.into_iter().zip(named) {
        if let (Some(source), Some(named)) = (SegmentSource::new(engine, segment, project), named) {
            places.push(Place::new(Box::new(source), named, starts));
        }
    }
    Ok(places)
}

fn named_of_segment(
    engine: &Engine,
    snapshot: &Snapshot,
    segment: &Segment,
    project: &ProjectSlug,
    key: GroupKey,
) -> Result<Option<Arc<NamedTraces>>, StoreError> {
    let Some(source) = SegmentSource::new(engine, segment, project) else { return Ok(None) };
    let apart = source.rows_apart(engine, snapshot)?;
    let question = QuestionHash::of(&("names", project, column_of(key), &apart));
    let known = engine.partials.get::<NamedTraces>(segment.description.id, question);
    if known.is_some() {
        return Ok(known);
    }
    let named = Arc::new(NamedTraces::gather(&source, key, &apart)?);
    engine.partials.keep(segment.description.id, question, &named, named.bytes());
    Ok(Some(named))
}

impl<'s> Place<'s> {
    fn new(source: Box<dyn Source + 's>, named: Arc<NamedTraces>, starts: (u64, u64)) -> Self {
        Self { source, named, starts, masks: OnceCell::new(), counts: OnceCell::new() }
    }

    /// Of all of them, with a name or without.
    pub(super) fn trace_count(&self) -> u64 {
        self.source.trace_count() as u64
    }

    /// Hands over each name with a trace that starts in a range, and the latest start of a span of such traces.
    pub(super) fn each_in_range<'a>(&'a self, range: TimeRange, mut take: impl FnMut(&'a str, u64)) -> Result<(), StoreError> {
        if range.contains(self.starts.0) && range.contains(self.starts.1) || range == TimeRange::default() {
            self.named.names.iter().for_each(|named| take(&named.name, named.last_unix_nanos));
            return Ok(());
        }
        let (starts, lasts) = (trace_column(&*self.source, "start_unix_nanos")?, trace_column(&*self.source, "last_start_unix_nanos")?);
        let (starts, lasts) = (starts.as_primitive::<UInt64Type>(), lasts.as_primitive::<UInt64Type>());
        for named in &self.named.names {
            let rows = self.named.rows_of(named).iter().map(|row| *row as usize);
            let last = rows.filter(|row| range.contains(starts.value(*row))).map(|row| lasts.value(row)).max();
            last.into_iter().for_each(|last| take(&named.name, last));
        }
        Ok(())
    }

    fn masks(&self, filters: &[Filter]) -> Result<&[Bounds], StoreError> {
        if let Some(masks) = self.masks.get() {
            return Ok(masks);
        }
        let masks = filters.iter().map(|filter| Masks::of(&*self.source).traces(filter)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.masks.get_or_init(|| masks))
    }

    fn counts(&self, filters: &[Filter]) -> Result<&[Option<Vec<u64>>], StoreError> {
        if let Some(counts) = self.counts.get() {
            return Ok(counts);
        }
        let counted = |filter: &Filter| counted_by(filter).map_or(Ok(None), |spans| Masks::of(&*self.source).counts(spans));
        let counts = filters.iter().map(counted).collect::<Result<Vec<_>, _>>()?;
        Ok(self.counts.get_or_init(|| counts))
    }

    fn trace_id(&self, row: u32) -> Result<TraceId, StoreError> {
        let ids = trace_column(&*self.source, "trace_id")?;
        TraceId::from_bytes(ids.as_fixed_size_binary().value(row as usize)).map_err(|error| StoreError::Damaged(error.to_string()))
    }

    fn start(&self, row: u32) -> Result<u64, StoreError> {
        Ok(trace_column(&*self.source, "start_unix_nanos")?.as_primitive::<UInt64Type>().value(row as usize))
    }

    fn text(&self, column: &str, row: u32) -> Result<Option<String>, StoreError> {
        let texts = trace_column(&*self.source, column)?;
        Ok(texts.is_valid(row as usize).then(|| texts.as_string::<i32>().value(row as usize).to_owned()))
    }
}

/// The spans that a filter counts; None for a filter that is no count.
fn counted_by(filter: &Filter) -> Option<&Filter> {
    match filter {
        Filter::Test(Test { subject: Subject::RollUp(rollup), .. }) if rollup.measure == Measure::Count => Some(&rollup.filter),
        _ => None,
    }
}

/// Everything that is known of one name.
pub(super) struct Whole<'a> {
    /// By the numbers of places.
    parts: Vec<(usize, &'a NamedTrace)>,
    pub(super) totals: TraceTotals,
}

/// A trace: its start, its id, and where it lies.
type Found = (u64, TraceId, usize, u32);

impl<'a> Whole<'a> {
    pub(super) fn of(places: &'a [Place<'_>], name: &str) -> Self {
        let (hash, mut totals) = (hash_of_text(name), TraceTotals::default());
        let part = |(at, place): (usize, &'a Place<'_>)| Some((at, place.named.find(hash, name)?));
        let parts: Vec<_> = places.iter().enumerate().filter_map(part).collect();
        parts.iter().for_each(|(_, named)| totals.merge(&named.totals));
        Self { parts, totals }
    }

    /// Whether one of the traces meets a filter, as far as masks tell.
    pub(super) fn has_trace(&self, places: &[Place<'_>], filters: &[Filter], number: usize) -> Result<Known, StoreError> {
        let mut known = Known::No;
        for (at, named) in &self.parts {
            let bounds = &places[*at].masks(filters)?[number];
            for row in places[*at].named.rows_of(named) {
                if bounds.sure.value(*row as usize) {
                    return Ok(Known::Yes);
                }
                if bounds.possible.value(*row as usize) {
                    known = Known::Perhaps;
                }
            }
        }
        Ok(known)
    }

    /// How many spans of all traces together a filter counts, as far as masks tell.
    pub(super) fn count(&self, places: &[Place<'_>], filters: &[Filter], number: usize) -> Result<Option<u64>, StoreError> {
        let mut count = 0;
        for (at, named) in &self.parts {
            let Some(counts) = &places[*at].counts(filters)?[number] else { return Ok(None) };
            count += places[*at].named.rows_of(named).iter().map(|row| counts[*row as usize]).sum::<u64>();
        }
        Ok(Some(count))
    }

    /// The traces of which masks do not tell whether they meet a filter.
    pub(super) fn doubtful_traces(&self, places: &[Place<'_>], filters: &[Filter], number: usize) -> Result<Vec<TraceId>, StoreError> {
        let mut trace_ids = Vec::new();
        for (at, named) in &self.parts {
            let bounds = &places[*at].masks(filters)?[number];
            for row in places[*at].named.rows_of(named).iter().filter(|row| bounds.possible.value(**row as usize)) {
                trace_ids.push(places[*at].trace_id(*row)?);
            }
        }
        Ok(trace_ids)
    }

    pub(super) fn trace_ids(&self, places: &[Place<'_>]) -> Result<Vec<TraceId>, StoreError> {
        let rows = self.parts.iter().flat_map(|(at, named)| places[*at].named.rows_of(named).iter().map(|row| (*at, *row)));
        rows.map(|(at, row)| places[at].trace_id(row)).collect()
    }

    /// The row of a list.
    pub(super) fn group(&self, places: &[Place<'_>], name: &str) -> Result<Group, StoreError> {
        let (newest, first) = (self.newest(places)?, self.first(places)?);
        let text = |found: Option<&Found>, column| found.map_or(Ok(None), |(_, _, at, row)| places[*at].text(column, *row));
        Ok(Group {
            name: name.to_owned(),
            first_unix_nanos: self.parts.iter().map(|(_, named)| named.first_unix_nanos).min().unwrap_or(0),
            last_unix_nanos: self.parts.iter().map(|(_, named)| named.last_unix_nanos).max().unwrap_or(0),
            totals: self.totals.clone(),
            input_preview: text(first.as_ref(), "input_preview")?,
            output_preview: text(newest.last(), "output_preview")?,
            trace_ids: newest.into_iter().map(|(_, trace_id, ..)| trace_id).collect(),
        })
    }

    /// The newest traces, in order of start.
    fn newest(&self, places: &[Place<'_>]) -> Result<Vec<Found>, StoreError> {
        let mut found: Vec<Found> = Vec::new();
        for (at, named) in &self.parts {
            // Places come by their latest spans: the traces of the rest are older than all of these.
            if found.len() == GROUP_TRACES_MAX && found[0].0 > places[*at].starts.1 {
                break;
            }
            let rows = places[*at].named.rows_of(named);
            for row in &rows[rows.len().saturating_sub(GROUP_TRACES_MAX)..] {
                found.push((places[*at].start(*row)?, places[*at].trace_id(*row)?, *at, *row));
            }
            found.sort_unstable();
            found.drain(..found.len().saturating_sub(GROUP_TRACES_MAX));
        }
        Ok(found)
    }

    fn first(&self, places: &[Place<'_>]) -> Result<Option<Found>, StoreError> {
        let mut first: Option<Found> = None;
        for (at, named) in &self.parts {
            if first.is_none_or(|(start, ..)| named.first_unix_nanos <= start) {
                let row = places[*at].named.rows_of(named)[0];
                let found = (named.first_unix_nanos, places[*at].trace_id(row)?, *at, row);
                first = Some(first.map_or(found, |first| first.min(found)));
            }
        }
        Ok(first)
    }
}

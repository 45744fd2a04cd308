//! Traces that no single segment knows whole: those in memory, and those that lie in several places.
//!
//! They are understood when somebody asks. What those are that have no records in memory stays while the segments do, and is kept.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::SchemaRef;
use model::merge::merge_raw;
use model::{ProjectSlug, RawSpan, Span, TraceId};
use query::{Filter, Subject};
use store::{Detail, StoreError, TraceRecords};

use super::bounds::Bounds;
use super::fetch::{Wanted, each_span_of_traces, fetch, fetch_from_segments, keys_of};
use super::masks::{Content, Source};
use super::snapshot::Snapshot;
use super::spans::fetch_spans;
use super::stop::Stop;
use super::trees::Forest;
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::limits;
use crate::partials::QuestionHash;
use crate::rows::traces::{self, TraceExtent, TraceRow, last_start};
use crate::search::{Condition, KnownTexts, NamesAtPlace, NumbersAtPlace, arguments_in_segment, bounds_of_segment};
use crate::segment::core_of_spans;

/// Some of these traces, in order of start, as in the table of a segment.
pub(super) struct Apart<'a> {
    engine: &'a Engine,
    snapshot: &'a Snapshot,
    project: &'a ProjectSlug,
    /// Whether they have no records in memory.
    is_settled: bool,
    known: Arc<Known>,
    spans: OnceCell<Arc<RecordBatch>>,
    forest: Forest,
    /// What indexes said, by filter.
    found: RefCell<HashMap<String, Bounds>>,
}

/// What traces are.
struct Known {
    rows: Vec<TraceRow>,
    traces: RecordBatch,
    rows_of_traces: Vec<Range<usize>>,
    /// Of their spans.
    columns: SchemaRef,
    keys: Vec<SpanKey>,
    /// Where the spans lie that settled traces have: segment, row there, and which span it is.
    places: Vec<(u64, u32, u32)>,
}

impl Known {
    /// What it takes in memory, about.
    fn bytes(&self) -> usize {
        2 * self.traces.get_array_memory_size() + self.keys.len() * size_of::<SpanKey>() + self.places.len() * size_of::<(u64, u32, u32)>()
    }
}

impl<'a> Apart<'a> {
    /// Reads all traces that are apart.
    pub(super) fn all(engine: &'a Engine, snapshot: &'a Snapshot, project: &'a ProjectSlug) -> Result<Vec<Self>, StoreError> {
        Self::settled_and(engine, snapshot, project, &snapshot.traces_apart)
    }

    /// Reads all that have no records in memory, and those of some that have.
    pub(super) fn settled_and(
        engine: &'a Engine,
        snapshot: &'a Snapshot,
        project: &'a ProjectSlug,
        others: &HashSet<TraceId>,
    ) -> Result<Vec<Self>, StoreError> {
        let apart = |is_settled, known, spans| Self {
            engine,
            snapshot,
            project,
            is_settled,
            known,
            spans,
            forest: Forest::default(),
            found: RefCell::default(),
        };
        let mut all = Vec::new();
        let moving: HashSet<TraceId> = others.difference(&snapshot.traces_settled).copied().collect();
        if !moving.is_empty() {
            let (known, spans) = read_moving(engine, project, &moving)?;
            all.push(apart(false, Arc::new(known), OnceCell::from(Arc::new(spans))));
        }
        if !snapshot.traces_settled.is_empty() {
            let question = QuestionHash::of(&("settled", project, snapshot.settled_hash()));
            match engine.partials.get::<Known>(snapshot.newest_segment(), question) {
                Some(known) => all.push(apart(true, known, OnceCell::new())),
                None => {
                    let (known, spans) = read_settled(engine, snapshot, project)?;
                    all.push(apart(true, known, OnceCell::from(spans)));
                }
            }
        }
        Ok(all)
    }

    pub(super) fn rows(&self) -> &[TraceRow] {
        &self.known.rows
    }

    /// The traces as a table.
    pub(super) fn traces(&self) -> &RecordBatch {
        &self.known.traces
    }

    /// Of their spans, in the order of these.
    pub(super) fn keys(&self) -> &[SpanKey] {
        &self.known.keys
    }

    /// Their spans, as they make them.
    pub(super) fn spans(&self) -> Result<&Arc<RecordBatch>, StoreError> {
        if let Some(spans) = self.spans.get() {
            return Ok(spans);
        }
        let names = self.known.columns.fields().iter().map(|field| self.kept_column(field.name()));
        let spans = match names.collect::<Option<Vec<ArrayRef>>>() {
            Some(columns) => {
                let whole = RecordBatch::try_new(Arc::clone(&self.known.columns), columns);
                Arc::new(whole.map_err(|source| StoreError::failed("failed to put columns side by side", source))?)
            }
            None => read_settled(self.engine, self.snapshot, self.project)?.1,
        };
        Ok(self.spans.get_or_init(|| spans))
    }

    fn kept_column(&self, name: &str) -> Option<ArrayRef> {
        let question = column_question(self.snapshot, self.project, name);
        self.engine.partials.get::<ArrayRef>(self.snapshot.newest_segment(), question).map(|column| ArrayRef::clone(&column))
    }

    /// What the indexes of the segments say of settled traces: each span lies in one place, unless it was updated.
    fn searched(&self, condition: &Condition) -> Result<Bounds, StoreError> {
        let (mut sure, mut possible) = (vec![false; self.span_count()], vec![false; self.span_count()]);
        for places in self.known.places.chunk_by(|(a, ..), (b, ..)| a == b) {
            let segment = self.snapshot.segment(places[0].0);
            let Some((segment, (_, rows))) = segment.and_then(|segment| Some((segment, segment.description.project(self.project)?))) else {
                continue;
            };
            let found = bounds_of_segment(&self.engine.indexes, segment, rows.spans.clone(), condition)?;
            for (_, row, span) in places {
                let span = *span as usize;
                let is_updated = self.snapshot.updated_spans.contains(&self.known.keys[span]);
                sure[span] |= !is_updated && found.sure.contains(*row);
                possible[span] |= is_updated || found.sure.contains(*row) || found.maybe.contains(*row);
            }
        }
        Ok(Bounds { sure: sure.into(), possible: possible.into() })
    }
}

/// Where the spans of traces lie in the segments, in the order of these.
fn places_of(snapshot: &Snapshot, project: &ProjectSlug, rows: &[TraceRow], keys: &[SpanKey]) -> Result<Vec<(u64, u32, u32)>, StoreError> {
    let numbers: HashMap<SpanKey, u32> = keys.iter().copied().zip(0..).collect();
    let trace_ids: Vec<TraceId> = rows.iter().map(|trace| trace.trace_id).collect();
    let mut places = Vec::with_capacity(keys.len());
    for segment in snapshot.segments.iter() {
        each_span_of_traces(segment, project, &trace_ids, |row, key| {
            places.extend(numbers.get(&key).map(|span| (segment.description.id, row as u32, *span)));
        })?;
    }
    Ok(places)
}

/// Says what traces are as the store is now.
pub(super) fn rows_of_traces(engine: &Engine, project: &ProjectSlug, trace_ids: &HashSet<TraceId>) -> Result<Vec<TraceRow>, StoreError> {
    Ok(read_moving(engine, project, trace_ids)?.0.rows)
}

fn read_moving(engine: &Engine, project: &ProjectSlug, trace_ids: &HashSet<TraceId>) -> Result<(Known, RecordBatch), StoreError> {
    read(engine, project, trace_ids, |wanted| fetch(engine, wanted))
}

/// Keeps what it read, in the name of the newest segment: with another one it may be other.
fn read_settled(engine: &Engine, snapshot: &Snapshot, project: &ProjectSlug) -> Result<(Arc<Known>, Arc<RecordBatch>), StoreError> {
    let read = read(engine, project, &snapshot.traces_settled, |wanted| fetch_from_segments(&snapshot.segments, wanted))?;
    let places = places_of(snapshot, project, &read.0.rows, &read.0.keys)?;
    let (known, spans) = (Arc::new(Known { places, ..read.0 }), Arc::new(read.1));
    let question = QuestionHash::of(&("settled", project, snapshot.settled_hash()));
    let newest = snapshot.newest_segment();
    engine.partials.keep(newest, question, &known, known.bytes());
    // Column by column: one trace of a hundred thousand spans is more than is kept in one piece, and a question asks for few of them.
    for (field, column) in known.columns.fields().iter().zip(spans.columns()) {
        let question = column_question(snapshot, project, field.name());
        engine.partials.keep(newest, question, &Arc::new(Arc::clone(column)), column.get_array_memory_size());
    }
    Ok((known, spans))
}

fn column_question(snapshot: &Snapshot, project: &ProjectSlug, name: &str) -> QuestionHash {
    QuestionHash::of(&("settled column", name, project, snapshot.settled_hash()))
}

/// Reads those of some traces that the project has.
fn read(
    engine: &Engine,
    project: &ProjectSlug,
    trace_ids: &HashSet<TraceId>,
    fetch: impl Fn(&Wanted<'_>) -> Result<HashMap<TraceId, TraceRecords>, StoreError>,
) -> Result<(Known, RecordBatch), StoreError> {
    let trace_ids: Vec<TraceId> = trace_ids.iter().copied().collect();
    let wanted = Wanted { project, trace_ids: &trace_ids, spans: None, detail: Detail::Columns, with_logs: true };
    let (mut rows, mut rows_of_traces, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let mut found: Vec<TraceRecords> = fetch(&wanted)?.into_values().filter(|records| !records.spans.is_empty()).collect();
    found.sort_unstable_by_key(|records| (records.spans[0].start_unix_nanos, records.trace_id));
    for records in found {
        let (trace_id, extent) = (records.trace_id, TraceExtent::of(&records.spans));
        let last_start_unix_nanos = last_start(&records.spans);
        // Log records on its spans may carry their messages and tokens: then columns alone do not tell.
        let is_told_by_logs = records.logs.iter().any(|log| log.span().is_some());
        let whole = || fetch(&Wanted { trace_ids: &[trace_id], detail: Detail::Whole, ..wanted }).map(|mut found| found.remove(&trace_id));
        let whole = if is_told_by_logs { whole()? } else { None };
        let (summary, spans) = engine.understand.trace(project, whole.unwrap_or(records));
        rows_of_traces.push(all.len()..all.len() + spans.len());
        let (project, row_first, row_count) = (project.to_string(), all.len() as u32, spans.len() as u32);
        rows.push(TraceRow { project, trace_id, row_first, row_count, is_told_by_logs, extent, last_start_unix_nanos, summary });
        all.extend(spans);
    }
    let (traces, spans) = (traces::batch_from_rows(&rows)?, core_of_spans(all.into_iter())?);
    Ok((Known { rows, traces, rows_of_traces, columns: spans.schema(), keys: keys_of(&spans)?, places: Vec::new() }, spans))
}

impl Source for Apart<'_> {
    fn of_traces(&self, column: &str) -> Result<Option<ArrayRef>, StoreError> {
        Ok(self.known.traces.column_by_name(column).map(Arc::clone))
    }

    fn of_spans(&self, column: &str) -> Result<ArrayRef, StoreError> {
        let missing = || StoreError::Invalid(format!("spans have no column `{column}`"));
        if self.is_settled
            && self.spans.get().is_none()
            && let Some(kept) = self.kept_column(column)
        {
            return Ok(kept);
        }
        self.spans()?.column_by_name(column).map(Arc::clone).ok_or_else(missing)
    }

    fn trace_count(&self) -> usize {
        self.known.rows.len()
    }

    fn rows_of_traces(&self) -> Result<&[Range<usize>], StoreError> {
        Ok(&self.known.rows_of_traces)
    }

    fn span_count(&self) -> usize {
        self.known.rows_of_traces.last().map_or(0, |rows| rows.end)
    }

    fn forest(&self) -> &Forest {
        &self.forest
    }

    fn spans_by_content(&self, filter: &Filter) -> Result<Bounds, StoreError> {
        let name = format!("{filter:?}");
        if let Some(known) = self.found.borrow().get(&name) {
            return Ok(known.clone());
        }
        let bounds = match Condition::of(filter).filter(|_| self.is_settled) {
            Some(condition) => self.searched(&condition)?,
            None => Bounds::unknown(self.span_count()),
        };
        self.found.borrow_mut().insert(name, bounds.clone());
        Ok(bounds)
    }

    /// What was sent anew may have come in parts: its content alone tells.
    fn arguments(&self, spans: &[usize]) -> HashMap<usize, Option<u64>> {
        let wanted: HashSet<usize> = spans.iter().copied().collect();
        let mut arguments = HashMap::with_capacity(wanted.len());
        for places in self.known.places.chunk_by(|(a, ..), (b, ..)| a == b) {
            let Some(segment) = self.snapshot.segment(places[0].0) else { continue };
            let of_wanted = places.iter().map(|(_, row, span)| (*row, *span as usize)).filter(|(_, span)| wanted.contains(span));
            let mut alone = of_wanted.filter(|(_, span)| !self.snapshot.updated_spans.contains(&self.known.keys[*span]));
            arguments.extend(arguments_in_segment(&self.engine.indexes, segment, &mut alone));
        }
        arguments
    }
}

impl Content for Apart<'_> {
    fn names_at(&self, _: &Subject, _: &BooleanBuffer, _: &KnownTexts, _: &Stop) -> Result<Option<NamesAtPlace>, StoreError> {
        Ok(None)
    }

    fn numbers_at(&self, _: &Subject, _: &BooleanBuffer) -> Result<Option<NumbersAtPlace>, StoreError> {
        Ok(None)
    }

    fn was_searched(&self) -> bool {
        !self.found.borrow().is_empty()
    }

    fn each_with_content(&self, spans: &[usize], look: &mut dyn FnMut(usize, &Span)) -> Result<(), StoreError> {
        let wanted: HashSet<usize> = spans.iter().copied().collect();
        let is_updated = |span: usize| self.snapshot.updated_spans.contains(&self.known.keys[span]);
        let content = &self.engine.indexes.content;
        let (mut looked_at, mut merged) = (HashSet::new(), BTreeMap::<usize, Arc<RawSpan>>::new());
        // From the segment with the oldest rows to that with the newest.
        for places in self.known.places.chunk_by(|(a, ..), (b, ..)| a == b) {
            let segment = self.snapshot.segment(places[0].0);
            let of_segment = places.iter().map(|(_, row, span)| (u64::from(*row), *span as usize));
            let of_segment: Vec<_> = of_segment.filter(|(_, span)| wanted.contains(span)).collect();
            let (Some(segment), false) = (segment, of_segment.is_empty()) else { continue };
            segment.each_raw(of_segment.iter().map(|(row, _)| *row), |at, raw| {
                let span = of_segment[at].1;
                match merged.get_mut(&span) {
                    Some(older) => *older = Arc::new(merge_raw(older, &raw)),
                    None if is_updated(span) => drop(merged.insert(span, raw)),
                    None => look(span, &content.derive(raw)),
                }
            })?;
            looked_at.extend(of_segment.iter().map(|(_, span)| *span));
        }
        merged.into_iter().for_each(|(span, raw)| look(span, &content.derive(raw)));
        let rest: Vec<usize> = spans.iter().filter(|span| !looked_at.contains(span)).copied().collect();
        for spans in rest.chunks(limits::READ_WHOLE_BATCH_ROWS) {
            let wanted: Vec<SpanKey> = spans.iter().map(|span| self.known.keys[*span]).collect();
            let mut found = fetch_spans(self.engine, self.project, &wanted, Detail::Whole)?;
            for (span, key) in spans.iter().zip(wanted) {
                if let Some(raw) = found.remove(&key).and_then(|stored| stored.raw) {
                    look(*span, &content.derive(raw));
                }
            }
        }
        Ok(())
    }
}

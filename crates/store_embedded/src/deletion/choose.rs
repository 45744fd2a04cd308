//! Which rows a request is about.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, UInt64Array};
use model::{ProjectSlug, TraceId};
use store::{Chosen, Detail, Order, StoreError, TraceQuery};

use crate::engine::Engine;
use crate::limits;
use crate::read;
use crate::rows::Columns;
use crate::rows::logs::effective_time;
use crate::segment::{DoomedRows, RowFile, Segment};

/// Chooses among what is in segments.
pub(crate) fn choose(engine: &Engine, project: &ProjectSlug, chosen: &Chosen) -> Result<DoomedRows, StoreError> {
    match chosen {
        Chosen::Traces(wanted) => {
            let mut traces = HashSet::new();
            for trace_id in wanted {
                if has_trace(engine, project, *trace_id)? {
                    traces.insert(*trace_id);
                }
            }
            Ok(DoomedRows { traces: bounded(traces)?, ..DoomedRows::default() })
        }
        Chosen::Found { filter, range, said_by_logs } => {
            let query = TraceQuery { filter: filter.clone(), range: *range, order: Order::Ascending, ..TraceQuery::default() };
            let traces = read::find_traces(engine, project, &query, limits::DELETION_TRACES_MAX + 1)?;
            Ok(DoomedRows { traces: bounded(traces.into_iter().collect())?, said_by_logs: said_by_logs.clone(), before_unix_nanos: 0 })
        }
        Chosen::EndedBefore { unix_nanos } => {
            let traces = ended_before(engine, project, *unix_nanos)?;
            Ok(DoomedRows { traces, said_by_logs: None, before_unix_nanos: *unix_nanos })
        }
    }
}

fn bounded(traces: HashSet<TraceId>) -> Result<HashSet<TraceId>, StoreError> {
    if traces.len() <= limits::DELETION_TRACES_MAX {
        return Ok(traces);
    }
    let text = format!("more than {} traces would go at once: name a shorter time, and the rest afterwards", limits::DELETION_TRACES_MAX);
    Err(StoreError::Invalid(text))
}

fn has_trace(engine: &Engine, project: &ProjectSlug, trace_id: TraceId) -> Result<bool, StoreError> {
    for segment in engine.segments().iter() {
        let Some((number, _)) = segment.description.project(project) else { continue };
        if segment.rows_of_trace(trace_id)?.iter().any(|rows| rows.project == number) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The traces of which no record is as young as a time. Traces that lie in several segments are looked at in each.
fn ended_before(engine: &Engine, project: &ProjectSlug, unix_nanos: u64) -> Result<HashSet<TraceId>, StoreError> {
    let segments = engine.segments();
    let mut seen: HashMap<TraceId, Seen> = HashMap::new();
    for segment in segments.iter().filter(|segment| may_begin_before(segment, unix_nanos)) {
        let Some((_, rows)) = segment.description.project(project) else { continue };
        let mut note = |trace_id: TraceId, time: u64| seen.entry(trace_id).or_default().note(time < unix_nanos);
        each_row(&segment.core, &rows.spans, &["start_unix_nanos", "end_unix_nanos"], &mut note)?;
        each_row(&segment.logs, &rows.logs, &["time_unix_nanos"], &mut note)?;
    }
    // A segment that has nothing as old may have the end of a trace that began in another.
    for segment in segments.iter().filter(|segment| !may_begin_before(segment, unix_nanos)) {
        let Some(number) = segment.description.project(project).map(|(number, _)| number) else { continue };
        for trace_id in &segment.loose_traces {
            if let Some(seen) = seen.get_mut(trace_id)
                && segment.rows_of_trace(*trace_id)?.iter().any(|rows| rows.project == number)
            {
                seen.note(false);
            }
        }
    }
    let loose: HashSet<TraceId> = segments.iter().flat_map(|segment| &segment.loose_traces).copied().collect();
    let mut ended = HashSet::new();
    for (trace_id, Seen { is_early, is_late }) in seen {
        let has_ended = match (is_early, is_late) {
            (true, true) if loose.contains(&trace_id) => has_ended(engine, project, trace_id, unix_nanos)?,
            _ => !is_late,
        };
        if has_ended {
            ended.insert(trace_id);
        }
    }
    Ok(ended)
}

/// What the rows of a trace told of a time.
#[derive(Default)]
struct Seen {
    is_early: bool,
    is_late: bool,
}

impl Seen {
    fn note(&mut self, is_early: bool) {
        self.is_early |= is_early;
        self.is_late |= !is_early;
    }
}

/// Looks at the spans as they are read: a row of an older version may tell a time that a newer one has taken back.
fn has_ended(engine: &Engine, project: &ProjectSlug, trace_id: TraceId, unix_nanos: u64) -> Result<bool, StoreError> {
    let Some(trace) = read::trace(engine, project, trace_id, Detail::Columns)? else { return Ok(false) };
    let spans = trace.spans.iter().map(|span| span.start_unix_nanos.max(span.end_unix_nanos));
    let logs = trace.logs.iter().map(effective_time);
    Ok(trace.spans_left_out == 0 && spans.chain(logs).all(|time| time < unix_nanos))
}

fn may_begin_before(segment: &Segment, unix_nanos: u64) -> bool {
    let description = &segment.description;
    let firsts = [description.start_unix_nanos, description.log_unix_nanos].into_iter().flatten().map(|(first, _)| first);
    firsts.min().is_some_and(|first| first < unix_nanos)
}

/// Hands over the latest of some times of each row that has a trace.
fn each_row(file: &RowFile, rows: &Range<u64>, times: &[&str], note: &mut impl FnMut(TraceId, u64)) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let columns: Vec<&str> = ["trace_id"].into_iter().chain(times.iter().copied()).collect();
    for batch in file.read(Some(&columns), std::slice::from_ref(rows), limits::READ_COLUMN_ROWS)? {
        let batch = batch?;
        let trace_ids = Columns(&batch).get::<FixedSizeBinaryArray>("trace_id")?;
        let times: Vec<&UInt64Array> = times.iter().map(|name| Columns(&batch).get(name)).collect::<Result<_, _>>()?;
        for row in (0..batch.num_rows()).filter(|row| trace_ids.is_valid(*row)) {
            let trace_id = TraceId::from_bytes(trace_ids.value(row)).map_err(|error| StoreError::Damaged(error.to_string()))?;
            note(trace_id, times.iter().map(|times| times.value(row)).max().unwrap_or_default());
        }
    }
    Ok(())
}

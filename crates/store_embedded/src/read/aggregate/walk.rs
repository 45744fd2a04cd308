//! Walks over the rows of a question on all cores.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::compute::filter_record_batch;
use model::{ProjectSlug, Span, SpanId, TraceId};
use store::aggregate::{Condition, QueryCost};
use store::{Detail, StoreError, TimeRange};

use super::columns::{Rows, columns_of_field};
use super::condition::rows_that_meet;
use super::stop::Stop;
use super::unit::{ReadSize, Unit, units};
use crate::engine::Engine;
use crate::keys::SpanKey;
use crate::read::snapshot::Snapshot;
use crate::read::spans::fetch_spans;
use crate::tail::span_key;

/// Which rows are wanted, and what of them.
pub(super) struct Wanted<'a> {
    pub(super) project: &'a ProjectSlug,
    pub(super) range: TimeRange,
    pub(super) condition: Condition,
    /// Beside what the range and the condition need.
    pub(super) columns: BTreeSet<&'static str>,
    /// Whether the latest rows are read first.
    pub(super) newest_first: bool,
}

/// Takes rows that are wanted; each thread has one of its own.
pub(super) trait Taker: Send {
    fn take(&mut self, rows: &Rows) -> Result<(), StoreError>;

    /// Whether rows that start at this time or before may still matter.
    fn wants(&self, latest_unix_nanos: u64) -> bool {
        let _ = latest_unix_nanos;
        true
    }
}

/// What a walk found.
pub(super) struct Walked<T> {
    pub(super) takers: Vec<T>,
    /// Wanted spans that have several versions, merged.
    pub(super) merged: Vec<Span>,
    pub(super) cost: QueryCost,
}

/// Hands every wanted row with one version to a taker, and returns those with several.
pub(super) fn walk<T: Taker>(
    engine: &Engine,
    wanted: &Wanted<'_>,
    stop: &Stop,
    make_taker: impl Fn() -> T + Sync,
) -> Result<Walked<T>, StoreError> {
    let snapshot = Snapshot::new(&engine.read());
    let paths: Vec<_> = snapshot.segments.iter().map(|segment| segment.core.path()).collect();
    engine.planner.footers.keep(&paths);
    let mut units = units(engine, &snapshot, wanted.project, wanted.range, &snapshot.updated_spans)?;
    if wanted.newest_first {
        units.sort_by_key(|unit| std::cmp::Reverse(unit.starts.map_or(u64::MAX, |(_, last)| last)));
    }
    let work =
        Work { wanted, units, updated: &snapshot.updated_spans, next: AtomicUsize::new(0), has_failed: AtomicBool::new(false), stop };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(work.units.len()).max(1);
    let results = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| work.run(make_taker()))).collect();
        let mut results = vec![work.run(make_taker())];
        results.extend(others.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))));
        results
    });
    let (mut takers, mut size) = (Vec::new(), ReadSize::default());
    for result in results {
        let (taker, read) = result?;
        takers.push(taker);
        size.rows += read.rows;
        size.bytes += read.bytes;
    }
    let merged = merged_spans(engine, wanted, &snapshot.updated_spans)?;
    Ok(Walked { takers, merged, cost: QueryCost { rows: size.rows, bytes: size.bytes, nanos: 0 } })
}

fn panicked() -> StoreError {
    StoreError::Failed { context: "a thread of a question panicked".into(), source: "panic".into() }
}

/// The wanted ones of the spans with several versions.
fn merged_spans(engine: &Engine, wanted: &Wanted<'_>, updated: &HashSet<SpanKey>) -> Result<Vec<Span>, StoreError> {
    if updated.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<SpanKey> = updated.iter().copied().collect();
    let spans = fetch_spans(engine, wanted.project, &keys, Detail::Columns)?.into_values();
    Ok(spans.filter(|span| wanted.range.contains(span.start_unix_nanos) && wanted.condition.holds(span)).collect())
}

/// What the threads share.
struct Work<'a> {
    wanted: &'a Wanted<'a>,
    units: Vec<Unit>,
    updated: &'a HashSet<SpanKey>,
    next: AtomicUsize,
    has_failed: AtomicBool,
    stop: &'a Stop,
}

impl Work<'_> {
    fn run<T: Taker>(&self, mut taker: T) -> Result<(T, ReadSize), StoreError> {
        let mut size = ReadSize::default();
        while let Some(unit) = self.units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.has_failed.load(Ordering::Relaxed) {
                break;
            }
            if unit.starts.is_some_and(|(_, latest)| !taker.wants(latest)) {
                continue;
            }
            let done = self.stop.check().and_then(|()| self.take(unit, &mut taker));
            let read = done.inspect_err(|_| self.has_failed.store(true, Ordering::Relaxed))?;
            size.rows += read.rows;
            size.bytes += read.bytes;
        }
        Ok((taker, size))
    }

    fn take(&self, unit: &Unit, taker: &mut impl Taker) -> Result<ReadSize, StoreError> {
        let (rows, size) = unit.read(&self.columns(unit))?;
        if let Some(rows) = self.wanted_rows(unit, rows)? {
            taker.take(&rows)?;
        }
        Ok(size)
    }

    fn columns(&self, unit: &Unit) -> Vec<&'static str> {
        let mut columns = self.wanted.columns.clone();
        columns.extend(self.wanted.condition.fields().into_iter().flat_map(columns_of_field));
        if unit.is_mixed {
            columns.insert("project");
        }
        if unit.has_updated {
            columns.extend(["trace_id", "span_id"]);
        }
        if !unit.is_inside(self.wanted.range) {
            columns.insert("start_unix_nanos");
        }
        columns.into_iter().collect()
    }

    /// None where no row is wanted.
    fn wanted_rows(&self, unit: &Unit, rows: Rows) -> Result<Option<Rows>, StoreError> {
        let mut is_wanted = rows_that_meet(&self.wanted.condition, &rows)?;
        let mut narrow = |of_row: &dyn Fn(usize) -> Result<bool, StoreError>| {
            is_wanted.iter_mut().enumerate().filter(|(_, wanted)| **wanted).try_for_each(|(row, wanted)| {
                *wanted = of_row(row)?;
                Ok::<_, StoreError>(())
            })
        };
        if unit.is_mixed {
            let projects = rows.texts_of_column("project")?;
            let is_ours: Vec<bool> = projects.texts.iter().map(|project| project == Some(self.wanted.project.as_str())).collect();
            narrow(&|row| Ok(projects.place(row).is_some_and(|place| is_ours[place])))?;
        }
        if !unit.is_inside(self.wanted.range) {
            let starts = rows.unix_nanos("start_unix_nanos")?;
            narrow(&|row| Ok(self.wanted.range.contains(starts[row])))?;
        }
        if unit.has_updated {
            let (trace_ids, span_ids) = (rows.ids("trace_id")?, rows.ids("span_id")?);
            narrow(&|row| Ok(!self.updated.contains(&span_key(trace_ids.value(row), span_ids.value(row))?)))?;
        }
        match is_wanted.iter().filter(|wanted| **wanted).count() {
            0 => Ok(None),
            all if all == rows.count() => Ok(Some(rows)),
            _ => {
                let wanted = filter_record_batch(&rows.0, &BooleanArray::from(is_wanted));
                wanted.map(|rows| Some(Rows(rows))).map_err(|source| StoreError::failed("failed to filter rows", source))
            }
        }
    }
}

/// The ids of a row.
pub(super) fn ids_of_row(rows: &Rows, row: usize) -> Result<(TraceId, SpanId), StoreError> {
    let key = span_key(rows.ids("trace_id")?.value(row), rows.ids("span_id")?.value(row))?;
    Ok((key.trace_id, key.span_id))
}

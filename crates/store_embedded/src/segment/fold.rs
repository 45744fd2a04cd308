//! The rows of a tail in the order of a segment, versions of one span folded into one row.

use std::sync::Arc;

use datafusion::arrow::array::{Array, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use store::StoreError;

use crate::prepare::{SenderBytes, span_row};
use crate::rows::columns::{gather_rows, viewed};
use crate::rows::spans::{batch_from_rows, raws_from_batch, rows_from_batch};
use crate::rows::{Columns, SpanRow};
use crate::tail::{Projects, SharedBatches};
use crate::versions::merge_versions;

/// Where a row lies: its batch, and its place there.
pub(super) type Position = (usize, usize);

/// A span row and what it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpanPlace {
    pub(super) project: Arc<str>,
    pub(super) trace_id: [u8; 16],
    pub(super) span_id: [u8; 8],
    pub(super) start_unix_nanos: u64,
    pub(super) bytes: usize,
    version: u64,
    pub(super) position: Position,
}

/// Batches, and the order in which their rows are to be written; not all rows are.
#[derive(Debug)]
pub(super) struct Sorted<Place> {
    pub(super) batches: Vec<RecordBatch>,
    pub(super) places: Vec<Place>,
}

impl<Place> Sorted<Place> {
    /// Copies rows into one batch.
    pub(super) fn gather(&self, positions: &[Position]) -> Result<RecordBatch, StoreError> {
        gather(&self.batches, positions)
    }
}

/// Names of projects, each one text for all rows beside each other.
#[derive(Default)]
struct Names {
    last: Arc<str>,
}

impl Names {
    fn of(&mut self, name: &str) -> Arc<str> {
        if *self.last != *name {
            self.last = name.into();
        }
        Arc::clone(&self.last)
    }
}

fn gather(batches: &[RecordBatch], positions: &[Position]) -> Result<RecordBatch, StoreError> {
    let batches: Vec<_> = batches.iter().collect();
    gather_rows(&batches, positions).map_err(|source| StoreError::failed("failed to gather rows for a segment", source))
}

/// Sorts spans by project, trace, start and span id; their content stays where it stands.
pub(super) fn sorted_spans(shared: &SharedBatches) -> Result<Sorted<SpanPlace>, StoreError> {
    let mut batches = shared.iter().map(|batch| viewed(batch)).collect::<Result<Vec<_>, _>>()?;
    let (mut places, mut names) = (Vec::new(), Names::default());
    for (index, batch) in batches.iter().enumerate() {
        places.extend(span_places(batch, index, &mut names)?);
    }
    places.sort_unstable_by(|a, b| a.identity().cmp(&b.identity()).then(a.version.cmp(&b.version)));
    let mut folded = Vec::new();
    let mut kept: Vec<SpanPlace> = Vec::with_capacity(places.len());
    for versions in places.chunk_by(|a, b| a.identity() == b.identity()) {
        match versions {
            [one] => kept.push(one.clone()),
            several => folded.push(fold(&batches, several)?),
        }
    }
    if !folded.is_empty() {
        let batch = viewed(&batch_from_rows(&folded)?)?;
        kept.extend(span_places(&batch, batches.len(), &mut names)?);
        batches.push(batch);
    }
    kept.sort_unstable_by(|a, b| a.order().cmp(&b.order()));
    Ok(Sorted { batches, places: kept })
}

impl SpanPlace {
    fn identity(&self) -> (&str, &[u8; 16], &[u8; 8]) {
        (&self.project, &self.trace_id, &self.span_id)
    }

    fn order(&self) -> (&str, &[u8; 16], u64, &[u8; 8]) {
        (&self.project, &self.trace_id, self.start_unix_nanos, &self.span_id)
    }
}

fn span_places(batch: &RecordBatch, index: usize, names: &mut Names) -> Result<Vec<SpanPlace>, StoreError> {
    let columns = Columns(batch);
    let projects = Projects::new(batch)?;
    let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
    let (versions, starts) = (columns.get::<UInt64Array>("version")?, columns.get::<UInt64Array>("start_unix_nanos")?);
    let raws = columns.bytes("raw")?;
    let place = |row| SpanPlace {
        project: names.of(projects.text(row)),
        trace_id: trace_ids.value(row).try_into().expect("the column has the width of a trace id"),
        span_id: span_ids.value(row).try_into().expect("the column has the width of a span id"),
        start_unix_nanos: starts.value(row),
        bytes: raws.length(row..row + 1),
        version: versions.value(row),
        position: (index, row),
    };
    Ok((0..batch.num_rows()).map(place).collect())
}

fn fold(batches: &[RecordBatch], versions: &[SpanPlace]) -> Result<SpanRow, StoreError> {
    let positions: Vec<_> = versions.iter().map(|place| place.position).collect();
    let batch = gather(batches, &positions)?;
    let mut stored = rows_from_batch(&batch)?;
    for (stored, raw) in stored.iter_mut().zip(raws_from_batch(&batch)?) {
        stored.span.raw = Some(raw);
    }
    let merged = merge_versions(stored).expect("a run has at least one version");
    let row = span_row(&Projects::new(&batch)?.slug(0)?, merged.span, &mut SenderBytes::default())?;
    Ok(SpanRow { version: merged.version, is_update: merged.is_update, ..row })
}

/// A log row and what it is sorted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogPlace {
    pub(super) project: Arc<str>,
    pub(super) trace_id: Option<[u8; 16]>,
    pub(super) time_unix_nanos: u64,
    pub(super) bytes: usize,
    version: u64,
    pub(super) position: Position,
}

/// Sorts logs by project, trace (those without one last), time and order of arrival.
pub(super) fn sorted_logs(shared: &SharedBatches) -> Result<Sorted<LogPlace>, StoreError> {
    let batches: Vec<RecordBatch> = shared.iter().map(|batch| batch.as_ref().clone()).collect();
    let (mut places, mut names) = (Vec::new(), Names::default());
    for (index, batch) in batches.iter().enumerate() {
        let columns = Columns(batch);
        let projects = Projects::new(batch)?;
        let (trace_ids, raws) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.bytes("raw")?);
        let (versions, times) = (columns.get::<UInt64Array>("version")?, columns.get::<UInt64Array>("time_unix_nanos")?);
        places.extend((0..batch.num_rows()).map(|row| LogPlace {
            project: names.of(projects.text(row)),
            trace_id: trace_ids.is_valid(row).then(|| trace_ids.value(row).try_into().expect("the column has the width of a trace id")),
            time_unix_nanos: times.value(row),
            bytes: raws.length(row..row + 1),
            version: versions.value(row),
            position: (index, row),
        }));
    }
    let order = |place: &LogPlace| (place.trace_id.is_none(), place.trace_id, place.time_unix_nanos, place.version);
    places.sort_unstable_by(|a, b| a.project.cmp(&b.project).then(order(a).cmp(&order(b))));
    Ok(Sorted { batches, places })
}

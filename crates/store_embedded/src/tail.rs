//! The newest rows, in memory: visible at once, durable by the write-ahead log, not yet in a segment.

mod table;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, RecordBatch, StringArray};
use model::{ProjectSlug, SpanId, TraceId};
use store::{Ledger, StoreError};

pub(crate) use table::{Located, Table};

use crate::claims::{ClaimColumns, entry_of_trace};
use crate::contents::{Contents, Map};
use crate::keys::{ContentHash, RecordKey, RecordKind, SpanKey, content_record_key, span_record_key};
use crate::limits;
use crate::rows::{Columns, TableBatches};
use crate::wal::Record;

/// Rows since the last flush, and what is needed to find them and to know them again.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    pub(crate) spans: Table,
    pub(crate) logs: Table,
    pub(crate) points: Table,
    /// Every content seen under a key; under a claim, the trace that bills the call.
    contents: Contents,
    spans_by_trace: Map<TraceId, Vec<u32>>,
    logs_by_trace: Map<TraceId, Vec<u32>>,
    /// Spans with a version that is not the first, of any project.
    updated_spans: HashSet<SpanKey>,
    /// Traces that have records elsewhere too: in a segment, or in the tail before.
    loose_traces: HashSet<TraceId>,
    /// By minute of receipt.
    ledger: BTreeMap<u64, Ledger>,
    sequence_last: u64,
}

impl Tail {
    pub(crate) fn starting_at(sequence_last: u64) -> Self {
        Self { sequence_last, ..Self::default() }
    }

    /// Takes in what the write-ahead log holds.
    pub(crate) fn publish(&mut self, record: &Record) -> Result<(), StoreError> {
        let TableBatches { spans, logs, points } = &record.batches;
        if let Some(batch) = spans {
            self.publish_spans(batch)?;
        }
        if let Some(batch) = logs {
            self.publish_logs(batch)?;
        }
        if let Some(batch) = points {
            self.remember_contents(batch, RecordKind::Point)?;
            self.points.push(batch)?;
        }
        for delta in &record.head.ledger {
            self.ledger.entry(delta.minute_unix).or_default().add(&delta.ledger());
        }
        self.sequence_last = record.head.sequence_last;
        Ok(())
    }

    fn publish_spans(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let columns = Columns(batch);
        let mut projects = Slugs::new(batch)?;
        let (trace_ids, span_ids) = (columns.get::<FixedSizeBinaryArray>("trace_id")?, columns.get::<FixedSizeBinaryArray>("span_id")?);
        let hashes = columns.get::<FixedSizeBinaryArray>("content_hash")?;
        let updates = columns.get::<BooleanArray>("is_update")?;
        let claims = ClaimColumns::new(batch)?;
        let first = self.spans.rows() as u32;
        for row in 0..batch.num_rows() {
            let span = span_key(trace_ids.value(row), span_ids.value(row))?;
            let project = projects.slug(row)?;
            let key = span_record_key(project, span);
            self.contents.insert(key, hash_from_bytes(hashes.value(row))?);
            self.spans_by_trace.entry(span.trace_id).or_default().push(first + row as u32);
            if updates.value(row) {
                self.updated_spans.insert(span);
            }
            if let Some(claim) = claims.claim(row, project) {
                self.remember_claim(claim, span.trace_id);
            }
        }
        self.spans.push(batch)
    }

    fn publish_logs(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.remember_contents(batch, RecordKind::Log)?;
        let trace_ids = Columns(batch).get::<FixedSizeBinaryArray>("trace_id")?;
        let first = self.logs.rows() as u32;
        for row in (0..batch.num_rows()).filter(|row| trace_ids.is_valid(*row)) {
            let trace_id = TraceId::from_bytes(trace_ids.value(row)).map_err(|error| StoreError::Damaged(error.to_string()))?;
            self.logs_by_trace.entry(trace_id).or_default().push(first + row as u32);
        }
        self.logs.push(batch)
    }

    /// The first trace keeps it: rows of a version that knew no claims may tell it twice.
    fn remember_claim(&mut self, claim: RecordKey, trace_id: TraceId) {
        if self.contents.first(claim).is_none() {
            self.contents.insert(claim, entry_of_trace(trace_id));
        }
    }

    fn remember_contents(&mut self, batch: &RecordBatch, kind: RecordKind) -> Result<(), StoreError> {
        let mut projects = Slugs::new(batch)?;
        let hashes = Columns(batch).get::<FixedSizeBinaryArray>("content_hash")?;
        for row in 0..batch.num_rows() {
            let hash = hash_from_bytes(hashes.value(row))?;
            self.contents.insert(content_record_key(kind, projects.slug(row)?, hash), hash);
        }
        Ok(())
    }

    /// Every content seen, by key.
    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// The span rows of some traces, of all projects.
    pub(crate) fn locate_spans(&self, trace_ids: &[TraceId]) -> Located {
        self.spans.locate(trace_ids.iter().filter_map(|trace_id| self.spans_by_trace.get(trace_id)).flatten())
    }

    /// The log rows of some traces, of all projects.
    pub(crate) fn locate_logs(&self, trace_ids: &[TraceId]) -> Located {
        self.logs.locate(trace_ids.iter().filter_map(|trace_id| self.logs_by_trace.get(trace_id)).flatten())
    }

    /// Notes that a trace has records elsewhere too.
    pub(crate) fn note_loose(&mut self, trace_id: TraceId) {
        self.loose_traces.insert(trace_id);
    }

    pub(crate) fn loose_traces(&self) -> &HashSet<TraceId> {
        &self.loose_traces
    }

    pub(crate) fn has_trace(&self, trace_id: TraceId) -> bool {
        self.spans_by_trace.contains_key(&trace_id) || self.logs_by_trace.contains_key(&trace_id)
    }

    /// The traces that have spans here.
    pub(crate) fn traces_with_spans(&self) -> impl Iterator<Item = TraceId> {
        self.spans_by_trace.keys().copied()
    }

    pub(crate) fn updated_spans(&self) -> &HashSet<SpanKey> {
        &self.updated_spans
    }

    pub(crate) fn ledger(&self) -> &BTreeMap<u64, Ledger> {
        &self.ledger
    }

    pub(crate) fn bytes(&self) -> u64 {
        let columns = self.spans.bytes() + self.logs.bytes() + self.points.bytes();
        columns as u64 + self.rows() * limits::TAIL_ROW_OVERHEAD_BYTES
    }

    pub(crate) fn rows(&self) -> u64 {
        (self.spans.rows() + self.logs.rows() + self.points.rows()) as u64
    }

    pub(crate) fn sequence_last(&self) -> u64 {
        self.sequence_last
    }

    /// Whether there is nothing to flush, not even a count.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows() == 0 && self.ledger.is_empty()
    }
}

/// The project of every row; most batches have one.
pub(crate) struct Projects<'a>(&'a StringArray);

impl<'a> Projects<'a> {
    pub(crate) fn new(batch: &'a RecordBatch) -> Result<Self, StoreError> {
        Ok(Self(Columns(batch).get::<StringArray>("project")?))
    }

    pub(crate) fn text(&self, row: usize) -> &'a str {
        self.0.value(row)
    }

    pub(crate) fn slug(&self, row: usize) -> Result<ProjectSlug, StoreError> {
        self.0.value(row).parse().map_err(|error: model::IdError| StoreError::Damaged(error.to_string()))
    }
}

/// The project of one row after the other: a slug is made where it is another than that of the row before.
struct Slugs<'a> {
    projects: Projects<'a>,
    last: Option<ProjectSlug>,
}

impl<'a> Slugs<'a> {
    fn new(batch: &'a RecordBatch) -> Result<Self, StoreError> {
        Ok(Self { projects: Projects::new(batch)?, last: None })
    }

    fn slug(&mut self, row: usize) -> Result<&ProjectSlug, StoreError> {
        let last = match self.last.take() {
            Some(last) if last.as_str() == self.projects.text(row) => last,
            _ => self.projects.slug(row)?,
        };
        Ok(self.last.insert(last))
    }
}

pub(crate) fn span_key(trace_id: &[u8], span_id: &[u8]) -> Result<SpanKey, StoreError> {
    let damaged = |error: model::IdError| StoreError::Damaged(error.to_string());
    Ok(SpanKey { trace_id: TraceId::from_bytes(trace_id).map_err(damaged)?, span_id: SpanId::from_bytes(span_id).map_err(damaged)? })
}

pub(crate) fn hash_from_bytes(bytes: &[u8]) -> Result<ContentHash, StoreError> {
    let bytes = bytes.try_into().map_err(|_| StoreError::Damaged(format!("a content hash of {} bytes", bytes.len())))?;
    Ok(ContentHash(u128::from_be_bytes(bytes)))
}

/// Batches shared with whoever reads them.
pub(crate) type SharedBatches = Vec<Arc<RecordBatch>>;

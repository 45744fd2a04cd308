//! Records as rows of Arrow batches, the one form they have in the log, in memory and in segments.

pub(crate) mod columns;

pub(crate) mod logs;
pub(crate) mod points;
pub(crate) mod spans;
pub(crate) mod traces;

pub(crate) use columns::{Columns, conform};
pub(crate) use logs::LogRow;
pub(crate) use points::PointRow;
pub(crate) use spans::SpanRow;

use std::collections::BTreeSet;

use datafusion::arrow::array::{FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use model::TraceId;
use store::StoreError;

/// Version of the columns; raised when one changes its meaning or type. A new column needs no new version.
pub(crate) const ROW_FORMAT_VERSION: u32 = 1;

/// Format of what is made of rows and kept beside them: tables of traces, and spans as they are understood.
pub(crate) const TABLES_FORMAT_VERSION: u32 = 1;

/// Who sent a record, as stored: encoded once for all rows that share it.
pub(crate) type SharedBytes = std::sync::Arc<[u8]>;

/// Rows of the three tables; a table without rows has none.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableBatches {
    pub(crate) spans: Option<RecordBatch>,
    pub(crate) logs: Option<RecordBatch>,
    pub(crate) points: Option<RecordBatch>,
}

impl TableBatches {
    pub(crate) fn from_rows(spans: &[SpanRow], logs: &[LogRow], points: &[PointRow]) -> Result<Self, StoreError> {
        Ok(Self {
            spans: (!spans.is_empty()).then(|| spans::batch_from_rows(spans)).transpose()?,
            logs: (!logs.is_empty()).then(|| logs::batch_from_rows(logs)).transpose()?,
            points: (!points.is_empty()).then(|| points::batch_from_rows(points)).transpose()?,
        })
    }

    /// The batches in the order of `schemas`.
    pub(crate) fn tables(&self) -> [Option<&RecordBatch>; 3] {
        [self.spans.as_ref(), self.logs.as_ref(), self.points.as_ref()]
    }

    pub(crate) fn from_tables([spans, logs, points]: [Option<RecordBatch>; 3]) -> Self {
        Self { spans, logs, points }
    }

    /// The traces of the spans and logs, each once.
    pub(crate) fn trace_ids(&self) -> Result<BTreeSet<TraceId>, StoreError> {
        let mut trace_ids = BTreeSet::new();
        for batch in [&self.spans, &self.logs].into_iter().flatten() {
            let column = Columns(batch).get::<FixedSizeBinaryArray>("trace_id")?;
            for id in column.iter().flatten() {
                trace_ids.insert(TraceId::from_bytes(id).map_err(|error| StoreError::Damaged(error.to_string()))?);
            }
        }
        Ok(trace_ids)
    }
}

/// The schemas of spans, logs and points.
pub(crate) fn schemas() -> [SchemaRef; 3] {
    [spans::schema(), logs::schema(), points::schema()]
}

/// The bytes the rows of a batch take, whatever larger buffers they are slices of.
pub(crate) fn bytes_of_batch(batch: &RecordBatch) -> usize {
    // A buffer that cannot be measured would be one of a type the tables do not have.
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or(0)).sum()
}

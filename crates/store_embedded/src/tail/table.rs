//! Rows of one table in order of arrival, in few batches.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::{concat_batches, interleave_record_batch};
use store::StoreError;

use super::SharedBatches;
use crate::limits;
use crate::rows::bytes_of_batch;

/// A row keeps its number when batches are merged.
#[derive(Debug, Default)]
pub(crate) struct Table {
    batches: Vec<TableBatch>,
    rows: usize,
}

#[derive(Debug)]
struct TableBatch {
    row_first: usize,
    bytes: usize,
    batch: Arc<RecordBatch>,
}

impl Table {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn batches(&self) -> SharedBatches {
        self.batches.iter().map(|batch| Arc::clone(&batch.batch)).collect()
    }

    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        self.batches.push(TableBatch { row_first: self.rows, bytes: bytes_of_batch(batch), batch: Arc::new(batch.clone()) });
        self.rows += batch.num_rows();
        while let [.., older, newer] = self.batches.as_slice()
            && belong_together(older, newer)
        {
            self.merge_last_two()?;
        }
        Ok(())
    }

    fn merge_last_two(&mut self) -> Result<(), StoreError> {
        let [.., older, newer] = self.batches.as_slice() else {
            return Ok(());
        };
        let merged = concat_batches(older.batch.schema_ref(), [older.batch.as_ref(), newer.batch.as_ref()])
            .map_err(|source| StoreError::failed("failed to merge batches in memory", source))?;
        let merged = TableBatch { row_first: older.row_first, bytes: older.bytes + newer.bytes, batch: Arc::new(merged) };
        self.batches.truncate(self.batches.len() - 2);
        self.batches.push(merged);
        Ok(())
    }

    /// Finds rows by their numbers.
    pub(super) fn locate<'a>(&self, rows: impl Iterator<Item = &'a u32>) -> Located {
        let position = |row: &u32| {
            let row = *row as usize;
            let batch = self.batches.partition_point(|batch| batch.row_first <= row) - 1;
            (batch, row - self.batches[batch].row_first)
        };
        Located { positions: rows.map(position).collect(), batches: self.batches() }
    }
}

/// Sizes double from batch to batch, so that a row is copied a logarithmic number of times.
fn belong_together(older: &TableBatch, newer: &TableBatch) -> bool {
    let rows = older.batch.num_rows() + newer.batch.num_rows();
    older.batch.num_rows() < 2 * newer.batch.num_rows()
        && rows <= limits::TAIL_BATCH_ROWS
        && older.bytes + newer.bytes <= limits::TAIL_BATCH_BYTES
}

/// Rows found; copied together only when asked for, so that no lock is held meanwhile.
#[derive(Debug)]
pub(crate) struct Located {
    positions: Vec<(usize, usize)>,
    batches: SharedBatches,
}

impl Located {
    /// Copies the rows into one batch; None where there are none.
    pub(crate) fn gather(&self) -> Result<Option<RecordBatch>, StoreError> {
        if self.positions.is_empty() {
            return Ok(None);
        }
        let batches: Vec<_> = self.batches.iter().map(Arc::as_ref).collect();
        let gathered = interleave_record_batch(&batches, &self.positions);
        gathered.map(Some).map_err(|source| StoreError::failed("failed to gather rows in memory", source))
    }
}

//! Rows of one table in order of arrival, in few batches.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use store::StoreError;

use super::SharedBatches;
use crate::limits;
use crate::rows::bytes_of_batch;
use crate::rows::columns::gather_rows;

/// A row keeps its number when batches are merged.
#[derive(Debug, Default)]
pub(crate) struct Table {
    batches: Vec<TableBatch>,
    rows: usize,
    bytes: usize,
}

#[derive(Debug)]
struct TableBatch {
    row_first: usize,
    bytes: usize,
    /// How often its rows were copied together.
    merges: u32,
    batch: Arc<RecordBatch>,
}

impl Table {
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Of the columns.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn batches(&self) -> SharedBatches {
        self.batches.iter().map(|batch| Arc::clone(&batch.batch)).collect()
    }

    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<(), StoreError> {
        let bytes = bytes_of_batch(batch);
        self.batches.push(TableBatch { row_first: self.rows, bytes, merges: 0, batch: Arc::new(batch.clone()) });
        self.rows += batch.num_rows();
        self.bytes += bytes;
        while let Some(together) = self.batches.last_chunk().and_then(|last| merged(last).transpose()) {
            self.batches.truncate(self.batches.len() - BATCHES_MERGED);
            self.batches.push(together?);
        }
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

/// So many batches that were merged as often become one: few copies of a row, and few batches for a scan.
const BATCHES_MERGED: usize = 8;

/// Copies batches into one; None where they do not belong together, or together would be too large.
fn merged(batches: &[TableBatch; BATCHES_MERGED]) -> Result<Option<TableBatch>, StoreError> {
    let [first, ..] = batches;
    let rows = batches.iter().map(|batch| batch.batch.num_rows()).sum::<usize>();
    let bytes = batches.iter().map(|batch| batch.bytes).sum::<usize>();
    let are_of_a_kind = batches.iter().all(|batch| batch.merges == first.merges);
    if !are_of_a_kind || rows > limits::TAIL_BATCH_ROWS || bytes > limits::TAIL_BATCH_BYTES {
        return Ok(None);
    }
    let merged = concat_batches(first.batch.schema_ref(), batches.iter().map(|batch| batch.batch.as_ref()))
        .map_err(|source| StoreError::failed("failed to merge batches in memory", source))?;
    Ok(Some(TableBatch { row_first: first.row_first, bytes, merges: first.merges + 1, batch: Arc::new(merged) }))
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
        let gathered = gather_rows(&batches, &self.positions);
        gathered.map(Some).map_err(|source| StoreError::failed("failed to gather rows in memory", source))
    }
}

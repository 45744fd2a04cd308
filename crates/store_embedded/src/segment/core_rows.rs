//! Where the core columns of a segment are found while what is known of its traces is written.

use datafusion::arrow::array::RecordBatch;
use store::StoreError;

use super::read::Segment;

/// The place.
pub(super) enum CoreRows {
    /// What was just written is still in memory.
    Here(Vec<RecordBatch>),
    InFile,
}

impl CoreRows {
    /// The rows, in pieces.
    pub(super) fn batches<'a>(
        &'a self,
        segment: &'a Segment,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + 'a>, StoreError> {
        Ok(match self {
            Self::Here(batches) => Box::new(batches.iter().flat_map(pieces).map(Ok)),
            Self::InFile => Box::new(segment.core.read_all(PIECE_ROWS)?),
        })
    }
}

/// Rows that become spans together: each column walks over all of these spans, which a cache near the processor is to hold.
pub(super) const PIECE_ROWS: usize = 512;

fn pieces(batch: &RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let starts = (0..batch.num_rows()).step_by(PIECE_ROWS);
    starts.map(|start| batch.slice(start, PIECE_ROWS.min(batch.num_rows() - start)))
}

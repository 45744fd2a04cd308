//! Where the core columns of a segment are found while what is known of its traces is written.

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use store::StoreError;

use super::read::Segment;
use crate::limits;

/// The place.
pub(super) enum CoreRows {
    /// What was just written is still in memory.
    Here(Vec<RecordBatch>),
    InFile,
}

impl CoreRows {
    pub(super) fn batches<'a>(
        &'a self,
        segment: &'a Segment,
    ) -> Result<Box<dyn Iterator<Item = Result<RecordBatch, StoreError>> + 'a>, StoreError> {
        Ok(match self {
            Self::Here(batches) => Box::new(batches.iter().cloned().map(Ok)),
            Self::InFile => Box::new(segment.core.read_all(limits::READ_BATCH_ROWS)?),
        })
    }

    /// One column of all rows, in parts; None where the segment is of a version that did not have it.
    pub(super) fn column(&self, segment: &Segment, name: &str) -> Result<Option<Vec<ArrayRef>>, StoreError> {
        match self {
            Self::Here(batches) => Ok(batches.iter().map(|batch| batch.column_by_name(name).cloned()).collect()),
            Self::InFile if segment.core.has_column(name)? => {
                Ok(Some(vec![segment.core.read_column(name, &(0..segment.description.span_rows))?]))
            }
            Self::InFile => Ok(None),
        }
    }
}

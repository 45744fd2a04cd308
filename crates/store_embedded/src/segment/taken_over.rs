//! What segments know of traces and is taken over into another one.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use store::StoreError;

use super::doomed::Doomed;
use super::read::Segment;
use super::trace_places::TraceName;
use super::writer::id_at;
use crate::tail::Projects;

/// The tables there are, and what is not taken over from them.
pub(super) struct Tables<'a> {
    pub(super) inputs: &'a [Arc<Segment>],
    pub(super) doomed: &'a Doomed,
    /// Traces of which several of the segments have records: they are understood anew.
    pub(super) mixed: &'a BTreeSet<TraceName>,
}

impl Tables<'_> {
    /// Leaves out the rows of traces that are understood anew, and of those that go.
    pub(super) fn taken_over(&self, batch: &RecordBatch) -> Result<RecordBatch, StoreError> {
        let (projects, trace_ids) = (Projects::new(batch)?, column(batch, "trace_id")?);
        let trace_ids = trace_ids.as_fixed_size_binary();
        let is_kept = |row| {
            let (project, trace_id) = (projects.text(row), id_at(trace_ids, row));
            let is_mixed = !self.mixed.is_empty() && self.mixed.contains(&(project.to_owned(), *trace_id));
            Some(!is_mixed && !self.doomed.has_trace(project, trace_id))
        };
        let kept: BooleanArray = (0..batch.num_rows()).map(is_kept).collect();
        filter_record_batch(batch, &kept).map_err(|source| StoreError::failed("failed to leave traces out", source))
    }
}

pub(super) fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, StoreError> {
    batch.column_by_name(name).ok_or_else(|| StoreError::Damaged(format!("a table of traces has no column `{name}`")))
}

//! Merges small segments into larger ones, so that a question has few to look into.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use model::TraceId;
use store::{StoreError, Understand};

use super::combine::{Combine, combine};
use super::description::Description;
use super::doomed::Doomed;
use super::read::Segment;
use crate::limits::MERGE_BYTES_MAX;

/// Chooses neighbours of one level, the oldest first; none where there is nothing worth the work.
///
/// Neighbours only: versions of a span are merged in their order, and a version in a segment between would be overtaken.
pub(crate) fn to_merge(segments: &[Arc<Segment>], count: usize) -> Option<Vec<Arc<Segment>>> {
    // What is large stays: merging it would cost more memory than it saves time.
    let is_small = |segment: &Arc<Segment>| segment.bytes() <= MERGE_BYTES_MAX / count as u64;
    let belong_together = |a: &Arc<Segment>, b: &Arc<Segment>| a.description.level == b.description.level && is_small(a) && is_small(b);
    let run = segments.chunk_by(belong_together).find(|run| run.len() >= count)?;
    Some(run[..count].to_vec())
}

/// Writes the rows of segments as one segment, versions of a span folded. Nothing changes until the manifest names it.
///
/// Of their loose traces those stay loose that have records in one of the older segments.
pub(crate) fn merge(
    directory: &Path,
    id: u64,
    segments: &[Arc<Segment>],
    older: &[Arc<Segment>],
    understand: &dyn Understand,
) -> Result<Description, StoreError> {
    let loose: BTreeSet<TraceId> = segments.iter().flat_map(|segment| &segment.loose_traces).copied().collect();
    let level = segments.iter().map(|segment| segment.description.level).max().unwrap_or_default() + 1;
    let loose_traces = loose.into_iter().filter(|trace_id| has_trace(older, *trace_id)).collect();
    let request = Combine { inputs: segments, level, loose_traces, doomed: &Doomed::default(), understand };
    combine(directory, id, &request).map(|(description, _)| description)
}

/// Whether one of the segments has records of a trace; one whose index cannot be read may have.
pub(crate) fn has_trace(segments: &[Arc<Segment>], trace_id: TraceId) -> bool {
    segments.iter().any(|segment| segment.rows_of_trace(trace_id).map_or(true, |rows| !rows.is_empty()))
}

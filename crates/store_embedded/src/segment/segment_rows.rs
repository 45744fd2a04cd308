//! What a segment is made of.

use model::TraceId;

use crate::keys::{ContentHash, RecordKey};
use crate::tail::{SharedBatches, Tail};

/// What becomes a segment: the rows of a tail, or of several segments.
#[derive(Debug, Default)]
pub(crate) struct SegmentRows {
    pub(crate) spans: SharedBatches,
    pub(crate) logs: SharedBatches,
    pub(crate) points: SharedBatches,
    /// Traces that have records in an older segment too.
    pub(crate) loose_traces: Vec<TraceId>,
    /// Every record seen, with all its contents, and claims; more than rows, for folded versions leave theirs.
    pub(crate) contents: Vec<(RecordKey, ContentHash)>,
    pub(crate) sequence_last: u64,
}

impl SegmentRows {
    pub(crate) fn of_tail(tail: &Tail) -> Self {
        Self {
            spans: tail.spans.batches(),
            logs: tail.logs.batches(),
            points: tail.points.batches(),
            loose_traces: tail.loose_traces().iter().copied().collect(),
            contents: tail.contents().iter().collect(),
            sequence_last: tail.sequence_last(),
        }
    }
}

//! One state of the store, for as long as a question takes.

use std::collections::HashSet;
use std::sync::Arc;

use model::{ProjectSlug, TraceId};
use store::{Order, TimeRange};

use crate::engine::{Engine, Shared};
use crate::keys::SpanKey;
use crate::segment::Segment;
use crate::tail::SharedBatches;

/// Batches of the tails and the segments of one moment.
pub(crate) struct Snapshot {
    pub(super) spans: SharedBatches,
    pub(super) logs: SharedBatches,
    pub(super) points: SharedBatches,
    pub(super) segments: Arc<Vec<Arc<Segment>>>,
    /// Spans with more than one version, in the tails or across segments.
    pub(super) updated_spans: HashSet<SpanKey>,
    /// Traces that have records in several places.
    pub(super) loose_traces: HashSet<TraceId>,
    /// These, and those that are in memory: no single segment knows them whole.
    pub(super) traces_apart: HashSet<TraceId>,
    /// Those of them that have no records in memory: what they are stays while the segments do.
    pub(super) traces_settled: HashSet<TraceId>,
}

impl Snapshot {
    pub(crate) fn new(shared: &Shared) -> Self {
        let in_segments = || shared.segments.iter().flat_map(|segment| &segment.loose_traces);
        let loose_traces: HashSet<_> = shared.tails().flat_map(|tail| tail.loose_traces()).chain(in_segments()).copied().collect();
        let is_settled = |id: &&TraceId| !shared.tails().any(|tail| tail.has_trace(**id));
        let in_memory = shared.tails().flat_map(|tail| tail.traces_with_spans());
        Self {
            traces_settled: in_segments().filter(is_settled).copied().collect(),
            traces_apart: in_memory.chain(loose_traces.iter().copied()).collect(),
            loose_traces,
            spans: shared.tails().flat_map(|tail| tail.spans.batches()).collect(),
            logs: shared.tails().flat_map(|tail| tail.logs.batches()).collect(),
            points: shared.tails().flat_map(|tail| tail.points.batches()).collect(),
            segments: Arc::clone(&shared.segments),
            updated_spans: updated_spans_of(shared),
        }
    }

    /// The segments that may have spans of a range, with the first and last start of their spans, in the order in which a list meets them.
    pub(super) fn segments_in(&self, order: Order, range: TimeRange) -> Vec<(&Arc<Segment>, (u64, u64))> {
        let with_spans = self.segments.iter().filter_map(|segment| Some((segment, segment.description.start_unix_nanos?)));
        let mut segments: Vec<_> = with_spans.filter(|(_, (first, last))| range.meets(*first, *last)).collect();
        match order {
            Order::Descending => segments.sort_by_key(|(_, (_, last))| std::cmp::Reverse(*last)),
            Order::Ascending => segments.sort_by_key(|(_, (first, _))| *first),
        }
        segments
    }

    /// Those traces apart that rows in memory alone do not tell: they have records elsewhere, or spans with several versions.
    pub(super) fn traces_beyond_rows_in_memory(&self) -> HashSet<TraceId> {
        let updated = self.updated_spans.iter().map(|span| span.trace_id).filter(|id| self.traces_apart.contains(id));
        self.loose_traces.iter().copied().chain(updated).collect()
    }

    /// Whether a trace, by the bytes of its id, is in memory or in several places.
    pub(super) fn is_apart(&self, trace_id: &[u8; 16]) -> bool {
        !self.traces_apart.is_empty() && TraceId::from_bytes(trace_id).is_ok_and(|id| self.traces_apart.contains(&id))
    }

    pub(super) fn segment(&self, id: u64) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.description.id == id).map(AsRef::as_ref)
    }

    pub(super) fn segment_ids(&self) -> HashSet<u64> {
        self.segments.iter().map(|segment| segment.description.id).collect()
    }

    /// Tells this set of loose traces from others.
    pub(super) fn loose_traces_hash(&self) -> u128 {
        hash_of_traces(&self.loose_traces)
    }

    /// The number of the newest segment; 0 where there is none.
    pub(super) fn newest_segment(&self) -> u64 {
        self.segments.last().map_or(0, |segment| segment.description.id)
    }

    /// Tells what settled traces are from what they were with other segments.
    pub(super) fn settled_hash(&self) -> (u128, Vec<u64>) {
        (hash_of_traces(&self.traces_settled), self.segments.iter().map(|segment| segment.description.id).collect())
    }

    /// The files of core columns that have spans of a project.
    pub(super) fn core_files(&self, project: &ProjectSlug) -> Vec<String> {
        let has_spans = |segment: &&Arc<Segment>| segment.description.project(project).is_some_and(|(_, rows)| !rows.spans.is_empty());
        self.segments.iter().filter(has_spans).map(|segment| segment.core.path().to_string_lossy().into_owned()).collect()
    }
}

fn hash_of_traces(traces: &HashSet<TraceId>) -> u128 {
    let hash = |id: &TraceId| xxhash_rust::xxh3::xxh3_128(id.as_bytes());
    traces.iter().map(hash).fold(0, u128::wrapping_add)
}

/// Spans with more than one version, in the tails or across segments.
pub(crate) fn updated_spans(engine: &Engine) -> HashSet<SpanKey> {
    updated_spans_of(&engine.read())
}

fn updated_spans_of(shared: &Shared) -> HashSet<SpanKey> {
    let in_segments = shared.segments.iter().flat_map(|segment| &segment.updated_spans);
    shared.tails().flat_map(|tail| tail.updated_spans()).chain(in_segments).copied().collect()
}

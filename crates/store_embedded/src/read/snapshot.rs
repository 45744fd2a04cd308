//! One state of the store, for as long as a question takes.

use std::collections::HashSet;
use std::sync::Arc;

use model::ProjectSlug;

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
}

impl Snapshot {
    pub(crate) fn new(shared: &Shared) -> Self {
        Self {
            spans: shared.tails().flat_map(|tail| tail.spans.batches()).collect(),
            logs: shared.tails().flat_map(|tail| tail.logs.batches()).collect(),
            points: shared.tails().flat_map(|tail| tail.points.batches()).collect(),
            segments: Arc::clone(&shared.segments),
            updated_spans: updated_spans_of(shared),
        }
    }

    /// The files of core columns that have spans of a project.
    pub(super) fn core_files(&self, project: &ProjectSlug) -> Vec<String> {
        let has_spans = |segment: &&Arc<Segment>| segment.description.project(project).is_some_and(|(_, rows)| !rows.spans.is_empty());
        self.segments.iter().filter(has_spans).map(|segment| segment.core.path().to_string_lossy().into_owned()).collect()
    }
}

/// Spans with more than one version, in the tails or across segments.
pub(crate) fn updated_spans(engine: &Engine) -> HashSet<SpanKey> {
    updated_spans_of(&engine.read())
}

fn updated_spans_of(shared: &Shared) -> HashSet<SpanKey> {
    let in_segments = shared.segments.iter().flat_map(|segment| &segment.updated_spans);
    shared.tails().flat_map(|tail| tail.updated_spans()).chain(in_segments).copied().collect()
}

//! Whether a trace has ended, and how. Without a clock: who asks compares the last sign of life with the time.

use model::{ObservationType, Span, SpanStatus};

use super::placeholders::{Placeholder, is_pending};
use super::tree::Tree;

/// The span that names no parent; the first to start where there are several.
pub(super) fn root_of(tree: &Tree) -> Option<&Span> {
    tree.spans.iter().find(|span| span.parent_span_id.is_none() && !is_pending(span))
}

/// The root, else what was sent in advance of it, else the first span that hangs under nothing known, shown ones first.
pub(super) fn top_of<'a>(tree: &'a Tree, placeholders: &[Placeholder]) -> Option<&'a Span> {
    let announced = || {
        let root = placeholders.iter().find(|placeholder| placeholder.is_root)?;
        tree.positions.get(&root.pending_span_id?).map(|at| &tree.spans[*at])
    };
    let orphan = || (0..tree.spans.len()).filter(|at| tree.parents[*at].is_none()).min_by_key(|at| (!tree.is_shown(*at), *at));
    root_of(tree).or_else(announced).or_else(|| orphan().map(|at| &tree.spans[at]))
}

/// The root's status, and `running` while it has not come or something is known to run.
///
/// A failed root has failed whatever still runs.
/// A parent that is merely missing keeps no trace running whose root has ended: senders drop spans.
pub(super) fn status_of(tree: &Tree, placeholders: &[Placeholder], root: Option<&Span>) -> SpanStatus {
    match root {
        Some(root) if root.status == SpanStatus::Error => SpanStatus::Error,
        Some(root) if root.is_running() || something_runs(tree, placeholders) => SpanStatus::Running,
        Some(root) => root.status,
        None if tree.spans.is_empty() => SpanStatus::Unset,
        // An agent lives on after a tool that failed.
        None if tops(tree).any(|span| span.status == SpanStatus::Error && span.observation_type != ObservationType::Tool) => {
            SpanStatus::Error
        }
        None => SpanStatus::Running,
    }
}

/// Whether a span has been seen to start and not to end.
fn something_runs(tree: &Tree, placeholders: &[Placeholder]) -> bool {
    let announced = placeholders.iter().any(|placeholder| placeholder.pending_span_id.is_some());
    announced || tree.spans.iter().any(|span| span.is_running() && !is_pending(span))
}

fn tops(tree: &Tree) -> impl Iterator<Item = &Span> {
    (0..tree.spans.len()).filter(|at| tree.parents[*at].is_none()).map(|at| &tree.spans[at])
}

/// Start, duration and last sign of life of a trace.
pub(super) struct Extent {
    pub(super) start_unix_nanos: u64,
    pub(super) duration_nanos: Option<u64>,
    pub(super) last_seen_unix_nanos: u64,
}

/// From the first start, for as long as the root took; where the trace ended without a root, until the last end.
pub(super) fn extent(tree: &Tree, root: Option<&Span>, status: SpanStatus) -> Extent {
    let start = tree.spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or(0);
    let last_end = tree.spans.iter().map(|span| span.end_unix_nanos).max().unwrap_or(0);
    let last_start = tree.spans.iter().map(|span| span.start_unix_nanos).max().unwrap_or(0);
    let is_running = status == SpanStatus::Running || tree.spans.iter().any(Span::is_running);
    let without_root = || (!is_running).then(|| last_end.saturating_sub(start));
    Extent {
        start_unix_nanos: start,
        duration_nanos: root.map_or_else(without_root, Span::duration_nanos),
        last_seen_unix_nanos: last_end.max(last_start),
    }
}

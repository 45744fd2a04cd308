//! Folding, finally: what the tree shows although it looks like noise.

use model::{SpanStatus, Visibility};

use super::placeholders::is_pending;
use super::tree::Tree;

/// Settles visibility: roots are boundaries and stay, and an error that nobody else shows is shown.
pub(super) fn settle(tree: &mut Tree) {
    for at in 0..tree.spans.len() {
        let span = &mut tree.spans[at];
        if span.parent_span_id.is_none() && span.visibility == Visibility::Infra {
            span.visibility = Visibility::App;
        }
    }
    show_lonely_errors(tree);
    show_something(tree);
}

fn show_lonely_errors(tree: &mut Tree) {
    let shows_error = |tree: &Tree, at: usize| tree.is_shown(at) && tree.spans[at].status == SpanStatus::Error;
    let shown_below = tree.below(|at| shows_error(tree, at));
    // Parents first: once a folded error is shown, it speaks for those below it.
    let mut shown_above = vec![false; tree.spans.len()];
    for at in tree.order.clone() {
        shown_above[at] = tree.parents[at].is_some_and(|parent| shown_above[parent] || shows_error(tree, parent));
        let span = &mut tree.spans[at];
        let is_folded = matches!(span.visibility, Visibility::Infra | Visibility::Protocol | Visibility::Internal);
        if span.status == SpanStatus::Error && is_folded && !shown_below[at] && !shown_above[at] {
            span.visibility = Visibility::App;
        }
    }
}

/// A trace of nothing but plumbing shows its topmost plumbing.
fn show_something(tree: &mut Tree) {
    if (0..tree.spans.len()).any(|at| tree.is_shown(at)) {
        return;
    }
    for at in 0..tree.spans.len() {
        // A pending span is told by its placeholder.
        if tree.parents[at].is_none() && !is_pending(&tree.spans[at]) {
            tree.spans[at].visibility = Visibility::App;
        }
    }
}

//! Turns made from a log record: a moment as sent, as long as what it did.

use model::{ObservationType, Origin};

use super::tree::Tree;

/// Lets each agent that was made from a log record end with its last descendant.
pub(super) fn end_with_last_act(tree: &mut Tree) {
    let is_turn =
        |tree: &Tree, at: usize| tree.spans[at].origin == Origin::Log && tree.spans[at].observation_type == ObservationType::Agent;
    // Children first: a turn inside a turn has its end before the outer one asks.
    let mut ends: Vec<u64> = tree.spans.iter().map(|span| span.end_unix_nanos).collect();
    for at in tree.order.clone().into_iter().rev() {
        if is_turn(tree, at) && !tree.children[at].is_empty() {
            tree.spans[at].end_unix_nanos = ends[at];
        }
        if let Some(parent) = tree.parents[at] {
            ends[parent] = ends[parent].max(ends[at]);
        }
    }
}

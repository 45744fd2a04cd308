//! One call shown by two instrumentations that stand side by side.
//!
//! An instrumentation that never makes its span the current one leaves the span inside it under the same parent; what is left
//! to tell is time: the one's holds the other's.

use model::{ObservationType, Span, Usage};

use super::{give_way, is_leaf, kept_of, models_agree};
use crate::trace::tree::Tree;

/// Bills a call once that two siblings of different scopes show.
pub(super) fn bill_once(tree: &mut Tree) {
    let mut pairs = Vec::new();
    for children in &tree.children {
        let is_call = |at: &usize| is_leaf(&tree.spans[*at]) && tree.spans[*at].observation_type == ObservationType::Llm;
        let mut calls: Vec<usize> = children.iter().copied().filter(is_call).collect();
        if calls.windows(2).all(|two| tree.spans[two[0]].scope_name == tree.spans[two[1]].scope_name) {
            continue;
        }
        // The outer first where both start at once.
        calls.sort_by_key(|at| (tree.spans[*at].start_unix_nanos, std::cmp::Reverse(tree.spans[*at].end_unix_nanos), *at));
        pair_up(tree, &calls, &mut pairs);
    }
    for (outer, inner) in pairs {
        let kept = kept_of(tree, &[outer, inner]);
        give_way(tree, if kept == outer { inner } else { outer }, kept);
    }
}

/// Gives each call the tightest one around it; each is a view of one other call at most.
fn pair_up(tree: &Tree, calls: &[usize], pairs: &mut Vec<(usize, usize)>) {
    let mut open: Vec<usize> = Vec::new();
    for &inner in calls {
        open.retain(|at| tree.spans[*at].end_unix_nanos >= tree.spans[inner].start_unix_nanos);
        let around = (0..open.len()).filter(|place| is_same_call(&tree.spans[open[*place]], &tree.spans[inner]));
        match around.min_by_key(|place| tree.spans[open[*place]].end_unix_nanos) {
            Some(place) => pairs.push((open.swap_remove(place), inner)),
            None => open.push(inner),
        }
    }
}

fn is_same_call(outer: &Span, inner: &Span) -> bool {
    let agrees = |one: Option<u64>, other: Option<u64>| one.is_none() || other.is_none() || one == other;
    outer.scope_name != inner.scope_name
        && holds(outer, inner)
        && models_agree(outer, inner)
        && outer.status == inner.status
        && (outer.response_id.is_none() || inner.response_id.is_none())
        && agrees(outer.usage.get(Usage::INPUT), inner.usage.get(Usage::INPUT))
}

/// Whether a span lies beside another and within its time.
pub(super) fn is_inside(tree: &Tree, at: usize, outer: usize) -> bool {
    tree.parents[at] == tree.parents[outer] && tree.parents[at].is_some() && holds(&tree.spans[outer], &tree.spans[at])
}

fn holds(outer: &Span, inner: &Span) -> bool {
    inner.end_unix_nanos > 0 && outer.start_unix_nanos <= inner.start_unix_nanos && inner.end_unix_nanos <= outer.end_unix_nanos
}

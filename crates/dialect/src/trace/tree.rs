//! Parents and children as positions in a list, with circles cut. Iterative throughout: traces may be deep.

use std::collections::HashMap;

use model::{Span, SpanId, Visibility};

use super::Node;
use crate::limits::NESTED_VIEWS_MAX;

/// The spans of a trace in start order, and who is whose parent.
pub(super) struct Tree {
    pub(super) spans: Vec<Span>,
    /// Position of the parent as sent, where it is here and closes no circle.
    pub(super) parents: Vec<Option<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    /// Every parent before its children.
    pub(super) order: Vec<usize>,
    /// How many ancestors a span has.
    pub(super) depths: Vec<usize>,
    /// Where each span stands in `spans`.
    pub(super) positions: HashMap<SpanId, usize>,
}

impl Tree {
    pub(super) fn build(mut spans: Vec<Span>) -> Self {
        // Span ids break ties, so that the order of arrival never shows.
        spans.sort_by_key(|span| (span.start_unix_nanos, span.span_id));
        let mut tree = Self::in_order(spans);
        // Clocks of a millisecond make parents and children start together; then the parent goes first.
        let mut places: Vec<usize> = (0..tree.spans.len()).collect();
        places.sort_by_key(|at| (tree.spans[*at].start_unix_nanos, tree.depths[*at]));
        if places.is_sorted() {
            return tree;
        }
        let mut spans = std::mem::take(&mut tree.spans);
        permute(&mut spans, places);
        Self::in_order(spans)
    }

    fn in_order(spans: Vec<Span>) -> Self {
        let positions: HashMap<SpanId, usize> = spans.iter().enumerate().rev().map(|(at, span)| (span.span_id, at)).collect();
        let mut parents: Vec<Option<usize>> = spans.iter().map(|span| positions.get(&span.parent_span_id?).copied()).collect();
        cut_circles(&mut parents);
        let children = children_of(&parents);
        let order = parents_first(&parents, &children);
        let mut depths = vec![0; spans.len()];
        for &at in &order {
            depths[at] = parents[at].map_or(0, |parent| depths[parent] + 1);
        }
        Self { spans, parents, children, order, depths, positions }
    }

    /// Whether a span stands below another, at most `NESTED_VIEWS_MAX` levels.
    pub(super) fn is_below(&self, at: usize, above: usize) -> bool {
        let between = self.depths[at].saturating_sub(self.depths[above]);
        (1..=NESTED_VIEWS_MAX).contains(&between) && self.ancestors(at).nth(between - 1) == Some(above)
    }

    /// Ancestors, nearest first.
    pub(super) fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents[at], |parent| self.parents[*parent])
    }

    pub(super) fn is_shown(&self, at: usize) -> bool {
        self.spans[at].visibility == Visibility::App
    }

    /// The nearest shown ancestor of every span.
    pub(super) fn shown_parents(&self) -> Vec<Option<usize>> {
        let mut shown = vec![None; self.spans.len()];
        for &at in &self.order {
            shown[at] = self.parents[at].and_then(|parent| if self.is_shown(parent) { Some(parent) } else { shown[parent] });
        }
        shown
    }

    /// For every span, whether some span below it has the property.
    pub(super) fn below(&self, property: impl Fn(usize) -> bool) -> Vec<bool> {
        let mut below = vec![false; self.spans.len()];
        for &at in self.order.iter().rev() {
            if let Some(parent) = self.parents[at] {
                below[parent] = below[parent] || below[at] || property(at);
            }
        }
        below
    }

    /// `last_seen` by position, see `Placement`.
    pub(super) fn into_nodes(self, last_seen: &[u64]) -> Vec<Node> {
        let shown_parents = self.shown_parents();
        let mut child_counts = vec![0; self.spans.len()];
        for (at, parent) in shown_parents.iter().enumerate() {
            if let (Some(parent), true) = (parent, self.is_shown(at)) {
                child_counts[*parent] += 1;
            }
        }
        let parent_ids: Vec<Option<SpanId>> = shown_parents.iter().map(|parent| parent.map(|parent| self.spans[parent].span_id)).collect();
        let nodes = self.spans.into_iter().enumerate().map(|(at, span)| Node {
            is_orphan: span.parent_span_id.is_some() && self.parents[at].is_none(),
            effective_parent_id: parent_ids[at],
            child_count: child_counts[at],
            last_seen_unix_nanos: last_seen[at],
            span,
        });
        nodes.collect()
    }
}

/// Puts into each place what stands at the position named for it; what stands right already, as most spans do, is not moved.
fn permute(spans: &mut [Span], mut places: Vec<usize>) {
    for first in 0..places.len() {
        let mut at = first;
        while places[at] != first {
            let next = places[at];
            spans.swap(at, next);
            places[at] = at;
            at = next;
        }
        places[at] = at;
    }
}

pub(super) fn children_of(parents: &[Option<usize>]) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); parents.len()];
    for (at, parent) in parents.iter().enumerate() {
        if let Some(parent) = parent {
            children[*parent].push(at);
        }
    }
    children
}

/// Cuts each circle of parents at its first member: of spans, the first in start order.
pub(super) fn cut_circles(parents: &mut [Option<usize>]) {
    const UNSEEN: usize = usize::MAX;
    // Which walk has seen a span; a walk that meets itself has found a circle.
    let mut walk_of = vec![UNSEEN; parents.len()];
    for start in 0..parents.len() {
        let mut at = start;
        while walk_of[at] == UNSEEN {
            walk_of[at] = start;
            match parents[at] {
                Some(parent) if walk_of[parent] == start => {
                    let mut first = parent;
                    let mut other = parents[parent];
                    while let Some(next) = other.filter(|next| *next != parent) {
                        first = first.min(next);
                        other = parents[next];
                    }
                    parents[first] = None;
                    break;
                }
                Some(parent) => at = parent,
                None => break,
            }
        }
    }
}

pub(super) fn parents_first(parents: &[Option<usize>], children: &[Vec<usize>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..parents.len()).filter(|at| parents[*at].is_none()).collect();
    let mut next = 0;
    while next < order.len() {
        order.extend_from_slice(&children[order[next]]);
        next += 1;
    }
    order
}

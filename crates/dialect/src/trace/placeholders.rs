//! Parents that are named and have not come, and what pending spans tell of them.
//!
//! Some SDKs (Logfire) send a pending span when a span starts: it names the span to come as its parent, and that span's own
//! parent in an attribute. Until the real span is there, the pending one gives the placeholder its name, start and place.

use std::collections::HashMap;

use model::{Billing, Label, ObservationType, Span, SpanId, Visibility};

use super::tree::{Tree, children_of, cut_circles, parents_first};

/// Stands for a span that others name as their parent and that has not come.
#[derive(Debug, Clone, PartialEq)]
pub struct Placeholder {
    /// The id of the span to come.
    pub span_id: SpanId,
    /// What it hangs under, a span or a placeholder; known only where a pending span tells.
    pub parent_id: Option<SpanId>,
    /// Whether a pending span tells that nothing stands above it.
    pub is_root: bool,
    pub name: Option<String>,
    pub observation_type: Option<ObservationType>,
    /// As a pending span tells; else of the first span below it.
    pub start_unix_nanos: u64,
    /// The latest start or end of anything below it.
    pub last_seen_unix_nanos: u64,
    /// Shown spans and placeholders directly below, after folding.
    pub child_count: usize,
    /// The pending span that tells of it.
    pub pending_span_id: Option<SpanId>,
}

impl Placeholder {
    fn new(span_id: SpanId, start_unix_nanos: u64) -> Self {
        Self {
            span_id,
            parent_id: None,
            is_root: false,
            name: None,
            observation_type: None,
            start_unix_nanos,
            last_seen_unix_nanos: start_unix_nanos,
            child_count: 0,
            pending_span_id: None,
        }
    }

    fn learn_from(&mut self, pending: &Span) {
        let told = pending.labels.get(Label::PendingParentId);
        self.parent_id = told.and_then(|id| id.parse().ok());
        // No parent is written as an id of zeros, which is no id.
        self.is_root = told.is_some() && self.parent_id.is_none();
        self.name = Some(pending.name.clone());
        self.observation_type = Some(pending.observation_type);
        self.start_unix_nanos = pending.start_unix_nanos;
        self.pending_span_id = Some(pending.span_id);
    }
}

/// The placeholders of a trace in order of start, and when each span last gave a sign of life.
pub(super) struct Placement {
    pub(super) placeholders: Vec<Placeholder>,
    /// By position of the span: the latest start or end of it and of everything below it.
    pub(super) last_seen: Vec<u64>,
}

/// Whether the span was sent in advance of a real one.
pub(super) fn is_pending(span: &Span) -> bool {
    span.visibility == Visibility::Partial
}

/// A pending span is not counted beside the real one, nor beside a view of the same call from further inside.
pub(super) fn settle_pending(tree: &mut Tree) {
    let is_leaf = |tree: &Tree, at: usize| tree.spans[at].billing == Billing::Leaf;
    let leaves_below = tree.below(|at| is_leaf(tree, at) && !is_pending(&tree.spans[at]));
    let mut counted_under: HashMap<SpanId, bool> = HashMap::new();
    for at in (0..tree.spans.len()).filter(|at| tree.parents[*at].is_none() && !is_pending(&tree.spans[*at])) {
        if let Some(missing) = tree.spans[at].parent_span_id {
            *counted_under.entry(missing).or_default() |= leaves_below[at] || is_leaf(tree, at);
        }
    }
    for at in 0..tree.spans.len() {
        let has_come = tree.parents[at].is_some();
        let span = &mut tree.spans[at];
        let is_counted = has_come || span.parent_span_id.is_some_and(|id| counted_under.get(&id) == Some(&true));
        if is_pending(span) && is_counted {
            span.billing = Billing::None;
        }
    }
}

/// Finds the placeholders and hangs everything below them, once folding is final.
pub(super) fn place(tree: &Tree) -> Placement {
    let mut placeholders: Vec<Placeholder> = Vec::new();
    let mut places: HashMap<SpanId, usize> = HashMap::new();
    for span in &tree.spans {
        let Some(missing) = span.parent_span_id.filter(|id| !tree.positions.contains_key(id)) else { continue };
        let place = *places.entry(missing).or_insert_with(|| {
            placeholders.push(Placeholder::new(missing, span.start_unix_nanos));
            placeholders.len() - 1
        });
        if is_pending(span) && placeholders[place].pending_span_id.is_none() {
            placeholders[place].learn_from(span);
        }
    }
    for at in 0..placeholders.len() {
        let (parent_id, start) = (placeholders[at].parent_id, placeholders[at].start_unix_nanos);
        if let Some(parent_id) = parent_id.filter(|id| !tree.positions.contains_key(id)) {
            places.entry(parent_id).or_insert_with(|| {
                placeholders.push(Placeholder::new(parent_id, start));
                placeholders.len() - 1
            });
        }
    }
    hang(tree, placeholders, &places)
}

/// Counts and times over placeholders and spans as one forest.
fn hang(tree: &Tree, mut placeholders: Vec<Placeholder>, places: &HashMap<SpanId, usize>) -> Placement {
    // Placeholders go first: a circle through what pending spans tell is cut at one of them, never between two real spans.
    let first_span = placeholders.len();
    let node_of = |id: &SpanId| places.get(id).copied().or_else(|| tree.positions.get(id).map(|at| first_span + at));
    let of_placeholders = placeholders.iter().map(|placeholder| node_of(&placeholder.parent_id?));
    let of_spans = (0..tree.spans.len()).map(|at| match tree.parents[at] {
        Some(parent) => Some(first_span + parent),
        None => places.get(&tree.spans[at].parent_span_id?).copied(),
    });
    let mut parents: Vec<Option<usize>> = of_placeholders.chain(of_spans).collect();
    cut_circles(&mut parents);
    for (placeholder, parent) in placeholders.iter_mut().zip(&parents) {
        placeholder.parent_id = placeholder.parent_id.filter(|_| parent.is_some());
    }
    let order = parents_first(&parents, &children_of(&parents));
    count_children(tree, &mut placeholders, &parents, &order);
    let last_seen = last_signs(tree, &mut placeholders, &parents, &order);
    placeholders.sort_by_key(|placeholder| (placeholder.start_unix_nanos, placeholder.span_id));
    Placement { placeholders, last_seen }
}

fn count_children(tree: &Tree, placeholders: &mut [Placeholder], parents: &[Option<usize>], order: &[usize]) {
    let first_span = placeholders.len();
    let is_shown = |node: usize| node.checked_sub(first_span).is_none_or(|at| tree.is_shown(at));
    let mut shown_parents: Vec<Option<usize>> = vec![None; parents.len()];
    for &node in order {
        let shown_parent = parents[node].and_then(|parent| if is_shown(parent) { Some(parent) } else { shown_parents[parent] });
        shown_parents[node] = shown_parent;
        if let Some(placeholder) = shown_parent.filter(|_| is_shown(node)).and_then(|parent| placeholders.get_mut(parent)) {
            placeholder.child_count += 1;
        }
    }
}

fn last_signs(tree: &Tree, placeholders: &mut [Placeholder], parents: &[Option<usize>], order: &[usize]) -> Vec<u64> {
    let of_placeholders = placeholders.iter().map(|placeholder| placeholder.start_unix_nanos);
    let of_spans = tree.spans.iter().map(|span| span.start_unix_nanos.max(span.end_unix_nanos));
    let mut signs: Vec<u64> = of_placeholders.chain(of_spans).collect();
    for &node in order.iter().rev() {
        if let Some(parent) = parents[node] {
            signs[parent] = signs[parent].max(signs[node]);
        }
    }
    for (placeholder, sign) in placeholders.iter_mut().zip(&signs) {
        placeholder.last_seen_unix_nanos = *sign;
    }
    signs.split_off(placeholders.len())
}

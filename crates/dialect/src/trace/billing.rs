//! Who pays: each model call once, whatever number of spans shows it.
//!
//! Usage is repeated up the tree in four ways: the last step's, the sum, a running total, the same keys on a chain.
//! Only leaves enter sums; this decides which spans stay leaves.

mod beside;

use std::collections::HashMap;

use model::{Billing, ObservationType, Span, Visibility};

use super::exchanges::complete_limits;
use super::tree::Tree;

/// Overlap in time from which a call inside a call is the same call.
const OVERLAP_MIN: f64 = 0.9;

pub(super) fn settle(tree: &mut Tree) {
    bill_equal_responses_once(tree);
    beside::bill_once(tree);
    bill_nested_calls_once(tree);
    bill_in_one_trace(tree);
    promote_lone_aggregates(tree);
}

fn is_leaf(span: &Span) -> bool {
    span.billing == Billing::Leaf
}

fn has_usage(span: &Span) -> bool {
    !span.usage.is_empty()
}

/// Two spans with one response id are one call.
fn bill_equal_responses_once(tree: &mut Tree) {
    let mut by_response: HashMap<(&str, ObservationType), Vec<usize>> = HashMap::new();
    for (at, span) in tree.spans.iter().enumerate().filter(|(_, span)| is_leaf(span)) {
        if let Some(response_id) = &span.response_id {
            by_response.entry((response_id, span.observation_type)).or_default().push(at);
        }
    }
    let mut groups: Vec<Vec<usize>> = by_response.into_values().filter(|group| group.len() > 1).collect();
    groups.sort();
    for group in groups {
        let kept = kept_of(tree, &group);
        for at in group.into_iter().filter(|at| *at != kept) {
            give_way(tree, at, kept);
        }
    }
}

/// Of several spans of one call: one with usage, then one people can read, then the innermost.
fn kept_of(tree: &Tree, group: &[usize]) -> usize {
    let worth = |at: usize| {
        let span = &tree.spans[at];
        let readable = span.previews.input.is_some() || span.previews.output.is_some();
        (has_usage(span), readable, tree.depths[at], std::cmp::Reverse(at))
    };
    group.iter().copied().max_by_key(|at| worth(*at)).unwrap_or(group[0])
}

/// One view of a call gives way to the one that is billed, and completes it.
fn give_way(tree: &mut Tree, at: usize, kept: usize) {
    let is_inside = tree.is_below(at, kept) || beside::is_inside(tree, at, kept);
    if let Ok([kept, other]) = tree.spans.get_disjoint_mut([kept, at]) {
        if is_inside {
            count_as_nearer(kept, other);
        }
        complete(kept, other);
    }
    demote(tree, at, Billing::None, "the same call is billed at another span");
    // Folded where it stands inside the kept one and shows nothing of its own.
    if is_inside && tree.children[at].iter().all(|child| !tree.is_shown(*child)) {
        tree.spans[at].visibility = Visibility::Duplicate;
    }
}

fn demote(tree: &mut Tree, at: usize, billing: Billing, why: &str) {
    let span = &mut tree.spans[at];
    span.billing = billing;
    span.notes.push(why.to_owned());
}

/// Takes the totals of a view nearer to the provider; wrappers that add up a stream miscount (OpenLLMetry 0.62: one too many).
fn count_as_nearer(kept: &mut Span, nearer: &Span) {
    let totals = [model::Usage::INPUT, model::Usage::OUTPUT].map(|unit| nearer.usage.get(unit).map(|count| (unit, count)));
    let ([Some(input), Some(output)], true) = (totals, nearer.usage_confidence <= kept.usage_confidence) else { return };
    let differs = [input, output].iter().any(|(unit, count)| kept.usage.get(unit).is_some_and(|known| known != *count));
    if differs {
        [input, output].into_iter().for_each(|(unit, count)| kept.usage.set(unit, count));
        if nearer.price.cost.is_some() {
            kept.price = nearer.price.clone();
        }
        kept.notes.push("the totals are those of the view nearest to the provider".to_owned());
    }
}

/// Takes over what only the other view of the call knows.
fn complete(kept: &mut Span, other: &Span) {
    for (unit, count) in other.usage.iter() {
        if kept.usage.get(unit).is_none() {
            kept.usage.set(unit, count);
        }
    }
    if kept.price.cost.is_none() {
        kept.price = other.price.clone();
    }
    kept.provider = kept.provider.take().or_else(|| other.provider.clone());
    kept.request_model = kept.request_model.take().or_else(|| other.request_model.clone());
    kept.response_model = kept.response_model.take().or_else(|| other.response_model.clone());
    kept.response_id = kept.response_id.take().or_else(|| other.response_id.clone());
    kept.ttft_nanos = kept.ttft_nanos.or(other.ttft_nanos);
    kept.usage_confidence = kept.usage_confidence.or(other.usage_confidence);
    kept.http_status = kept.http_status.or(other.http_status);
    complete_limits(&mut kept.rate_limit, &other.rate_limit);
    kept.billed_in = kept.billed_in.or(other.billed_in);
}

/// A call that another trace has billed is not billed here, whichever of its spans stood for it.
fn bill_in_one_trace(tree: &mut Tree) {
    for at in 0..tree.spans.len() {
        if let Some(trace_id) = tree.spans[at].billed_in {
            demote(tree, at, Billing::None, &format!("the same call is billed in trace {trace_id}"));
        }
    }
}

/// A call inside a call of the same kind and model is the same call, seen by two instrumentations.
fn bill_nested_calls_once(tree: &mut Tree) {
    // The nearest leaves below each span. Innermost first: three nested views end as one.
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); tree.spans.len()];
    for at in tree.order.clone().into_iter().rev() {
        let mut leaves = std::mem::take(&mut below[at]);
        if is_leaf(&tree.spans[at]) {
            leaves = settle_nested(tree, at, leaves);
        }
        if let Some(parent) = tree.parents[at] {
            // The shorter list moves, so that deep traces stay cheap.
            if below[parent].len() < leaves.len() {
                std::mem::swap(&mut below[parent], &mut leaves);
            }
            below[parent].append(&mut leaves);
        }
    }
}

/// Decides between a leaf and the leaves below it; returns those that stand for the span's subtree from here on up.
fn settle_nested(tree: &mut Tree, outer: usize, leaves: Vec<usize>) -> Vec<usize> {
    let kind = tree.spans[outer].observation_type;
    let (mut inner, mut standing): (Vec<usize>, Vec<usize>) = leaves.into_iter().partition(|at| tree.spans[*at].observation_type == kind);
    inner.sort_unstable();
    if inner.is_empty() || !is_same_call(tree, outer, &inner) {
        standing.push(outer);
        return standing;
    }
    match inner.as_slice() {
        [only] if kept_of(tree, &[outer, *only]) == outer => {
            give_way(tree, *only, outer);
            standing.push(outer);
        }
        _ if has_usage(&tree.spans[outer]) && !inner.iter().any(|at| has_usage(&tree.spans[*at])) => {
            inner.iter().for_each(|at| give_way(tree, *at, outer));
            standing.push(outer);
        }
        _ => {
            demote(tree, outer, Billing::Aggregate, "the call is billed at a span inside it");
            standing.append(&mut inner);
        }
    }
    standing
}

fn is_same_call(tree: &Tree, outer: usize, inner: &[usize]) -> bool {
    let around = &tree.spans[outer];
    let same_model = inner.iter().all(|at| models_agree(around, &tree.spans[*at]));
    if !same_model {
        return false;
    }
    let mut sum = model::Usage::default();
    inner.iter().for_each(|at| sum.add(&tree.spans[*at].usage));
    let same_usage =
        !sum.is_empty() && [model::Usage::INPUT, model::Usage::OUTPUT].iter().all(|unit| sum.get(unit) == around.usage.get(unit));
    same_usage || !has_usage(around) || overlap(around, inner.iter().map(|at| &tree.spans[*at])) >= OVERLAP_MIN
}

/// Names without the route some put before them: `openai/gpt-4o-mini` is `gpt-4o-mini`.
fn models(span: &Span) -> [Option<&str>; 2] {
    [&span.request_model, &span.response_model].map(|name| name.as_deref().and_then(|name| name.rsplit('/').next()))
}

fn models_agree(one: &Span, other: &Span) -> bool {
    let (ours, theirs) = (models(one), models(other));
    let unknown = |names: &[Option<&str>; 2]| names.iter().all(Option::is_none);
    unknown(&ours) || unknown(&theirs) || ours.iter().flatten().any(|name| theirs.iter().flatten().any(|other| other == name))
}

/// Share of the outer span's time that is covered by the inner ones.
fn overlap<'a>(outer: &Span, inner: impl Iterator<Item = &'a Span>) -> f64 {
    let Some(whole) = outer.duration_nanos().filter(|nanos| *nanos > 0) else { return 0.0 };
    let covered: u64 = inner
        .map(|span| span.end_unix_nanos.min(outer.end_unix_nanos).saturating_sub(span.start_unix_nanos.max(outer.start_unix_nanos)))
        .fold(0, u64::saturating_add);
    covered as f64 / whole as f64
}

/// Where the leaf was sampled away or never instrumented, the lowest aggregate with numbers stands for it.
fn promote_lone_aggregates(tree: &mut Tree) {
    let is_counting = |span: &Span| is_leaf(span) || span.billed_in.is_some() || (span.billing == Billing::Aggregate && has_usage(span));
    let counted_below = tree.below(|at| is_counting(&tree.spans[at]));
    for (span, counted_below) in tree.spans.iter_mut().zip(counted_below) {
        if span.billing == Billing::Aggregate && has_usage(span) && !counted_below {
            span.billing = Billing::Leaf;
            span.notes.push("promoted to leaf: it has usage and no model call below it".to_owned());
        }
    }
}

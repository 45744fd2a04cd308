//! How spans stand to each other, each relation in one pass over the tree or the order.

use std::collections::HashMap;

use super::tree::TraceRow;
use crate::filter::Relation;

/// The spans to which one of the `others` stands so.
pub(super) fn standing(relation: Relation, others: &[bool], trace: &TraceRow<'_>) -> Vec<bool> {
    let mut met = vec![false; others.len()];
    match relation {
        Relation::Parent => {
            trace.downwards.iter().for_each(|at| met[*at] = trace.parents[*at].is_some_and(|parent| others[parent]));
        }
        Relation::Ancestor => {
            trace.downwards.iter().for_each(|at| met[*at] = trace.parents[*at].is_some_and(|parent| others[parent] || met[parent]));
        }
        Relation::Child => trace.downwards.iter().filter(|at| others[**at]).for_each(|at| mark(trace.parents[*at], &mut met)),
        Relation::Descendant => {
            for at in trace.downwards.iter().rev() {
                if others[*at] || met[*at] {
                    mark(trace.parents[*at], &mut met);
                }
            }
        }
        Relation::Sibling => met = with_siblings(others, trace),
        Relation::Earlier => mark_behind(others, trace, &mut met),
        Relation::Later => mark_before(others, trace, &mut met),
    }
    met
}

fn mark(at: Option<usize>, met: &mut [bool]) {
    if let Some(at) = at {
        met[at] = true;
    }
}

/// Siblings are told by the parent id as sent, so that they are known before their parent comes.
fn with_siblings(others: &[bool], trace: &TraceRow<'_>) -> Vec<bool> {
    let mut counts: HashMap<_, usize> = HashMap::new();
    let family = |at: usize| trace.spans[at].parent_span_id;
    (0..others.len()).filter(|at| others[*at]).for_each(|at| *counts.entry(family(at)).or_default() += 1);
    let of_others = |at: usize| counts.get(&family(at)).map_or(0, |count| count - usize::from(others[at]));
    (0..others.len()).map(|at| family(at).is_some() && of_others(at) > 0).collect()
}

/// Whether one span has ended when another starts. Of two at one moment the one that goes first in the order is the earlier.
pub(super) fn goes_before(first: usize, second: usize, trace: &TraceRow<'_>) -> bool {
    let (one, other) = (&trace.spans[first], &trace.spans[second]);
    !one.is_running() && one.end_unix_nanos <= other.start_unix_nanos && trace.rank[first] < trace.rank[second]
}

/// Marks the spans before which one of the others has ended: in order of start, the earliest end so far decides.
fn mark_behind(others: &[bool], trace: &TraceRow<'_>, met: &mut [bool]) {
    let mut first_end = u64::MAX;
    for at in &trace.order {
        let span = &trace.spans[*at];
        met[*at] = first_end <= span.start_unix_nanos;
        if others[*at] && !span.is_running() {
            first_end = first_end.min(span.end_unix_nanos);
        }
    }
}

/// Marks the spans behind which one of the others starts: in order of start, the last one decides.
fn mark_before(others: &[bool], trace: &TraceRow<'_>, met: &mut [bool]) {
    let Some(last) = trace.order.iter().rev().find(|at| others[**at]) else { return };
    met.iter_mut().enumerate().for_each(|(at, met)| *met = goes_before(at, *last, trace));
}

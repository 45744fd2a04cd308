//! How spans stand to each other, each relation in one pass over the tree or the order.

use std::collections::HashMap;

use model::SpanId;

use super::tree::Tree;
use crate::filter::Relation;

impl Tree {
    /// The spans to which one of the `others` stands so; more others never are fewer spans.
    pub fn standing(&self, relation: Relation, others: &[bool]) -> Vec<bool> {
        let mut met = vec![false; others.len()];
        match relation {
            Relation::Parent => {
                self.downwards().for_each(|at| met[at] = self.parents[at].is_some_and(|parent| others[parent]));
            }
            Relation::Ancestor => {
                self.downwards().for_each(|at| met[at] = self.parents[at].is_some_and(|parent| others[parent] || met[parent]));
            }
            Relation::Child => self.downwards().filter(|at| others[*at]).for_each(|at| mark(self.parents[at], &mut met)),
            Relation::Descendant => {
                for at in self.downwards().rev() {
                    if others[at] || met[at] {
                        mark(self.parents[at], &mut met);
                    }
                }
            }
            Relation::Sibling => self.mark_siblings(others, &mut met),
            Relation::Earlier => self.mark_behind(others, &mut met),
            Relation::Later => self.mark_before(others, &mut met),
        }
        met
    }

    /// Siblings are told by the parent id as sent, so that they are known before their parent comes.
    fn mark_siblings(&self, others: &[bool], met: &mut [bool]) {
        let mut counts: HashMap<SpanId, usize> = HashMap::new();
        for family in self.spans.iter().zip(others).filter(|(_, other)| **other).filter_map(|(span, _)| span.parent_span_id) {
            *counts.entry(family).or_default() += 1;
        }
        for (at, met) in met.iter_mut().enumerate() {
            let family = self.spans[at].parent_span_id.and_then(|family| counts.get(&family));
            *met = family.is_some_and(|count| *count > usize::from(others[at]));
        }
    }

    /// Marks the spans before which one of the others has ended: in order of start, the earliest end so far decides.
    fn mark_behind(&self, others: &[bool], met: &mut [bool]) {
        let mut first_end = u64::MAX;
        for at in self.order() {
            let span = &self.spans[*at];
            met[*at] = first_end <= span.start_unix_nanos;
            if others[*at] && self.has_ended(*at) {
                first_end = first_end.min(span.end_unix_nanos);
            }
        }
    }

    /// Marks the spans behind which one of the others starts: in order of start, the last one decides.
    fn mark_before(&self, others: &[bool], met: &mut [bool]) {
        let Some(last) = self.order().iter().rev().find(|at| others[**at]) else { return };
        met.iter_mut().enumerate().for_each(|(at, met)| *met = self.goes_before(at, *last));
    }
}

fn mark(at: Option<usize>, met: &mut [bool]) {
    if let Some(at) = at {
        met[at] = true;
    }
}

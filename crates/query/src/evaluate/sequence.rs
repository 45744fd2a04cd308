//! Spans that follow one another.

use super::Matcher;
use super::relations::goes_before;
use super::tree::TraceRow;
use crate::filter::Sequence;

impl Matcher {
    /// Whether spans of the trace follow one another so.
    ///
    /// For each span that may come next the latest span before it is looked at: between any earlier one and it there is at least as much.
    pub(super) fn follows(&self, sequence: &Sequence, trace: &TraceRow<'_>) -> bool {
        let mut reached = self.meeting(&sequence.first, trace);
        for follower in &sequence.then {
            let wanted = self.meeting(&follower.filter, trace);
            let unwanted = follower.without.as_ref().map(|without| self.meeting(without, trace));
            reached = (0..reached.len())
                .map(|at| {
                    let Some(before) = latest_before(at, &reached, trace).filter(|_| wanted[at]) else { return false };
                    unwanted.as_ref().is_none_or(|unwanted| !stands_between(before, at, unwanted, trace))
                })
                .collect();
        }
        reached.contains(&true)
    }
}

fn latest_before(at: usize, reached: &[bool], trace: &TraceRow<'_>) -> Option<usize> {
    let before = (0..reached.len()).filter(|other| reached[*other] && goes_before(*other, at, trace));
    before.max_by_key(|other| (trace.spans[*other].end_unix_nanos, trace.rank[*other]))
}

fn stands_between(first: usize, last: usize, unwanted: &[bool], trace: &TraceRow<'_>) -> bool {
    (0..unwanted.len()).any(|at| unwanted[at] && goes_before(first, at, trace) && goes_before(at, last, trace))
}

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
            let ended = by_end(&reached, trace);
            reached = (0..reached.len())
                .map(|at| {
                    let latest = || latest_before(at, &ended, trace);
                    let Some(before) = wanted[at].then(latest).flatten() else { return false };
                    unwanted.as_ref().is_none_or(|unwanted| !stands_between(before, at, unwanted, trace))
                })
                .collect();
        }
        reached.contains(&true)
    }
}

/// The spans that have ended, by their end.
fn by_end(reached: &[bool], trace: &TraceRow<'_>) -> Vec<usize> {
    let mut ended: Vec<usize> = (0..reached.len()).filter(|at| reached[*at] && !trace.spans[*at].is_running()).collect();
    ended.sort_by_key(|at| (trace.spans[*at].end_unix_nanos, trace.rank[*at]));
    ended
}

/// Of spans by their end, the last that goes before another.
fn latest_before(at: usize, ended: &[usize], trace: &TraceRow<'_>) -> Option<usize> {
    let start = trace.spans[at].start_unix_nanos;
    let count = ended.partition_point(|other| trace.spans[*other].end_unix_nanos <= start);
    ended[..count].iter().rev().copied().find(|other| goes_before(*other, at, trace))
}

/// Whether an unwanted span stands between two; what does starts between them, too.
fn stands_between(first: usize, last: usize, unwanted: &[bool], trace: &TraceRow<'_>) -> bool {
    let between = trace.order.get(trace.rank[first] + 1..trace.rank[last]).unwrap_or_default();
    between.iter().any(|at| unwanted[*at] && goes_before(first, *at, trace) && goes_before(*at, last, trace))
}

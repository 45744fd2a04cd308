//! Spans that follow one another.

use super::Matcher;
use super::trace_row::TraceRow;
use super::tree::Tree;
use crate::filter::Sequence;

/// The spans that may come next, and those that may not stand between.
#[derive(Debug, Clone)]
pub struct Following {
    pub wanted: Vec<bool>,
    pub unwanted: Option<Vec<bool>>,
}

impl Tree {
    /// Whether spans follow one another so. More that is wanted, or less that is not, never makes it false.
    ///
    /// For each span that may come next the latest span before it is looked at: between any earlier one and it there is at least as much.
    pub fn follows(&self, first: Vec<bool>, then: impl IntoIterator<Item = Following>) -> bool {
        let mut reached = first;
        for Following { wanted, unwanted } in then {
            let ended = self.by_end(&reached);
            let is_reached = |at: usize| {
                let latest = || self.latest_before(at, &ended);
                let Some(before) = wanted[at].then(latest).flatten() else { return false };
                unwanted.as_ref().is_none_or(|unwanted| !self.stands_between(before, at, unwanted))
            };
            reached = (0..reached.len()).map(is_reached).collect();
        }
        reached.contains(&true)
    }

    /// The spans that have ended, by their end.
    fn by_end(&self, reached: &[bool]) -> Vec<usize> {
        let mut ended: Vec<usize> = (0..reached.len()).filter(|at| reached[*at] && self.has_ended(*at)).collect();
        ended.sort_by_key(|at| (self.spans[*at].end_unix_nanos, self.rank()[*at]));
        ended
    }

    /// Of spans by their end, the last that goes before another.
    fn latest_before(&self, at: usize, ended: &[usize]) -> Option<usize> {
        let start = self.spans[at].start_unix_nanos;
        let count = ended.partition_point(|other| self.spans[*other].end_unix_nanos <= start);
        ended[..count].iter().rev().copied().find(|other| self.goes_before(*other, at))
    }

    /// Whether an unwanted span stands between two; what does starts between them, too.
    fn stands_between(&self, first: usize, last: usize, unwanted: &[bool]) -> bool {
        let between = self.order().get(self.rank()[first] + 1..self.rank()[last]).unwrap_or_default();
        between.iter().any(|at| unwanted[*at] && self.goes_before(first, *at) && self.goes_before(*at, last))
    }
}

impl Matcher {
    pub(super) fn follows(&self, sequence: &Sequence, trace: &TraceRow<'_>) -> bool {
        let then = sequence.then.iter().map(|follower| Following {
            wanted: self.meeting(&follower.filter, trace),
            unwanted: follower.without.as_ref().map(|without| self.meeting(without, trace)),
        });
        trace.tree.follows(self.meeting(&sequence.first, trace), then)
    }
}

//! Sums over a part of the tree: tokens and money of what is billed, nothing twice.

use super::forest::Forest;
use crate::format::Cost;

/// Tokens and money of some spans and all below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rollup {
    pub(super) tokens: Option<u64>,
    pub(super) cost: Cost,
}

pub(super) fn rollup(forest: &Forest<'_>, indexes: &[usize]) -> Rollup {
    let mut sum = Rollup { tokens: None, cost: Cost::None };
    for index in indexes.iter().copied().chain(forest.below(indexes)) {
        let span = &forest.spans[index];
        if !span.is_billed() {
            continue;
        }
        sum.cost = sum.cost.plus(span.cost());
        if let Some(tokens) = span.tokens() {
            sum.tokens = Some(sum.tokens.unwrap_or(0) + tokens);
        }
    }
    sum
}

/// Returns the time covered by at least one of the spans, parallel ones counted once.
pub(super) fn covered_nanos(forest: &Forest<'_>, indexes: &[usize]) -> u64 {
    let mut stretches: Vec<(u64, u64)> = indexes
        .iter()
        .filter_map(|index| {
            let start = forest.spans[*index].start_unix_nanos?;
            Some((start, start + forest.spans[*index].duration_nanos()?))
        })
        .collect();
    stretches.sort_unstable();
    let mut covered = 0;
    let mut until = 0;
    for (start, end) in stretches {
        covered += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    covered
}

/// Returns the median duration: the lower of the two middle ones.
pub(super) fn median_nanos(forest: &Forest<'_>, indexes: &[usize]) -> Option<u64> {
    let mut durations: Vec<u64> = indexes.iter().filter_map(|index| forest.spans[*index].duration_nanos()).collect();
    durations.sort_unstable();
    durations.get(durations.len().checked_sub(1)? / 2).copied()
}

//! Which traces of a selection are looked at: all, or as many as are allowed, spread over the time as the traces are.

use model::{TraceId, TraceSummary};
use query::Filter;
use store::aggregate::{AggregateQuery, Clock, Grouping, Measure, TimeBucket};
use store::{Order, TimeRange, Total, TracePage, TraceQuery, TraceSort};

use crate::api::figures::field;
use crate::auth::ProjectScope;
use crate::limits::{DIFFERENCE_SLICES, DIFFERENCE_SPANS_AT_ONCE, DIFFERENCE_SPANS_MAX};
use crate::problem::Problem;

/// The traces of one side.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) traces: Vec<TraceSummary>,
    /// Of all that meet the query.
    pub(super) total: Total,
    pub(super) is_sampled: bool,
}

/// Chooses at most so many traces that meet a filter.
///
/// Of more than that, each of some slices of the time gives as many as its share of the traces is, its newest. A trace with too many
/// spans to be looked at among others is left out.
pub(super) async fn select(scope: &ProjectScope, range: TimeRange, filter: &Filter, traces_max: usize) -> Result<Selection, Problem> {
    let listed = Listing { scope, filter };
    let page = listed.page(range, Order::Descending, traces_max).await?;
    let (newest, total, is_whole) = (page.traces, page.total, page.next.is_none());
    let traces = match newest.first() {
        Some(last) if !is_whole => {
            let oldest = listed.page(range, Order::Ascending, 1).await?.traces;
            let first_unix_nanos = oldest.first().map_or(last.start_unix_nanos, |trace| trace.start_unix_nanos);
            listed.spread(first_unix_nanos, last.start_unix_nanos, traces_max).await?
        }
        _ => newest,
    };
    let (count, kept) = (traces.len(), within_spans(traces));
    let is_sampled = !is_whole || kept.len() < count;
    Ok(Selection { traces: kept, total, is_sampled })
}

struct Listing<'a> {
    scope: &'a ProjectScope,
    filter: &'a Filter,
}

impl Listing<'_> {
    async fn page(&self, range: TimeRange, order: Order, limit: usize) -> Result<TracePage, Problem> {
        let query = TraceQuery { range, filter: self.filter.clone(), sort: TraceSort::Start, order, limit, after: None };
        Ok(self.scope.list_traces(&query).await?)
    }

    /// Some of each slice of the time from the first to the last trace.
    async fn spread(&self, first_unix_nanos: u64, last_unix_nanos: u64, traces_max: usize) -> Result<Vec<TraceSummary>, Problem> {
        let width_nanos = (last_unix_nanos - first_unix_nanos) / DIFFERENCE_SLICES + 1;
        let slice = |number: u64| {
            let from = first_unix_nanos + number * width_nanos;
            TimeRange { from_unix_nanos: Some(from), to_unix_nanos: Some(from + width_nanos) }
        };
        let weights = self.traces_by_slice(first_unix_nanos, width_nanos).await?;
        let mut traces = Vec::new();
        for (number, limit) in (0..).zip(shared_out(traces_max, &weights)).filter(|(_, limit)| *limit > 0) {
            traces.extend(self.page(slice(number), Order::Descending, limit).await?.traces);
        }
        Ok(traces)
    }

    /// About how many traces each slice has, told by their spans.
    async fn traces_by_slice(&self, first_unix_nanos: u64, width_nanos: u64) -> Result<Vec<u64>, Problem> {
        let end = first_unix_nanos + DIFFERENCE_SLICES * width_nanos;
        let offset = (width_nanos - first_unix_nanos % width_nanos) % width_nanos;
        let bucket = TimeBucket { width_nanos, clock: Clock::ahead(offset as i64) };
        let query = AggregateQuery {
            range: TimeRange { from_unix_nanos: Some(first_unix_nanos), to_unix_nanos: Some(end) },
            filter: Filter::Trace(Box::new(self.filter.clone())),
            groupings: vec![Grouping { bucket: Some(bucket), limit: 1, ..Grouping::default() }],
            measures: vec![Measure::Distinct(field("trace_id")?.into())],
        };
        let answer = self.scope.aggregate(&query).await?;
        let mut weights = vec![0; DIFFERENCE_SLICES as usize];
        for group in answer.groupings.iter().flat_map(|groups| &groups.groups) {
            let since = group.start_unix_nanos.unwrap_or_default() - i128::from(first_unix_nanos);
            let amount = group.figures[0].amount.map_or(0.0, store::aggregate::Amount::to_f64);
            if let Some(weight) = usize::try_from(since / i128::from(width_nanos)).ok().and_then(|slice| weights.get_mut(slice)) {
                *weight += amount as u64;
            }
        }
        Ok(weights)
    }
}

/// Gives each its share of a whole; the largest remainders are rounded up.
fn shared_out(whole: usize, weights: &[u64]) -> Vec<usize> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>().max(1);
    let exact = |weight: &u64| u128::from(*weight) * whole as u128;
    let mut shares: Vec<usize> = weights.iter().map(|weight| (exact(weight) / sum) as usize).collect();
    let missing = whole.saturating_sub(shares.iter().sum());
    let mut order: Vec<usize> = (0..weights.len()).filter(|slice| weights[*slice] > 0).collect();
    order.sort_by_key(|slice| std::cmp::Reverse(exact(&weights[*slice]) % sum));
    order.into_iter().take(missing).for_each(|slice| shares[slice] += 1);
    shares
}

/// Drops traces until the rest has few enough spans; which ones has nothing to do with what they say.
fn within_spans(mut traces: Vec<TraceSummary>) -> Vec<TraceSummary> {
    traces.retain(|trace| trace.span_count <= DIFFERENCE_SPANS_AT_ONCE);
    if traces.iter().map(|trace| trace.span_count).sum::<u64>() <= DIFFERENCE_SPANS_MAX {
        return traces;
    }
    traces.sort_by_key(|trace| shuffled(trace.trace_id));
    let mut left = DIFFERENCE_SPANS_MAX;
    let fits = |trace: &TraceSummary| {
        let rest = left.checked_sub(trace.span_count);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    traces.into_iter().take_while(fits).collect()
}

/// A number without any order (FNV-1a); ids of some senders begin with the time.
pub(super) fn shuffled(trace_id: TraceId) -> u64 {
    trace_id.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use store::{PlainUnderstanding, Understand};

    use super::*;

    #[test]
    fn a_whole_is_shared_out_without_a_rest() {
        assert_eq!(shared_out(10, &[1, 1, 2]), [3, 2, 5]);
        assert_eq!(shared_out(3, &[0, 7, 0, 7, 7]), [0, 1, 0, 1, 1]);
        assert_eq!(shared_out(1_000, &[u64::MAX, u64::MAX]), [500, 500]);
        assert_eq!(shared_out(5, &[0, 0]), [0, 0]);
    }

    #[test]
    fn large_traces_are_left_out_and_many_spans_are_too_many() {
        let trace = |number: u8, span_count: u64| TraceSummary { span_count, ..summary(number) };
        let kept = |counts: &[u64]| {
            let traces = counts.iter().zip(1..).map(|(count, number)| trace(number, *count)).collect();
            within_spans(traces).iter().map(|trace| trace.span_count).sum::<u64>()
        };
        assert_eq!(kept(&[DIFFERENCE_SPANS_AT_ONCE, DIFFERENCE_SPANS_AT_ONCE + 1]), DIFFERENCE_SPANS_AT_ONCE);
        let tenth = DIFFERENCE_SPANS_MAX / 10;
        assert_eq!(kept(&[tenth; 10]), DIFFERENCE_SPANS_MAX);
        assert_eq!(kept(&[tenth; 11]), DIFFERENCE_SPANS_MAX);
    }

    fn summary(number: u8) -> TraceSummary {
        let trace_id = TraceId::from_bytes(&[number; 16]).unwrap();
        let records = store::TraceRecords { trace_id, spans: Vec::new(), logs: Vec::new(), spans_left_out: 0 };
        PlainUnderstanding.trace(&model::ProjectSlug::default_project(), records).0
    }
}

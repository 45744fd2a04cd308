//! Numbers made of many spans.

use model::{Billing, Span, Visibility};
use serde_json::Value;

use super::Matcher;
use super::fields::{number, usage_unit};
use super::places::tool_arguments;
use super::summary::span_tokens;
use super::tree::TraceRow;
use crate::filter::{Measure, Quantity, RollUp};

impl Matcher {
    /// The number of a whole trace, or of a span and what is below it.
    pub(super) fn rolled_up(&self, rollup: &RollUp, trace: &TraceRow<'_>, top: Option<usize>) -> Option<i64> {
        let met = self.meeting(&rollup.filter, trace);
        let places = top.map_or_else(|| trace.order.clone(), |top| trace.below(top));
        measured(rollup.measure, &places, &met, trace)
    }

    /// The number of each span and what is below it.
    pub(super) fn rolled_up_below(&self, rollup: &RollUp, trace: &TraceRow<'_>) -> Vec<Option<i64>> {
        let met = self.meeting(&rollup.filter, trace);
        if let Measure::Repeats = rollup.measure {
            return (0..met.len()).map(|top| measured(rollup.measure, &trace.below(top), &met, trace)).collect();
        }
        let own = |at: usize| if met[at] { own_number(rollup.measure, &trace.spans[at]) } else { nothing(rollup.measure) };
        let mut numbers: Vec<Option<i64>> = (0..met.len()).map(own).collect();
        for at in trace.downwards.iter().rev() {
            if let Some(parent) = trace.parents[*at] {
                numbers[parent] = joined(rollup.measure, numbers[parent], numbers[*at]);
            }
        }
        numbers
    }
}

fn measured(measure: Measure, places: &[usize], met: &[bool], trace: &TraceRow<'_>) -> Option<i64> {
    let meeting: Vec<usize> = places.iter().copied().filter(|at| met[*at]).collect();
    if let Measure::Repeats = measure {
        return Some(longest_run(&meeting, trace));
    }
    meeting.iter().fold(nothing(measure), |sum, at| joined(measure, sum, own_number(measure, &trace.spans[*at])))
}

/// What no span at all adds up to.
fn nothing(measure: Measure) -> Option<i64> {
    matches!(measure, Measure::Count).then_some(0)
}

/// What one span adds.
fn own_number(measure: Measure, span: &Span) -> Option<i64> {
    match measure {
        Measure::Count => Some(1),
        Measure::Sum(quantity) | Measure::Max(quantity) | Measure::Min(quantity) => quantity_of(quantity, span),
        Measure::Repeats => None,
    }
}

/// Unknown adds nothing to what is known.
fn joined(measure: Measure, one: Option<i64>, other: Option<i64>) -> Option<i64> {
    let join = |one: i64, other: i64| match measure {
        Measure::Max(_) => one.max(other),
        Measure::Min(_) => one.min(other),
        Measure::Count | Measure::Sum(_) | Measure::Repeats => one.saturating_add(other),
    };
    one.zip(other).map(|(one, other)| join(one, other)).or(one).or(other)
}

/// A number of a span; money and tokens of billing leaves only, so that nothing counts twice.
fn quantity_of(quantity: Quantity, span: &Span) -> Option<i64> {
    match quantity {
        Quantity::Tokens => span_tokens(span).filter(|_| is_billed(span)),
        Quantity::Field(field) => {
            let is_counted = field.name != "cost_usd" && usage_unit(field.name).is_none();
            number(field.name, span).flatten().filter(|_| is_counted || is_billed(span))
        }
    }
}

/// Whether a span's tokens and money enter sums.
pub(super) fn is_billed(span: &Span) -> bool {
    span.billing == Billing::Leaf && span.billed_in.is_none()
}

/// The most spans in a row that call the same with the same.
fn longest_run(places: &[usize], trace: &TraceRow<'_>) -> i64 {
    let mut is_member = vec![false; trace.spans.len()];
    places.iter().for_each(|at| is_member[*at] = true);
    let (mut longest, mut length) = (0, 0);
    let mut last: Option<(&str, Value)> = None;
    for at in places.iter().copied().filter(|at| is_call(*at, &is_member, trace)) {
        let span = &trace.spans[at];
        let call = tool_arguments(span).or_else(|| span.content.input.clone()).map(|arguments| (callee(span), arguments));
        length = if call.is_some() && call == last { length + 1 } else { 1 };
        longest = longest.max(length);
        last = call;
    }
    longest
}

fn callee(span: &Span) -> &str {
    span.tool_name.as_deref().unwrap_or(&span.name)
}

/// A second view of a call is none of its own: one that is marked so, and one below a span of the same tool.
fn is_call(at: usize, is_member: &[bool], trace: &TraceRow<'_>) -> bool {
    let span = &trace.spans[at];
    let above = std::iter::successors(trace.parents[at], |above| trace.parents[*above]);
    let is_seen_above = || above.into_iter().any(|above| is_member[above] && callee(&trace.spans[above]) == callee(span));
    !matches!(span.visibility, Visibility::Duplicate | Visibility::Partial) && !is_seen_above()
}

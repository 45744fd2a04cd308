//! Numbers made of many spans.

use model::{Billing, Span};

use super::Matcher;
use super::fields::{number, usage_unit};
use super::repeats::longest_runs;
use super::summary::span_tokens;
use super::trace_row::TraceRow;
use crate::filter::{Measure, Quantity, RollUp};

impl Matcher {
    /// The number of a whole trace.
    pub(super) fn rolled_up(&self, rollup: &RollUp, trace: &TraceRow<'_>) -> Option<i64> {
        let met = self.meeting(&rollup.filter, trace);
        if let Measure::Repeats = rollup.measure {
            return Some(longest_runs(&met, trace).0);
        }
        let own = |at: &usize| if met[*at] { own_number(rollup.measure, &trace.spans[*at]) } else { None };
        trace.tree.order.iter().map(own).fold(nothing(rollup.measure), |sum, number| joined(rollup.measure, sum, number))
    }

    /// The number of each span and what is below it.
    pub(super) fn rolled_up_below(&self, rollup: &RollUp, trace: &TraceRow<'_>) -> Vec<Option<i64>> {
        let met = self.meeting(&rollup.filter, trace);
        if let Measure::Repeats = rollup.measure {
            return longest_runs(&met, trace).1.into_iter().map(Some).collect();
        }
        let own = |at: usize| if met[at] { own_number(rollup.measure, &trace.spans[at]) } else { nothing(rollup.measure) };
        let mut numbers: Vec<Option<i64>> = (0..met.len()).map(own).collect();
        trace.tree.add_up(&mut numbers, |above, below| joined(rollup.measure, above, below));
        numbers
    }
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

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
            return Some(counted(longest_runs(&met, trace).whole));
        }
        let own = |at: &usize| if met[*at] { own_number(rollup.measure, &trace.spans[*at]) } else { None };
        trace.tree.order().iter().map(own).fold(rollup.measure.of_nothing(), |sum, number| rollup.measure.join(sum, number))
    }

    /// The number of each span and what is below it.
    pub(super) fn rolled_up_below(&self, rollup: &RollUp, trace: &TraceRow<'_>) -> Vec<Option<i64>> {
        let met = self.meeting(&rollup.filter, trace);
        if let Measure::Repeats = rollup.measure {
            return longest_runs(&met, trace).below.into_iter().map(|run| Some(counted(run))).collect();
        }
        let own = |at: usize| if met[at] { own_number(rollup.measure, &trace.spans[at]) } else { rollup.measure.of_nothing() };
        let mut numbers: Vec<Option<i64>> = (0..met.len()).map(own).collect();
        trace.tree.add_up(&mut numbers, |above, below| rollup.measure.join(above, below));
        numbers
    }
}

fn counted(run: u64) -> i64 {
    i64::try_from(run).unwrap_or(i64::MAX)
}

impl Measure {
    /// What no span at all adds up to.
    pub fn of_nothing(self) -> Option<i64> {
        matches!(self, Self::Count).then_some(0)
    }

    /// The number of some spans and others; unknown adds nothing to what is known.
    pub fn join(self, one: Option<i64>, other: Option<i64>) -> Option<i64> {
        let join = |one: i64, other: i64| match self {
            Self::Max(_) => one.max(other),
            Self::Min(_) => one.min(other),
            Self::Count | Self::Sum(_) | Self::Repeats => one.saturating_add(other),
        };
        one.zip(other).map(|(one, other)| join(one, other)).or(one).or(other)
    }
}

impl Quantity {
    /// Whether only billing leaves tell it, so that nothing counts twice: it is money or tokens.
    pub fn is_billed(self) -> bool {
        match self {
            Self::Tokens => true,
            Self::Field(field) => field.name == "cost_usd" || usage_unit(field.name).is_some(),
        }
    }
}

/// What one span adds.
fn own_number(measure: Measure, span: &Span) -> Option<i64> {
    match measure {
        Measure::Count => Some(1),
        Measure::Sum(quantity) | Measure::Max(quantity) | Measure::Min(quantity) => quantity_of(quantity, span),
        Measure::Repeats => None,
    }
}

fn quantity_of(quantity: Quantity, span: &Span) -> Option<i64> {
    let told = match quantity {
        Quantity::Tokens => span_tokens(span),
        Quantity::Field(field) => number(field.name, span).flatten(),
    };
    told.filter(|_| !quantity.is_billed() || is_billed(span))
}

/// Whether a span's tokens and money enter sums.
pub(super) fn is_billed(span: &Span) -> bool {
    span.billing == Billing::Leaf && span.billed_in.is_none()
}

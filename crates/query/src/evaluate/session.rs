//! Rows of sessions: several traces as one.

use super::Matcher;
use super::compare::meets;
use super::scalar::Found;
use super::trace_row::TraceRow;
use crate::field::Field;
use crate::filter::{Filter, Measure, Quantity, RollUp, Subject, Test};

/// Says whether a session meets a filter; its traces are given.
///
/// Counts, sums, tokens and money are those of all its traces together. Any other test holds where it holds for one of the traces,
/// as a trace row.
pub fn matches_session(matcher: &Matcher, traces: &[TraceRow<'_>]) -> bool {
    matcher.meets_session(matcher.filter(), traces)
}

impl Matcher {
    fn meets_session(&self, filter: &Filter, traces: &[TraceRow<'_>]) -> bool {
        match filter {
            Filter::All(parts) => parts.iter().all(|part| self.meets_session(part, traces)),
            Filter::Any(parts) => parts.iter().any(|part| self.meets_session(part, traces)),
            Filter::Not(inner) => !self.meets_session(inner, traces),
            Filter::Test(test) => match sum_of_session(test) {
                Some(rollup) => {
                    let number = self.rolled_up_together(&rollup, traces);
                    meets(&Found::number(number), &test.comparison, &self.regexes)
                }
                None => traces.iter().any(|trace| self.meets_trace(filter, trace)),
            },
            _ => traces.iter().any(|trace| self.meets_trace(filter, trace)),
        }
    }

    fn rolled_up_together(&self, rollup: &RollUp, traces: &[TraceRow<'_>]) -> Option<i64> {
        let join = |one: i64, other: i64| match rollup.measure {
            Measure::Max(_) | Measure::Repeats => one.max(other),
            Measure::Min(_) => one.min(other),
            Measure::Count | Measure::Sum(_) => one.saturating_add(other),
        };
        let none = matches!(rollup.measure, Measure::Count).then_some(0);
        traces.iter().filter_map(|trace| self.rolled_up(rollup, trace)).reduce(join).or(none)
    }
}

/// Returns the roll-up behind a test of what a session adds up; None for a test that one of its traces must meet.
pub fn sum_of_session(test: &Test) -> Option<RollUp> {
    let sum = |quantity| Some(RollUp { measure: Measure::Sum(quantity), filter: Filter::everything() });
    match &test.subject {
        Subject::RollUp(rollup) => Some((**rollup).clone()),
        Subject::Tokens => sum(Quantity::Tokens),
        Subject::Field(field) if is_summed(field) => sum(Quantity::Field(field)),
        _ => None,
    }
}

fn is_summed(field: &Field) -> bool {
    field.name == "cost_usd" || super::fields::usage_unit(field.name).is_some()
}

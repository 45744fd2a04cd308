//! A filter of session rows taken apart: what single traces meet, and what all of them add up to.
//!
//! See `query::matches_session`: sums are of all traces of a session together, anything else holds where it holds for one of them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array};
use model::Usage;
use query::{Comparison, Filter, Measure, Quantity, RollUp, sum_of_session};
use store::{StoreError, TraceTotals};

use crate::read::compare::rows_that_meet;

pub(super) enum Part {
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    /// One of the traces meets the filter of this number.
    OneTrace(usize),
    /// A sum that totals tell.
    Total(Quantity, Comparison),
    /// A number made of the spans of all traces together; the filter of this number.
    Together(usize),
}

/// What is known of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Yes,
    No,
    Perhaps,
}

impl From<bool> for Known {
    fn from(is_met: bool) -> Self {
        if is_met { Self::Yes } else { Self::No }
    }
}

impl Part {
    /// Takes a filter apart; `filters` gets those that are asked of traces.
    pub(super) fn new(filter: &Filter, filters: &mut Vec<Filter>) -> Self {
        let mut add = |filter: &Filter| {
            filters.push(filter.clone());
            filters.len() - 1
        };
        match filter {
            Filter::All(parts) => Self::All(parts.iter().map(|part| Self::new(part, filters)).collect()),
            Filter::Any(parts) => Self::Any(parts.iter().map(|part| Self::new(part, filters)).collect()),
            Filter::Not(inner) => Self::Not(Box::new(Self::new(inner, filters))),
            Filter::Test(test) => match sum_of_session(test) {
                Some(RollUp { measure: Measure::Sum(quantity), filter: of }) if of.is_everything() && is_total(quantity) => {
                    Self::Total(quantity, test.comparison.clone())
                }
                Some(_) => Self::Together(add(filter)),
                None => Self::OneTrace(add(filter)),
            },
            _ => Self::OneTrace(add(filter)),
        }
    }

    /// Asks a session; `ask` answers the parts that are filters of traces.
    pub(super) fn is_met(
        &self,
        totals: &TraceTotals,
        ask: &mut impl FnMut(&Part) -> Result<Known, StoreError>,
    ) -> Result<Known, StoreError> {
        match self {
            Self::All(parts) => joined(parts, Known::No, totals, ask),
            Self::Any(parts) => joined(parts, Known::Yes, totals, ask),
            Self::Not(part) => Ok(match part.is_met(totals, ask)? {
                Known::Yes => Known::No,
                Known::No => Known::Yes,
                Known::Perhaps => Known::Perhaps,
            }),
            Self::Total(quantity, comparison) => number_meets(total(totals, *quantity), comparison),
            Self::OneTrace(_) | Self::Together(_) => ask(self),
        }
    }
}

/// Holds a number against a comparison; None is the number of which nothing is known.
pub(super) fn number_meets(number: Option<i64>, comparison: &Comparison) -> Result<Known, StoreError> {
    let number: ArrayRef = Arc::new(Int64Array::from(vec![number]));
    Ok(rows_that_meet(&number, comparison)?.value(0).into())
}

/// Joins parts of which one that `decides` is enough.
fn joined(
    parts: &[Part],
    decides: Known,
    totals: &TraceTotals,
    ask: &mut impl FnMut(&Part) -> Result<Known, StoreError>,
) -> Result<Known, StoreError> {
    let mut joined = if decides == Known::No { Known::Yes } else { Known::No };
    for part in parts {
        match part.is_met(totals, ask)? {
            known if known == decides => return Ok(decides),
            Known::Perhaps => joined = Known::Perhaps,
            _ => {}
        }
    }
    Ok(joined)
}

fn is_total(quantity: Quantity) -> bool {
    match quantity {
        Quantity::Tokens => true,
        Quantity::Field(field) => field.name == "cost_usd" || field.name.ends_with("_tokens"),
    }
}

fn total(totals: &TraceTotals, quantity: Quantity) -> Option<i64> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    match quantity {
        Quantity::Tokens => {
            let usage = totals.usage();
            let known = [Usage::INPUT, Usage::OUTPUT].into_iter().filter_map(|unit| usage.get(unit));
            known.reduce(u64::saturating_add).map(whole)
        }
        Quantity::Field(field) if field.name == "cost_usd" => totals.cost().map(|cost| cost.0),
        Quantity::Field(field) => totals.usage().get(field.name).map(whole),
    }
}

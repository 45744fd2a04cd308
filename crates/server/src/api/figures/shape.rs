//! Figures in JSON: money and times as decimal strings, counts as numbers, and always how much is known.

use model::NanoUsd;
use query::Unit;
use serde::Serialize;
use serde_json::Value;
use store::aggregate::{Amount, Figure, Measure, QueryCost};
use store::{Asking, TimeRange};
use utoipa::ToSchema;

/// A figure and how much of its rows it knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FigureAnswer {
    /// Of money a decimal string of US dollars, of times one of nanoseconds, else a number; absent where no row has a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Rows the figure is made of.
    rows_known: u64,
    /// Rows that should have a value and have none: calls without a price, spans that tell no first token. They are in no sum.
    rows_unknown: u64,
    /// Of the rows it is made of, those of which only a part is known.
    #[serde(skip_serializing_if = "is_zero")]
    rows_partial: u64,
    /// Whether the value is an estimate: percentiles are within a hundredth, numbers of different values beyond 1,024 within some percent.
    #[serde(skip_serializing_if = "is_false")]
    approximate: bool,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// What an answer took.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuestionCost {
    /// Rows looked at.
    rows: u64,
    /// Bytes of their columns, as they are stored.
    bytes: u64,
    /// Decimal string.
    nanos: String,
}

impl QuestionCost {
    /// What the request takes that is being answered.
    pub(crate) fn of_request() -> Self {
        Asking::current().cost().into()
    }
}

impl From<QueryCost> for QuestionCost {
    fn from(cost: QueryCost) -> Self {
        Self { rows: cost.rows, bytes: cost.bytes, nanos: cost.nanos.to_string() }
    }
}

impl FigureAnswer {
    pub(crate) fn new(measure: &Measure, figure: &Figure) -> Self {
        Self {
            value: figure.amount.map(|known| amount(measure, known)),
            rows_known: figure.rows_known,
            rows_unknown: figure.rows_unknown,
            rows_partial: figure.rows_partial,
            approximate: figure.is_approximate,
        }
    }
}

/// Writes an amount in the unit of what was measured.
pub(crate) fn amount(measure: &Measure, amount: Amount) -> Value {
    match (measure.unit(), amount) {
        (Unit::Count, Amount::Whole(whole)) => whole_number(whole),
        (Unit::Count, Amount::Fraction(fraction)) => serde_json::Number::from_f64(fraction).map_or(Value::Null, Value::Number),
        (Unit::NanoUsd, amount) => dollars(rounded(amount)).into(),
        (Unit::Nanos | Unit::UnixNanos, amount) => rounded(amount).to_string().into(),
    }
}

fn rounded(amount: Amount) -> i128 {
    match amount {
        Amount::Whole(whole) => whole,
        Amount::Fraction(fraction) => fraction.round() as i128,
    }
}

/// A number, as far as JSON's are exact.
fn whole_number(whole: i128) -> Value {
    match i64::try_from(whole) {
        Ok(small) if small.unsigned_abs() <= 1 << 53 => small.into(),
        _ => whole.to_string().into(),
    }
}

/// Writes nano-dollars as dollars; sums may be larger than any single amount.
fn dollars(nanos: i128) -> String {
    const NANOS_PER_USD: i128 = 1_000_000_000;
    if let Ok(small) = i64::try_from(nanos) {
        return NanoUsd(small).to_string();
    }
    let fraction = NanoUsd((nanos.abs() % NANOS_PER_USD) as i64).to_string();
    let sign = if nanos < 0 { "-" } else { "" };
    format!("{sign}{}{}", nanos.abs() / NANOS_PER_USD, fraction.trim_start_matches('0'))
}

/// How long a range is, where both ends are known.
pub(crate) fn extent(range: TimeRange) -> Option<u64> {
    Some(range.to_unix_nanos?.saturating_sub(range.from_unix_nanos?))
}

#[cfg(test)]
mod tests {
    use store::aggregate::Dimension;

    use super::*;

    #[test]
    fn amounts_are_told_in_their_unit() {
        let check = |measure: Measure, told: Amount, text: &str| assert_eq!(amount(&measure, told).to_string(), text);
        let of = |name| Dimension::Field(query::field(name).unwrap());
        let [cost, duration, tokens] = ["cost_usd", "duration_nanos", "input_tokens"].map(|name| move || of(name));
        check(Measure::Sum(cost()), Amount::Whole(3_412_000), "\"0.003412\"");
        check(Measure::Mean(cost()), Amount::Fraction(33.75), "\"0.000000034\"");
        check(Measure::Sum(cost()), Amount::Whole(3 * i128::from(i64::MAX)), "\"27670116110.564327421\"");
        check(Measure::Sum(cost()), Amount::Whole(-20_000_000_000 * 1_000_000_000), "\"-20000000000\"");
        check(Measure::Quantile(duration(), 500), Amount::Whole(7), "\"7\"");
        check(Measure::Mean(duration()), Amount::Fraction(2.5), "\"3\"");
        check(Measure::Sum(tokens()), Amount::Whole(12), "12");
        check(Measure::Mean(tokens()), Amount::Fraction(1.5), "1.5");
        check(Measure::Sum(tokens()), Amount::Whole(1 << 60), "\"1152921504606846976\"");
        check(Measure::Distinct(of("user_id")), Amount::Whole(5), "5");
    }
}

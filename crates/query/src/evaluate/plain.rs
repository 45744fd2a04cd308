//! The plain values that a span has at an attribute, a place or a score, as figures are made of them.

use model::Span;

use super::compare::{spelled_number, value_of};
use super::scalar::Scalar;
use crate::filter::Subject;

/// One plain value: a text, a number or a truth.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlainValue {
    /// A text as it stands; a number in the shortest digits that tell it, without a point where it is whole.
    pub name: String,
    /// The number it is or, as filters read texts, spells; in units of 10⁻¹². None for others and for those beyond 10²⁵.
    pub trillionths: Option<i128>,
}

/// The fraction of a number that `PlainValue::trillionths` counts.
pub const TRILLIONTHS: i128 = 1_000_000_000_000;

/// From here on numbers have no trillionths: those of a smaller one fit in 128 bits many times over.
const TRILLIONTHS_MAX: f64 = 1e25;

impl PlainValue {
    pub fn of_text(text: &str) -> Self {
        Self { name: text.to_owned(), trillionths: spelled_number(text).and_then(|number| trillionths(&number)) }
    }

    pub fn of_integer(integer: i128) -> Self {
        Self { name: integer.to_string(), trillionths: trillionths(&Scalar::Integer(integer)) }
    }

    /// None for what is no number.
    pub fn of_decimal(decimal: f64) -> Option<Self> {
        // Minus zero becomes zero.
        let decimal = decimal + 0.0;
        (!decimal.is_nan()).then(|| Self { name: decimal.to_string(), trillionths: trillionths(&Scalar::Decimal(decimal)) })
    }

    pub fn of_truth(truth: bool) -> Self {
        Self { name: truth.to_string(), trillionths: None }
    }

    fn of(scalar: &Scalar<'_>) -> Option<Self> {
        match scalar {
            Scalar::Text(text) => Some(Self::of_text(text)),
            Scalar::Integer(integer) => Some(Self::of_integer(*integer)),
            Scalar::Decimal(decimal) => Self::of_decimal(*decimal),
            Scalar::Truth(truth) => Some(Self::of_truth(*truth)),
        }
    }
}

/// Returns what a span says of an attribute, a place or a score: of a list each element, objects and nulls left out.
pub fn plain_values(subject: &Subject, span: &Span) -> Vec<PlainValue> {
    value_of(subject, span, false).scalars.iter().filter_map(PlainValue::of).collect()
}

fn trillionths(number: &Scalar<'_>) -> Option<i128> {
    match number {
        Scalar::Integer(integer) => {
            Some(*integer).filter(|integer| integer.unsigned_abs() < TRILLIONTHS_MAX as u128).map(|integer| integer * TRILLIONTHS)
        }
        Scalar::Decimal(decimal) if decimal.abs() >= TRILLIONTHS_MAX || decimal.is_nan() => None,
        // A whole number is told to the last digit, an integer or not.
        Scalar::Decimal(decimal) if decimal.fract() == 0.0 => Some(*decimal as i128 * TRILLIONTHS),
        Scalar::Decimal(decimal) => Some((decimal * TRILLIONTHS as f64).round() as i128),
        Scalar::Text(_) | Scalar::Truth(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_name_and_the_number_it_spells() {
        let check = |value: PlainValue, name: &str, trillionths: Option<i128>| {
            assert_eq!(value, PlainValue { name: name.into(), trillionths });
        };
        check(PlainValue::of_integer(5), "5", Some(5 * TRILLIONTHS));
        check(PlainValue::of_decimal(5.0).unwrap(), "5", Some(5 * TRILLIONTHS));
        check(PlainValue::of_decimal(-0.0).unwrap(), "0", Some(0));
        check(PlainValue::of_decimal(0.6).unwrap(), "0.6", Some(600_000_000_000));
        check(PlainValue::of_decimal(1e30).unwrap(), "1000000000000000000000000000000", None);
        check(PlainValue::of_decimal(f64::INFINITY).unwrap(), "inf", None);
        check(PlainValue::of_text("5.0"), "5.0", Some(5 * TRILLIONTHS));
        check(PlainValue::of_integer(i128::MIN), &i128::MIN.to_string(), None);
        check(PlainValue::of_text("1.10.2"), "1.10.2", None);
        check(PlainValue::of_truth(true), "true", None);
        assert_eq!(PlainValue::of_decimal(f64::NAN), None);
    }

    /// Beyond 2⁵³ a decimal is still a whole number.
    #[test]
    fn whole_decimals_are_told_as_integers_are() {
        for integer in [3, 1 << 52, -(1 << 53), 9_007_199_254_740_994_i128] {
            assert_eq!(PlainValue::of_decimal(integer as f64), Some(PlainValue::of_integer(integer)));
        }
    }
}

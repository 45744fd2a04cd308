//! Numbers at places, as keys in their order.

use std::cmp::Ordering;

use query::{Comparison, Operand, PlainValue};

/// A number as it was sent: JSON and OTLP tell integers and decimals apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Number {
    Integer(i128),
    Decimal(f64),
}

/// From here on integers share their `f64` with others.
const SHARED_MIN: u128 = 1 << 53;

impl Number {
    pub(super) fn of_json(number: &serde_json::Number) -> Option<Self> {
        let integer = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
        integer.map(Self::Integer).or_else(|| number.as_f64().map(Self::Decimal))
    }

    /// The number a text spells as a plain decimal, as filters read it.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        text.parse().ok().map(Self::Integer).or_else(|| text.parse().ok().map(Self::Decimal))
    }

    fn as_decimal(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Decimal(decimal) => decimal,
        }
    }

    /// Bytes in the order of numbers: those of its decimal, and behind them those of an integer that shares it. None for what has no
    /// order.
    pub(super) fn key(self) -> Option<Vec<u8>> {
        let mut key = ordered(self.as_decimal())?.to_vec();
        if let Self::Integer(integer) = self
            && integer.unsigned_abs() >= SHARED_MIN
        {
            key.extend(integer.to_be_bytes());
        }
        Some(key)
    }

    pub(super) fn of_key(key: &[u8]) -> Option<Self> {
        let (decimal, integer) = key.split_first_chunk::<8>()?;
        match <[u8; 16]>::try_from(integer) {
            Ok(integer) => Some(Self::Integer(i128::from_be_bytes(integer))),
            Err(_) => Some(Self::Decimal(from_ordered(*decimal))),
        }
    }

    /// None for what is no number.
    pub(super) fn plain(self) -> Option<PlainValue> {
        match self {
            Self::Integer(integer) => Some(PlainValue::of_integer(integer)),
            Self::Decimal(decimal) => PlainValue::of_decimal(decimal),
        }
    }

    fn compare(self, operand: &Operand) -> Option<Ordering> {
        match (self, operand) {
            (Self::Integer(number), Operand::Integer(wanted)) => Some(number.cmp(&i128::from(*wanted))),
            (number, Operand::Integer(wanted)) => number.as_decimal().partial_cmp(&(*wanted as f64)),
            (number, Operand::Decimal(wanted)) => number.as_decimal().partial_cmp(wanted),
            (_, Operand::Text(_) | Operand::Truth(_)) => None,
        }
    }

    /// Whether it lies in some bounds.
    pub(super) fn lies_in(self, bounds: &Bounds<'_>) -> bool {
        let is = |bound: &Option<Bound<'_>>, side: Ordering| {
            bound.as_ref().is_none_or(|(operand, inclusive)| {
                self.compare(operand).is_some_and(|order| order == side || (*inclusive && order == Ordering::Equal))
            })
        };
        is(&bounds.low, Ordering::Greater) && is(&bounds.high, Ordering::Less)
    }
}

/// An operand, and whether it belongs to what it bounds.
type Bound<'a> = (&'a Operand, bool);

/// What a comparison with numbers asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds<'a> {
    low: Option<Bound<'a>>,
    high: Option<Bound<'a>>,
}

impl<'a> Bounds<'a> {
    pub(super) fn only(operand: &'a Operand) -> Self {
        Self { low: Some((operand, true)), high: Some((operand, true)) }
    }

    /// None for a comparison that is not about order.
    pub(super) fn of(comparison: &'a Comparison) -> Option<Self> {
        let (low, high) = match comparison {
            Comparison::Above(operand) => (Some((operand, false)), None),
            Comparison::AtLeast(operand) => (Some((operand, true)), None),
            Comparison::Below(operand) => (None, Some((operand, false))),
            Comparison::AtMost(operand) => (None, Some((operand, true))),
            Comparison::Between(low, high) => (Some((low, true)), Some((high, true))),
            Comparison::Exists | Comparison::Is(_) | Comparison::Contains(_) | Comparison::Matches(_) => return None,
        };
        Some(Self { low, high })
    }

    /// Beginnings of the first and the last key inside; None where no number can be.
    pub(super) fn keys(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let bytes = |bound: Option<Bound<'_>>, open: u8| match bound {
            Some((Operand::Integer(integer), _)) => ordered(*integer as f64),
            Some((Operand::Decimal(decimal), _)) => ordered(*decimal),
            Some((Operand::Text(_) | Operand::Truth(_), _)) => None,
            None => Some([open; 8]),
        };
        Some((bytes(self.low, 0)?.to_vec(), bytes(self.high, u8::MAX)?.to_vec()))
    }
}

const SIGN: u64 = 1 << 63;

/// The order of the bits of a decimal made that of its value.
fn ordered(decimal: f64) -> Option<[u8; 8]> {
    // Minus zero becomes zero.
    let bits = (decimal + 0.0).to_bits();
    (!decimal.is_nan()).then(|| if bits & SIGN == 0 { bits | SIGN } else { !bits }.to_be_bytes())
}

fn from_ordered(bytes: [u8; 8]) -> f64 {
    let bits = u64::from_be_bytes(bytes);
    f64::from_bits(if bits & SIGN == 0 { !bits } else { bits & !SIGN })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use query::{Comparison, Operand};

    use super::{Bounds, Number};

    fn decimals() -> impl Strategy<Value = f64> {
        prop_oneof![any::<f64>(), (-4..4_i32).prop_map(|n| f64::from(n) / 2.0), Just(-0.0), Just(9_007_199_254_740_992.0)]
    }

    fn integers() -> impl Strategy<Value = i64> {
        let shared = 1_i64 << 53;
        prop_oneof![any::<i64>(), -3..3_i64, shared - 2..shared + 3, -shared - 2..3 - shared, i64::MAX - 3..i64::MAX]
    }

    proptest! {
        #[test]
        fn keys_lie_where_numbers_do(
            number in prop_oneof![integers().prop_map(|n| Number::Integer(n.into())), decimals().prop_map(Number::Decimal)],
            operand in prop_oneof![integers().prop_map(Operand::Integer), decimals().prop_map(Operand::Decimal)],
            which in 0..5_u8,
        ) {
            let comparison = match which {
                0 => Comparison::Above(operand.clone()),
                1 => Comparison::AtLeast(operand.clone()),
                2 => Comparison::Below(operand.clone()),
                3 => Comparison::AtMost(operand.clone()),
                _ => Comparison::Between(operand.clone(), operand.clone()),
            };
            let bounds = Bounds::of(&comparison).unwrap();
            let Some(key) = number.key() else {
                prop_assert!(!number.lies_in(&bounds));
                return Ok(());
            };
            let again = Number::of_key(&key).unwrap();
            prop_assert_eq!(again.lies_in(&bounds), number.lies_in(&bounds));
            if number.lies_in(&bounds) {
                let (first, last) = bounds.keys().unwrap();
                prop_assert!(first <= key && (key < last || key.starts_with(&last)));
            }
        }
    }
}

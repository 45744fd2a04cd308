//! Money: integer nano-dollars, so that sums are exact.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

/// US dollars in billionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct NanoUsd(pub i64);

const NANOS_PER_USD: i64 = 1_000_000_000;

impl NanoUsd {
    /// Rounds dollars to the nearest nano-dollar; None for NaN, the infinities and what does not fit.
    pub fn from_usd(usd: f64) -> Option<Self> {
        let nanos = (usd * NANOS_PER_USD as f64).round();
        (nanos.is_finite() && nanos.abs() < i64::MAX as f64).then_some(Self(nanos as i64))
    }

    /// Reads dollars as a plain decimal without a sign, exactly: `0.003412`; None for more than nine digits after the point.
    pub fn from_decimal(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<9}").parse().ok()?;
        whole.parse::<i64>().ok()?.checked_mul(NANOS_PER_USD)?.checked_add(fraction).map(Self)
    }
}

/// Writes dollars as a plain decimal without trailing zeros: `0.003412`.
impl fmt::Display for NanoUsd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let (whole, fraction) = (nanos / NANOS_PER_USD as u64, nanos % NANOS_PER_USD as u64);
        if fraction == 0 {
            return write!(f, "{sign}{whole}");
        }
        write!(f, "{sign}{whole}.{}", format!("{fraction:09}").trim_end_matches('0'))
    }
}

impl Add for NanoUsd {
    type Output = Self;

    /// Saturates: a sum at the limit of nine billion dollars is wrong in any case.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for NanoUsd {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self(0), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_plain_decimals() {
        assert_eq!(NanoUsd(3_412_000).to_string(), "0.003412");
        assert_eq!(NanoUsd(0).to_string(), "0");
        assert_eq!(NanoUsd(-1_500_000_000).to_string(), "-1.5");
        assert_eq!(NanoUsd(1).to_string(), "0.000000001");
    }

    #[test]
    fn a_decimal_is_read_exactly_or_not_at_all() {
        for (text, nanos) in [("2.5", 2_500_000_000), ("0", 0), ("0.000000001", 1), ("9223372036.854775807", i64::MAX)] {
            assert_eq!(NanoUsd::from_decimal(text), Some(NanoUsd(nanos)), "{text}");
        }
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "0.0000000001", "9223372036.854775808", "1,5", " 1"] {
            assert_eq!(NanoUsd::from_decimal(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_none() {
        assert_eq!(NanoUsd::from_usd(f64::NAN), None);
        assert_eq!(NanoUsd::from_usd(f64::INFINITY), None);
        assert_eq!(NanoUsd::from_usd(0.171), Some(NanoUsd(171_000_000)));
    }
}

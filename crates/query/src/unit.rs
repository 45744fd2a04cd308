//! Numbers with units: how people write durations, money, counts and moments, and how they are written back.

use model::NanoUsd;

use crate::field::Unit;

/// Why a text is no number of its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitError {
    pub(crate) reason: String,
    pub(crate) fix: String,
}

fn error<Value>(reason: impl Into<String>, fix: impl Into<String>) -> Result<Value, UnitError> {
    Err(UnitError { reason: reason.into(), fix: fix.into() })
}

/// Numbers as people write them, for examples.
pub(crate) static EXAMPLES: &[(Unit, &str)] = &[
    (Unit::Count, "20"),
    (Unit::Count, "10k"),
    (Unit::Nanos, "2s"),
    (Unit::Nanos, "500ms"),
    (Unit::NanoUsd, "$0.01"),
    (Unit::UnixNanos, "2026-11-20"),
];

/// Reads a number in the unit of a field.
pub(crate) fn read(text: &str, unit: Unit) -> Result<i64, UnitError> {
    match unit {
        Unit::Count => count(text),
        Unit::Nanos => duration(text),
        Unit::NanoUsd => money(text),
        Unit::UnixNanos => crate::moment::read(text).map_or_else(
            || error(format!("`{text}` is no time"), "write `2026-11-20`, `2026-11-20T10:52` or `2026-11-20T10:52:03Z`, in UTC"),
            Ok,
        ),
    }
}

/// Writes a number so that `read` gives it back, as short as it stays exact.
pub(crate) fn write(number: i64, unit: Unit) -> String {
    match unit {
        Unit::Count => write_count(number),
        Unit::Nanos => write_duration(number),
        Unit::NanoUsd => match NanoUsd(number).to_string().strip_prefix('-') {
            Some(amount) => format!("-${amount}"),
            None => format!("${}", NanoUsd(number)),
        },
        Unit::UnixNanos => crate::moment::write(number),
    }
}

/// Reads a whole number, `_` between digits allowed; `k`, `M` and `B` stand for thousands, millions and billions.
fn count(text: &str) -> Result<i64, UnitError> {
    let (digits, scale) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1_000),
        Some((at, 'm' | 'M')) => (&text[..at], 1_000_000),
        Some((at, 'b' | 'B')) => (&text[..at], 1_000_000_000),
        _ => (text, 1),
    };
    match scaled(&digits.replace('_', ""), scale) {
        Some(number) => Ok(number),
        None => error(format!("`{text}` is no whole number"), "write a number such as `20`, `10k` or `1.5M`"),
    }
}

fn write_count(number: i64) -> String {
    let scales = [(1_000_000_000, 'B'), (1_000_000, 'M'), (1_000, 'k')];
    let scale = scales.iter().find(|(scale, _)| number != 0 && number % scale == 0);
    scale.map_or_else(|| number.to_string(), |(scale, letter)| format!("{}{letter}", number / scale))
}

const SECOND: i64 = 1_000_000_000;

/// Units of time, longest first; of each pair of names the first is written.
const DURATIONS: &[(&str, i64)] = &[
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("min", 60 * SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("µs", 1_000),
    ("ns", 1),
    ("m", 60 * SECOND),
    ("s", SECOND),
];

/// Reads `2s`, `1.5ms`, `1m30s`.
fn duration(text: &str) -> Result<i64, UnitError> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if rest.is_empty() || rest.trim_start_matches(|character: char| character.is_ascii_digit() || ".-_".contains(character)).is_empty() {
        return error(format!("`{text}` has no unit"), format!("write `{text}s`, `{text}ms` or another of `d h m s ms us ns`"));
    }
    let mut nanos: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.').len();
        let behind = &rest[digits..];
        let Some((name, scale)) = DURATIONS.iter().find(|(name, _)| unit_stands(behind, name)) else {
            return error(format!("`{text}` is no duration"), "write a number and one of `d h m s ms us ns`, such as `2s` or `1m30s`");
        };
        let part = scaled(&rest[..digits], *scale).and_then(|part| nanos.checked_add(part));
        let Some(sum) = part else {
            return error(format!("`{text}` is no duration in whole nanoseconds"), "write a number such as `2s`, `1.5ms` or `1m30s`");
        };
        nanos = sum;
        rest = &behind[name.len()..];
    }
    Ok(sign * nanos)
}

/// Whether a unit begins a text and ends there, or before the next number.
fn unit_stands(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphabetic))
}

fn write_duration(nanos: i64) -> String {
    let (sign, size) = (if nanos < 0 { "-" } else { "" }, nanos.unsigned_abs());
    for (name, scale) in [("d", 86_400), ("h", 3_600), ("m", 60)] {
        let scale = scale * SECOND as u64;
        if size != 0 && size.is_multiple_of(scale) {
            return format!("{sign}{}{name}", size / scale);
        }
    }
    let (name, scale) = match size {
        0 => ("s", SECOND as u64),
        1..1_000 => ("ns", 1),
        1_000..1_000_000 => ("us", 1_000),
        1_000_000..1_000_000_000 => ("ms", 1_000_000),
        _ => ("s", SECOND as u64),
    };
    let (whole, part) = (size / scale, size % scale);
    if part == 0 {
        return format!("{sign}{whole}{name}");
    }
    let width = scale.ilog10() as usize;
    format!("{sign}{whole}.{}{name}", format!("{part:0width$}").trim_end_matches('0'))
}

/// Reads US dollars: `$0.01`, `0.01`, `0.01usd`.
fn money(text: &str) -> Result<i64, UnitError> {
    let (sign, amount) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let lower = amount.to_ascii_lowercase();
    let amount = lower.strip_prefix('$').unwrap_or(&lower);
    let amount = amount.strip_suffix("usd").unwrap_or(amount);
    match scaled(amount, 1_000_000_000) {
        Some(nanos) => Ok(sign * nanos),
        None => {
            error(format!("`{text}` is no amount of dollars"), "write a decimal with at most nine digits behind the point, such as `$0.01`")
        }
    }
}

/// Reads a plain decimal times a scale; None where the result is no whole number or does not fit.
fn scaled(text: &str, scale: i64) -> Option<i64> {
    let (sign, size) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = size.split_once('.').unwrap_or((size, ""));
    let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() && fraction.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > 18 || whole.len() > 19 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (product, divisor) = (digits * i128::from(scale), 10_i128.pow(u32::try_from(fraction.len()).ok()?));
    (product % divisor == 0).then_some(product / divisor * sign)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: Unit, cases: &[(&str, i64, &str)]) {
        for (text, number, written) in cases {
            assert_eq!(read(text, unit), Ok(*number), "{text}");
            assert_eq!(write(*number, unit), *written);
            assert_eq!(read(written, unit), Ok(*number), "{written}");
        }
    }

    #[test]
    fn numbers_are_read_with_their_units_and_written_short() {
        check(
            Unit::Nanos,
            &[
                ("2s", 2_000_000_000, "2s"),
                ("1500ms", 1_500_000_000, "1.5s"),
                ("1m30s", 90_000_000_000, "90s"),
                ("90min", 5_400_000_000_000, "90m"),
                ("24h", 86_400_000_000_000, "1d"),
                (".5ms", 500_000, "500us"),
                ("12µs", 12_000, "12us"),
                ("7ns", 7, "7ns"),
                ("0s", 0, "0s"),
            ],
        );
        check(
            Unit::Count,
            &[("10k", 10_000, "10k"), ("1.5M", 1_500_000, "1500k"), ("1_234", 1_234, "1234"), ("0", 0, "0"), ("-3", -3, "-3")],
        );
        check(Unit::NanoUsd, &[("$0.01", 10_000_000, "$0.01"), ("1", 1_000_000_000, "$1"), ("2.5usd", 2_500_000_000, "$2.5")]);
    }

    #[test]
    fn what_has_no_unit_or_too_many_digits_is_refused_with_a_fix() {
        assert_eq!(read("2", Unit::Nanos).unwrap_err().fix, "write `2s`, `2ms` or another of `d h m s ms us ns`");
        for (text, unit) in [
            ("2x", Unit::Nanos),
            ("s", Unit::Nanos),
            ("0.1ns", Unit::Nanos),
            ("1.5", Unit::Count),
            ("ten", Unit::Count),
            ("$0.0000000001", Unit::NanoUsd),
            ("99999999999999999999", Unit::Count),
            ("", Unit::Count),
            ("yesterday", Unit::UnixNanos),
        ] {
            assert!(read(text, unit).is_err(), "{text}");
        }
    }
}

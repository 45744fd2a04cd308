//! Writes durations, counts and money the way people read them; the same rules as on the screen, without spaces before units.

/// What stands where nothing is known.
pub(crate) const MISSING: &str = "—";

const NANOS_PER_MILLI: u64 = 1_000_000;
const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Writes how long ago a moment was: `just now`, `12 s ago`, `3 days ago`.
pub(crate) fn ago(unix_nanos: u64, now_unix_nanos: u64) -> String {
    let seconds = now_unix_nanos.saturating_sub(unix_nanos) / 1_000_000_000;
    match seconds {
        0..5 => "just now".to_owned(),
        5..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} ago", plural((seconds / 86_400) as usize, "day")),
    }
}

/// Writes a duration: `412ms`, `4.2s`, `8m 25s`, `2h 05m`.
pub(crate) fn duration(nanos: u64) -> String {
    if nanos < NANOS_PER_MILLI {
        return match nanos {
            0 => "0ms".to_owned(),
            1..1000 => format!("{nanos}ns"),
            _ => format!("{}µs", nanos / 1000),
        };
    }
    // Rounded before the unit is chosen, so that 999.6 ms reads `1.0s` and not `1000ms`.
    let millis = nanos.saturating_add(NANOS_PER_MILLI / 2) / NANOS_PER_MILLI;
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let tenths = nanos.saturating_add(NANOS_PER_SECOND / 20) / (NANOS_PER_SECOND / 10);
    if tenths < 600 {
        return format!("{}.{}s", tenths / 10, tenths % 10);
    }
    long_duration(nanos.saturating_add(NANOS_PER_SECOND / 2) / NANOS_PER_SECOND)
}

fn long_duration(seconds: u64) -> String {
    if seconds < 3600 {
        return format!("{}m {:02}s", seconds / 60, seconds % 60);
    }
    let minutes = (seconds + 30) / 60;
    if minutes < 24 * 60 {
        return format!("{}h {:02}m", minutes / 60, minutes % 60);
    }
    let hours = (minutes + 30) / 60;
    format!("{}d {:02}h", hours / 24, hours % 24)
}

/// Writes a count: `450`, `48.2k`, `1.2M`.
pub(crate) fn count(number: u64) -> String {
    if number < 1000 {
        return number.to_string();
    }
    for (size, letter) in [(1_000, 'k'), (1_000_000, 'M'), (1_000_000_000, 'B')] {
        let tenths = number.saturating_add(size / 20) / (size / 10);
        if tenths < 10_000 {
            return format!("{}.{}{letter}", tenths / 10, tenths % 10);
        }
    }
    format!("{}B", number / 1_000_000_000)
}

/// Writes every digit of a count, grouped: `12,418`.
pub(crate) fn count_exact(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes a count and its noun: `1 error`, `2 errors`.
pub(crate) fn plural(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count_exact(number as u64), if number == 1 { "" } else { "s" })
}

/// Writes a size: `412 bytes`, `48.2 kB`.
pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1_000 => format!("{number} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", number as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", number as f64 / 1e6),
        _ => format!("{:.1} GB", number as f64 / 1e9),
    }
}

/// Money as the API gives it: nano-dollars, and how much of it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    Known(u64),
    /// A part has no price: the rest costs at least this.
    AtLeast(u64),
    NoPrice,
    /// Nothing is to be priced.
    None,
}

impl Cost {
    /// Reads the pair of fields of the API.
    pub(crate) fn from_api(usd: Option<&str>, status: Option<&str>) -> Self {
        let nanos = usd.and_then(nanos_from_usd);
        match (status, nanos) {
            (Some("no_price"), _) => Self::NoPrice,
            (Some("none"), _) | (_, None) => Self::None,
            (Some("partial"), Some(nanos)) => Self::AtLeast(nanos),
            (_, Some(nanos)) => Self::Known(nanos),
        }
    }

    /// Adds; what is unknown on one side makes the sum a lower bound.
    pub(crate) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, cost) | (cost, Self::None) => cost,
            (Self::NoPrice, Self::NoPrice) => Self::NoPrice,
            (Self::NoPrice, Self::Known(nanos) | Self::AtLeast(nanos)) => Self::AtLeast(nanos),
            (Self::Known(nanos) | Self::AtLeast(nanos), Self::NoPrice) => Self::AtLeast(nanos),
            (Self::Known(left), Self::Known(right)) => Self::Known(left + right),
            (Self::Known(left) | Self::AtLeast(left), Self::Known(right) | Self::AtLeast(right)) => Self::AtLeast(left + right),
        }
    }
}

/// Writes a cost: `$0.171`, `≥ $0.171`, `no price`, `—`.
pub(crate) fn cost(cost: Cost) -> String {
    match cost {
        Cost::Known(nanos) => format!("${}", three_digits(nanos)),
        Cost::AtLeast(nanos) => format!("≥ ${}", three_digits(nanos)),
        Cost::NoPrice => "no price".to_owned(),
        Cost::None => MISSING.to_owned(),
    }
}

/// Reads a decimal of dollars as nano-dollars; digits beyond the ninth are cut.
fn nanos_from_usd(usd: &str) -> Option<u64> {
    let (whole, fraction) = usd.split_once('.').unwrap_or((usd, ""));
    let fraction: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = fraction.parse::<u64>().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(NANOS_PER_SECOND)?.checked_add(nanos)
}

/// Writes nano-dollars with three significant digits, at least two decimals below $100, never in scientific notation.
fn three_digits(nanos: u64) -> String {
    let step = match nanos {
        0 => return "0".to_owned(),
        100_000_000_000.. => NANOS_PER_SECOND,
        1_000_000_000.. => 10_000_000,
        // Two digits less than the number has, so that three remain.
        _ => 10_u64.pow(nanos.ilog10().saturating_sub(2)),
    };
    let rounded = (nanos + step / 2) / step * step;
    let (whole, fraction) = (rounded / NANOS_PER_SECOND, rounded % NANOS_PER_SECOND);
    if step == NANOS_PER_SECOND {
        return count_exact(whole);
    }
    let digits = format!("{fraction:09}");
    let kept = digits.trim_end_matches('0').len().max(2);
    format!("{whole}.{}", &digits[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_change_their_unit_after_rounding() {
        let check = |nanos, text: &str| assert_eq!(duration(nanos), text);
        check(0, "0ms");
        check(412_000_000, "412ms");
        check(999_600_000, "1.0s");
        check(4_200_000_000, "4.2s");
        check(59_960_000_000, "1m 00s");
        check(505_000_000_000, "8m 25s");
        check(7_500_000_000_000, "2h 05m");
        check(183_600_000_000_000, "2d 03h");
        check(u64::MAX, "213504d 00h");
    }

    #[test]
    fn counts_keep_one_decimal() {
        let check = |number, text: &str| assert_eq!(count(number), text);
        check(450, "450");
        check(48_202, "48.2k");
        check(999_960, "1.0M");
        check(1_200_000, "1.2M");
        assert_eq!(count_exact(12_418), "12,418");
        assert_eq!(count_exact(1_000_000), "1,000,000");
        assert_eq!(plural(1, "error"), "1 error");
        assert_eq!(plural(2, "error"), "2 errors");
    }

    #[test]
    fn money_has_three_digits_and_never_lies() {
        let check = |usd, status, text: &str| assert_eq!(cost(Cost::from_api(usd, status)), text);
        check(Some("0.171"), Some("priced"), "$0.171");
        check(Some("0.170995"), Some("priced"), "$0.171");
        check(Some("0.0000123"), Some("priced"), "$0.0000123");
        check(Some("0.004"), Some("priced"), "$0.004");
        check(Some("0.2"), Some("priced"), "$0.20");
        check(Some("12.345"), Some("priced"), "$12.35");
        check(Some("2143.5"), Some("priced"), "$2,144");
        check(Some("0.9996"), Some("priced"), "$1.00");
        check(Some("0.171"), Some("partial"), "≥ $0.171");
        check(None, Some("no_price"), "no price");
        check(None, Some("none"), "—");
    }

    #[test]
    fn a_sum_with_an_unknown_part_is_a_lower_bound() {
        assert_eq!(Cost::Known(1).plus(Cost::NoPrice), Cost::AtLeast(1));
        assert_eq!(Cost::Known(1).plus(Cost::None), Cost::Known(1));
        assert_eq!(Cost::AtLeast(1).plus(Cost::Known(2)), Cost::AtLeast(3));
    }
}

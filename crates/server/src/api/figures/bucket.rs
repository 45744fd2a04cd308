//! Buckets of time: `15m`, `1h`, `1d`, in the zone of whoever looks.

use store::aggregate::TimeBucket;

use crate::api::time_range::rolling_nanos;
use crate::limits::BUCKETS_FITTING;
use crate::problem::Problem;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Widths that people read time in.
const WIDTHS: [u64; 16] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    90 * DAY,
    365 * DAY,
];

/// Reads a width, and an offset as of `zone_offset`.
pub(crate) fn bucket(width: &str, offset_nanos: i64) -> Result<TimeBucket, Problem> {
    let invalid = || {
        let shown: String = width.chars().take(80).collect();
        Problem::bad_request("invalid-bucket", format!("`{shown}` is no length of time")).with_hint("Use `30s`, `5m`, `1h`, `1d` or `1w`.")
    };
    let width_nanos = rolling_nanos(width.trim()).filter(|nanos| *nanos > 0).ok_or_else(invalid)?;
    Ok(TimeBucket { width_nanos, offset_nanos })
}

/// The width with which so long a time has some dozens of buckets.
pub(crate) fn fitting_width(nanos: u64) -> u64 {
    let fits = |width: &u64| nanos / width < BUCKETS_FITTING;
    WIDTHS.into_iter().find(fits).unwrap_or(WIDTHS[WIDTHS.len() - 1])
}

/// Reads what a clock is ahead of UTC: `+02:00`, `-05:30`, `Z`; UTC where absent. A `+` that came as a space is one all the same.
pub(crate) fn zone_offset(text: Option<&str>) -> Result<i64, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty() && *text != "Z") else { return Ok(0) };
    offset_nanos(text).ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        Problem::bad_request("invalid-zone", format!("`{shown}` is no offset from UTC")).with_hint("Use `+02:00`, `-05:30` or `Z`.")
    })
}

fn offset_nanos(text: &str) -> Option<i64> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+" | " ", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let number =
        |digits: &str| digits.parse::<i64>().ok().filter(|_| digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours <= 14 && minutes < 60).then(|| sign * (hours * HOUR as i64 + minutes * MINUTE as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read() {
        let hour = HOUR as i64;
        let check = |text: &str, expected: Option<i64>| assert_eq!(zone_offset(Some(text)).ok(), expected, "{text}");
        check("+02:00", Some(2 * hour));
        check(" 02:00", Some(2 * hour));
        check("-05:30", Some(-11 * hour / 2));
        check("Z", Some(0));
        for text in ["02:00", "+2:00", "+02", "+15:00", "+01:60", "Europe/Berlin", "ü"] {
            check(text, None);
        }
    }

    #[test]
    fn a_time_has_some_dozens_of_buckets() {
        assert_eq!(fitting_width(0), SECOND);
        assert_eq!(fitting_width(DAY), 30 * MINUTE);
        assert_eq!(fitting_width(7 * DAY), 3 * HOUR);
        assert_eq!(fitting_width(u64::MAX), 365 * DAY);
    }
}

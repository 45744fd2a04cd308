//! Buckets of time: `15m`, `1h`, `1d`, in the zone of whoever looks.

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use store::aggregate::{Clock, TimeBucket};

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

/// Reads a width, to be laid on a clock.
pub(crate) fn bucket(width: &str, clock: Clock) -> Result<TimeBucket, Problem> {
    let invalid = || {
        let shown: String = width.chars().take(80).collect();
        Problem::bad_request("invalid-bucket", format!("`{shown}` is no length of time")).with_hint("Use `30s`, `5m`, `1h`, `1d` or `1w`.")
    };
    let width_nanos = rolling_nanos(width.trim()).filter(|nanos| *nanos > 0).ok_or_else(invalid)?;
    Ok(TimeBucket { width_nanos, clock })
}

/// The width with which so long a time has some dozens of buckets.
pub(crate) fn fitting_width(nanos: u64) -> u64 {
    let fits = |width: &u64| nanos / width < BUCKETS_FITTING;
    WIDTHS.into_iter().find(fits).unwrap_or(WIDTHS[WIDTHS.len() - 1])
}

/// Reads the clock of a zone by its name in the IANA time zone database, `Europe/Berlin`, or by what it is ahead of UTC: `+02:00`, `-05:30`,
/// `Z`; UTC where absent. A `+` that came as a space is one all the same.
pub(crate) fn clock(text: Option<&str>) -> Result<Clock, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty() && *text != "Z") else { return Ok(Clock::default()) };
    let named = || text.parse::<Tz>().ok().map(clock_of_zone);
    offset_nanos(text).map(Clock::ahead).or_else(named).ok_or_else(|| {
        let shown: String = text.chars().take(80).collect();
        Problem::bad_request("invalid-zone", format!("`{shown}` is no time zone"))
            .with_hint("Use `Europe/Berlin`, `+02:00`, `-05:30` or `Z`.")
    })
}

/// What rules of summer time are known of: moments that clocks of computers show.
const FIRST_UNIX_SECONDS: i64 = 0;
/// The end of the year 2100.
const LAST_UNIX_SECONDS: i64 = 4_133_980_800;

/// No zone has changed its clock and back within so short a time.
const STEP_SECONDS: i64 = 7 * 24 * 3_600;

fn clock_of_zone(zone: Tz) -> Clock {
    let ahead_at = |seconds: i64| {
        let moment = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
        i64::from(zone.offset_from_utc_datetime(&moment).fix().local_minus_utc())
    };
    let (first, mut changes) = (ahead_at(FIRST_UNIX_SECONDS), Vec::new());
    let (mut before, mut ahead) = (FIRST_UNIX_SECONDS, first);
    for after in (FIRST_UNIX_SECONDS..=LAST_UNIX_SECONDS).step_by(STEP_SECONDS as usize) {
        if ahead_at(after) != ahead {
            // The first second of the new offset.
            let (mut low, mut high) = (before, after);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if ahead_at(middle) == ahead { low = middle } else { high = middle }
            }
            ahead = ahead_at(high);
            changes.push((i128::from(high) * i128::from(SECOND), ahead * SECOND as i64));
        }
        before = after;
    }
    Clock::changing(first * SECOND as i64, changes)
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
        let check = |text: &str, expected: Option<i64>| assert_eq!(clock(Some(text)).ok(), expected.map(Clock::ahead), "{text}");
        check("+02:00", Some(2 * hour));
        check(" 02:00", Some(2 * hour));
        check("-05:30", Some(-11 * hour / 2));
        check("Z", Some(0));
        for text in ["02:00", "+2:00", "+02", "+15:00", "+01:60", "Europe/Nowhere", "ü"] {
            check(text, None);
        }
    }

    /// Days in Berlin, New York and Adelaide, around changes of the clock in 2026 and 2027.
    #[test]
    fn days_of_a_zone_have_its_hours() {
        let days = |zone: &str| bucket("1d", clock(Some(zone)).unwrap()).unwrap();
        let hours_of_day = |zone: &str, moment: &str| {
            let (days, moment) = (days(zone), DateTime::parse_from_rfc3339(moment).unwrap().timestamp_nanos_opt().unwrap());
            let start = days.start_of(moment as u64);
            let shown = DateTime::from_timestamp_nanos(start as i64).to_rfc3339();
            (shown, (days.end_of(start) - start) / i128::from(HOUR))
        };
        for (zone, moment, start, hours) in [
            ("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00+00:00", 23),
            ("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00+00:00", 25),
            ("Europe/Berlin", "2026-11-22T12:00:00Z", "2026-11-21T23:00:00+00:00", 24),
            ("America/New_York", "2027-03-14T12:00:00Z", "2027-03-14T05:00:00+00:00", 23),
            ("Australia/Adelaide", "2026-10-04T06:00:00Z", "2026-10-03T14:30:00+00:00", 23),
            ("Asia/Kolkata", "2026-10-04T06:00:00Z", "2026-10-03T18:30:00+00:00", 24),
            ("UTC", "2026-10-04T06:00:00Z", "2026-10-04T00:00:00+00:00", 24),
        ] {
            assert_eq!(hours_of_day(zone, moment), (start.to_owned(), hours), "{zone} {moment}");
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

//! Moments as people write them: ISO 8601 dates and times, in UTC unless they say otherwise.

const DAY_SECONDS: i64 = 86_400;
const SECOND_NANOS: i64 = 1_000_000_000;

/// Reads `2026-11-20`, `2026-11-20T10:52`, `2026-11-20T10:52:03.5Z`, `2026-11-20T10:52:03+01:00` as Unix nanoseconds.
pub(crate) fn read(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't']).unwrap_or((text, "00:00Z"));
    let mut parts = date.split('-');
    let (year, month, day) = (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    if parts.next().is_some() || !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    let (clock, offset_seconds) = split_zone(time)?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |second| digits(second, 2))?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || fraction.len() > 9 {
        return None;
    }
    let nanos = digits(&format!("{fraction:0<9}"), 9)?;
    let seconds = days_since_epoch(year, month, day) * DAY_SECONDS + hour * 3_600 + minute * 60 + second - offset_seconds;
    seconds.checked_mul(SECOND_NANOS)?.checked_add(nanos)
}

/// Writes a moment in UTC, to the day, minute, second or below, as far as it is not zero.
pub(crate) fn write(unix_nanos: i64) -> String {
    let (seconds, nanos) = (unix_nanos.div_euclid(SECOND_NANOS), unix_nanos.rem_euclid(SECOND_NANOS));
    let (days, clock) = (seconds.div_euclid(DAY_SECONDS), seconds.rem_euclid(DAY_SECONDS));
    let (year, month, day) = date_of(days);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    if nanos != 0 {
        let fraction = format!("{nanos:09}");
        return format!("{date}T{hour:02}:{minute:02}:{second:02}.{}Z", fraction.trim_end_matches('0'));
    }
    match (clock, second) {
        (0, _) => date,
        (_, 0) => format!("{date}T{hour:02}:{minute:02}Z"),
        _ => format!("{date}T{hour:02}:{minute:02}:{second:02}Z"),
    }
}

/// The clock and the seconds it is ahead of UTC.
fn split_zone(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = time.rfind(['+', '-']) else { return Some((time, 0)) };
    let (clock, zone) = time.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':')?;
    let seconds = digits(hours, 2)? * 3_600 + digits(minutes, 2)? * 60;
    Some((clock, if zone.starts_with('-') { -seconds } else { seconds }))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The other way round, from the same source.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let (day, month) = (day_of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written_in_utc() {
        for (text, nanos, written) in [
            ("1970-01-01", 0, "1970-01-01"),
            ("2026-11-20", 1_795_132_800 * SECOND_NANOS, "2026-11-20"),
            ("2026-11-20T10:52", 1_795_171_920 * SECOND_NANOS, "2026-11-20T10:52Z"),
            ("2026-11-20T11:52:03.25+01:00", 1_795_171_923 * SECOND_NANOS + 250_000_000, "2026-11-20T10:52:03.25Z"),
            ("2024-02-29T23:59:59Z", 1_709_251_199 * SECOND_NANOS, "2024-02-29T23:59:59Z"),
        ] {
            assert_eq!(read(text), Some(nanos), "{text}");
            assert_eq!(write(nanos), written);
            assert_eq!(read(written), Some(nanos));
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-20T24:00",
            "2026-11-20T10",
            "20-11-2026",
            "2026-11-20T10:52:03.0000000001Z",
            "9999-01-01",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}

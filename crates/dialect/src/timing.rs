//! Time to the first token, in the many units it is sent in.

use serde_json::Value;

use crate::facts::Facts;
use crate::json;
use crate::table::{EventPart, Field, Reading};

pub(crate) fn time_to_first_token(facts: &Facts<'_>) -> Option<u64> {
    let start = facts.raw.start_unix_nanos;
    facts.first(Field::TimeToFirstToken, |value, rule| {
        let value = json::decoded(value);
        if rule.row.part == Some(EventPart::Time) {
            return value.as_u64()?.checked_sub(start);
        }
        match rule.row.reading {
            Reading::Instant => unix_nanos(value.as_str()?)?.checked_sub(start),
            Reading::Millis => nanos(&value, 1e6),
            _ => nanos(&value, 1e9),
        }
    })
}

fn nanos(value: &Value, nanos_per_unit: f64) -> Option<u64> {
    let nanos = json::number_of(value)? * nanos_per_unit;
    (nanos >= 0.0 && nanos < u64::MAX as f64).then_some(nanos.round() as u64)
}

/// Reads an instant of ISO 8601 (`2026-11-21T00:25:46.724377Z`, also with an offset) as nanoseconds since 1970.
pub(crate) fn unix_nanos(text: &str) -> Option<u64> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let clock = rest.strip_prefix(['T', ' '])?;
    let zone_at = clock.find(['Z', 'z', '+', '-']).unwrap_or(clock.len());
    let (time, zone) = clock.split_at(zone_at);
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(whole, ':')?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset_seconds(zone)?;
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    u64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(digits.parse().ok()?)
}

fn numbers(text: &str, separator: char) -> Option<[i64; 3]> {
    let mut parts = text.split(separator).map(|part| part.parse::<i64>().ok().filter(|number| (0..10_000).contains(number)));
    let three = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(three)
}

fn offset_seconds(zone: &str) -> Option<i64> {
    let Some(sign) = zone.chars().next().filter(|first| matches!(first, '+' | '-')) else { return Some(0) };
    let digits: String = zone[1..].chars().filter(char::is_ascii_digit).collect();
    let number: i64 = digits.parse().ok().filter(|number| (0..=1_400).contains(number) && digits.len() == 4)?;
    let seconds = number / 100 * 3_600 + number % 100 * 60;
    Some(if sign == '-' { -seconds } else { seconds })
}

/// Days from 1970-01-01 of a Gregorian date (H. Hinnant, "chrono-compatible low-level date algorithms").
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_of_all_forms_are_read() {
        assert_eq!(unix_nanos("1970-01-02T00:00:01.5Z"), Some(86_401_500_000_000));
        assert_eq!(unix_nanos("2026-11-21T01:25:46+01:00"), unix_nanos("2026-11-21 00:25:46Z"));
        assert_eq!(unix_nanos("2024-02-29T00:00:00Z"), Some(1_709_164_800_000_000_000));
        for text in ["", "2026", "2026-13-01T00:00:00Z", "not a time at all", "1960-01-01T00:00:00Z", "2026-11-21T01:25:46+1"] {
            assert_eq!(unix_nanos(text), None, "{text}");
        }
    }
}

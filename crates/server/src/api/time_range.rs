//! The parameter `t`: how far back, or from when to when.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use model::parse_length;
use store::TimeRange;

use crate::problem::Problem;

const HINT: &str = "Use `15m`, `24h`, `7d`, or two UTC times: `2026-11-20T08:00:00Z~2026-11-20T09:00:00Z`.";

/// Reads `15m`, `24h`, `7d` or `<utc>~<utc>`; a side may be left empty; nothing at all covers all time.
pub(crate) fn parse(text: Option<&str>) -> Result<TimeRange, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(TimeRange::default()) };
    if let Some((from, to)) = text.split_once('~') {
        return Ok(TimeRange { from_unix_nanos: moment(from)?, to_unix_nanos: moment(to)? });
    }
    let nanos = rolling_nanos(text).ok_or_else(|| invalid(text))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64;
    Ok(TimeRange { from_unix_nanos: Some(now.saturating_sub(nanos)), to_unix_nanos: None })
}

/// Reads a length of time: `30s`, `15m`, `24h`, `7d`, `1w`.
pub(crate) fn rolling_nanos(text: &str) -> Option<u64> {
    u64::try_from(parse_length(text)?.as_nanos()).ok()
}

/// Reads a UTC time, or nanoseconds since 1970; an empty side is open.
fn moment(text: &str) -> Result<Option<u64>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(nanos) = text.parse::<u64>() {
        return Ok(Some(nanos));
    }
    let time = DateTime::parse_from_rfc3339(text).map_err(|_| invalid(text))?;
    let nanos = time.timestamp_nanos_opt().and_then(|nanos| u64::try_from(nanos).ok()).ok_or_else(|| invalid(text))?;
    Ok(Some(nanos))
}

fn invalid(text: &str) -> Problem {
    let shown: String = text.chars().take(80).collect();
    Problem::bad_request("invalid-time-range", format!("`{shown}` is not a time range")).with_hint(HINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_ranges_are_exact_and_sides_may_be_open() {
        let range = parse(Some("1970-01-01T00:00:01Z~1970-01-01T00:00:02.5Z")).unwrap();
        assert_eq!((range.from_unix_nanos, range.to_unix_nanos), (Some(1_000_000_000), Some(2_500_000_000)));
        assert_eq!(parse(Some("~7")).unwrap(), TimeRange { from_unix_nanos: None, to_unix_nanos: Some(7) });
        assert_eq!(parse(None).unwrap(), TimeRange::default());
    }

    #[test]
    fn a_rolling_range_reaches_back_from_now() {
        let day = parse(Some("24h")).unwrap().from_unix_nanos.unwrap();
        let hour = parse(Some("1h")).unwrap().from_unix_nanos.unwrap();
        assert!((82_790_000_000_000..82_810_000_000_000).contains(&(hour - day)));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in ["yesterday", "5y", "h", "ü", "2026-13-01T00:00:00Z~", "99999999999999999999h"] {
            assert!(parse(Some(text)).is_err(), "{text}");
        }
    }
}

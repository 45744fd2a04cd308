//! Lengths of time as people write them.

use std::time::Duration;

/// Reads a whole number of seconds, minutes, hours, days or weeks: `30s`, `15m`, `24h`, `7d`, `1w`; None for anything else.
pub fn parse_length(text: &str) -> Option<Duration> {
    let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        "w" => 604_800,
        _ => return None,
    };
    Some(Duration::from_secs(count.parse::<u64>().ok()?.checked_mul(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read() {
        let seconds = |text| parse_length(text).map(|length| length.as_secs());
        assert_eq!((seconds("7d"), seconds("15m"), seconds("2w")), (Some(604_800), Some(900), Some(1_209_600)));
        assert_eq!(
            (seconds(""), seconds("7"), seconds("d"), seconds("-1d"), seconds("99999999999999999999d")),
            (None, None, None, None, None)
        );
    }
}

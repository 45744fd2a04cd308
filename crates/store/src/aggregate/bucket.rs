//! Stretches of time as the viewer's clock shows them.

use std::ops::Range;

/// What a clock is ahead of UTC, from moment to moment: summer time changes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clock {
    /// Nanoseconds ahead before the first change.
    offset_nanos: i64,
    /// When the offset changed, and to what; in order of time.
    changes: Vec<(i128, i64)>,
}

/// Stretches of time of one length on a clock: days begin at its midnight.
///
/// One that holds a change of the clock is as much longer or shorter as the change; where a length divides an hour, none does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBucket {
    pub width_nanos: u64,
    pub clock: Clock,
}

const HOUR_NANOS: i128 = 3_600_000_000_000;

impl Clock {
    /// Always as much ahead.
    pub fn ahead(offset_nanos: i64) -> Self {
        Self { offset_nanos, changes: Vec::new() }
    }

    /// Each moment, in Unix nanoseconds and in order, with what the clock is ahead from then on.
    pub fn changing(offset_nanos: i64, changes: Vec<(i128, i64)>) -> Self {
        Self { offset_nanos, changes }
    }

    /// What it is ahead at a moment.
    fn ahead_at(&self, unix_nanos: i128) -> i128 {
        self.steady_around(unix_nanos).1
    }

    /// The time around a moment in which the clock does not change, and what it is ahead then.
    fn steady_around(&self, unix_nanos: i128) -> (Range<i128>, i128) {
        let next = self.changes.partition_point(|(from, _)| *from <= unix_nanos);
        let (from, ahead) = next.checked_sub(1).map_or((i128::MIN, self.offset_nanos), |last| self.changes[last]);
        let to = self.changes.get(next).map_or(i128::MAX, |(to, _)| *to);
        (from..to, ahead.into())
    }
}

impl TimeBucket {
    /// The start of the bucket of a moment, in Unix nanoseconds; the first may begin before 1970.
    pub fn start_of(&self, unix_nanos: u64) -> i128 {
        let (moment, width) = (i128::from(unix_nanos), self.width());
        let ahead = self.clock.ahead_at(moment);
        let shown = (moment + ahead).div_euclid(width) * width;
        self.moment_shown(shown, ahead)
    }

    /// The end of the bucket that starts at a moment.
    pub fn end_of(&self, start_unix_nanos: i128) -> i128 {
        let ahead = self.clock.ahead_at(start_unix_nanos);
        // Where a day begins at one o'clock, it still ends at midnight.
        let shown = (start_unix_nanos + ahead).div_euclid(self.width()) * self.width();
        self.moment_shown(shown + self.width(), ahead)
    }

    /// Some time around a moment that lies in its bucket.
    pub fn known_around(&self, unix_nanos: u64) -> Range<i128> {
        let (moment, width) = (i128::from(unix_nanos), self.width());
        let (steady, ahead) = self.clock.steady_around(moment);
        let first = (moment + ahead).div_euclid(width) * width - ahead;
        first.max(steady.start)..(first + width).min(steady.end)
    }

    fn width(&self) -> i128 {
        self.width_nanos.max(1).into()
    }

    /// When the clock shows a time, or the change that skips it; `ahead` is what it is ahead somewhere near.
    fn moment_shown(&self, shown: i128, ahead: i128) -> i128 {
        let moment = shown - ahead;
        if HOUR_NANOS % self.width() == 0 {
            return moment;
        }
        let other = self.clock.ahead_at(moment);
        if other == ahead {
            return moment;
        }
        let corrected = shown - other;
        if self.clock.ahead_at(corrected) == other {
            return corrected;
        }
        self.clock.steady_around(moment.max(corrected)).0.start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i128 = HOUR_NANOS;

    /// Ahead by one hour, then by two, then by one again.
    fn changing() -> Clock {
        Clock::changing(HOUR as i64, vec![(1_000 * HOUR + 1, 2 * HOUR as i64), (2_000 * HOUR + 1, HOUR as i64)])
    }

    fn bucket(hours: i128, clock: Clock) -> TimeBucket {
        TimeBucket { width_nanos: (hours * HOUR) as u64, clock }
    }

    fn hour(hour: i128) -> u64 {
        (hour * HOUR) as u64
    }

    #[test]
    fn days_begin_at_the_clocks_midnight() {
        let behind = bucket(24, Clock::ahead(-5 * HOUR as i64));
        assert_eq!([0, 4, 5, 28, 29].map(|at| behind.start_of(hour(at)) / HOUR), [-19, -19, 5, 5, 29]);
        assert_eq!(behind.end_of(5 * HOUR), 29 * HOUR);
    }

    #[test]
    fn the_day_of_a_change_is_an_hour_shorter_or_longer() {
        let clock = Clock::changing(HOUR as i64, vec![(1_009 * HOUR, 2 * HOUR as i64), (2_017 * HOUR, HOUR as i64)]);
        let days = bucket(24, clock);
        // The day of hour 1,007 shows midnight; the clock goes from 2 to 3 at hour 1,009.
        assert_eq!([1_006, 1_007, 1_009, 1_029, 1_030].map(|at| days.start_of(hour(at)) / HOUR), [983, 1_007, 1_007, 1_007, 1_030]);
        assert_eq!(days.end_of(1_007 * HOUR) / HOUR, 1_030);
        // And from 3 to 2 at hour 2,017, of the day that begins at 2,014.
        assert_eq!([2_013, 2_014, 2_017, 2_038, 2_039].map(|at| days.start_of(hour(at)) / HOUR), [1_990, 2_014, 2_014, 2_014, 2_039]);
        assert_eq!(days.end_of(2_014 * HOUR) / HOUR, 2_039);
    }

    #[test]
    fn a_day_may_begin_after_midnight() {
        let clock = Clock::changing(-4 * HOUR as i64, vec![(1_012 * HOUR, -3 * HOUR as i64)]);
        let days = bucket(24, clock);
        assert_eq!([1_011, 1_012, 1_034, 1_035].map(|at| days.start_of(hour(at)) / HOUR), [988, 1_012, 1_012, 1_035]);
        assert_eq!((days.end_of(988 * HOUR) / HOUR, days.end_of(1_012 * HOUR) / HOUR), (1_012, 1_035));
    }

    #[test]
    fn each_moment_lies_in_one_bucket_and_these_follow_one_another() {
        for hours in [1, 3, 24, 168] {
            let buckets = bucket(hours, changing());
            let mut end = None;
            for moment in (900..2_400).map(|half| half * HOUR as u64 + HOUR as u64 / 2) {
                let start = buckets.start_of(moment);
                assert!(start <= moment.into() && i128::from(moment) < buckets.end_of(start), "{hours} h at {moment}");
                assert!(end.is_none_or(|(last, end)| last == start || end == start), "{hours} h at {moment}");
                end = Some((start, buckets.end_of(start)));
                let around = buckets.known_around(moment);
                assert!(around.contains(&moment.into()));
                for edge in [around.start, around.end - 1] {
                    assert_eq!(buckets.start_of(u64::try_from(edge).unwrap()), start, "{hours} h at {moment}");
                }
            }
        }
    }
}

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
/// One that holds a change of the clock is as much longer or shorter: a clock that is put back goes on in the bucket it was in. Of
/// lengths that divide an hour, buckets end with a change instead, and the hour that is shown twice has its buckets twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBucket {
    pub width_nanos: u64,
    pub clock: Clock,
}

const HOUR_NANOS: i128 = 3_600_000_000_000;

/// More than any clock is ahead, or behind.
const AHEAD_MAX_NANOS: i128 = 24 * HOUR_NANOS;

impl Clock {
    /// Always as much ahead.
    pub fn ahead(offset_nanos: i64) -> Self {
        Self { offset_nanos, changes: Vec::new() }
    }

    /// Each moment, in Unix nanoseconds and in order, with what the clock is ahead from then on.
    pub fn changing(offset_nanos: i64, changes: Vec<(i128, i64)>) -> Self {
        Self { offset_nanos, changes }
    }

    /// How many changes have been when a moment comes.
    fn changes_until(&self, moment: i128) -> usize {
        self.changes.partition_point(|(from, _)| *from <= moment)
    }

    /// The time after so many changes and before the next, and what the clock is ahead then.
    fn steady_after(&self, changes: usize) -> (Range<i128>, i128) {
        let (from, ahead) = changes.checked_sub(1).map_or((i128::MIN, self.offset_nanos), |last| self.changes[last]);
        let to = self.changes.get(changes).map_or(i128::MAX, |(to, _)| *to);
        (from..to, ahead.into())
    }

    /// The latest time that the clock has shown until a moment.
    fn latest_shown(&self, moment: i128) -> i128 {
        let mut changes = self.changes_until(moment);
        let mut latest = moment + self.steady_after(changes).1;
        while let Some(before) = changes.checked_sub(1).filter(|before| self.changes[*before].0 > moment - AHEAD_MAX_NANOS) {
            changes = before;
            let (steady, ahead) = self.steady_after(changes);
            latest = latest.max(steady.end - 1 + ahead);
        }
        latest
    }

    /// When the clock shows a time, or a later one, for the first time.
    fn first_showing(&self, shown: i128) -> i128 {
        let first = self.changes_until(shown - AHEAD_MAX_NANOS);
        let showing = (first..=self.changes.len()).find_map(|changes| {
            let (steady, ahead) = self.steady_after(changes);
            Some((shown - ahead).max(steady.start)).filter(|moment| *moment < steady.end)
        });
        showing.unwrap_or(shown)
    }
}

impl TimeBucket {
    /// The start of the bucket of a moment, in Unix nanoseconds; the first may begin before 1970.
    pub fn start_of(&self, unix_nanos: u64) -> i128 {
        self.around(unix_nanos.into()).start
    }

    /// The end of the bucket that starts at a moment.
    pub fn end_of(&self, start_unix_nanos: i128) -> i128 {
        self.around(start_unix_nanos).end
    }

    /// The bucket of a moment.
    pub fn around(&self, moment: i128) -> Range<i128> {
        let width = i128::from(self.width_nanos.max(1));
        if HOUR_NANOS % width == 0 {
            let (steady, ahead) = self.clock.steady_after(self.clock.changes_until(moment));
            let start = (moment + ahead).div_euclid(width) * width - ahead;
            return start.max(steady.start)..(start + width).min(steady.end);
        }
        let shown = self.clock.latest_shown(moment).div_euclid(width) * width;
        self.clock.first_showing(shown)..self.clock.first_showing(shown + width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i128 = 3_600_000_000_000;

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
    fn a_clock_that_is_put_back_goes_on_in_its_bucket() {
        let clock = Clock::changing(3 * HOUR as i64, vec![(1_009 * HOUR, 2 * HOUR as i64)]);
        let hours = bucket(3, clock);
        // It shows 1,011, where a bucket begins, at 1,008 and again at 1,009.
        let starts = [1_005, 1_008, 1_009, 1_010, 1_012, 1_013].map(|at| hours.start_of(hour(at)) / HOUR);
        assert_eq!(starts, [1_005, 1_008, 1_008, 1_008, 1_012, 1_012]);
        assert_eq!((hours.end_of(1_005 * HOUR) / HOUR, hours.end_of(1_008 * HOUR) / HOUR), (1_008, 1_012));
        // Put back from midnight to eleven: the day before goes on.
        let days = bucket(24, Clock::changing(3 * HOUR as i64, vec![(1_005 * HOUR, 2 * HOUR as i64)]));
        assert_eq!([1_004, 1_005, 1_006].map(|at| days.start_of(hour(at)) / HOUR), [981, 981, 1_006]);
    }

    #[test]
    fn each_moment_lies_in_one_bucket_and_these_follow_one_another() {
        // Forward and back at odd hours, at edges of buckets, at midnight, and by half an hour.
        let clocks = [(1_000, 1), (1_001, 1), (1_007, 1), (1_008, 1), (999, 1), (1_003, 1)].map(|(at, hours): (i128, i64)| {
            let ahead = |hours: i64| hours * HOUR as i64;
            Clock::changing(
                ahead(1),
                vec![(at * HOUR, ahead(1 + hours)), ((at + 1_007) * HOUR, ahead(1)), ((at + 1_100) * HOUR, ahead(1) / 2)],
            )
        });
        for (hours, clock) in [1, 3, 24, 168].into_iter().flat_map(|hours| clocks.clone().map(|clock| (hours, clock))) {
            let buckets = bucket(hours, clock);
            let mut end = None;
            for moment in (4 * 900..4 * 2_400).map(|quarter| quarter * HOUR as u64 / 4) {
                let start = buckets.start_of(moment);
                assert!(start <= moment.into() && i128::from(moment) < buckets.end_of(start), "{hours} h at {moment}");
                assert!(end.is_none_or(|(last, end)| last == start || end == start), "{hours} h at {moment}");
                end = Some((start, buckets.end_of(start)));
                for edge in [start, buckets.end_of(start) - 1] {
                    assert_eq!(buckets.around(edge), buckets.around(moment.into()), "{hours} h at {moment}");
                }
            }
        }
    }
}

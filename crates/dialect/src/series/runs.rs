//! Increases of cumulative points: each run of the sender by itself, each point against the one before.

use std::collections::BTreeMap;

use super::distribution::Distribution;
use super::number::Number;

/// Something that only grows while its sender runs.
pub(super) trait Cumulative: Clone {
    /// Returns the growth since an earlier point; None where it has shrunk, which means that the sender has begun again.
    fn since(&self, before: &Self) -> Option<Self>;
}

impl Cumulative for Number {
    fn since(&self, before: &Self) -> Option<Self> {
        self.order(*before).is_ge().then(|| self.minus(*before))
    }
}

impl Cumulative for Distribution {
    fn since(&self, before: &Self) -> Option<Self> {
        Distribution::since(self, before)
    }
}

/// A point of a cumulative series.
#[derive(Debug, Clone)]
pub(super) struct Standing<T> {
    pub(super) start_unix_nanos: u64,
    pub(super) time_unix_nanos: u64,
    pub(super) value: T,
}

/// Returns the increases from a time on, given the points in order of time, with the earlier ones they are compared with.
///
/// The first point of a run tells its whole value where the run began in that time. Where it began before and no earlier point is
/// there, how much of the value belongs to the time is unknown: nothing is counted for that point.
pub(super) fn increases<T: Cumulative>(points: &[Standing<T>], from_unix_nanos: Option<u64>) -> Vec<(u64, T)> {
    let mut before: BTreeMap<u64, &T> = BTreeMap::new();
    let mut increases = Vec::new();
    for point in points {
        let Standing { start_unix_nanos, time_unix_nanos, value } = point;
        let increase = match before.insert(*start_unix_nanos, value) {
            Some(before) => Some(value.since(before).unwrap_or_else(|| value.clone())),
            None => began_within(*start_unix_nanos, *time_unix_nanos, from_unix_nanos).then(|| value.clone()),
        };
        if from_unix_nanos.is_none_or(|from| *time_unix_nanos >= from) {
            increases.extend(increase.map(|increase| (*time_unix_nanos, increase)));
        }
    }
    increases
}

/// Whether a run has points in the time whose share of it cannot be told without an earlier point.
pub(super) fn lacks_earlier_point(points: impl Iterator<Item = (u64, u64)>, from_unix_nanos: u64) -> bool {
    let mut firsts: BTreeMap<u64, u64> = BTreeMap::new();
    for (start, time) in points {
        firsts.entry(start).and_modify(|first| *first = time.min(*first)).or_insert(time);
    }
    firsts.iter().any(|(start, first)| *first >= from_unix_nanos && !began_within(*start, *first, Some(from_unix_nanos)))
}

/// Whether all that a point counts lies in the time; a start of zero or at the point itself is how OTLP says that it is unknown.
fn began_within(start: u64, time: u64, from: Option<u64>) -> bool {
    from.is_none_or(|from| start != 0 && start != time && start >= from)
}

//! The points of a range as series: newest first until a bound, and before the range what counters are compared with.

use dialect::{Series, SeriesSet};
use model::MetricPoint;
use store::limits::PAGE_ROWS_MAX;
use store::{KeysetCursor, Order, PointQuery, TimeRange};

use super::COMPUTE;
use crate::aside::aside;
use crate::auth::ProjectScope;
use crate::limits::{EXPORT_PAGE_BYTES_MAX, METRIC_BYTES_READ_MAX, METRIC_POINTS_BEFORE_MAX, METRIC_POINTS_READ_MAX};
use crate::problem::Problem;

/// What was found in a range.
#[derive(Debug)]
pub(super) struct Found {
    /// Those with points in the range.
    pub(super) series: Vec<Series>,
    /// Where the answer begins; later than asked for where not all points were read.
    pub(super) from_unix_nanos: Option<u64>,
    pub(super) points_read: usize,
    pub(super) points_unreadable: usize,
    pub(super) complete: bool,
}

impl Found {
    /// The part of the range that the answer covers.
    pub(super) fn range(&self, asked: TimeRange) -> TimeRange {
        TimeRange { from_unix_nanos: self.from_unix_nanos, ..asked }
    }
}

/// Points read so far.
#[derive(Default)]
struct Reading {
    set: SeriesSet,
    points: usize,
    bytes: usize,
    unreadable: usize,
    /// Of the points of the metric that is being read.
    newest_unix_nanos: Option<u64>,
    oldest_unix_nanos: Option<u64>,
}

impl Reading {
    fn is_full(&self, points_max: usize) -> bool {
        self.points >= points_max || self.bytes >= METRIC_BYTES_READ_MAX
    }

    /// From where on all points are known when reading stopped early: of the oldest moment some may be missing, unless it is the only one.
    fn known_from(&self) -> Option<u64> {
        self.oldest_unix_nanos.map(|oldest| if Some(oldest) < self.newest_unix_nanos { oldest + 1 } else { oldest })
    }

    fn take(mut self, points: Vec<MetricPoint>) -> Self {
        self.points += points.len();
        self.newest_unix_nanos = self.newest_unix_nanos.or_else(|| points.first().map(|point| point.time_unix_nanos));
        self.oldest_unix_nanos = points.last().map(|point| point.time_unix_nanos).or(self.oldest_unix_nanos);
        for mut point in points {
            let raw = std::mem::take(&mut point.raw);
            self.bytes += raw.len();
            match wire::raw::decode_value(&raw) {
                Ok(value) => self.set.add(point, value),
                Err(_) => self.unreadable += 1,
            }
        }
        self
    }
}

/// Reads the series of some metrics, or of all where a name is absent.
pub(super) async fn read_series(scope: &ProjectScope, names: &[Option<&str>], range: TimeRange) -> Result<Found, Problem> {
    let mut reading = Reading::default();
    let mut from = range.from_unix_nanos;
    let mut complete = true;
    for name in names {
        (reading.newest_unix_nanos, reading.oldest_unix_nanos) = (None, None);
        let (read, next) = read_pages(scope, *name, range, reading, |reading| reading.is_full(METRIC_POINTS_READ_MAX)).await?;
        reading = read;
        if next.is_some() {
            complete = false;
            // What was read of earlier moments serves for comparison.
            from = from.max(reading.known_from());
        }
    }
    let points_read = reading.points;
    if let Some(from) = range.from_unix_nanos.filter(|_| complete) {
        reading = read_before(scope, names, from, reading).await?;
    }
    let points_unreadable = reading.unreadable;
    let mut series = aside(COMPUTE, move || reading.set.into_series()).await?;
    series.retain(|series| series.times(from).next().is_some());
    Ok(Found { series, from_unix_nanos: from, points_read, points_unreadable, complete })
}

/// Looks before the range until every counter has a point to be compared with, or a bound is met.
async fn read_before(scope: &ProjectScope, names: &[Option<&str>], from: u64, mut reading: Reading) -> Result<Reading, Problem> {
    let before = TimeRange { from_unix_nanos: None, to_unix_nanos: Some(from) };
    let points_max = reading.points + METRIC_POINTS_BEFORE_MAX;
    let is_enough = |reading: &Reading| reading.is_full(points_max) || !reading.set.lacks_earlier_points(from);
    for name in names {
        if !is_enough(&reading) {
            reading = read_pages(scope, *name, before, reading, is_enough).await?.0;
        }
    }
    Ok(reading)
}

/// Reads pages until there is enough; the cursor is where it stopped, if there is more.
async fn read_pages(
    scope: &ProjectScope,
    name: Option<&str>,
    mut range: TimeRange,
    mut reading: Reading,
    is_enough: impl Fn(&Reading) -> bool,
) -> Result<(Reading, Option<KeysetCursor>), Problem> {
    let mut after: Option<KeysetCursor> = None;
    loop {
        let query = PointQuery {
            range,
            name: name.map(str::to_owned),
            order: Order::Descending,
            limit: PAGE_ROWS_MAX,
            bytes_max: Some(EXPORT_PAGE_BYTES_MAX),
            after,
        };
        let page = scope.list_points(&query).await?;
        after = page.next;
        reading = aside(COMPUTE, move || reading.take(page.points)).await?;
        let Some(cursor) = after.as_ref().filter(|_| !is_enough(&reading)) else { return Ok((reading, after)) };
        // What lies behind the cursor would only be looked at to be skipped.
        range.to_unix_nanos = range.to_unix_nanos.min(cursor.key.checked_add(1)).or(cursor.key.checked_add(1));
    }
}

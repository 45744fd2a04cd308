//! Points by their series, each once.

use std::collections::HashMap;
use std::sync::Arc;

use model::{Attributes, MetricKind, MetricPoint, MetricValue, Resource, Scope};

use super::distribution::Distribution;
use super::number::Number;
use super::runs::{Standing, increases, lacks_earlier_point};
use super::tally::Tally;

/// OTLP `AGGREGATION_TEMPORALITY_DELTA`.
const DELTA: i32 = 1;

/// Collects points into series.
#[derive(Debug, Default)]
pub struct SeriesSet {
    positions: HashMap<String, usize>,
    /// By address; each is kept, so that no address is used again.
    resources: HashMap<usize, (Arc<Resource>, String)>,
    series: Vec<Series>,
}

/// What one sender tells under one name with one set of attributes.
#[derive(Debug, Clone)]
pub struct Series {
    pub name: String,
    pub unit: String,
    pub kind: MetricKind,
    /// As in `MetricPoint`.
    pub temporality: i32,
    pub monotonic: bool,
    pub attributes: Attributes,
    pub resource: Arc<Resource>,
    pub scope: Arc<Scope>,
    points: Vec<Point>,
}

#[derive(Debug, Clone)]
struct Point {
    start_unix_nanos: u64,
    time_unix_nanos: u64,
    value: MetricValue,
}

impl SeriesSet {
    /// Adds a point with its value. Points come as stores list them, newest first: of those that tell the same moment of the same
    /// series, the first one given is the last one received, and stays.
    pub fn add(&mut self, point: MetricPoint, value: MetricValue) {
        let key = self.key_of(&point);
        let position = *self.positions.entry(key).or_insert(self.series.len());
        let MetricPoint { start_unix_nanos, time_unix_nanos, .. } = point;
        if position == self.series.len() {
            self.series.push(series_of(point));
        }
        self.series[position].points.push(Point { start_unix_nanos, time_unix_nanos, value });
    }

    /// Whether a series has cumulative points that cannot be told apart from what was before without an earlier point.
    pub fn lacks_earlier_points(&self, from_unix_nanos: u64) -> bool {
        self.series.iter().any(|series| series.lacks_earlier_point(from_unix_nanos))
    }

    /// Returns the series, each with its points in order of time, each point once.
    pub fn into_series(self) -> Vec<Series> {
        let mut all = self.series;
        for series in &mut all {
            // The sort is stable: of equal points the first one given stays first.
            let is_value = series.tells_moments();
            let key = |point: &Point| (point.time_unix_nanos, if is_value { 0 } else { point.start_unix_nanos });
            series.points.sort_by_key(key);
            series.points.dedup_by_key(|point| key(point));
        }
        all
    }

    /// Everything that tells one series from another, as text; the order of attributes does not matter.
    fn key_of(&mut self, point: &MetricPoint) -> String {
        let address = Arc::as_ptr(&point.resource) as usize;
        let (_, resource) =
            self.resources.entry(address).or_insert_with(|| (point.resource.clone(), format!("{:?}", sorted(&point.resource.attributes))));
        let scope = (&point.scope.name, &point.scope.version, sorted(&point.scope.attributes));
        let metric = (&point.name, &point.unit, point.kind.as_str(), point.temporality, point.monotonic);
        format!("{metric:?}{:?}{scope:?}{resource}", sorted(&point.attributes))
    }
}

fn sorted(attributes: &Attributes) -> Vec<(&str, &model::AnyValue)> {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    sorted
}

fn series_of(point: MetricPoint) -> Series {
    let MetricPoint { name, unit, kind, temporality, monotonic, attributes, resource, scope, .. } = point;
    Series { name, unit, kind, temporality, monotonic, attributes, resource, scope, points: Vec::new() }
}

impl Series {
    /// Whether points tell how things stand at a moment, and not how much has come.
    pub fn tells_moments(&self) -> bool {
        match self.kind {
            MetricKind::Gauge => true,
            MetricKind::Sum => !self.monotonic && self.temporality != DELTA,
            _ => false,
        }
    }

    /// Whether values of several series make sense added up: parts of a sum do, readings of a gauge do not.
    pub fn adds_up(&self) -> bool {
        self.kind != MetricKind::Gauge
    }

    /// Whether points tell the sum since a start; what does not say is read so, because that counts nothing twice.
    fn is_cumulative(&self) -> bool {
        !self.tells_moments() && (self.temporality != DELTA || self.kind == MetricKind::Summary)
    }

    fn lacks_earlier_point(&self, from_unix_nanos: u64) -> bool {
        let starts = self.points.iter().map(|point| (point.start_unix_nanos, point.time_unix_nanos));
        self.is_cumulative() && lacks_earlier_point(starts, from_unix_nanos)
    }

    /// Times of the points from a time on, in their order.
    pub fn times(&self, from_unix_nanos: Option<u64>) -> impl DoubleEndedIterator<Item = u64> {
        let times = self.points.iter().map(|point| point.time_unix_nanos);
        times.filter(move |time| from_unix_nanos.is_none_or(|from| *time >= from))
    }

    /// Returns what the series says from a time on, by the times of its points.
    ///
    /// Points that hold no number (NaN, a gap the sender marks, an infinite count) say nothing.
    pub fn tallies(&self, from_unix_nanos: Option<u64>) -> Vec<(u64, Tally)> {
        let is_within = |time: u64| from_unix_nanos.is_none_or(|from| time >= from);
        if self.tells_moments() {
            let values = self.points.iter().filter_map(|point| Some((point.time_unix_nanos, Number::of(&point.value)?)));
            return values.filter(|(time, _)| is_within(*time)).map(|(time, number)| (time, Tally::value(time, number))).collect();
        }
        if self.kind == MetricKind::Sum {
            let numbers = self.standings(|value| Number::of(value).filter(|number| number.is_finite()));
            return self.grown(numbers, from_unix_nanos, Tally::Increase);
        }
        self.grown(self.standings(Distribution::of), from_unix_nanos, Tally::Distribution)
    }

    fn standings<T>(&self, read: impl Fn(&MetricValue) -> Option<T>) -> Vec<Standing<T>> {
        let standing = |point: &Point| {
            let Point { start_unix_nanos, time_unix_nanos, .. } = *point;
            Some(Standing { start_unix_nanos, time_unix_nanos, value: read(&point.value)? })
        };
        self.points.iter().filter_map(standing).collect()
    }

    fn grown<T: super::runs::Cumulative>(
        &self,
        points: Vec<Standing<T>>,
        from_unix_nanos: Option<u64>,
        tally: fn(T) -> Tally,
    ) -> Vec<(u64, Tally)> {
        if self.is_cumulative() {
            return increases(&points, from_unix_nanos).into_iter().map(|(time, grown)| (time, tally(grown))).collect();
        }
        let within = points.into_iter().filter(|point| from_unix_nanos.is_none_or(|from| point.time_unix_nanos >= from));
        within.map(|point| (point.time_unix_nanos, tally(point.value))).collect()
    }
}

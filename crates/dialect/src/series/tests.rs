//! Series of points made by hand: restarts, repeats, gaps and odd orders.

use std::sync::Arc;

use model::{
    Attributes, ExponentialBuckets, ExponentialHistogramValue, HistogramValue, MetricKind, MetricPoint, MetricValue, Resource, Scope,
    SummaryValue,
};

use super::*;

const CUMULATIVE: i32 = 2;
const DELTA: i32 = 1;

fn point(kind: MetricKind, temporality: i32, start: u64, time: u64) -> MetricPoint {
    let mut resource = Resource::default();
    resource.attributes.push("service.name", "shop");
    MetricPoint {
        name: "m".into(),
        unit: "1".into(),
        kind,
        temporality,
        monotonic: true,
        start_unix_nanos: start,
        time_unix_nanos: time,
        attributes: Attributes::default(),
        raw: Vec::new(),
        resource: Arc::new(resource),
        scope: Arc::new(Scope::default()),
    }
}

/// Series of points given in order of arrival; stores list them the other way round.
fn series(arrived: Vec<(MetricPoint, MetricValue)>) -> Vec<Series> {
    let mut set = SeriesSet::default();
    arrived.into_iter().rev().for_each(|(point, value)| set.add(point, value));
    set.into_series()
}

/// Increases of a monotonic sum whose points are (start, time, value), in order of arrival.
fn counted(temporality: i32, points: &[(u64, u64, i64)], from: Option<u64>) -> Vec<(u64, i128)> {
    let points = points.iter().map(|(start, time, value)| (point(MetricKind::Sum, temporality, *start, *time), MetricValue::Int(*value)));
    let all = series(points.collect());
    let [series] = all.as_slice() else { panic!("{} series", all.len()) };
    let whole = |(time, tally)| match tally {
        Tally::Increase(Number::Int(number)) => (time, number),
        other => panic!("{other:?}"),
    };
    series.tallies(from).into_iter().map(whole).collect()
}

#[test]
fn a_cumulative_counter_tells_increases_from_its_start_on() {
    assert_eq!(counted(CUMULATIVE, &[(5, 10, 7), (5, 20, 7), (5, 30, 9)], None), [(10, 7), (20, 0), (30, 2)]);
}

#[test]
fn a_delta_counts_as_it_is() {
    assert_eq!(counted(DELTA, &[(0, 10, 7), (10, 20, 7), (20, 30, 9)], Some(20)), [(20, 7), (30, 9)]);
}

#[test]
fn a_restart_begins_from_nothing_with_and_without_a_new_start() {
    assert_eq!(counted(CUMULATIVE, &[(5, 10, 7), (15, 20, 9)], None), [(10, 7), (20, 9)]);
    assert_eq!(counted(CUMULATIVE, &[(5, 10, 7), (5, 20, 3), (5, 30, 4)], None), [(10, 7), (20, 3), (30, 1)]);
}

#[test]
fn runs_that_overlap_are_counted_beside_each_other() {
    let points = [(5, 10, 7), (8, 11, 1), (5, 20, 9), (8, 21, 4)];
    assert_eq!(counted(CUMULATIVE, &points, None), [(10, 7), (11, 1), (20, 2), (21, 3)]);
}

#[test]
fn order_of_arrival_and_repeats_do_not_matter() {
    let points = [(5, 30, 9), (5, 10, 7), (5, 30, 9), (5, 20, 8), (5, 10, 7)];
    assert_eq!(counted(CUMULATIVE, &points, None), [(10, 7), (20, 1), (30, 1)]);
    assert_eq!(counted(DELTA, &[(0, 10, 7), (0, 10, 7)], None), [(10, 7)]);
}

#[test]
fn of_two_values_for_one_moment_the_last_received_stays() {
    assert_eq!(counted(DELTA, &[(0, 10, 7), (10, 20, 1), (0, 10, 8)], None), [(10, 8), (20, 1)]);
}

#[test]
fn what_was_before_a_time_is_not_counted_in_it() {
    let points = [(5, 10, 7), (5, 20, 9), (5, 30, 12)];
    assert_eq!(counted(CUMULATIVE, &points, Some(20)), [(20, 2), (30, 3)]);
    // The run began before, and no earlier point says where it stood.
    assert_eq!(counted(CUMULATIVE, &points, Some(8)), [(20, 2), (30, 3)]);
    assert_eq!(counted(CUMULATIVE, &points, Some(4)), [(10, 7), (20, 2), (30, 3)]);
    for unknown_start in [0, 10] {
        let points = [(unknown_start, 10, 7), (unknown_start, 20, 9)];
        assert_eq!(counted(CUMULATIVE, &points, Some(4)), [(20, 2)], "start {unknown_start}");
        assert_eq!(counted(CUMULATIVE, &points, None), [(10, 7), (20, 2)], "start {unknown_start}");
    }
}

#[test]
fn a_set_knows_where_an_earlier_point_is_needed() {
    let set = |temporality, points: &[(u64, u64)]| {
        let mut set = SeriesSet::default();
        points.iter().for_each(|(start, time)| set.add(point(MetricKind::Sum, temporality, *start, *time), MetricValue::Int(1)));
        set
    };
    assert!(set(CUMULATIVE, &[(5, 30), (5, 20)]).lacks_earlier_points(20));
    assert!(!set(CUMULATIVE, &[(5, 30), (5, 20), (5, 10)]).lacks_earlier_points(20));
    assert!(!set(CUMULATIVE, &[(20, 30)]).lacks_earlier_points(20));
    assert!(!set(CUMULATIVE, &[(5, 10)]).lacks_earlier_points(20), "nothing of it lies in the time");
    assert!(!set(DELTA, &[(5, 30)]).lacks_earlier_points(20));
}

#[test]
fn gauges_and_sums_that_may_fall_tell_their_last_value() {
    for (kind, temporality) in [(MetricKind::Gauge, 0), (MetricKind::Sum, CUMULATIVE)] {
        let value = |time, number| (MetricPoint { monotonic: false, ..point(kind, temporality, 1, time) }, MetricValue::Double(number));
        let all = series(vec![value(30, 4.0), value(10, 9.0), value(20, f64::NAN), value(20, f64::NEG_INFINITY), value(40, f64::NAN)]);
        let mut tallies = all[0].tallies(None).into_iter().map(|(_, tally)| tally);
        let mut sum = tallies.next().unwrap();
        tallies.for_each(|tally| sum.add(&tally));
        let (last, min, max) = (Number::Double(4.0), Number::Double(f64::NEG_INFINITY), Number::Double(9.0));
        assert_eq!(sum, Tally::Values { time_unix_nanos: 30, last, min, max });
    }
}

#[test]
fn what_is_no_number_leaves_counters_alone() {
    let sum = |time, value| (point(MetricKind::Sum, DELTA, 0, time), value);
    let values = [MetricValue::Double(f64::NAN), MetricValue::Double(f64::INFINITY), MetricValue::Absent, MetricValue::Double(0.5)];
    let all = series((10..).zip(values).map(|(time, value)| sum(time, value)).collect());
    assert_eq!(all[0].tallies(None), [(13, Tally::Increase(Number::Double(0.5)))]);
}

#[test]
fn attributes_in_another_order_are_the_same_series_and_another_sender_is_not() {
    let with = |keys: [&str; 2]| {
        let attributes = keys.into_iter().map(|key| (key, "v")).collect();
        (MetricPoint { attributes, ..point(MetricKind::Sum, DELTA, 0, 10) }, MetricValue::Int(1))
    };
    assert_eq!(series(vec![with(["a", "b"]), with(["b", "a"])]).len(), 1);
    assert_eq!(series(vec![with(["a", "b"]), with(["a", "c"])]).len(), 2);
    let mut other = with(["a", "b"]);
    other.0.resource = Arc::new(Resource::default());
    assert_eq!(series(vec![with(["a", "b"]), other]).len(), 2);
}

fn histogram(bounds: &[f64], bucket_counts: &[u64], sum: f64) -> MetricValue {
    let (bounds, bucket_counts) = (bounds.to_vec(), bucket_counts.to_vec());
    let count = bucket_counts.iter().sum();
    MetricValue::Histogram(HistogramValue { count, sum: Some(sum), min: None, max: None, bounds, bucket_counts })
}

/// The sum of cumulative points of one run, at times 10, 20 and so on.
fn distribution(kind: MetricKind, values: Vec<MetricValue>) -> Distribution {
    let points = (1..).zip(values).map(|(index, value)| (point(kind, CUMULATIVE, 5, index * 10), value));
    let mut sum = Distribution::default();
    for (_, tally) in series(points.collect())[0].tallies(None) {
        let Tally::Distribution(more) = tally else { panic!("{tally:?}") };
        sum.add(&more);
    }
    sum
}

#[test]
fn cumulative_histograms_tell_differences_by_bucket() {
    let bounds = [10.0, 20.0];
    let points = vec![histogram(&bounds, &[1, 0, 0], 5.0), histogram(&bounds, &[1, 2, 0], 35.0), histogram(&bounds, &[0, 1, 0], 12.0)];
    let sum = distribution(MetricKind::Histogram, points);
    // The last one has begun again: 1 + 2 + 1 values.
    assert_eq!((sum.count, sum.sum, sum.average()), (4, Some(47.0), Some(11.75)));
    // Rank 2 of 4 is the first of three values between 10 and 20.
    assert_eq!(sum.quantile(0.5).map(|value| (value * 1e6).round()), Some(13_333_333.0));
}

#[test]
fn histograms_of_other_bounds_meet_on_those_they_share() {
    let mut sum = Distribution::of(&histogram(&[1.0, 2.0, 4.0], &[1, 1, 1, 1], 8.0)).unwrap();
    sum.add(&Distribution::of(&histogram(&[2.0, 3.0], &[2, 0, 0], 2.0)).unwrap());
    let expected = Distribution::of(&histogram(&[2.0], &[4, 2], 10.0)).unwrap();
    assert_eq!(sum, expected);
}

#[test]
fn a_quantile_stays_between_the_least_and_the_greatest_value() {
    let MetricValue::Histogram(value) = histogram(&[100.0], &[2, 2], 0.0) else { unreachable!() };
    let told = Distribution::of(&MetricValue::Histogram(HistogramValue { min: Some(40.0), max: Some(140.0), ..value.clone() })).unwrap();
    assert_eq!([0.0, 0.25, 0.5, 0.75, 1.0].map(|quantile| told.quantile(quantile).unwrap()), [40.0, 70.0, 100.0, 120.0, 140.0]);
    let untold = Distribution::of(&MetricValue::Histogram(value)).unwrap();
    assert_eq!([0.0, 0.25, 1.0].map(|quantile| untold.quantile(quantile).unwrap()), [0.0, 50.0, 100.0]);
    assert_eq!(Distribution::of(&histogram(&[], &[3], 6.0)).unwrap().quantile(0.5), None);
    assert_eq!(Distribution::default().quantile(0.5), None);
    assert_eq!(Distribution::of(&histogram(&[3.0, 2.0], &[1, 1, 1], 6.0)).unwrap().quantile(0.5), None, "bounds that fall");
}

fn exponential(scale: i32, offset: i32, counts: &[u64], zero_count: u64) -> MetricValue {
    let positive = ExponentialBuckets { offset, counts: counts.to_vec() };
    let count = counts.iter().sum::<u64>() + zero_count;
    MetricValue::ExponentialHistogram(ExponentialHistogramValue {
        count,
        sum: Some(count as f64),
        scale,
        zero_count,
        positive,
        ..ExponentialHistogramValue::default()
    })
}

#[test]
fn a_scale_that_falls_between_points_is_no_restart() {
    // Scale 1: buckets of the square root of two. Scale 0: two of them make one.
    let sum = distribution(MetricKind::ExponentialHistogram, vec![exponential(1, 2, &[1, 1], 0), exponential(0, 1, &[3, 2], 1)]);
    let expected = Distribution::of(&exponential(0, 1, &[3, 2], 1)).unwrap();
    assert_eq!(sum, expected);
    // And a fall in a bucket is one: the second point counts whole.
    let sum = distribution(MetricKind::ExponentialHistogram, vec![exponential(0, 1, &[3], 0), exponential(0, 1, &[1, 4], 0)]);
    assert_eq!(sum, Distribution::of(&exponential(0, 1, &[4, 4], 0)).unwrap());
}

#[test]
fn quantiles_of_exponential_buckets_go_by_the_logarithm() {
    // One value each in 1..2, 2..4 and 4..8 and one zero.
    let told = Distribution::of(&exponential(0, 0, &[1, 1, 1], 1)).unwrap();
    assert_eq!([0.1, 0.5, 0.75, 1.0].map(|quantile| told.quantile(quantile).unwrap()), [0.0, 2.0, 4.0, 8.0]);
    assert_eq!(told.quantile(0.625), Some(8.0_f64.sqrt()));
    let below = ExponentialHistogramValue {
        count: 2,
        negative: ExponentialBuckets { offset: 0, counts: vec![1, 1] },
        ..ExponentialHistogramValue::default()
    };
    let below = Distribution::of(&MetricValue::ExponentialHistogram(below)).unwrap();
    assert_eq!([0.5, 1.0].map(|quantile| below.quantile(quantile).unwrap()), [-2.0, -1.0]);
}

#[test]
fn a_zero_bucket_that_grows_takes_its_neighbours_in() {
    let MetricValue::ExponentialHistogram(value) = exponential(0, 3, &[1], 2) else { unreachable!() };
    let wide = MetricValue::ExponentialHistogram(ExponentialHistogramValue { zero_threshold: 4.0, ..value });
    let sum = distribution(MetricKind::ExponentialHistogram, vec![exponential(0, 1, &[1], 1), wide.clone()]);
    assert_eq!(sum, Distribution::of(&wide).unwrap());
}

#[test]
fn no_scale_and_no_offset_is_too_odd() {
    for scale in [i32::MIN, -40, 40, i32::MAX] {
        for offset in [i32::MIN, -1, 0, i32::MAX] {
            let mut told = Distribution::of(&exponential(scale, offset, &[1, 1], 1)).unwrap();
            told.add(&Distribution::of(&exponential(0, 0, &vec![1; 5_000], 0)).unwrap());
            assert_eq!(told.count, 5_003);
            assert!(told.quantile(0.5).is_some_and(|value| !value.is_nan()), "{scale} {offset}");
        }
    }
}

#[test]
fn a_nan_that_was_counted_in_hides_the_sum_and_nothing_else() {
    let points = vec![histogram(&[10.0], &[1, 0], 5.0), histogram(&[10.0], &[1, 1], f64::NAN)];
    let sum = distribution(MetricKind::Histogram, points);
    assert_eq!((sum.count, sum.sum, sum.average(), sum.quantile(0.5)), (2, None, None, Some(10.0)));
}

#[test]
fn summaries_tell_count_and_sum() {
    let summary = |count, sum| MetricValue::Summary(SummaryValue { count, sum, quantiles: vec![(0.5, 1.0)] });
    let sum = distribution(MetricKind::Summary, vec![summary(2, 3.0), summary(5, 9.0)]);
    assert_eq!((sum.count, sum.sum, sum.quantile(0.5)), (5, Some(9.0), None));
}

#[test]
fn parts_of_a_sum_add_up_by_their_last_values() {
    let mut sum = Tally::value(10, Number::Int(3));
    sum.add_last(&Tally::value(5, Number::Int(4)));
    assert_eq!(sum, Tally::value(10, Number::Int(7)));
}

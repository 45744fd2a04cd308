//! What data points say, against an independent reader.

use model::{ExponentialBuckets, ExponentialHistogramValue, HistogramValue, MetricValue, SummaryValue};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, number_data_point};
use prost::Message;
use serde_json::json;
use wire::{Format, Limits, Signal, raw};

use crate::recordings::requests;

fn number(point: &NumberDataPoint) -> MetricValue {
    match point.value {
        None => MetricValue::Absent,
        Some(number_data_point::Value::AsInt(number)) => MetricValue::Int(number),
        Some(number_data_point::Value::AsDouble(number)) => MetricValue::Double(number),
    }
}

fn buckets(buckets: Option<&Buckets>) -> ExponentialBuckets {
    buckets.map(|buckets| ExponentialBuckets { offset: buckets.offset, counts: buckets.bucket_counts.clone() }).unwrap_or_default()
}

/// The value of the one point, as prost reads it.
fn expected(metric: &[u8]) -> MetricValue {
    match Metric::decode(metric).unwrap().data.unwrap() {
        Data::Gauge(gauge) => number(&gauge.data_points[0]),
        Data::Sum(sum) => number(&sum.data_points[0]),
        Data::Histogram(histogram) => {
            let point = &histogram.data_points[0];
            let (bounds, bucket_counts) = (point.explicit_bounds.clone(), point.bucket_counts.clone());
            MetricValue::Histogram(HistogramValue {
                count: point.count,
                sum: point.sum,
                min: point.min,
                max: point.max,
                bounds,
                bucket_counts,
            })
        }
        Data::ExponentialHistogram(histogram) => {
            let point = &histogram.data_points[0];
            MetricValue::ExponentialHistogram(ExponentialHistogramValue {
                count: point.count,
                sum: point.sum,
                min: point.min,
                max: point.max,
                scale: point.scale,
                zero_count: point.zero_count,
                zero_threshold: point.zero_threshold,
                positive: buckets(point.positive.as_ref()),
                negative: buckets(point.negative.as_ref()),
            })
        }
        Data::Summary(summary) => {
            let point = &summary.data_points[0];
            let quantiles = point.quantile_values.iter().map(|pair| (pair.quantile, pair.value)).collect();
            MetricValue::Summary(SummaryValue { count: point.count, sum: point.sum, quantiles })
        }
    }
}

#[test]
fn prost_reads_the_same_value_from_every_recorded_point() {
    let mut points = 0;
    for request in requests().iter().filter(|request| request.signal == Signal::Metrics) {
        for point in request.decode().points {
            assert_eq!(raw::decode_value(&point.raw).unwrap(), expected(&point.raw), "{}: {}", request.path.display(), point.name);
            points += 1;
        }
    }
    assert!(points > 150, "only {points} points compared");
}

fn values_of(metrics: &serde_json::Value) -> Vec<Result<MetricValue, wire::RecordError>> {
    let request = json!({ "resourceMetrics": [{ "scopeMetrics": [{ "metrics": metrics }] }] }).to_string();
    let incoming = wire::decode(Signal::Metrics, Format::Json, request.as_bytes(), &Limits::default()).unwrap();
    incoming.points.iter().map(|point| raw::decode_value(&point.raw)).collect()
}

#[test]
fn signs_absence_and_odd_numbers_are_read() {
    let exponential = json!({ "timeUnixNano": "4", "count": "3", "scale": -3, "zeroCount": "1", "zeroThreshold": 0.5,
        "positive": { "offset": -2, "bucketCounts": ["1", "0"] }, "negative": { "offset": 7, "bucketCounts": ["1"] } });
    let metrics = json!([
        { "name": "a", "gauge": { "dataPoints": [{ "asInt": "-5" }, { "asDouble": -0.5 }, { "asInt": "5", "flags": 1 }, {}] } },
        { "name": "d", "exponentialHistogram": { "aggregationTemporality": 2, "dataPoints": [exponential] } },
        { "name": "e", "summary": { "dataPoints": [{ "count": "2", "sum": 3, "quantileValues": [{ "quantile": 0.5, "value": 1 }] }] } },
    ]);
    let values: Vec<MetricValue> = values_of(&metrics).into_iter().map(Result::unwrap).collect();
    let exponential = ExponentialHistogramValue {
        count: 3,
        scale: -3,
        zero_count: 1,
        zero_threshold: 0.5,
        positive: ExponentialBuckets { offset: -2, counts: vec![1, 0] },
        negative: ExponentialBuckets { offset: 7, counts: vec![1] },
        ..ExponentialHistogramValue::default()
    };
    let summary = SummaryValue { count: 2, sum: 3.0, quantiles: vec![(0.5, 1.0)] };
    assert_eq!(
        values,
        [
            MetricValue::Int(-5),
            MetricValue::Double(-0.5),
            MetricValue::Absent,
            MetricValue::Absent,
            MetricValue::ExponentialHistogram(exponential),
            MetricValue::Summary(summary)
        ]
    );
}

#[test]
fn a_point_with_more_buckets_than_anybody_sends_is_not_read() {
    let point = json!({ "count": "0", "bucketCounts": vec!["0"; 10_001] });
    let metrics = json!([{ "name": "c", "histogram": { "aggregationTemporality": 1, "dataPoints": [point] } }]);
    assert!(values_of(&metrics)[0].as_ref().unwrap_err().to_string().contains("buckets"));
}

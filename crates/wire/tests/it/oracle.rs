//! prost and the schema's published Rust types as an independent reader: what they read is what we must have read.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use wire::{Format, Incoming, Signal, raw};

use crate::recordings::requests;

/// A record as the independent reader sees it, with its resource and scope.
type Flat<T> = (Resource, String, InstrumentationScope, String, T);

pub(crate) fn flat_spans(body: &[u8]) -> Vec<Flat<Span>> {
    let mut flat = Vec::new();
    for group in ExportTraceServiceRequest::decode(body).unwrap().resource_spans {
        for scope in group.scope_spans {
            for mut span in scope.spans {
                // A status that says nothing and no status are the same, and some SDKs send the one, some the other.
                span.status = span.status.filter(|status| *status != Status::default());
                flat.push((
                    group.resource.clone().unwrap_or_default(),
                    group.schema_url.clone(),
                    scope.scope.clone().unwrap_or_default(),
                    scope.schema_url.clone(),
                    span,
                ));
            }
        }
    }
    flat
}

pub(crate) fn flat_logs(body: &[u8]) -> Vec<Flat<LogRecord>> {
    let mut flat = Vec::new();
    for group in ExportLogsServiceRequest::decode(body).unwrap().resource_logs {
        for scope in group.scope_logs {
            for log in scope.log_records {
                flat.push((
                    group.resource.clone().unwrap_or_default(),
                    group.schema_url.clone(),
                    scope.scope.clone().unwrap_or_default(),
                    scope.schema_url.clone(),
                    log,
                ));
            }
        }
    }
    flat
}

fn flat_points(body: &[u8]) -> Vec<Flat<Metric>> {
    let mut flat = Vec::new();
    for ResourceMetrics { resource, scope_metrics, schema_url } in ExportMetricsServiceRequest::decode(body).unwrap().resource_metrics {
        for ScopeMetrics { scope, metrics, schema_url: scope_schema_url } in scope_metrics {
            for point in metrics.into_iter().flat_map(points_of) {
                flat.push((
                    resource.clone().unwrap_or_default(),
                    schema_url.clone(),
                    scope.clone().unwrap_or_default(),
                    scope_schema_url.clone(),
                    point,
                ));
            }
        }
    }
    flat
}

/// Splits a metric into metrics of one point.
fn points_of(metric: Metric) -> Vec<Metric> {
    macro_rules! split {
        ($data:expr, $variant:ident) => {
            $data
                .data_points
                .iter()
                .map(|point| {
                    let mut one = $data.clone();
                    one.data_points = vec![point.clone()];
                    Metric { data: Some(Data::$variant(one)), ..metric.clone() }
                })
                .collect()
        };
    }
    match metric.data.as_ref() {
        None => Vec::new(),
        Some(Data::Gauge(data)) => split!(data, Gauge),
        Some(Data::Sum(data)) => split!(data, Sum),
        Some(Data::Histogram(data)) => split!(data, Histogram),
        Some(Data::ExponentialHistogram(data)) => split!(data, ExponentialHistogram),
        Some(Data::Summary(data)) => split!(data, Summary),
    }
}

/// Compares records by their bytes: NaN is not equal to itself.
#[track_caller]
fn assert_same<T: Message + std::fmt::Debug>(ours: &[Flat<T>], theirs: &[Flat<T>], what: &str) {
    let bytes = |(resource, resource_url, scope, scope_url, record): &Flat<T>| {
        (resource.encode_to_vec(), resource_url.clone(), scope.encode_to_vec(), scope_url.clone(), record.encode_to_vec())
    };
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (our, their) in ours.iter().zip(theirs) {
        assert!(bytes(our) == bytes(their), "{what}:\n ours {our:?}\ntheirs {their:?}");
    }
}

/// Says what we have read in the terms of the independent reader: our bytes, read by it.
fn seen_by_prost<T: Message + Default>(resource: &model::Resource, scope: &model::Scope, record: &[u8]) -> Flat<T> {
    let resource = ResourceSpans::decode(raw::encode_resource(resource).as_slice()).unwrap();
    let scope = ScopeSpans::decode(raw::encode_scope(scope).as_slice()).unwrap();
    let record = T::decode(record).unwrap();
    (resource.resource.unwrap(), resource.schema_url, scope.scope.unwrap(), scope.schema_url, record)
}

/// Asserts that prost reads the same from the body as we did.
pub(crate) fn assert_agrees(signal: Signal, body: &[u8], incoming: &Incoming, what: &str) {
    match signal {
        Signal::Traces => {
            let ours: Vec<_> = incoming.spans.iter().map(|it| seen_by_prost(&it.resource, &it.scope, &raw::encode_span(it))).collect();
            assert_same(&ours, &flat_spans(body), what);
        }
        Signal::Logs => {
            let ours: Vec<_> = incoming.logs.iter().map(|it| seen_by_prost(&it.resource, &it.scope, &raw::encode_log(it))).collect();
            assert_same(&ours, &flat_logs(body), what);
        }
        Signal::Metrics => {
            let ours: Vec<_> = incoming.points.iter().map(|it| seen_by_prost(&it.resource, &it.scope, &it.raw)).collect();
            assert_same(&ours, &flat_points(body), what);
        }
    }
}

#[test]
fn prost_reads_the_same_from_every_recorded_protobuf_request() {
    let mut bodies = 0;
    for request in requests().iter().filter(|request| request.format == Format::Protobuf) {
        assert_agrees(request.signal, &request.body, &request.decode(), &request.path.display().to_string());
        bodies += 1;
    }
    assert!(bodies > 100, "only {bodies} bodies compared");
}

#[test]
fn a_point_repeats_in_columns_what_its_bytes_say() {
    for request in requests().iter().filter(|request| request.signal == Signal::Metrics) {
        for point in request.decode().points {
            let metric = Metric::decode(point.raw.as_slice()).unwrap();
            let (kind, temporality, monotonic, start, time, attributes) = match metric.data.unwrap() {
                Data::Gauge(it) => (
                    "gauge",
                    0,
                    false,
                    it.data_points[0].start_time_unix_nano,
                    it.data_points[0].time_unix_nano,
                    it.data_points[0].attributes.len(),
                ),
                Data::Sum(it) => (
                    "sum",
                    it.aggregation_temporality,
                    it.is_monotonic,
                    it.data_points[0].start_time_unix_nano,
                    it.data_points[0].time_unix_nano,
                    it.data_points[0].attributes.len(),
                ),
                Data::Histogram(it) => (
                    "histogram",
                    it.aggregation_temporality,
                    false,
                    it.data_points[0].start_time_unix_nano,
                    it.data_points[0].time_unix_nano,
                    it.data_points[0].attributes.len(),
                ),
                Data::ExponentialHistogram(it) => (
                    "exponential_histogram",
                    it.aggregation_temporality,
                    false,
                    it.data_points[0].start_time_unix_nano,
                    it.data_points[0].time_unix_nano,
                    it.data_points[0].attributes.len(),
                ),
                Data::Summary(it) => (
                    "summary",
                    0,
                    false,
                    it.data_points[0].start_time_unix_nano,
                    it.data_points[0].time_unix_nano,
                    it.data_points[0].attributes.len(),
                ),
            };
            assert_eq!((point.kind.as_str(), point.temporality, point.monotonic), (kind, temporality, monotonic), "{}", point.name);
            assert_eq!((point.start_unix_nanos, point.time_unix_nanos, point.attributes.len()), (start, time, attributes));
            assert_eq!((point.name, point.unit), (metric.name, metric.unit));
        }
    }
}

#[test]
fn a_request_written_again_holds_the_same_records() {
    for request in requests() {
        let incoming = request.decode();
        let what = request.path.display().to_string();
        match request.signal {
            Signal::Traces => {
                let body = raw::encode_request(&incoming.spans);
                let again = wire::decode(request.signal, Format::Protobuf, &body, &wire::Limits::default()).unwrap();
                assert_agrees(request.signal, &body, &again, &what);
                let bytes = |incoming: &Incoming| incoming.spans.iter().map(raw::encode_span).collect();
                assert_same_elements(bytes(&incoming), bytes(&again), &what);
            }
            Signal::Logs => {
                let body = raw::encode_log_request(&incoming.logs);
                let again = wire::decode(request.signal, Format::Protobuf, &body, &wire::Limits::default()).unwrap();
                assert_agrees(request.signal, &body, &again, &what);
                let bytes = |incoming: &Incoming| incoming.logs.iter().map(raw::encode_log).collect();
                assert_same_elements(bytes(&incoming), bytes(&again), &what);
            }
            Signal::Metrics => {}
        }
    }
}

/// Grouping may change the order of records, never the records.
fn assert_same_elements(mut left: Vec<Vec<u8>>, mut right: Vec<Vec<u8>>, what: &str) {
    left.sort();
    right.sort();
    assert!(left == right, "{what}");
}

//! Each limit at its edge: what just fits is kept, one more is not.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue};
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use wire::{DecodeError, Format, Incoming, Limits, Signal};

use crate::request::*;

fn small() -> Limits {
    Limits {
        body_bytes_max: 10_000,
        records_per_request_max: 3,
        values_per_request_max: 12,
        values_per_record_max: 10,
        attributes_max: 4,
        events_per_span_max: 3,
        links_per_span_max: 3,
        key_bytes_max: 8,
        value_depth_max: 5,
        ..Limits::default()
    }
}

fn decode(spans: Vec<Span>) -> Result<Incoming, DecodeError> {
    wire::decode(Signal::Traces, Format::Protobuf, &trace_request(spans), &small())
}

#[track_caller]
fn check(fits: Span, over: Span, reason: &str) {
    assert_outcome(&decode(vec![fits, over, span(3)]).unwrap(), &["span-1", "span-3"], &[reason]);
}

fn with_attributes(number: u8, count: usize) -> Span {
    Span { attributes: vec![attribute("key", Value::BoolValue(true)); count], ..span(number) }
}

#[test]
fn attributes_of_one_record() {
    check(with_attributes(1, 4), with_attributes(2, 5), "too_many_attributes");
    let with_event = |number, count| {
        let attributes = vec![attribute("key", Value::BoolValue(true)); count];
        Span { events: vec![span::Event { attributes, ..span::Event::default() }], ..span(number) }
    };
    check(with_event(1, 4), with_event(2, 5), "too_many_attributes");
}

#[test]
fn events_and_links_of_one_span() {
    let with_events = |number, count| Span { events: vec![span::Event::default(); count], ..span(number) };
    check(with_events(1, 3), with_events(2, 4), "too_many_events");
    let link = span::Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..span::Link::default() };
    let with_links = |number, count| Span { links: vec![link.clone(); count], ..span(number) };
    check(with_links(1, 3), with_links(2, 4), "too_many_links");
}

#[test]
fn bytes_of_a_key() {
    let with_key = |number, length| Span { attributes: vec![attribute(&"k".repeat(length), Value::IntValue(1))], ..span(number) };
    check(with_key(1, 8), with_key(2, 9), "key_too_long");
}

#[test]
fn depth_of_a_value() {
    let with_depth = |number, depth| Span { attributes: vec![attribute("key", nested(depth))], ..span(number) };
    check(with_depth(1, 5), with_depth(2, 6), "too_deep");
    let over = decode(vec![with_depth(2, 6)]).unwrap();
    assert_eq!(over.rejected[0].detail, "span 1 `span-2`: attribute `key`: value is nested deeper than 5");
}

#[test]
fn depth_of_a_value_is_the_same_in_json() {
    let with_depth = |number, depth: usize| {
        let value = (1..depth).fold(r#"{"intValue":1}"#.to_owned(), |inner, _| format!(r#"{{"arrayValue":{{"values":[{inner}]}}}}"#));
        json_span(number, &format!(r#","attributes":[{{"key":"key","value":{value}}}]"#))
    };
    for depth_max in [1, 5, 15, 16, 17, 31, 32, 33, 64, 128] {
        let limits = Limits { value_depth_max: depth_max, ..Limits::default() };
        let body = json_request(&[&with_depth(1, depth_max), &with_depth(2, depth_max + 1)]);
        let incoming = wire::decode(Signal::Traces, Format::Json, body.as_bytes(), &limits).unwrap();
        assert_outcome(&incoming, &["span-1"], &["too_deep"]);
    }
}

#[test]
fn values_of_a_record_and_of_a_request() {
    let with_list = |number, count| {
        let values = vec![AnyValue::default(); count];
        Span { attributes: vec![attribute("key", Value::ArrayValue(ArrayValue { values }))], ..span(number) }
    };
    let over = decode(vec![with_list(1, 10), span(2)]).unwrap();
    assert_outcome(&over, &["span-2"], &["too_many_values"]);
    assert!(over.rejected[0].detail.contains("record holds more than 10"), "{}", over.rejected[0].detail);
    let all = decode(vec![with_list(1, 9), with_list(2, 1)]).unwrap();
    assert_outcome(&all, &["span-1", "span-2"], &[]);
    let over = decode(vec![with_list(1, 9), with_list(2, 2), span(3)]).unwrap();
    assert_outcome(&over, &["span-1", "span-3"], &["too_many_values"]);
    assert!(over.rejected[0].detail.contains("request holds more than 12"), "{}", over.rejected[0].detail);
}

#[test]
fn records_of_one_request() {
    assert_eq!(decode(vec![span(1); 3]).unwrap().spans.len(), 3);
    let error = decode(vec![span(1); 4]).unwrap_err();
    assert!(error.is_too_large(), "{error}");
    let bad = Span { trace_id: Vec::new(), ..span(1) };
    assert!(decode(vec![bad; 4]).unwrap_err().is_too_large());
}

#[test]
fn bytes_of_a_body() {
    let body = trace_request(vec![Span { name: "n".repeat(9_000), ..span(1) }]);
    let at_edge = Limits { body_bytes_max: body.len(), ..small() };
    assert!(wire::decode(Signal::Traces, Format::Protobuf, &body, &at_edge).is_ok());
    let over = Limits { body_bytes_max: body.len() - 1, ..small() };
    assert!(wire::decode(Signal::Traces, Format::Protobuf, &body, &over).unwrap_err().is_too_large());
}

#[test]
fn a_span_of_twenty_megabytes_fits_the_defaults() {
    let picture = "p".repeat(20 << 20);
    let body = trace_request(vec![Span { attributes: vec![attribute("input", Value::StringValue(picture))], ..span(1) }]);
    let incoming = decode_traces(&body).unwrap();
    assert_eq!(incoming.spans[0].attributes.text("input").unwrap().len(), 20 << 20);
}

/// A long description is repeated with each of many tiny points: without a bound, a small body would fill the memory.
#[test]
fn header_and_points_of_a_metric() {
    let metric = |description: usize, points: usize| {
        let gauge = delimited(5, &delimited(1, b"\x19\x02\0\0\0\0\0\0\0").repeat(points));
        delimited(1, &delimited(2, &delimited(2, &[delimited(1, b"m"), delimited(2, &vec![b'd'; description]), gauge].concat())))
    };
    let limits = Limits { metric_header_bytes_max: 1_000, points_bytes_max: 10_000, ..Limits::default() };
    let decode = |body: Vec<u8>| wire::decode(Signal::Metrics, Format::Protobuf, &body, &limits).unwrap();
    // The name takes three bytes, the description three beside its text.
    assert_eq!(decode(metric(994, 1)).points.len(), 1);
    let over = decode(metric(995, 2));
    assert_eq!((over.points.len(), over.rejected.len()), (0, 2));
    assert_eq!(over.rejected[0].reason.as_str(), "metric_too_large");
    let many = decode(metric(994, 100));
    assert_eq!((many.points.len(), many.rejected.len()), (4, 96));
}

#[test]
fn points_of_one_request() {
    let gauge = delimited(5, &delimited(1, b"").repeat(4));
    let body = delimited(1, &delimited(2, &delimited(2, &gauge)));
    assert!(wire::decode(Signal::Metrics, Format::Protobuf, &body, &small()).unwrap_err().is_too_large());
}

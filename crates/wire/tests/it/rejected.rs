//! A record that cannot be read is refused alone and by name; its neighbours are kept.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::{Span, span};
use prost::Message;
use wire::{Format, Limits, Reason, Signal};

use crate::request::*;

/// Sends a span between two good ones, in protobuf.
#[track_caller]
fn check(odd: Vec<u8>, reason: &str, detail: &str) {
    let body = trace_request_of_bytes(&[span(1).encode_to_vec(), odd, span(3).encode_to_vec()]);
    let incoming = decode_traces(&body).unwrap();
    assert_outcome(&incoming, &["span-1", "span-3"], &[reason]);
    assert_eq!(incoming.rejected[0].detail, detail);
    assert_eq!(incoming.received(), 3);
}

#[test]
fn wrong_ids_refuse_the_span_and_keep_its_neighbours() {
    let with = |change: fn(&mut Span)| {
        let mut odd = span(2);
        change(&mut odd);
        odd.encode_to_vec()
    };
    check(with(|it| it.trace_id.truncate(15)), "invalid_trace_id", "span 2 `span-2`: a trace id of 15 bytes: expected 16");
    check(with(|it| it.trace_id = vec![0; 16]), "invalid_trace_id", "span 2 `span-2`: an all-zero trace id");
    check(with(|it| it.trace_id.clear()), "invalid_trace_id", "span 2 `span-2`: a trace id of 0 bytes: expected 16");
    check(with(|it| it.span_id.push(1)), "invalid_span_id", "span 2 `span-2`: a span id of 9 bytes: expected 8");
    check(with(|it| it.span_id = vec![0; 8]), "invalid_span_id", "span 2 `span-2`: an all-zero span id");
    check(with(|it| it.parent_span_id = vec![1; 7]), "invalid_parent_span_id", "span 2 `span-2`: parent: a span id of 7 bytes: expected 8");
}

#[test]
fn invalid_text_and_broken_bytes_refuse_the_span_alone() {
    let not_utf8 = [span(2).encode_to_vec(), delimited(3, b"\xff\xfe")].concat();
    check(not_utf8, "invalid_utf8", "span 2 `span-2`: trace state: text is not UTF-8");
    let cut_event = [span(2).encode_to_vec(), delimited(11, b"\x12\x05ab")].concat();
    check(cut_event, "malformed", "span 2 `span-2`: event: message ends in the middle of a field");
    let cut_span = [span(2).encode_to_vec(), b"\x2a\x7f".to_vec()].concat();
    check(cut_span, "malformed", "span 2 `span-2`: message ends in the middle of a field");
    let name_as_number = [span(2).encode_to_vec(), b"\x28\x01".to_vec()].concat();
    check(name_as_number, "malformed", "span 2 `span-2`: name: field has another wire type than its schema says");
}

#[test]
fn what_is_only_odd_is_kept_as_sent() {
    let odd = Span {
        parent_span_id: vec![0; 8],
        name: String::new(),
        start_time_unix_nano: u64::MAX,
        end_time_unix_nano: 1,
        kind: 77,
        dropped_attributes_count: u32::MAX,
        attributes: vec![
            attribute("", Value::DoubleValue(f64::NAN)),
            attribute("twice", Value::IntValue(i64::MIN)),
            attribute("twice", Value::StringValue(String::new())),
        ],
        ..span(2)
    };
    let incoming = decode_traces(&trace_request(vec![odd])).unwrap();
    assert_outcome(&incoming, &[""], &[]);
    let kept = &incoming.spans[0];
    assert_eq!((kept.parent_span_id, kept.start_unix_nanos, kept.end_unix_nanos), (None, u64::MAX, 1));
    assert_eq!((kept.kind, kept.dropped_attributes_count), (model::SpanKind::Unspecified, u32::MAX));
    assert_eq!(kept.attributes.len(), 3);
    assert!(kept.attributes.get("").unwrap().as_f64().unwrap().is_nan());
    assert_eq!(kept.attributes.0[1].value, model::AnyValue::Int(i64::MIN));
    assert_eq!(kept.attributes.text("twice"), Some(""));
}

#[test]
fn a_link_to_nowhere_is_counted_as_dropped() {
    let good = span::Link { trace_id: vec![1; 16], span_id: vec![1; 8], ..span::Link::default() };
    let nowhere = span::Link { trace_id: vec![0; 16], span_id: vec![0; 8], ..span::Link::default() };
    let odd = Span { links: vec![nowhere, good], dropped_links_count: 2, ..span(1) };
    let incoming = decode_traces(&trace_request(vec![odd])).unwrap();
    assert_eq!((incoming.spans[0].links.len(), incoming.spans[0].dropped_links_count), (1, 3));
}

#[test]
fn a_log_record_may_have_no_ids_but_not_wrong_ones() {
    let log =
        |trace_id: &[u8], span_id: &[u8]| LogRecord { trace_id: trace_id.to_vec(), span_id: span_id.to_vec(), ..LogRecord::default() };
    let records = vec![log(&[], &[]), log(&[0; 16], &[0; 8]), log(&[1; 16], &[1; 8]), log(&[1; 15], &[]), log(&[], &[1; 4])];
    let incoming = wire::decode(Signal::Logs, Format::Protobuf, &log_request(records), &Limits::default()).unwrap();
    let traced: Vec<bool> = incoming.logs.iter().map(|log| log.trace_id.is_some()).collect();
    assert_eq!(traced, [false, false, true]);
    let reasons: Vec<Reason> = incoming.rejected.iter().map(|rejection| rejection.reason).collect();
    assert_eq!(reasons, [Reason::InvalidTraceId, Reason::InvalidSpanId]);
    assert_eq!(incoming.rejected[0].detail, "log record 4: a trace id of 15 bytes: expected 16");
}

#[test]
fn a_resource_that_cannot_be_read_takes_only_its_own_records_along() {
    let children = |number: u8| delimited(2, &delimited(2, &span(number).encode_to_vec()));
    let bad_resource = delimited(1, &delimited(1, b"\x0a\x01\xff"));
    // The resource stands after the spans it belongs to.
    let bad = delimited(1, &[children(1), children(2), bad_resource].concat());
    let good = delimited(1, &children(3));
    let incoming = decode_traces(&[bad, good].concat()).unwrap();
    assert_outcome(&incoming, &["span-3"], &["invalid_utf8", "invalid_utf8"]);
    assert_eq!(incoming.rejected[0].detail, "span 1 `span-1`: resource: attribute key: text is not UTF-8");
}

#[test]
fn a_resource_after_its_spans_is_theirs_too() {
    let resource = delimited(1, &delimited(1, &attribute("service.name", Value::StringValue("late".to_owned())).encode_to_vec()));
    let body = delimited(1, &[delimited(2, &delimited(2, &span(1).encode_to_vec())), resource, delimited(3, b"url")].concat());
    let incoming = decode_traces(&body).unwrap();
    assert_eq!(incoming.spans[0].resource.attributes.text("service.name"), Some("late"));
    assert_eq!(incoming.spans[0].resource.schema_url, "url");
}

#[test]
fn unknown_fields_are_skipped_everywhere() {
    let unknown =
        [b"\xf8\x3f\x01".to_vec(), b"\xfa\x3f\x02hi".to_vec(), b"\xfd\x3f\0\0\0\0".to_vec(), b"\xf9\x3f\0\0\0\0\0\0\0\0".to_vec()].concat();
    let odd = [unknown.clone(), span(1).encode_to_vec(), unknown.clone()].concat();
    let scope = delimited(2, &[unknown.clone(), delimited(2, &odd)].concat());
    let body = [delimited(1, &[unknown.clone(), scope].concat()), unknown].concat();
    assert_outcome(&decode_traces(&body).unwrap(), &["span-1"], &[]);
}

#[test]
fn a_frame_that_does_not_parse_refuses_the_request() {
    for body in [&b"\x0a\x7f"[..], b"\x0a\x02\x12\x05", b"\x08\x01\x0a", b"<html>", b"{}"] {
        assert!(decode_traces(body).is_err(), "{body:?}");
    }
    assert_eq!(decode_traces(b"").unwrap().received(), 0);
}

#[test]
fn a_metric_whose_points_are_bad_loses_those_points_only() {
    let good = b"\x11\x01\0\0\0\0\0\0\0\x19\x02\0\0\0\0\0\0\0\x31\x03\0\0\0\0\0\0\0".to_vec();
    let bad = b"\x11\x01".to_vec();
    let bad_exemplar = delimited(5, &delimited(7, b"\x0a\x01\xff"));
    let gauge = [delimited(1, &good), delimited(1, &bad), delimited(1, &bad_exemplar), delimited(1, &good)].concat();
    let metric = [delimited(1, b"queue"), delimited(5, &gauge)].concat();
    let body = delimited(1, &delimited(2, &delimited(2, &metric)));
    let incoming = wire::decode(Signal::Metrics, Format::Protobuf, &body, &Limits::default()).unwrap();
    assert_eq!(incoming.points.len(), 2);
    let reasons: Vec<&str> = incoming.rejected.iter().map(|rejection| rejection.reason.as_str()).collect();
    assert_eq!(reasons, ["malformed", "invalid_utf8"]);
    assert_eq!(incoming.rejected[0].detail, "data point of `queue`: message ends in the middle of a field");
}

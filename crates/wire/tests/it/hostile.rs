//! Senders that mean harm: nothing panics, nothing overflows the stack, good neighbours are kept.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use proptest::prelude::*;
use prost::Message;
use wire::{Format, Limits, Signal};

use crate::recordings::request;
use crate::request::*;

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Logs, Signal::Metrics];

proptest! {
    #[test]
    fn random_bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        for signal in SIGNALS {
            for format in [Format::Protobuf, Format::Json] {
                let _ = wire::decode(signal, format, &body, &Limits::default());
            }
        }
    }

    /// Random bytes seldom get past the frame, so here they stand where a record should.
    #[test]
    fn random_records_never_panic_and_are_each_counted(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 1..6)) {
        let body = trace_request_of_bytes(&records);
        for signal in [Signal::Traces, Signal::Logs] {
            let incoming = wire::decode(signal, Format::Protobuf, &body, &Limits::default()).unwrap();
            prop_assert_eq!(incoming.received(), records.len());
        }
        let _ = wire::decode(Signal::Metrics, Format::Protobuf, &body, &Limits::default());
    }

    #[test]
    fn a_recording_with_changed_bytes_never_panics(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        for path in ["otel-sdk-manual/odd_spans/002.traces.pb", "otel-sdk-manual/metric_shapes/001.metrics.pb", "otel-openai-node/chat_tools_json/002.metrics.json"] {
            let mut recording = request(path);
            for (index, byte) in &changes {
                let at = index.index(recording.body.len());
                recording.body[at] = *byte;
            }
            let _ = wire::decode(recording.signal, recording.format, &recording.body, &Limits::default());
        }
    }
}

#[test]
fn a_request_cut_anywhere_is_refused_or_read_but_never_panics() {
    for path in [
        "otel-sdk-manual/odd_spans/002.traces.pb",
        "otel-sdk-manual/article_pipeline/003.logs.pb",
        "otel-sdk-manual/metric_shapes/001.metrics.pb",
        "otel-openai-node/embeddings_json/001.traces.json",
        "otel-openai-node/embeddings_json/002.metrics.json",
    ] {
        let recording = request(path);
        for length in 1..recording.body.len() {
            let outcome = wire::decode(recording.signal, recording.format, &recording.body[..length], &Limits::default());
            assert!(outcome.is_err(), "{path} cut to {length} bytes");
        }
    }
}

#[test]
fn a_span_cut_anywhere_harms_only_itself() {
    let recording = request("otel-sdk-manual/odd_spans/002.traces.pb");
    let whole = wire::raw::encode_span(&recording.decode().spans[0]);
    for length in 0..whole.len() {
        let body = trace_request_of_bytes(&[whole[..length].to_vec(), span(3).encode_to_vec()]);
        let incoming = decode_traces(&body).unwrap();
        assert_eq!(incoming.received(), 2, "cut to {length} bytes");
        assert_eq!(incoming.spans.last().unwrap().name, "span-3");
    }
}

#[test]
fn a_million_attributes_refuse_the_span_alone() {
    let attributes = vec![attribute("k", Value::BoolValue(true)); 1_000_000];
    let body = trace_request(vec![Span { attributes, ..span(1) }, span(2)]);
    let incoming = decode_traces(&body).unwrap();
    assert_outcome(&incoming, &["span-2"], &["too_many_attributes"]);
}

#[test]
fn a_million_attributes_in_json_refuse_the_span_alone() {
    let list = vec![r#"{"key":"k","value":{"boolValue":true}}"#; 1_000_000].join(",");
    let body = json_request(&[&json_span(1, &format!(r#","attributes":[{list}]"#)), &json_span(2, "")]);
    assert_outcome(&decode_json(Signal::Traces, &body).unwrap(), &["span-2"], &["too_many_attributes"]);
}

/// Ten thousand lists inside each other are a few kilobytes, and would exhaust the stack of a reader that trusts them.
#[test]
fn a_value_ten_thousand_deep_refuses_the_span_alone() {
    let mut value = delimited(1, b"deep");
    for _ in 0..10_000 {
        value = delimited(5, &delimited(1, &value));
    }
    let deep = [span(1).encode_to_vec(), delimited(9, &[delimited(1, b"k"), delimited(2, &value)].concat())].concat();
    let body = trace_request_of_bytes(&[deep.clone(), span(2).encode_to_vec()]);
    assert_outcome(&decode_traces(&body).unwrap(), &["span-2"], &["too_deep"]);
    // The same value as a body and as an attribute of a data point.
    let log = delimited(5, &value);
    let logs = wire::decode(Signal::Logs, Format::Protobuf, &trace_request_of_bytes(&[log]), &Limits::default()).unwrap();
    assert_eq!(logs.rejected[0].reason.as_str(), "too_deep");
    let point = delimited(7, &[delimited(1, b"k"), delimited(2, &value)].concat());
    let metric = delimited(5, &delimited(1, &point));
    let points = wire::decode(Signal::Metrics, Format::Protobuf, &trace_request_of_bytes(&[metric]), &Limits::default()).unwrap();
    assert_eq!(points.rejected[0].reason.as_str(), "too_deep");
}

#[test]
fn a_json_value_ten_thousand_deep_refuses_the_span_alone() {
    let nest = |open: &str, close: &str| format!("{}{{\"intValue\":1}}{}", open.repeat(10_000), close.repeat(10_000));
    for value in [nest(r#"{"arrayValue":{"values":["#, "]}}"), nest(r#"{"kvlistValue":{"values":[{"key":"k","value":"#, "}]}}")] {
        let deep = json_span(1, &format!(r#","attributes":[{{"key":"k","value":{value}}}]"#));
        let body = json_request(&[&deep, &json_span(2, "")]);
        assert_outcome(&decode_json(Signal::Traces, &body).unwrap(), &["span-2"], &["too_deep"]);
    }
}

#[test]
fn unknown_json_fields_may_be_as_deep_as_they_like() {
    let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
    let body = json_request(&[&json_span(1, &format!(r#","unknown":{deep}"#)), &json_span(2, "")]);
    assert_outcome(&decode_json(Signal::Traces, &body).unwrap(), &["span-1", "span-2"], &[]);
    let body = format!(r#"{{"unknown":{deep},"resourceSpans":[]}}"#);
    assert_eq!(decode_json(Signal::Traces, &body).unwrap().received(), 0);
}

#[test]
fn a_json_list_of_millions_of_nothings_is_refused_while_it_is_read() {
    let body = json_request(&[&vec!["0"; 1_000_001].join(",")]);
    assert!(decode_json(Signal::Traces, &body).is_err());
}

#[test]
fn a_json_body_that_is_not_utf8_is_refused_and_the_place_is_named() {
    let mut body = json_request(&[&json_span(1, "")]).into_bytes();
    let at = body.len() - 10;
    body[at] = 0xff;
    let error = wire::decode(Signal::Traces, Format::Json, &body, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), format!("JSON body is not UTF-8: invalid byte at offset {at}"));
}

#[test]
fn an_error_never_quotes_what_was_sent() {
    let error = decode_json(Signal::Traces, r#"{"resourceSpans":"my secret prompt"}"#).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
    let odd = json_span(1, r#","attributes":[{"key":"k","value":{"intValue":"my secret prompt"}}]"#);
    let incoming = decode_json(Signal::Traces, &json_request(&[&odd])).unwrap();
    assert_outcome(&incoming, &[], &["invalid_value"]);
    assert!(!incoming.rejected[0].detail.contains("secret"), "{}", incoming.rejected[0].detail);
}

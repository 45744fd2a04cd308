//! JSON and protobuf say the same, and JSON is read as real senders write it.

mod json_of;

use wire::{Format, Incoming, Limits, Reason, Signal};

use crate::recordings::requests;
use crate::request::*;

use json_of::Style;

/// Compares by what is written of it, since NaN is not equal to itself. The bytes of points are left out: the order of fields in them
/// follows the sender's.
#[track_caller]
fn assert_same(found: &Incoming, expected: &Incoming, what: &str) {
    let text = |incoming: &Incoming| {
        let mut incoming = incoming.clone();
        incoming.points.iter_mut().for_each(|point| point.raw.clear());
        format!("{incoming:?}")
    };
    assert_eq!(text(found), text(expected), "{what}");
}

#[test]
fn every_recorded_request_says_the_same_in_json() {
    for request in requests().iter().filter(|request| request.format == Format::Protobuf) {
        let expected = request.decode();
        for style in [Style::ByTheBook, Style::Loose] {
            let json = json_of::request(request.signal, &request.body, style).to_string();
            let found = decode_json(request.signal, &json).unwrap();
            let what = format!("{} {style:?}", request.path.display());
            crate::oracle::assert_agrees(request.signal, &request.body, &found, &what);
            assert_same(&found, &expected, &what);
        }
    }
}

#[test]
fn ids_are_hex_of_either_case_and_nothing_else() {
    let span = |trace_id: &str| format!(r#"{{"traceId":"{trace_id}","spanId":"00F067AA0BA902B7","name":"n"}}"#);
    let decode = |trace_id| decode_json(Signal::Traces, &json_request(&[&span(trace_id)])).unwrap();
    for good in ["4bf92f3577b34da6a3ce929d0e0e4736", "4BF92F3577B34DA6A3CE929D0E0E4736"] {
        assert_eq!(decode(good).spans[0].trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }
    for bad in ["", "S/kvNXezTaajzpKdDg5HNg==", "4bf92f35", "00000000000000000000000000000000", "4bf92f3577b34da6a3ce929d0e0e473g"] {
        assert_eq!(decode(bad).rejected[0].reason, Reason::InvalidTraceId, "{bad}");
    }
}

#[test]
fn an_absent_null_empty_or_zero_parent_is_a_root() {
    for parent in ["", r#","parentSpanId":null"#, r#","parentSpanId":"""#, r#","parentSpanId":"0000000000000000""#] {
        let incoming = decode_json(Signal::Traces, &json_request(&[&json_span(1, parent)])).unwrap();
        assert_outcome(&incoming, &["span-1"], &[]);
        assert_eq!(incoming.spans[0].parent_span_id, None);
    }
    for parent in [r#","parentSpanId":"0102""#, r#","parentSpanId":"zz""#] {
        let incoming = decode_json(Signal::Traces, &json_request(&[&json_span(1, parent)])).unwrap();
        assert_outcome(&incoming, &[], &["invalid_parent_span_id"]);
    }
}

#[test]
fn integers_are_texts_or_numbers_and_enums_numbers_or_names() {
    for (time, kind) in
        [("1700000000000000001", "3"), ("\"1700000000000000001\"", "\"SPAN_KIND_CLIENT\""), ("1700000000000000001", "\"3\"")]
    {
        let fields = format!(
            r#","startTimeUnixNano":{time},"kind":{kind},"status":{{"code":"STATUS_CODE_ERROR","message":"m"}},
            "attributes":[{{"key":"a","value":{{"intValue":"-9223372036854775808"}}}},{{"key":"b","value":{{"intValue":9223372036854775807}}}},
            {{"key":"c","value":{{"doubleValue":"NaN"}}}},{{"key":"d","value":{{"doubleValue":"-Infinity"}}}},{{"key":"e","value":{{"doubleValue":7}}}},
            {{"key":"f","value":{{"bytesValue":"/+8="}}}},{{"key":"g","value":{{"bytesValue":"_-8"}}}},{{"key":"h","value":{{}}}},{{"key":"i","value":null}},{{"key":"j"}}]"#
        );
        let incoming = decode_json(Signal::Traces, &json_request(&[&json_span(1, &fields)])).unwrap();
        assert_outcome(&incoming, &["span-1"], &[]);
        let span = &incoming.spans[0];
        assert_eq!((span.start_unix_nanos, span.kind), (1_700_000_000_000_000_001, model::SpanKind::Client));
        assert_eq!((span.status.code, span.status.message.as_str()), (2, "m"));
        let value = |key: &str| span.attributes.get(key).unwrap();
        assert_eq!((value("a").as_i64(), value("b").as_i64()), (Some(i64::MIN), Some(i64::MAX)));
        assert!(matches!(value("c"), model::AnyValue::Double(number) if number.is_nan()));
        assert_eq!(*value("d"), model::AnyValue::Double(f64::NEG_INFINITY));
        assert_eq!(*value("e"), model::AnyValue::Double(7.0));
        for key in ["f", "g"] {
            assert_eq!(*value(key), model::AnyValue::Bytes(vec![0xff, 0xef]));
        }
        for key in ["h", "i", "j"] {
            assert_eq!(*value(key), model::AnyValue::Empty);
        }
    }
}

#[test]
fn snake_case_nulls_and_unknown_fields_are_read() {
    let body = r#"{"resource_spans":[null,{"schema_url":"s","resource":null,"scope_spans":[{"scope":null,"unknown":[{}],"spans":[null,
        {"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","name":"n","start_time_unix_nano":"5",
         "attributes":null,"events":[{"time_unix_nano":6,"name":"e","dropped_attributes_count":1}],"status":null,"new":{"deep":[1]}}]}]}]}"#;
    let incoming = decode_json(Signal::Traces, body).unwrap();
    assert_outcome(&incoming, &["n"], &[]);
    let span = &incoming.spans[0];
    assert_eq!((span.start_unix_nanos, span.resource.schema_url.as_str()), (5, "s"));
    assert_eq!((span.events[0].time_unix_nanos, span.events[0].dropped_attributes_count), (6, 1));
}

#[test]
fn half_an_emoji_in_json_is_mended() {
    let incoming = decode_json(Signal::Traces, &json_request(&[&json_span(1, r#","traceState":"cut \ud83d""#)])).unwrap();
    assert_outcome(&incoming, &["span-1"], &[]);
    assert_eq!(incoming.spans[0].trace_state, "cut \u{fffd}");
    let whole = decode_json(Signal::Traces, &json_request(&[&json_span(1, r#","traceState":"\ud83c\udf89 \u00e9\n""#)])).unwrap();
    assert_eq!(whole.spans[0].trace_state, "🎉 é\n");
}

#[test]
fn a_bad_record_in_json_is_refused_alone() {
    let cases = [
        (r#","name":7"#, "malformed", "span 2 `span-2`: `name` does not follow the schema"),
        (r#","startTimeUnixNano":"soon""#, "invalid_value", "span 2 `span-2`: `startTimeUnixNano` does not hold a value that fits"),
        (r#","flags":-1"#, "invalid_value", "span 2 `span-2`: `flags` does not hold a value that fits"),
        (r#","attributes":{}"#, "malformed", "span 2 `span-2`: `attributes` does not follow the schema"),
        (r#","attributes":[7]"#, "malformed", "span 2 `span-2`: `attributes` does not follow the schema"),
        (r#","attributes":[{"key":"k","value":{"bytesValue":"!"}}]"#, "invalid_value", "span 2 `span-2`: `bytesValue` is not base64"),
        (r#","status":[]"#, "malformed", "span 2 `span-2`: `status` does not follow the schema"),
    ];
    for (fields, reason, detail) in cases {
        let body = json_request(&[&json_span(1, ""), &json_span(2, fields), &json_span(3, "")]);
        let incoming = decode_json(Signal::Traces, &body).unwrap();
        assert_outcome(&incoming, &["span-1", "span-3"], &[reason]);
        assert_eq!(incoming.rejected[0].detail, detail);
    }
    let body = json_request(&[&json_span(1, ""), "17", "[]", "\"text\""]);
    assert_outcome(&decode_json(Signal::Traces, &body).unwrap(), &["span-1"], &["malformed"; 3]);
}

#[test]
fn a_bad_data_point_in_json_is_refused_alone() {
    let body = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"m","sum":{"dataPoints":[{"asInt":"0"},{"asInt":"many"},{"asDouble":1.5,"timeUnixNano":"9"}],"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true}},
        {"name":"broken","gauge":7},{"name":"no data"}]}]}]}"#;
    let incoming = decode_json(Signal::Metrics, body).unwrap();
    assert_eq!(incoming.points.len(), 2);
    assert_eq!((incoming.points[1].temporality, incoming.points[1].monotonic, incoming.points[1].time_unix_nanos), (1, true, 9));
    let details: Vec<&str> = incoming.rejected.iter().map(|rejection| rejection.detail.as_str()).collect();
    assert_eq!(
        details,
        ["data point of `m`: `asInt` does not hold a value that fits", "metric 2 `broken`: JSON does not follow the schema"]
    );
}

#[test]
fn a_frame_of_another_shape_refuses_the_request() {
    for body in [
        "",
        "null",
        "[]x",
        "7",
        r#"{"resourceSpans":7}"#,
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":{}}]}]}"#,
        r#"{"resourceSpans":[]"#,
        "{} {}",
    ] {
        assert!(decode_json(Signal::Traces, body).is_err(), "{body}");
    }
    assert_eq!(decode_json(Signal::Traces, " {} ").unwrap().received(), 0);
}

#[test]
fn an_error_in_the_frame_names_its_place_in_the_whole_body() {
    let body = "{\"resourceSpans\":[\n {\"scopeSpans\":[{},\n  {\"spans\":7}]}]}";
    let error = decode_json(Signal::Traces, body).unwrap_err().to_string();
    assert_eq!(error, "body is not an OTLP JSON request: value does not fit the schema at line 3, column 12");
    let body = "{\"resourceSpans\":[{},{\"scopeSpans\":7}]}";
    let error = decode_json(Signal::Traces, body).unwrap_err().to_string();
    assert_eq!(error, "body is not an OTLP JSON request: value does not fit the schema at line 1, column 36");
}

#[test]
fn only_the_list_of_the_posted_signal_is_read() {
    let body = json_request(&[&json_span(1, "")]);
    let incoming = wire::decode(Signal::Logs, Format::Json, body.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(incoming.received(), 0);
}

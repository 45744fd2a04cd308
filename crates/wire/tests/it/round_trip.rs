//! What is stored comes back bit by bit.

use std::sync::Arc;

use model::{AnyValue, Attributes, Event, KeyValue, Link, LogRecord, RawSpan, RawStatus, Resource, Scope, SpanId, SpanKind, TraceId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use wire::{Format, Limits, Signal, raw};

use crate::recordings::requests;

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z.]{0,12}", any::<String>()]
}

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(AnyValue::Empty),
        any::<bool>().prop_map(AnyValue::Bool),
        any::<i64>().prop_map(AnyValue::Int),
        // All bit patterns: NaNs with payloads, both zeros, the infinities.
        any::<u64>().prop_map(|bits| AnyValue::Double(f64::from_bits(bits))),
        Just(AnyValue::Double(f64::from_bits(0x7ff8_0000_dead_beef))),
        Just(AnyValue::Double(-0.0)),
        text().prop_map(AnyValue::from),
        vec(any::<u8>(), 0..20).prop_map(AnyValue::Bytes),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let entry = (text(), inner.clone()).prop_map(|(key, value)| KeyValue { key: key.into(), value });
        prop_oneof![vec(inner, 0..4).prop_map(AnyValue::Array), vec(entry, 0..4).prop_map(|entries| AnyValue::Map(Attributes(entries)))]
    })
}

fn attributes() -> impl Strategy<Value = Attributes> {
    // Few keys, so that some stand twice.
    let entry = (prop_oneof![Just("a".to_owned()), Just(String::new()), text()], value())
        .prop_map(|(key, value)| KeyValue { key: key.into(), value });
    vec(entry, 0..5).prop_map(Attributes)
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    any::<[u8; 16]>().prop_filter_map("not all zero", |bytes| TraceId::from_bytes(&bytes).ok())
}

fn span_id() -> impl Strategy<Value = SpanId> {
    any::<[u8; 8]>().prop_filter_map("not all zero", |bytes| SpanId::from_bytes(&bytes).ok())
}

fn event() -> impl Strategy<Value = Event> {
    (any::<u64>(), text(), attributes(), any::<u32>()).prop_map(|(time_unix_nanos, name, attributes, dropped_attributes_count)| Event {
        time_unix_nanos,
        name,
        attributes,
        dropped_attributes_count,
    })
}

fn link() -> impl Strategy<Value = Link> {
    (trace_id(), span_id(), text(), attributes(), any::<u32>(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn resource() -> impl Strategy<Value = Resource> {
    (attributes(), any::<u32>(), text()).prop_map(|(attributes, dropped_attributes_count, schema_url)| Resource {
        attributes,
        dropped_attributes_count,
        schema_url,
    })
}

fn scope() -> impl Strategy<Value = Scope> {
    (text(), text(), attributes(), any::<u32>(), text()).prop_map(|(name, version, attributes, dropped_attributes_count, schema_url)| {
        Scope { name, version, attributes, dropped_attributes_count, schema_url }
    })
}

fn span() -> impl Strategy<Value = RawSpan> {
    let ids = (trace_id(), span_id(), option::of(span_id()), text(), any::<u32>());
    let facts = (text(), prop::sample::select(SpanKind::ALL), any::<u64>(), any::<u64>(), (any::<i32>(), text()));
    let lists = (attributes(), vec(event(), 0..3), vec(link(), 0..3), any::<[u32; 3]>());
    (ids, facts, lists, resource(), scope()).prop_map(|(ids, facts, lists, resource, scope)| {
        let (trace_id, span_id, parent_span_id, trace_state, flags) = ids;
        let (name, kind, start_unix_nanos, end_unix_nanos, (code, message)) = facts;
        let (attributes, events, links, [dropped_attributes_count, dropped_events_count, dropped_links_count]) = lists;
        RawSpan {
            trace_id,
            span_id,
            parent_span_id,
            trace_state,
            flags,
            name,
            kind,
            start_unix_nanos,
            end_unix_nanos,
            attributes,
            dropped_attributes_count,
            events,
            dropped_events_count,
            links,
            dropped_links_count,
            status: RawStatus { code, message },
            resource: Arc::new(resource),
            scope: Arc::new(scope),
        }
    })
}

fn log() -> impl Strategy<Value = LogRecord> {
    let facts = (any::<u64>(), any::<u64>(), any::<i32>(), text(), text(), option::of(value()));
    let rest = (attributes(), any::<u32>(), any::<u32>(), option::of(trace_id()), option::of(span_id()));
    (facts, rest, resource(), scope()).prop_map(|(facts, rest, resource, scope)| LogRecord {
        time_unix_nanos: facts.0,
        observed_time_unix_nanos: facts.1,
        severity_number: facts.2,
        severity_text: facts.3,
        event_name: facts.4,
        body: facts.5,
        attributes: rest.0,
        dropped_attributes_count: rest.1,
        flags: rest.2,
        trace_id: rest.3,
        span_id: rest.4,
        belongs_to: None,
        resource: Arc::new(resource),
        scope: Arc::new(scope),
    })
}

/// Attributes as texts, one list for each place that has some.
type Texts = Vec<Vec<(String, String)>>;

/// NaN is not equal to itself, and equality would not tell two NaNs or two zeros apart. The debug text with bits instead of numbers does.
fn bits(value: &AnyValue) -> String {
    match value {
        AnyValue::Double(number) => format!("Double({:#x})", number.to_bits()),
        AnyValue::Array(values) => format!("Array({:?})", values.iter().map(bits).collect::<Vec<_>>()),
        AnyValue::Map(entries) => format!("Map({:?})", attribute_bits(entries)),
        other => format!("{other:?}"),
    }
}

fn attribute_bits(attributes: &Attributes) -> Vec<(String, String)> {
    attributes.iter().map(|(key, value)| (key.to_owned(), bits(value))).collect()
}

/// Takes all attributes out of a span, as texts, so that what is left can be compared as it is.
fn split_span(mut span: RawSpan) -> (RawSpan, Texts) {
    let mut texts = vec![attribute_bits(&std::mem::take(&mut span.attributes))];
    texts.extend(span.events.iter_mut().map(|event| attribute_bits(&std::mem::take(&mut event.attributes))));
    texts.extend(span.links.iter_mut().map(|link| attribute_bits(&std::mem::take(&mut link.attributes))));
    let mut resource = Resource::clone(&span.resource);
    let mut scope = Scope::clone(&span.scope);
    texts.push(attribute_bits(&std::mem::take(&mut resource.attributes)));
    texts.push(attribute_bits(&std::mem::take(&mut scope.attributes)));
    (span.resource, span.scope) = (Arc::new(resource), Arc::new(scope));
    (span, texts)
}

fn split_log(mut log: LogRecord) -> (LogRecord, Texts, Option<String>) {
    let mut resource = Resource::clone(&log.resource);
    let mut scope = Scope::clone(&log.scope);
    let lists = [&mut log.attributes, &mut resource.attributes, &mut scope.attributes];
    let texts = lists.into_iter().map(|list| attribute_bits(&std::mem::take(list))).collect();
    (log.resource, log.scope) = (Arc::new(resource), Arc::new(scope));
    let body = log.body.take().map(|body| bits(&body));
    (log, texts, body)
}

proptest! {
    #[test]
    fn a_span_comes_back_exactly(span in span()) {
        let resource = raw::decode_resource(&raw::encode_resource(&span.resource)).unwrap();
        let scope = raw::decode_scope(&raw::encode_scope(&span.scope)).unwrap();
        let back = raw::decode_span(&raw::encode_span(&span), Arc::new(resource), Arc::new(scope)).unwrap();
        prop_assert_eq!(raw::encode_span(&back), raw::encode_span(&span));
        prop_assert_eq!(split_span(back), split_span(span));
    }

    #[test]
    fn a_log_record_comes_back_exactly(log in log()) {
        let resource = raw::decode_resource(&raw::encode_resource(&log.resource)).unwrap();
        let scope = raw::decode_scope(&raw::encode_scope(&log.scope)).unwrap();
        let back = raw::decode_log(&raw::encode_log(&log), Arc::new(resource), Arc::new(scope)).unwrap();
        prop_assert_eq!(split_log(back), split_log(log));
    }

    #[test]
    fn an_exported_request_comes_back_exactly(spans in vec(span(), 0..4)) {
        let body = raw::encode_request(&spans);
        let back = wire::decode(Signal::Traces, Format::Protobuf, &body, &Limits::default()).unwrap();
        prop_assert_eq!(back.rejected.len(), 0);
        // Generated resources all differ or are equal as a whole, so groups keep the order of spans but for equal ones.
        let mut expected: Vec<_> = spans.into_iter().map(split_span).map(|split| format!("{split:?}")).collect();
        let mut found: Vec<_> = back.spans.into_iter().map(split_span).map(|split| format!("{split:?}")).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn an_exported_request_of_logs_comes_back_exactly(logs in vec(log(), 0..4)) {
        let back = wire::decode(Signal::Logs, Format::Protobuf, &raw::encode_log_request(&logs), &Limits::default()).unwrap();
        prop_assert_eq!(back.rejected.len(), 0);
        let mut expected: Vec<_> = logs.into_iter().map(split_log).map(|split| format!("{split:?}")).collect();
        let mut found: Vec<_> = back.logs.into_iter().map(split_log).map(|split| format!("{split:?}")).collect();
        expected.sort();
        found.sort();
        prop_assert_eq!(found, expected);
    }

    /// What another writer made and prost accepts, we accept too, whatever the record.
    #[test]
    fn prost_reads_what_we_write(span in span()) {
        use prost::Message;
        let read = opentelemetry_proto::tonic::trace::v1::Span::decode(raw::encode_span(&span).as_slice()).unwrap();
        prop_assert_eq!(read.attributes.len(), span.attributes.len());
        let back = raw::decode_span(&read.encode_to_vec(), span.resource.clone(), span.scope.clone()).unwrap();
        prop_assert_eq!(split_span(back), split_span(span));
    }
}

#[test]
fn every_recorded_span_and_log_comes_back_exactly() {
    for request in requests() {
        let incoming = request.decode();
        for span in incoming.spans {
            let back = raw::decode_span(&raw::encode_span(&span), span.resource.clone(), span.scope.clone()).unwrap();
            assert_eq!(split_span(back), split_span(span));
        }
        for log in incoming.logs {
            let back = raw::decode_log(&raw::encode_log(&log), log.resource.clone(), log.scope.clone()).unwrap();
            assert_eq!(split_log(back), split_log(log));
        }
    }
}

#[test]
fn every_recorded_point_comes_back_exactly() {
    let mut points = 0;
    for request in requests() {
        for point in request.decode().points {
            let back = raw::decode_point(&point.raw, point.resource.clone(), point.scope.clone()).unwrap();
            // As texts, for which NaN equals itself; the bytes stand among them.
            assert_eq!(format!("{back:?}"), format!("{point:?}"));
            points += 1;
        }
    }
    assert!(points > 50, "only {points} recorded points");
}

#[test]
fn exported_points_come_back_exactly_and_share_their_metric_again() {
    use prost::Message;
    for request in requests().into_iter().filter(|request| request.signal == Signal::Metrics) {
        let incoming = request.decode();
        let body = raw::encode_metric_request(&incoming.points);
        let back = wire::decode(Signal::Metrics, Format::Protobuf, &body, &Limits::default()).unwrap();
        assert_eq!(format!("{back:?}"), format!("{incoming:?}"), "{}", request.path.display());
        if request.format == Format::Protobuf {
            let count = |body: &[u8]| {
                let request = opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest::decode(body).unwrap();
                request.resource_metrics.iter().flat_map(|group| &group.scope_metrics).map(|group| group.metrics.len()).sum::<usize>()
            };
            assert_eq!(count(&body), count(&request.body), "{}", request.path.display());
        }
    }
}

#[test]
fn records_of_equal_resources_are_grouped_even_when_not_shared() {
    let recording = crate::recordings::request("otel-sdk-manual/odd_spans/002.traces.pb");
    let first = recording.decode().spans.remove(0);
    let second = recording.decode().spans.remove(0);
    assert!(!Arc::ptr_eq(&first.resource, &second.resource));
    let body = raw::encode_request([&first, &second]);
    use prost::Message;
    let request = opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
    assert_eq!(request.resource_spans.len(), 1);
    assert_eq!(request.resource_spans[0].scope_spans.len(), 1);
    assert_eq!(request.resource_spans[0].scope_spans[0].spans.len(), 2);
}

//! What comes back is what was sent, to the letter.

use std::sync::Arc;

use model::{
    AnyValue, Attributes, Billing, CostStatus, Event, KeyValue, Label, Level, Link, LogRecord, NanoUsd, ObservationType, Origin, Previews,
    Price, RawSpan, RawStatus, Resource, Scope, Span, SpanKind, SpanStatus, StepPosition, UsageConfidence, Visibility,
};
use serde_json::json;

use super::records::{SpanSeed, columns, log, span, span_id, trace_id, whole};
use super::subject::{Bench, assert_same};
use crate::{Detail, LogQuery, SpanQuery};

async fn survives(bench: &mut Bench, sent: Span) {
    let trace_id = sent.trace_id;
    bench.spans(vec![sent.clone()]).await;
    assert_same(&bench.trace(trace_id, Detail::Whole).await.unwrap().spans, &vec![whole(&sent)]);
    assert_same(&bench.trace(trace_id, Detail::Columns).await.unwrap().spans, &vec![columns(&sent)]);
    let page = bench.store().list_spans(&bench.project, &SpanQuery { limit: 3, ..SpanQuery::default() }).await.unwrap();
    assert_same(&page.spans, &vec![columns(&sent)]);
}

pub(super) async fn every_column_survives(bench: &mut Bench) {
    survives(bench, full_span()).await;
}

/// A span with a value in every column, but for `billed_in`.
pub(super) fn full_span() -> Span {
    let text = |text: &str| Some(text.to_owned());
    let base = SpanSeed { trace: 1, span: 1, parent: Some(2), start: 10, end: 20, ..SpanSeed::default() }.build();
    Span {
        name: "display".into(),
        kind: SpanKind::Client,
        observation_type: ObservationType::Llm,
        operation: text("chat"),
        origin: Origin::Log,
        billing: Billing::Leaf,
        visibility: Visibility::Infra,
        level: Level::Warning,
        status: SpanStatus::Error,
        status_message: text("went wrong"),
        error_type: text("Timeout"),
        http_status: Some(429),
        rate_limit: vec![("remaining_requests".into(), json!(0)), ("retry_after".into(), json!("2s"))],
        provider: text("openai"),
        request_model: text("gpt"),
        response_model: text("gpt-2026"),
        response_id: text("resp-1"),
        finish_reasons: vec!["stop".into(), String::new(), "stop".into()],
        stream: Some(false),
        ttft_nanos: Some(0),
        usage: [("input_tokens", 7), ("output_tokens", 0), ("cache_read_tokens", u64::MAX), ("pages", 3)].into_iter().collect(),
        usage_confidence: Some(UsageConfidence::Derived),
        cost_reported: Some(NanoUsd(-5)),
        price: Price {
            cost: Some(NanoUsd(0)),
            computed: Some(NanoUsd(-3)),
            status: CostStatus::Partial,
            source: text("table 7"),
            reason: text("the table has no price for `x`"),
        },
        session_id: text("s"),
        user_id: text("u"),
        trace_name: text("t"),
        tags: vec!["b".into(), "a".into()],
        metadata: vec![("k".into(), json!({"deep": [1, null, "x", -9_007_199_254_740_993_i64]})), ("a".into(), json!(true))],
        agent_name: text("agent"),
        workflow_name: text("flow"),
        step: StepPosition { name: text("triage"), index: Some(0), attempt: Some(u32::MAX) },
        prompt_name: text("p"),
        prompt_version: text("3"),
        tool_name: text("tool"),
        tool_call_id: text("call"),
        labels: Label::ALL.iter().map(|label| (*label, label.as_str().to_owned())).collect(),
        service_name: text("svc"),
        environment: text("prod"),
        release: text("1.2"),
        dialects: vec!["otel".into()],
        notes: vec!["assumed".into(), "much".into()],
        mapping_version: 9,
        previews: Previews { input: text("question\u{0}\u{1F980}"), output: text("answer") },
        ..base
    }
}

fn every_value() -> Attributes {
    let nested: Attributes =
        [("inner", AnyValue::Array(vec![AnyValue::Int(1), AnyValue::Empty, AnyValue::Map(Attributes::default())]))].into_iter().collect();
    let values = [
        AnyValue::Empty,
        AnyValue::Bool(false),
        AnyValue::Bool(true),
        AnyValue::Int(i64::MIN),
        AnyValue::Int(i64::MAX),
        AnyValue::Int(0),
        AnyValue::Double(-0.0),
        AnyValue::Double(f64::NAN),
        AnyValue::Double(f64::NEG_INFINITY),
        AnyValue::Double(f64::MIN_POSITIVE),
        AnyValue::Double(0.1 + 0.2),
        AnyValue::from(""),
        AnyValue::String("line\nzero\u{0}crab\u{1F980}".into()),
        AnyValue::Bytes(Vec::new()),
        AnyValue::Bytes(vec![0, 255, 128]),
        AnyValue::Array(Vec::new()),
        AnyValue::Map(nested),
    ];
    let mut attributes = Attributes::default();
    for (number, value) in values.into_iter().enumerate() {
        attributes.0.push(KeyValue { key: format!("key {number}").into(), value });
    }
    // A key that stands twice stands twice.
    attributes.push("key 0", 5_i64);
    attributes.push("", "no key");
    attributes
}

pub(super) async fn every_attribute_type_survives(bench: &mut Bench) {
    let raw = RawSpan {
        trace_state: "vendor=1".into(),
        attributes: every_value(),
        dropped_attributes_count: 1,
        events: vec![
            Event { time_unix_nanos: 9, name: "late".into(), attributes: every_value(), dropped_attributes_count: 2 },
            Event { time_unix_nanos: 3, ..Event::default() },
        ],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id: trace_id(8),
            span_id: span_id(8),
            trace_state: "x".into(),
            attributes: every_value(),
            dropped_attributes_count: 4,
            flags: u32::MAX,
        }],
        dropped_links_count: 5,
        status: RawStatus { code: 2, message: "bad".into() },
        resource: Arc::new(Resource { attributes: every_value(), dropped_attributes_count: 6, schema_url: "https://r".into() }),
        scope: Arc::new(Scope {
            name: "lib".into(),
            version: "2".into(),
            attributes: every_value(),
            dropped_attributes_count: 7,
            schema_url: "https://s".into(),
        }),
        ..SpanSeed { trace: 1, span: 1, start: 1, end: 2, ..SpanSeed::default() }.raw()
    };
    survives(bench, Span::from_raw(Arc::new(raw))).await;
}

pub(super) async fn empty_and_absent_stay_apart(bench: &mut Bench) {
    let empty = || Some(String::new());
    let sent = Span {
        session_id: empty(),
        operation: empty(),
        status_message: empty(),
        trace_name: None,
        step: StepPosition { name: empty(), ..StepPosition::default() },
        price: Price { source: empty(), ..Price::default() },
        previews: Previews { input: empty(), output: None },
        name: String::new(),
        ..span(1, 1, 1, 2)
    };
    survives(bench, sent).await;
}

pub(super) async fn numbers_at_the_ends_of_their_range_survive(bench: &mut Bench) {
    let raw = RawSpan {
        flags: u32::MAX,
        dropped_attributes_count: u32::MAX,
        dropped_events_count: u32::MAX,
        dropped_links_count: u32::MAX,
        ..SpanSeed { trace: 255, span: 255, start: u64::MAX, end: u64::MAX, ..SpanSeed::default() }.raw()
    };
    let sent = Span {
        ttft_nanos: Some(u64::MAX),
        usage: [("input_tokens", u64::MAX), ("seconds", u64::MAX)].into_iter().collect(),
        cost_reported: Some(NanoUsd(i64::MIN)),
        price: Price { cost: Some(NanoUsd(i64::MAX)), ..Price::default() },
        mapping_version: u32::MAX,
        ..Span::from_raw(Arc::new(raw))
    };
    survives(bench, sent).await;
}

pub(super) async fn every_field_of_a_log_survives(bench: &mut Bench) {
    let full = LogRecord {
        severity_number: -1,
        severity_text: "odd".into(),
        event_name: "gen_ai.choice".into(),
        body: Some(AnyValue::Map(every_value())),
        attributes: every_value(),
        dropped_attributes_count: u32::MAX,
        flags: 1,
        resource: Arc::new(Resource { attributes: every_value(), ..Resource::default() }),
        ..log(Some((1, 1)), u64::MAX - 1)
    };
    let bare = LogRecord { trace_id: Some(trace_id(1)), ..LogRecord::default() };
    bench.records(Vec::new(), vec![full.clone(), bare.clone()]).await;
    let page = bench.store().list_logs(&bench.project, &LogQuery { limit: 5, ..LogQuery::default() }).await.unwrap();
    assert_same(&page.logs, &vec![full, bare]);
}

pub(super) async fn a_span_of_twenty_megabytes_survives(bench: &mut Bench) {
    // Not compressible to nothing, so that the engine moves real bytes.
    let mut state = 1_u32;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b' ' + (state >> 24) as u8 % 95)
    };
    let text: String = (0..20 << 20).map(|_| letter()).collect();
    let mut raw = SpanSeed { trace: 1, span: 1, start: 1, end: 2, ..SpanSeed::default() }.raw();
    raw.attributes.push("prompt", text.as_str());
    bench.spans(vec![Span::from_raw(Arc::new(raw)), span(1, 2, 3, 4)]).await;
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_eq!(trace.spans.len(), 2);
    assert!(trace.spans[0].raw.as_ref().unwrap().attributes.text("prompt") == Some(text.as_str()));
}

//! Size and order of traces: depth, width, and the order of arrival.

use std::sync::Arc;

use dialect::{Trace, assemble};
use model::{Billing, Label, Span, SpanId, TraceId};
use serde_json::json;

use crate::both::translate;
use crate::raw;

/// A chain of equal spans, each the parent of the next.
fn chain(length: usize, attributes: &serde_json::Value) -> Vec<Span> {
    let one = translate(Arc::new(raw::span(&json!({"attributes": attributes}))), &[]);
    let id = |at: usize| SpanId::from_bytes(&at.to_be_bytes()).ok();
    let spans = (1..=length).map(|at| Span { span_id: id(at).unwrap(), parent_span_id: id(at - 1), ..one.clone() });
    spans.collect()
}

#[test]
fn a_trace_of_a_hundred_thousand_levels_is_assembled() {
    let spans = chain(100_000, &json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 3}));
    let trace = assemble(spans);
    assert_eq!(trace.spans.len(), 100_000);
    // The same call all the way down is one call.
    assert_eq!(trace.summary.llm_call_count, 1);
    assert_eq!(trace.summary.usage.get("input_tokens"), Some(3));
}

/// Ten thousand announcements, each naming the next as its parent: depth must cost neither a stack nor the square of it.
#[test]
fn announcements_of_any_depth_are_placed() {
    let spans = (1..=10_000_u64).map(|at| {
        let attributes = json!({"logfire.span_type": "pending_span", "logfire.pending_parent_id": format!("{:016x}", at + 1)});
        let case = json!({"span_id": format!("{:016x}", 1_000_000 + at), "parent_span_id": format!("{at:016x}"), "attributes": attributes});
        translate(Arc::new(raw::span(&case)), &[])
    });
    let trace = assemble(spans.collect());
    // The last one's parent is only named.
    assert_eq!(trace.placeholders.len(), 10_001);
    assert_eq!(trace.placeholders.iter().filter(|placeholder| placeholder.parent_id.is_none()).count(), 1);
}

#[test]
fn steps_of_any_depth_have_paths_that_can_be_read() {
    let trace = assemble(chain(100_000, &json!({"clew.observation.type": "step", "clew.step.name": "again"})));
    let longest = trace.spans.iter().filter_map(|node| node.span.labels.get(Label::StepPath)).map(str::len).max();
    assert!((900..=1_000).contains(&longest.unwrap()), "{longest:?}");
}

/// A call that another trace bills, in a chain that repeats its usage and behind a second view of the call.
/// Nothing of it is billed here, whichever span would have stood for it.
#[test]
fn a_call_billed_in_another_trace_is_not_billed_again() {
    let elsewhere: TraceId = "0af7651916cd43dd8448eb211c80319c".parse().unwrap();
    let spans = |billed_in| {
        let chat = |id, parent, response: Option<&str>| {
            json!({"span_id": id, "parent_span_id": parent, "attributes": {
                "gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.response.id": response, "gen_ai.usage.input_tokens": 3,
            }})
        };
        let agent =
            json!({"span_id": "0000000000000001", "attributes": {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 3}});
        let outer = chat("0000000000000002", "0000000000000001", None);
        let inner = chat("0000000000000003", "0000000000000002", Some("r"));
        let mut spans: Vec<Span> = [agent, outer, inner].iter().map(|case| translate(Arc::new(raw::span(case)), &[])).collect();
        spans[2].billed_in = billed_in;
        spans
    };
    let here = assemble(spans(None));
    assert_eq!((here.summary.usage.get("input_tokens"), here.summary.llm_call_count), (Some(3), 1));
    let trace = assemble(spans(Some(elsewhere)));
    assert_eq!(trace.summary.usage.get("input_tokens"), None);
    assert!(trace.spans.iter().all(|node| node.span.billing != Billing::Leaf), "{:?}", trace.spans);
    let note = format!("the same call is billed in trace {elsewhere}");
    assert!(trace.spans.iter().any(|node| node.span.notes.contains(&note)));
}

#[test]
fn an_empty_trace_is_empty() {
    let trace = assemble(Vec::new());
    assert!(trace.spans.is_empty());
    assert_eq!(trace.summary.root_span_id, None);
}

#[test]
fn the_order_of_arrival_never_shows() {
    let cases = [
        json!({"span_id": "0000000000000001", "name": "root", "attributes": {"user.id": "u"}}),
        json!({"span_id": "0000000000000002", "parent_span_id": "0000000000000001", "attributes": {"gen_ai.operation.name": "chat", "gen_ai.response.id": "r", "gen_ai.usage.input_tokens": 3}}),
        json!({"span_id": "0000000000000003", "parent_span_id": "0000000000000002", "attributes": {"gen_ai.operation.name": "chat", "gen_ai.response.id": "r", "gen_ai.usage.input_tokens": 3}}),
        json!({"span_id": "0000000000000004", "parent_span_id": "0000000000000009", "attributes": {"session.id": "s"}}),
        json!({"span_id": "0000000000000005", "parent_span_id": "0000000000000006"}),
        json!({"span_id": "0000000000000006", "parent_span_id": "0000000000000005"}),
    ];
    let spans: Vec<Span> = cases.iter().map(|case| translate(Arc::new(raw::span(case)), &[])).collect();
    let expected: Trace = assemble(spans.clone());
    assert_eq!(expected.summary.usage.get("input_tokens"), Some(3));
    for turn in 1..spans.len() {
        let mut turned = spans.clone();
        turned.rotate_left(turn);
        assert_eq!(assemble(turned), expected);
    }
}

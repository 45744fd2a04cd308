//! Every field is read; and relations and order, which are answered in single passes, say what their definitions say pair by pair.

use std::sync::Arc;

use model::{Label, NanoUsd, RawSpan, Resource, Scope, Span, SpanId, TraceId};
use proptest::prelude::*;

use super::compare::value_of;
use super::summary;
use super::trace_row::TraceRow;
use super::{Matcher, is_field_of_trace};
use crate::field::FIELDS;
use crate::filter::{Comparison, Filter, Follower, Operand, Relation, Sequence, Subject, Test};

fn span(number: u8, parent: Option<u8>, start: u64, end: u64) -> Span {
    let id = |number: u8| SpanId::from_bytes(&[0, 0, 0, 0, 0, 0, 0, number + 1]).unwrap();
    let trace_id = TraceId::from_bytes(&[1; 16]).unwrap();
    let raw = RawSpan::new(trace_id, id(number), Arc::new(Resource::default()), Arc::new(Scope::default()));
    let mut span = Span::from_raw(Arc::new(raw));
    span.name = format!("s{number}");
    span.parent_span_id = parent.map(id);
    (span.start_unix_nanos, span.end_unix_nanos) = (start, end);
    span
}

/// A span of which everything that a filter can name is known.
fn full() -> Span {
    let some = || Some("x".to_owned());
    let mut span = span(0, Some(9), 1, 2);
    (span.operation, span.provider, span.request_model, span.response_model, span.response_id) = (some(), some(), some(), some(), some());
    (span.session_id, span.user_id, span.trace_name, span.agent_name, span.workflow_name) = (some(), some(), some(), some(), some());
    (span.prompt_name, span.prompt_version, span.tool_name, span.tool_call_id) = (some(), some(), some(), some());
    (span.service_name, span.environment, span.release, span.error_type, span.status_message) = (some(), some(), some(), some(), some());
    (span.scope_name, span.scope_version, span.step.name) = ("x".into(), "x".into(), some());
    (span.step.index, span.step.attempt, span.http_status, span.ttft_nanos, span.stream) =
        (Some(1), Some(1), Some(200), Some(1), Some(true));
    (span.tags, span.finish_reasons, span.dialects) = (vec!["x".into()], vec!["x".into()], vec!["x".into()]);
    span.price.cost = Some(NanoUsd(1));
    span.billing = model::Billing::Leaf;
    let units = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "output_reasoning_tokens"];
    span.usage = units.into_iter().map(|unit| (unit, 1)).collect();
    span.labels.set(Label::Framework, "x");
    span
}

#[test]
fn every_field_is_read() {
    let spans = [full(), Span { parent_span_id: None, ..span(9, None, 1, 2) }];
    let trace = TraceRow::new(&spans, &[]);
    for field in FIELDS {
        assert!(value_of(&Subject::Field(field), &spans[0], false).exists, "`{}` of a span is not read", field.name);
        if is_field_of_trace(field) {
            assert!(summary::value_of(field, &trace).exists, "`{}` of a trace is not read", field.name);
        }
    }
}

/// Spans with any parents, circles and missing ones among them, at few moments, so that many fall together.
fn spans() -> impl Strategy<Value = Vec<Span>> {
    let one = (prop::option::of(0..10_u8), 1..6_u64, prop::option::weighted(0.9, 0..4_u64));
    prop::collection::vec(one, 1..9).prop_map(|all| {
        let made = all
            .into_iter()
            .enumerate()
            .map(|(number, (parent, start, length))| span(number as u8, parent, start, length.map_or(0, |length| start + length)));
        made.collect()
    })
}

fn ended_before(spans: &[Span], first: usize, second: usize) -> bool {
    let (one, other) = (&spans[first], &spans[second]);
    let goes_first = (one.start_unix_nanos, one.span_id) < (other.start_unix_nanos, other.span_id);
    one.end_unix_nanos != 0 && one.end_unix_nanos <= other.start_unix_nanos && goes_first
}

fn stands(relation: Relation, trace: &TraceRow<'_>, other: usize, at: usize) -> bool {
    let above = |at: usize| std::iter::successors(trace.tree.parents[at], |above| trace.tree.parents[*above]);
    match relation {
        Relation::Parent => trace.tree.parents[at] == Some(other),
        Relation::Child => trace.tree.parents[other] == Some(at),
        Relation::Ancestor => above(at).any(|above| above == other),
        Relation::Descendant => above(other).any(|above| above == at),
        Relation::Sibling => {
            let parent = trace.spans[at].parent_span_id;
            at != other && parent.is_some() && parent == trace.spans[other].parent_span_id
        }
        Relation::Earlier => ended_before(trace.spans, other, at),
        Relation::Later => ended_before(trace.spans, at, other),
    }
}

fn named(names: &[bool]) -> Filter {
    let names = names.iter().enumerate().filter(|(_, named)| **named).map(|(number, _)| Operand::Text(format!("s{number}"))).collect();
    let name = crate::field::field("name").unwrap();
    Filter::Test(Test { subject: Subject::Field(name), comparison: Comparison::Is(names) })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn relations_are_what_they_are_pair_by_pair(spans in spans(), marks in prop::collection::vec(any::<bool>(), 9)) {
        let trace = TraceRow::new(&spans, &[]);
        let others = &marks[..spans.len()];
        use Relation::{Ancestor, Child, Descendant, Earlier, Later, Parent, Sibling};
        for relation in [Parent, Ancestor, Child, Descendant, Sibling, Earlier, Later] {
            let wanted: Vec<bool> =
                (0..spans.len()).map(|at| (0..spans.len()).any(|other| others[other] && stands(relation, &trace, other, at))).collect();
            prop_assert_eq!(trace.tree.standing(relation, others), wanted, "{:?}", relation);
        }
    }

    /// Without what stands between: some last span of the first kind before some span of the second has nothing unwanted behind it.
    #[test]
    fn order_is_what_it_is_pair_by_pair(spans in spans(), marks in prop::collection::vec(any::<(bool, bool, bool)>(), 9)) {
        let trace = TraceRow::new(&spans, &[]);
        let count = spans.len();
        let column = |pick: fn(&(bool, bool, bool)) -> bool| marks[..count].iter().map(pick).collect::<Vec<bool>>();
        let (first, second, unwanted) = (column(|mark| mark.0), column(|mark| mark.1), column(|mark| mark.2));
        let asked = |without: Option<Filter>| {
            let then = vec![Follower { filter: named(&second), without }];
            Matcher::new(&Filter::Sequence(Sequence { first: Box::new(named(&first)), then })).trace(&trace)
        };
        let pairs: Vec<(usize, usize)> = (0..count).flat_map(|one| (0..count).map(move |other| (one, other)))
            .filter(|(one, other)| first[*one] && second[*other] && ended_before(&spans, *one, *other)).collect();
        prop_assert_eq!(asked(None), !pairs.is_empty());
        let is_last = |one: usize, other: usize| {
            let key = |at: usize| (spans[at].end_unix_nanos, trace.tree.rank()[at]);
            pairs.iter().all(|(rival, same)| *same != other || key(*rival) <= key(one))
        };
        let is_free = |one: usize, other: usize| {
            (0..count).all(|at| !unwanted[at] || !ended_before(&spans, one, at) || !ended_before(&spans, at, other))
        };
        let wanted = pairs.iter().any(|(one, other)| is_last(*one, *other) && is_free(*one, *other));
        prop_assert_eq!(asked(Some(named(&unwanted))), wanted);
    }
}

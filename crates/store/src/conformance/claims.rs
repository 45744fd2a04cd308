//! The same model call is billed in one trace: the first that shows it.

use model::{Billing, ObservationType, ProjectSlug, Span, TraceId, Usage};

use super::records::{SpanSeed, call, trace_id};
use super::subject::{Bench, empty_parts};
use crate::limits::SAME_CALL_NANOS;
use crate::{BatchParts, Detail, SpanQuery};

/// Where each span of a trace is billed, as a list and as a trace tell it.
async fn billed_in(bench: &Bench, trace: u8) -> Vec<Option<TraceId>> {
    let found = bench.trace(trace_id(trace), Detail::Whole).await.unwrap();
    let query = SpanQuery { limit: 100, ..SpanQuery::default() };
    let listed = bench.store().list_spans(&bench.project, &query).await.unwrap().spans;
    for span in &found.spans {
        let listed = listed.iter().find(|listed| (listed.trace_id, listed.span_id) == (span.trace_id, span.span_id)).unwrap();
        assert_eq!(listed.billed_in, span.billed_in);
    }
    found.spans.iter().map(|span| span.billed_in).collect()
}

pub(super) async fn a_call_is_billed_in_the_trace_that_came_first(bench: &mut Bench) {
    for (first, second, response) in [(1, 2, 1), (4, 3, 2)] {
        bench.spans(vec![call(first, 1, response)]).await;
        bench.spans(vec![call(second, 1, response)]).await;
        assert_eq!(billed_in(bench, first).await, [None]);
        assert_eq!(billed_in(bench, second).await, [Some(trace_id(first))]);
    }
    // A third trace hears of the first, not of the second.
    bench.spans(vec![call(5, 1, 2)]).await;
    assert_eq!(billed_in(bench, 5).await, [Some(trace_id(4))]);
}

pub(super) async fn a_call_twice_in_one_batch_is_billed_once(bench: &mut Bench) {
    bench.spans(vec![call(2, 1, 1), call(1, 1, 1), call(2, 2, 1)]).await;
    assert_eq!(billed_in(bench, 2).await, [None, None]);
    assert_eq!(billed_in(bench, 1).await, [Some(trace_id(2))]);
}

pub(super) async fn spans_of_one_trace_share_its_claim(bench: &mut Bench) {
    bench.spans(vec![call(1, 1, 1)]).await;
    bench.spans(vec![call(1, 2, 1)]).await;
    assert_eq!(billed_in(bench, 1).await, [None, None]);
    bench.spans(vec![call(2, 1, 1)]).await;
    assert_eq!(billed_in(bench, 2).await, [Some(trace_id(1))]);
}

pub(super) async fn a_span_sent_again_keeps_its_claim(bench: &mut Bench) {
    bench.spans(vec![call(1, 1, 1)]).await;
    bench.spans(vec![call(2, 1, 1)]).await;
    for trace in [1, 2] {
        assert_eq!(bench.spans(vec![call(trace, 1, 1)]).await.duplicate, 1);
        assert_eq!(bench.spans(vec![call_until(trace, 9)]).await.updated, 1);
    }
    assert_eq!(billed_in(bench, 1).await, [None]);
    assert_eq!(billed_in(bench, 2).await, [Some(trace_id(1))]);
}

/// The first span of a trace with another end.
fn call_until(trace: u8, end: u64) -> Span {
    SpanSeed { trace, span: 1, start: 1, end, response: Some(1), ..SpanSeed::default() }.build()
}

pub(super) async fn a_claim_comes_with_the_version_that_has_the_usage(bench: &mut Bench) {
    bench.spans(vec![Span { usage: Usage::default(), ..call_until(1, 0) }]).await;
    bench.spans(vec![call(2, 1, 1)]).await;
    bench.spans(vec![call_until(1, 9)]).await;
    assert_eq!(billed_in(bench, 1).await, [Some(trace_id(2))]);
    assert_eq!(billed_in(bench, 2).await, [None]);
}

pub(super) async fn an_id_that_comes_again_much_later_is_another_call(bench: &mut Bench) {
    let at = |trace, start| {
        let seed = SpanSeed { trace, span: 1, start, end: start + 1, response: Some(1), ..SpanSeed::default() };
        vec![seed.build()]
    };
    bench.spans(at(1, 1)).await;
    bench.spans(at(2, SAME_CALL_NANOS + 1)).await;
    bench.spans(at(3, 3 * SAME_CALL_NANOS)).await;
    assert_eq!(billed_in(bench, 2).await, [Some(trace_id(1))], "a neighbouring window");
    assert_eq!(billed_in(bench, 3).await, [None]);
}

pub(super) async fn projects_do_not_share_claims(bench: &mut Bench) {
    let other: ProjectSlug = "other".parse().unwrap();
    bench.parts(BatchParts { spans: vec![call(1, 1, 1)], ..empty_parts(&other) }).await;
    bench.spans(vec![call(2, 1, 1)]).await;
    assert_eq!(billed_in(bench, 2).await, [None]);
}

pub(super) async fn what_is_no_billed_call_has_no_claim(bench: &mut Bench) {
    let spans = |trace| {
        vec![
            Span { usage: Usage::default(), ..call(trace, 1, 1) },
            Span { billing: Billing::Aggregate, ..call(trace, 2, 1) },
            Span { billing: Billing::None, ..call(trace, 3, 1) },
            Span { response_id: None, ..call(trace, 4, 1) },
            // A call, but another one.
            Span { observation_type: ObservationType::Embedding, ..call(trace, 5, trace) },
        ]
    };
    bench.spans(spans(1)).await;
    bench.spans(vec![call(2, 1, 1)]).await;
    assert_eq!(billed_in(bench, 2).await, [None]);
    bench.spans(spans(3)).await;
    assert_eq!(billed_in(bench, 3).await, [None; 5]);
}

pub(super) async fn the_word_of_a_batch_on_billing_elsewhere_does_not_count(bench: &mut Bench) {
    bench.spans(vec![Span { billed_in: Some(trace_id(9)), ..call(1, 1, 1) }]).await;
    bench.spans(vec![Span { billed_in: Some(trace_id(9)), ..call(2, 1, 1) }]).await;
    assert_eq!((billed_in(bench, 1).await, billed_in(bench, 2).await), (vec![None], vec![Some(trace_id(1))]));
}

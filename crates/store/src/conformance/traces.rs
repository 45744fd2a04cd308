//! Traces by id: visible, merged, joined, apart.

use std::sync::Arc;

use model::merge::{merge_columns, merge_raw};
use model::{AnyValue, ProjectSlug, RawSpan, Span, SpanStatus};

use super::records::{SpanSeed, columns, log, span, trace_id, whole};
use super::subject::{Bench, assert_same, empty_parts};
use crate::{BatchParts, CleanBatch, Detail, Ledger, SpanQuery, StoreError, TimeRange, TraceQuery, TracesQuery};

pub(super) async fn an_empty_store_answers(bench: &mut Bench) {
    bench.settle().await;
    assert!(bench.trace(trace_id(1), Detail::Whole).await.is_none());
    let page = bench.store().list_traces(&bench.project, &TraceQuery { limit: 10, ..TraceQuery::default() }).await.unwrap();
    assert!(page.traces.is_empty() && page.next.is_none() && page.total.count == 0);
    assert_eq!(bench.store().ledger(TimeRange::default()).await.unwrap(), Ledger::default());
    assert!(bench.store().status().accepting);
}

pub(super) async fn what_was_appended_is_visible(bench: &mut Bench) {
    let (first, second) = (span(1, 1, 10, 20), span(1, 2, 12, 18));
    let receipt = bench.spans(vec![second.clone(), first.clone()]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (2, 0, 0));
    assert_eq!(receipt.trace_ids, [trace_id(1)]);
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_same(&trace.spans, &vec![whole(&first), whole(&second)]);
    let trace = bench.trace(trace_id(1), Detail::Columns).await.unwrap();
    assert_same(&trace.spans, &vec![columns(&first), columns(&second)]);
    assert_eq!(trace.spans_left_out, 0);
}

pub(super) async fn a_span_sent_again_changes_nothing(bench: &mut Bench) {
    bench.spans(vec![span(1, 1, 10, 20)]).await;
    let receipt = bench.spans(vec![span(1, 1, 10, 20)]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (0, 1, 0));
    assert!(receipt.trace_ids.is_empty());
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_same(&trace.spans, &vec![whole(&span(1, 1, 10, 20))]);
    let page = bench.store().list_spans(&bench.project, &SpanQuery { limit: 10, ..SpanQuery::default() }).await.unwrap();
    assert_eq!((page.spans.len(), page.total.count), (1, 1));
}

pub(super) async fn duplicates_inside_one_batch_are_counted(bench: &mut Bench) {
    let receipt = bench.records(vec![span(1, 1, 10, 20), span(1, 1, 10, 20)], vec![log(None, 5), log(None, 5)]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (2, 2, 0));
    assert_eq!(bench.trace(trace_id(1), Detail::Columns).await.unwrap().spans.len(), 1);
}

pub(super) async fn several_traces_come_as_each_alone(bench: &mut Bench) {
    let (started, ended) = started_and_ended();
    bench.records(vec![started, span(2, 1, 10, 20), span(2, 2, 12, 18)], vec![log(Some((2, 1)), 5)]).await;
    bench.spans(vec![ended, span(3, 1, 5, 9)]).await;
    for detail in [Detail::Columns, Detail::Whole] {
        let wanted = TracesQuery { trace_ids: [2, 9, 1].map(trace_id).to_vec(), spans: None, detail };
        let found = bench.store().traces(&bench.project, &wanted).await.unwrap();
        assert_eq!(found.iter().map(|trace| trace.trace_id).collect::<Vec<_>>(), [2, 1].map(trace_id));
        for trace in &found {
            let alone = bench.trace(trace.trace_id, detail).await.unwrap();
            assert_same(&trace.spans, &alone.spans);
            assert!(trace.logs.is_empty());
        }
    }
    let second = span(2, 2, 12, 18);
    let only = Some([(second.trace_id, second.span_id)].into());
    let wanted = TracesQuery { trace_ids: [1, 2].map(trace_id).to_vec(), spans: only, detail: Detail::Whole };
    let found = bench.store().traces(&bench.project, &wanted).await.unwrap();
    assert_same(&found.iter().map(|trace| &trace.spans).collect::<Vec<_>>(), &[&vec![whole(&second)]]);

    let many = |count| TracesQuery { trace_ids: vec![trace_id(7); count], spans: None, detail: Detail::Columns };
    assert!(bench.store().traces(&bench.project, &many(1_000)).await.unwrap().is_empty());
    let refused = bench.store().traces(&bench.project, &many(1_001)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
}

/// A span as an SDK sends it at its start, and again at its end.
fn started_and_ended() -> (Span, Span) {
    let seed = SpanSeed { trace: 1, span: 1, start: 10, session: Some(3), ..SpanSeed::default() };
    let started = seed.build();
    let mut raw = RawSpan { end_unix_nanos: 30, name: "renamed".into(), ..SpanSeed { session: None, ..seed }.raw() };
    raw.attributes.push("answer", AnyValue::String("42".into()));
    raw.status.code = 2;
    (started, Span { status: SpanStatus::Error, user_id: Some("user 8".into()), ..Span::from_raw(Arc::new(raw)) })
}

fn merged(older: &Span, newer: &Span) -> Span {
    let raw = merge_raw(older.raw.as_ref().unwrap(), newer.raw.as_ref().unwrap());
    Span { raw: Some(Arc::new(raw)), ..merge_columns(older, newer) }
}

pub(super) async fn an_update_is_merged(bench: &mut Bench) {
    let (started, ended) = started_and_ended();
    bench.spans(vec![started.clone()]).await;
    let receipt = bench.spans(vec![ended.clone()]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (0, 0, 1));
    assert_eq!(receipt.trace_ids, [trace_id(1)]);
    let expected = merged(&started, &ended);
    assert_eq!((expected.session_id.as_deref(), expected.user_id.as_deref()), (Some("session 3"), Some("user 8")));
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &vec![whole(&expected)]);
    assert_same(&bench.trace(trace_id(1), Detail::Columns).await.unwrap().spans, &vec![columns(&expected)]);
    let page = bench.store().list_spans(&bench.project, &SpanQuery { limit: 10, ..SpanQuery::default() }).await.unwrap();
    assert_same(&page.spans, &vec![columns(&expected)]);
}

pub(super) async fn versions_of_one_batch_are_merged(bench: &mut Bench) {
    let (started, ended) = started_and_ended();
    let receipt = bench.spans(vec![started.clone(), ended.clone()]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (1, 0, 1));
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &vec![whole(&merged(&started, &ended))]);
}

pub(super) async fn an_older_version_sent_again_changes_nothing(bench: &mut Bench) {
    let (started, ended) = started_and_ended();
    bench.spans(vec![started.clone()]).await;
    bench.spans(vec![ended.clone()]).await;
    let receipt = bench.spans(vec![started.clone()]).await;
    assert_eq!((receipt.stored, receipt.duplicate, receipt.updated), (0, 1, 0));
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &vec![whole(&merged(&started, &ended))]);
}

pub(super) async fn an_update_after_an_update_is_merged(bench: &mut Bench) {
    let (started, ended) = started_and_ended();
    let patched = Span {
        trace_name: Some("late name".into()),
        ..SpanSeed { trace: 1, span: 1, start: 11, flavour: 5, ..SpanSeed::default() }.build()
    };
    bench.spans(vec![started.clone(), ended.clone()]).await;
    bench.spans(vec![patched.clone()]).await;
    let expected = merged(&merged(&started, &ended), &patched);
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &vec![whole(&expected)]);
}

pub(super) async fn the_newest_value_that_is_present_wins(bench: &mut Bench) {
    // Asked after each version: a wrong order of merges may be healed by the next.
    for (flavour, session, expected) in [(1, Some(1), 1), (2, Some(2), 2), (3, None, 2), (4, None, 2), (5, Some(3), 3)] {
        bench.spans(vec![SpanSeed { trace: 1, span: 1, start: 10, session, flavour, ..SpanSeed::default() }.build()]).await;
        let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
        assert_eq!(trace.spans[0].session_id, Some(format!("session {expected}")), "version {flavour}");
        let attributes = &trace.spans[0].raw.as_ref().unwrap().attributes;
        let attributes = (attributes.get("session.id"), attributes.get("flavour"));
        assert_eq!(attributes, (Some(&AnyValue::Int(expected)), Some(&AnyValue::Int(i64::from(flavour)))));
    }
}

pub(super) async fn late_spans_and_missing_parents_join(bench: &mut Bench) {
    let child = SpanSeed { trace: 1, span: 2, parent: Some(1), start: 12, end: 18, ..SpanSeed::default() }.build();
    let grandchild = SpanSeed { trace: 1, span: 3, parent: Some(200), start: 13, end: 14, ..SpanSeed::default() }.build();
    bench.spans(vec![grandchild.clone()]).await;
    bench.spans(vec![child.clone(), span(2, 1, 1, 2)]).await;
    bench.spans(vec![span(1, 1, 10, 20)]).await;
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_same(&trace.spans, &vec![whole(&span(1, 1, 10, 20)), whole(&child), whole(&grandchild)]);
}

pub(super) async fn projects_do_not_see_each_other(bench: &mut Bench) {
    let other: ProjectSlug = "other".parse().unwrap();
    bench.records(vec![span(1, 1, 10, 20)], vec![log(Some((1, 1)), 11)]).await;
    let parts = BatchParts { spans: vec![span(1, 1, 10, 99), span(2, 1, 5, 6)], logs: vec![log(None, 3)], ..empty_parts(&other) };
    let receipt = bench.parts(parts).await;
    assert_eq!((receipt.stored, receipt.updated), (3, 0));
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_same(&trace.spans, &vec![whole(&span(1, 1, 10, 20))]);
    assert_eq!(trace.logs.len(), 1);
    assert!(bench.trace(trace_id(2), Detail::Whole).await.is_none());
    let in_other = bench.store().trace(&other, trace_id(1), Detail::Whole).await.unwrap().unwrap();
    assert_same(&in_other.spans, &vec![whole(&span(1, 1, 10, 99))]);
    assert!(in_other.logs.is_empty());
    for (project, traces) in [(&bench.project, 1), (&other, 2), (&"none".parse().unwrap(), 0)] {
        let page = bench.store().list_traces(project, &TraceQuery { limit: 10, ..TraceQuery::default() }).await.unwrap();
        assert_eq!((page.traces.len(), page.total.count), (traces, traces as u64), "{project}");
    }
}

pub(super) async fn the_projects_of_a_trace_are_found(bench: &mut Bench) {
    let other: ProjectSlug = "another".parse().unwrap();
    bench.spans(vec![span(1, 1, 10, 20), span(2, 1, 10, 20)]).await;
    bench.parts(BatchParts { spans: vec![span(1, 7, 10, 20)], logs: vec![log(Some((2, 1)), 3)], ..empty_parts(&other) }).await;
    let store = bench.store();
    assert_eq!(store.projects_of_trace(trace_id(1)).await.unwrap(), [other, bench.project.clone()]);
    // A log alone makes no trace.
    assert_eq!(store.projects_of_trace(trace_id(2)).await.unwrap(), std::slice::from_ref(&bench.project));
    assert!(store.projects_of_trace(trace_id(3)).await.unwrap().is_empty());
}

pub(super) async fn the_sequence_rises(bench: &mut Bench) {
    let mut last = 0;
    // New, known, nothing at all: each append has its own place.
    for spans in [vec![span(1, 1, 1, 2)], vec![span(1, 1, 1, 2)], vec![], vec![span(1, 2, 1, 2), span(1, 3, 1, 2)]] {
        let sequence = bench.spans(spans).await.sequence;
        assert!(sequence > last, "{sequence} after {last}");
        last = sequence;
    }
    assert_eq!(bench.store().status().sequence, last);
}

pub(super) async fn a_span_without_its_raw_span_is_refused(bench: &mut Bench) {
    let parts = BatchParts { spans: vec![columns(&span(1, 1, 1, 2))], ..empty_parts(&bench.project) };
    let refused = bench.store().append(CleanBatch::seal(parts)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "{refused:?}");
    bench.settle().await;
    assert_eq!(bench.store().ledger(TimeRange::default()).await.unwrap().received(), 0);
}

pub(super) async fn a_closed_store_answers_stopped(bench: &mut Bench) {
    bench.spans(vec![span(1, 1, 1, 2)]).await;
    let store = bench.store();
    store.close().await.unwrap();
    let parts = BatchParts { spans: vec![span(1, 2, 1, 2)], ..empty_parts(&bench.project) };
    assert!(matches!(store.append(CleanBatch::seal(parts)).await, Err(StoreError::Stopped { .. })));
    assert!(matches!(store.trace(&bench.project, trace_id(1), Detail::Whole).await, Err(StoreError::Stopped { .. })));
    assert!(matches!(store.flush().await, Err(StoreError::Stopped { .. })));
    assert!(matches!(store.ledger(TimeRange::default()).await, Err(StoreError::Stopped { .. })));
    assert!(!store.status().accepting);
}

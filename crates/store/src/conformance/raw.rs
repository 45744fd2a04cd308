//! Records as they were sent: everything of them, each once.

use std::sync::Arc;

use model::merge::merge_raw;
use model::{LogRecord, ProjectSlug, RawSpan, Span};

use super::records::{SpanSeed, log, point, span, trace_id};
use super::subject::{Bench, assert_same, empty_parts};
use crate::{BatchParts, KeysetCursor, PointQuery, RawPage, RawQuery, SpanStore, TimeRange};

/// Walks all pages; returns their records and how many each had.
async fn walk<Record>(mut page: impl AsyncFnMut(Option<KeysetCursor>) -> RawPage<Record>, limit: usize) -> (Vec<Record>, Vec<usize>) {
    let (mut records, mut lengths, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let found = page(after).await;
        assert!(found.records.len() <= limit);
        lengths.push(found.records.len());
        records.extend(found.records);
        match found.next {
            Some(next) => after = Some(next),
            None => return (records, lengths),
        }
    }
}

pub(super) async fn all_raw_spans(store: &dyn SpanStore, project: &ProjectSlug, query: &RawQuery) -> Vec<RawSpan> {
    let page = async |after| store.raw_spans(project, &RawQuery { after, ..query.clone() }).await.unwrap();
    walk(page, query.limit).await.0
}

pub(super) async fn all_raw_logs(store: &dyn SpanStore, project: &ProjectSlug, query: &RawQuery) -> Vec<LogRecord> {
    let page = async |after| store.raw_logs(project, &RawQuery { after, ..query.clone() }).await.unwrap();
    walk(page, query.limit).await.0
}

fn raw(span: &Span) -> RawSpan {
    RawSpan::clone(span.raw.as_ref().unwrap())
}

pub(super) async fn a_span_of_several_versions_comes_once_and_merged(bench: &mut Bench) {
    let started = SpanSeed { trace: 1, span: 1, start: 10, end: 0, flavour: 1, ..SpanSeed::default() }.build();
    let mut ended = raw(&SpanSeed { trace: 1, span: 1, start: 0, end: 30, flavour: 2, ..SpanSeed::default() }.build());
    ended.attributes.push("late", "yes");
    let patched = SpanSeed { trace: 1, span: 1, start: 12, end: 0, session: Some(1), flavour: 3, ..SpanSeed::default() }.build();
    bench.spans(vec![started.clone(), span(1, 2, 11, 12)]).await;
    bench.spans(vec![Span::from_raw(Arc::new(ended.clone()))]).await;
    bench.spans(vec![patched.clone()]).await;
    let merged = merge_raw(&merge_raw(&raw(&started), &ended), &raw(&patched));
    let found = all_raw_spans(bench.store().as_ref(), &bench.project, &RawQuery { limit: 10, ..RawQuery::default() }).await;
    assert_same(&found, &vec![raw(&span(1, 2, 11, 12)), merged]);
}

pub(super) async fn raw_spans_come_by_start_and_only_of_the_trace_asked_for(bench: &mut Bench) {
    bench.spans(vec![span(1, 3, 5, 6), span(1, 1, 5, 6), span(2, 1, 5, 6), span(2, 2, 4, 6)]).await;
    bench.spans(vec![span(1, 2, 5, 6), span(3, 9, 5, 6), span(3, 1, 7, 8)]).await;
    let other: ProjectSlug = "other".parse().unwrap();
    bench.parts(BatchParts { spans: vec![span(1, 1, 5, 9)], ..empty_parts(&other) }).await;
    let spans = |numbers: &[(u8, u8, u64, u64)]| -> Vec<RawSpan> {
        numbers.iter().map(|(trace, number, start, end)| raw(&span(*trace, *number, *start, *end))).collect()
    };
    let all = spans(&[(2, 2, 4, 6), (1, 1, 5, 6), (1, 2, 5, 6), (1, 3, 5, 6), (2, 1, 5, 6), (3, 9, 5, 6), (3, 1, 7, 8)]);
    for limit in 1..=8 {
        let query = RawQuery { limit, ..RawQuery::default() };
        assert_same(&all_raw_spans(bench.store().as_ref(), &bench.project, &query).await, &all);
        let of_trace = RawQuery { trace_id: Some(trace_id(2)), ..query.clone() };
        let expected = spans(&[(2, 2, 4, 6), (2, 1, 5, 6)]);
        assert_same(&all_raw_spans(bench.store().as_ref(), &bench.project, &of_trace).await, &expected);
        let in_range = RawQuery { range: TimeRange { from_unix_nanos: Some(6), to_unix_nanos: None }, ..query };
        assert_same(&all_raw_spans(bench.store().as_ref(), &bench.project, &in_range).await, &spans(&[(3, 1, 7, 8)]));
    }
    let query = RawQuery { limit: 8, ..RawQuery::default() };
    assert_same(&all_raw_spans(bench.store().as_ref(), &other, &query).await, &spans(&[(1, 1, 5, 9)]));
}

pub(super) async fn raw_logs_come_with_and_without_a_span(bench: &mut Bench) {
    // Logs of a trace without spans are records like others.
    bench.records(Vec::new(), vec![log(Some((1, 1)), 14), log(None, 12)]).await;
    bench.records(Vec::new(), vec![log(Some((1, 2)), 11), log(Some((2, 1)), 13), log(None, 12)]).await;
    let all = vec![log(Some((1, 2)), 11), log(None, 12), log(Some((2, 1)), 13), log(Some((1, 1)), 14)];
    for limit in 1..=5 {
        let query = RawQuery { limit, ..RawQuery::default() };
        assert_same(&all_raw_logs(bench.store().as_ref(), &bench.project, &query).await, &all);
        let of_trace = RawQuery { trace_id: Some(trace_id(1)), ..query.clone() };
        let expected = vec![log(Some((1, 2)), 11), log(Some((1, 1)), 14)];
        assert_same(&all_raw_logs(bench.store().as_ref(), &bench.project, &of_trace).await, &expected);
        let in_range = RawQuery { range: TimeRange { from_unix_nanos: Some(12), to_unix_nanos: Some(14) }, ..query };
        let expected = vec![log(None, 12), log(Some((2, 1)), 13)];
        assert_same(&all_raw_logs(bench.store().as_ref(), &bench.project, &in_range).await, &expected);
    }
}

pub(super) async fn pages_end_before_they_have_too_many_bytes(bench: &mut Bench) {
    const RECORDS: u8 = 20;
    let long = |number: u8| {
        let mut raw = raw(&span(1, number, u64::from(number), 99));
        raw.attributes.push("prompt", "x".repeat(10_000).as_str());
        raw
    };
    let spans: Vec<RawSpan> = (1..=RECORDS).map(long).collect();
    let logs: Vec<LogRecord> =
        (1..=RECORDS).map(|number| LogRecord { severity_text: "y".repeat(10_000), ..log(None, number.into()) }).collect();
    let parts = BatchParts {
        spans: spans.iter().map(|raw| Span::from_raw(Arc::new(raw.clone()))).collect(),
        logs: logs.clone(),
        points: (1..=RECORDS).map(|number| point(number.into())).collect(),
        ..empty_parts(&bench.project)
    };
    bench.parts(parts).await;
    let (store, project) = (bench.store(), &bench.project);
    for (bytes_max, page_records) in [(1, 1..=1), (45_000, 2..=4), (10_000_000, 20..=20)] {
        let query = |after| RawQuery { limit: 100, bytes_max: Some(bytes_max), after, ..RawQuery::default() };
        let (found, lengths) = walk(async |after| store.raw_spans(project, &query(after)).await.unwrap(), 100).await;
        assert_same(&found, &spans);
        assert!(lengths.iter().all(|length| page_records.contains(length)), "{bytes_max}: {lengths:?}");
        let (found, lengths) = walk(async |after| store.raw_logs(project, &query(after)).await.unwrap(), 100).await;
        assert_same(&found, &logs);
        assert!(lengths.iter().all(|length| page_records.contains(length)), "{bytes_max}: {lengths:?}");
    }
    // A point here is of some hundred bytes.
    let query = PointQuery { limit: 100, bytes_max: Some(1), ..PointQuery::default() };
    let page = store.list_points(project, &query).await.unwrap();
    assert_eq!((page.points.len(), page.next.is_some(), page.total.count), (1, true, u64::from(RECORDS)));
}

//! Lists: order, pages, ranges, totals.

use model::{LogRecord, Span, TraceSummary};
use query::Filter;

use super::records::{SpanSeed, log, span, trace_id};
use super::subject::Bench;
use crate::{Group, GroupKey, GroupQuery, KeysetCursor, LogQuery, Order, SpanQuery, SpanStore, TimeRange, Total, TraceQuery, TraceSort};
use model::ProjectSlug;

const ORDERS: [Order; 2] = [Order::Ascending, Order::Descending];

/// Walks all pages of a list.
pub(super) async fn walk<Row>(
    mut page: impl AsyncFnMut(Option<KeysetCursor>) -> (Vec<Row>, Option<KeysetCursor>, Total),
    limit: usize,
) -> Vec<Row> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let (page_rows, next, total) = page(after).await;
        assert!(page_rows.len() <= limit);
        assert!(next.is_none() || page_rows.len() == limit, "a page that is not the last is full");
        rows.extend(page_rows);
        if next.is_none() {
            assert!(!total.exact || rows.len() as u64 == total.count, "{} rows, told {total:?}", rows.len());
            return rows;
        }
        after = next;
    }
}

pub(super) async fn all_traces(store: &dyn SpanStore, project: &ProjectSlug, query: &TraceQuery) -> Vec<TraceSummary> {
    let page = async |after| {
        let page = store.list_traces(project, &TraceQuery { after, ..query.clone() }).await.unwrap();
        (page.traces, page.next, page.total)
    };
    walk(page, query.limit).await
}

pub(super) async fn all_spans(store: &dyn SpanStore, project: &ProjectSlug, query: &SpanQuery) -> Vec<Span> {
    let page = async |after| {
        let page = store.list_spans(project, &SpanQuery { after, ..query.clone() }).await.unwrap();
        (page.spans, page.next, page.total)
    };
    walk(page, query.limit).await
}

pub(super) async fn all_logs(store: &dyn SpanStore, project: &ProjectSlug, query: &LogQuery) -> Vec<LogRecord> {
    let page = async |after| {
        let page = store.list_logs(project, &LogQuery { after, ..query.clone() }).await.unwrap();
        (page.logs, page.next, page.total)
    };
    walk(page, query.limit).await
}

pub(super) async fn all_groups(store: &dyn SpanStore, project: &ProjectSlug, query: &GroupQuery) -> Vec<Group> {
    let page = async |after| {
        let page = store.list_groups(project, &GroupQuery { after, ..query.clone() }).await.unwrap();
        (page.groups, page.next, page.total)
    };
    walk(page, query.limit).await
}

/// The numbers of the traces of a list.
async fn listed(bench: &Bench, query: TraceQuery) -> Vec<u8> {
    let traces = all_traces(bench.store().as_ref(), &bench.project, &query).await;
    traces.iter().map(|trace| trace.trace_id.as_bytes()[3]).collect()
}

pub(super) async fn traces_are_listed_by_start_and_by_duration(bench: &mut Bench) {
    // Trace 1 lasts from 10 to 100 through its second span; trace 3 still runs.
    bench.spans(vec![span(1, 1, 20, 30), span(2, 1, 15, 45)]).await;
    bench.spans(vec![span(1, 2, 10, 100), span(3, 1, 12, 0)]).await;
    let query = |sort, order| TraceQuery { sort, order, limit: 10, ..TraceQuery::default() };
    assert_eq!(listed(bench, query(TraceSort::Start, Order::Ascending)).await, [1, 3, 2]);
    assert_eq!(listed(bench, query(TraceSort::Start, Order::Descending)).await, [2, 3, 1]);
    assert_eq!(listed(bench, query(TraceSort::Duration, Order::Ascending)).await, [3, 2, 1]);
    assert_eq!(listed(bench, query(TraceSort::Duration, Order::Descending)).await, [1, 2, 3]);
    let all = all_traces(bench.store().as_ref(), &bench.project, &query(TraceSort::Start, Order::Ascending)).await;
    let extents: Vec<_> = all.iter().map(|trace| (trace.span_count, trace.start_unix_nanos, trace.last_seen_unix_nanos)).collect();
    assert_eq!(extents, [(2, 10, 100), (1, 12, 12), (1, 15, 45)], "a listed trace says what all of its spans tell");
}

pub(super) async fn the_duration_of_a_trace_is_that_of_its_root(bench: &mut Bench) {
    // Trace 1 has a child that outlives its root by far; trace 2 has no root.
    let child = |trace, start, end| SpanSeed { trace, span: 2, parent: Some(1), start, end, ..SpanSeed::default() }.build();
    bench.spans(vec![span(1, 1, 10, 20), child(1, 15, 900), child(2, 10, 40)]).await;
    let query = TraceQuery { sort: TraceSort::Duration, order: Order::Descending, limit: 10, ..TraceQuery::default() };
    assert_eq!(listed(bench, query).await, [2, 1]);
}

pub(super) async fn an_update_moves_a_trace_and_its_spans(bench: &mut Bench) {
    bench.spans(vec![span(1, 1, 10, 0), span(2, 1, 20, 30)]).await;
    bench.spans(vec![span(1, 1, 25, 95)]).await;
    let query = |sort| TraceQuery { sort, order: Order::Descending, limit: 10, ..TraceQuery::default() };
    assert_eq!(listed(bench, query(TraceSort::Start)).await, [1, 2]);
    assert_eq!(listed(bench, query(TraceSort::Duration)).await, [1, 2]);
    let before = TimeRange { from_unix_nanos: None, to_unix_nanos: Some(15) };
    assert!(listed(bench, TraceQuery { range: before, ..query(TraceSort::Start) }).await.is_empty(), "no version is older than the span");
    let spans = all_spans(bench.store().as_ref(), &bench.project, &SpanQuery { range: before, limit: 10, ..SpanQuery::default() }).await;
    assert!(spans.is_empty());
}

pub(super) async fn pages_of_traces_neither_lose_nor_repeat(bench: &mut Bench) {
    // Seven traces at three starts, so that pages end inside a run of equal keys.
    for trace in [5, 2, 7, 1, 6, 3, 4] {
        bench.spans(vec![span(trace, 1, u64::from(trace / 3), 9)]).await;
    }
    for limit in 1..=8 {
        let query = |order| TraceQuery { order, limit, ..TraceQuery::default() };
        assert_eq!(listed(bench, query(Order::Ascending)).await, [1, 2, 3, 4, 5, 6, 7], "limit {limit}");
        assert_eq!(listed(bench, query(Order::Descending)).await, [7, 6, 5, 4, 3, 2, 1], "limit {limit}");
    }
}

pub(super) async fn pages_of_spans_neither_lose_nor_repeat(bench: &mut Bench) {
    bench.spans(vec![span(1, 3, 5, 6), span(1, 1, 5, 6), span(2, 1, 5, 6), span(2, 2, 4, 6)]).await;
    bench.spans(vec![span(1, 2, 5, 6), span(3, 9, 5, 6), span(3, 1, 7, 8)]).await;
    let ids = |spans: Vec<Span>| -> Vec<_> { spans.iter().map(|span| (span.trace_id.as_bytes()[3], span.span_id.as_bytes()[5])).collect() };
    let mut expected = vec![(2, 2), (1, 1), (1, 2), (1, 3), (2, 1), (3, 9), (3, 1)];
    for order in ORDERS {
        for limit in 1..=8 {
            let query = SpanQuery { order, limit, ..SpanQuery::default() };
            assert_eq!(ids(all_spans(bench.store().as_ref(), &bench.project, &query).await), expected, "limit {limit}");
        }
        expected.reverse();
    }
}

pub(super) async fn pages_of_logs_neither_lose_nor_repeat(bench: &mut Bench) {
    let body = |flavour| super::LogSeed { span: None, time: 5, flavour }.build();
    bench.records(Vec::new(), vec![body(1), body(2), log(None, 9)]).await;
    bench.records(Vec::new(), vec![body(3), log(Some((1, 1)), 2), body(4)]).await;
    let mut times: Vec<u64> = vec![2, 5, 5, 5, 5, 9];
    for order in ORDERS {
        let whole = all_logs(bench.store().as_ref(), &bench.project, &LogQuery { order, limit: 100, ..LogQuery::default() }).await;
        assert_eq!(whole.iter().map(|log| log.time_unix_nanos).collect::<Vec<_>>(), times);
        for limit in 1..=6 {
            let query = LogQuery { order, limit, ..LogQuery::default() };
            assert_eq!(all_logs(bench.store().as_ref(), &bench.project, &query).await, whole, "limit {limit}");
        }
        times.reverse();
    }
}

pub(super) async fn pages_of_groups_neither_lose_nor_repeat(bench: &mut Bench) {
    for session in [3, 1, 4, 2] {
        let seed = SpanSeed { trace: session, span: 1, start: 5 + u64::from(session / 4), session: Some(session), ..SpanSeed::default() };
        bench.spans(vec![seed.build()]).await;
    }
    for limit in 1..=5 {
        let query = GroupQuery { key: GroupKey::Session, range: TimeRange::default(), filter: Filter::everything(), limit, after: None };
        let groups = all_groups(bench.store().as_ref(), &bench.project, &query).await;
        let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
        assert_eq!(names, ["session 4", "session 3", "session 2", "session 1"], "limit {limit}");
    }
}

pub(super) async fn a_range_includes_its_start_and_excludes_its_end(bench: &mut Bench) {
    // Trace 3 has a span in the range, but begins before it.
    let spans = vec![span(1, 1, 10, 11), span(2, 1, 20, 21), span(3, 1, 9, 30), span(3, 2, 15, 16)];
    bench.records(spans, vec![log(None, 10), log(None, 20)]).await;
    let range = TimeRange { from_unix_nanos: Some(10), to_unix_nanos: Some(20) };
    assert_eq!(listed(bench, TraceQuery { range, limit: 10, ..TraceQuery::default() }).await, [1]);
    let store = bench.store();
    let spans = all_spans(store.as_ref(), &bench.project, &SpanQuery { range, limit: 10, ..SpanQuery::default() }).await;
    assert_eq!(spans.iter().map(|span| span.start_unix_nanos).collect::<Vec<_>>(), [15, 10]);
    let logs = all_logs(store.as_ref(), &bench.project, &LogQuery { range, limit: 10, ..LogQuery::default() }).await;
    assert_eq!(logs.iter().map(|log| log.time_unix_nanos).collect::<Vec<_>>(), [10]);
}

pub(super) async fn a_total_counts_the_range_and_not_the_page(bench: &mut Bench) {
    bench.spans((1..=9).map(|trace| span(trace, 1, u64::from(trace), 20)).collect()).await;
    let range = TimeRange { from_unix_nanos: Some(4), to_unix_nanos: None };
    let query = TraceQuery { range, limit: 2, ..TraceQuery::default() };
    let first = bench.store().list_traces(&bench.project, &query).await.unwrap();
    assert_eq!(first.total, Total { count: 6, exact: true });
    let second = bench.store().list_traces(&bench.project, &TraceQuery { after: first.next, ..query }).await.unwrap();
    assert_eq!(second.total, Total { count: 6, exact: true });
    assert_eq!(second.traces[0].trace_id, trace_id(7));
}

pub(super) async fn a_page_of_no_rows_still_counts(bench: &mut Bench) {
    bench.spans(vec![span(1, 1, 1, 2), span(2, 1, 1, 2)]).await;
    let page = bench.store().list_traces(&bench.project, &TraceQuery::default()).await.unwrap();
    assert!(page.traces.is_empty() && page.next.is_none());
    assert_eq!(page.total.count, 2);
}

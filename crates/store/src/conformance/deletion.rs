//! Records that go, with everything by which they were known.

use model::{LogRecord, ProjectSlug, TraceId};

use super::records::{SpanSeed, call, log, point, span, trace_id};
use super::subject::{Bench, assert_same, empty_parts};
use crate::{
    BatchParts, Chosen, Deletion, DeletionReceipt, Detail, GroupKey, GroupQuery, LogQuery, PointQuery, SaidByLog, TimeRange, TraceQuery,
};

pub(super) fn deletion(project: &ProjectSlug, chosen: Chosen) -> Deletion {
    Deletion { project: project.clone(), chosen, dry_run: false }
}

pub(super) fn found(text: &str) -> Chosen {
    let filter = query::parse(text).expect("the text is a query").filter;
    Chosen::Found { filter, range: TimeRange::default(), said_by_logs: None }
}

/// Deletes and settles; returns how many traces, spans, logs and points went.
async fn delete(bench: &mut Bench, chosen: Chosen) -> (u64, u64, u64, u64) {
    let receipt = bench.store().delete(deletion(&bench.project, chosen)).await.unwrap();
    assert!(receipt.checked.is_done && receipt.checked.found.is_empty(), "{:?}", receipt.checked);
    bench.settle().await;
    counts(&receipt)
}

pub(super) fn counts(receipt: &DeletionReceipt) -> (u64, u64, u64, u64) {
    (receipt.traces, receipt.spans, receipt.logs, receipt.points)
}

async fn traces(bench: &Bench) -> Vec<TraceId> {
    let page = bench.store().list_traces(&bench.project, &TraceQuery { limit: 100, ..TraceQuery::default() }).await.unwrap();
    assert_eq!(page.total.count, page.traces.len() as u64);
    page.traces.into_iter().map(|trace| trace.trace_id).collect()
}

async fn logs(bench: &Bench) -> Vec<LogRecord> {
    bench.store().list_logs(&bench.project, &LogQuery { limit: 100, ..LogQuery::default() }).await.unwrap().logs
}

pub(super) async fn a_deleted_trace_is_gone_and_others_stay(bench: &mut Bench) {
    bench
        .records(vec![span(1, 1, 10, 20), span(1, 2, 12, 18), span(2, 1, 11, 30)], vec![log(Some((1, 1)), 15), log(Some((2, 1)), 16)])
        .await;
    bench.records(vec![span(1, 3, 30, 40), span(1, 1, 10, 25)], vec![log(Some((1, 3)), 31)]).await;
    let before = bench.trace(trace_id(2), Detail::Whole).await;
    assert_eq!(delete(bench, Chosen::Traces(vec![trace_id(1), trace_id(9)])).await, (1, 3, 2, 0));
    assert!(bench.trace(trace_id(1), Detail::Whole).await.is_none());
    assert_eq!(bench.store().projects_of_trace(trace_id(1)).await.unwrap(), []);
    assert_same(&bench.trace(trace_id(2), Detail::Whole).await, &before);
    assert_eq!(traces(bench).await, [trace_id(2)]);
    assert_same(&logs(bench).await, &vec![log(Some((2, 1)), 16)]);
    assert_eq!(delete(bench, Chosen::Traces(vec![trace_id(1)])).await, (0, 0, 0, 0));
}

pub(super) async fn what_was_deleted_is_new_when_it_comes_again(bench: &mut Bench) {
    let parts = BatchParts { spans: vec![span(1, 1, 10, 0)], logs: vec![log(Some((1, 1)), 15)], ..empty_parts(&bench.project) };
    bench.parts(parts.clone()).await;
    bench.spans(vec![span(1, 1, 10, 20)]).await;
    delete(bench, Chosen::Traces(vec![trace_id(1)])).await;
    let receipt = bench.parts(parts.clone()).await;
    assert_eq!((receipt.stored, receipt.updated, receipt.duplicate), (2, 0, 0));
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    assert_eq!((trace.spans[0].end_unix_nanos, trace.logs.len()), (0, 1), "nothing of the deleted version comes back");
    assert_eq!(bench.parts(parts).await.duplicate, 2);
    assert_eq!(bench.spans(vec![span(1, 1, 10, 20)]).await.updated, 1);
}

pub(super) async fn the_ledger_goes_on_to_count_what_was_received(bench: &mut Bench) {
    bench.records(vec![span(1, 1, 1, 2), span(2, 1, 3, 4)], vec![log(Some((1, 1)), 5)]).await;
    let before = bench.store().ledger(TimeRange::default()).await.unwrap();
    delete(bench, Chosen::Traces(vec![trace_id(1)])).await;
    assert_eq!(bench.store().ledger(TimeRange::default()).await.unwrap(), before);
}

pub(super) async fn a_query_deletes_what_its_list_shows(bench: &mut Bench) {
    let seed =
        |trace, span, session, user| SpanSeed { trace, span, start: u64::from(trace), end: 90, session, user, ..SpanSeed::default() };
    bench.spans(vec![seed(1, 1, Some(1), None).build(), seed(1, 2, None, None).build(), seed(2, 1, Some(2), Some(1)).build()]).await;
    bench.spans(vec![seed(3, 1, None, Some(1)).build(), seed(4, 1, Some(1), None).build(), seed(2, 2, None, None).build()]).await;
    let early = TimeRange { from_unix_nanos: None, to_unix_nanos: Some(4) };
    let Chosen::Found { filter, .. } = found("session:\"session 1\"") else { unreachable!("it is a query") };
    assert_eq!(delete(bench, Chosen::Found { filter, range: early, said_by_logs: None }).await, (1, 2, 0, 0));
    assert_eq!(traces(bench).await, [trace_id(4), trace_id(3), trace_id(2)]);
    assert_eq!(delete(bench, found("user:\"user 1\"")).await, (2, 3, 0, 0));
    assert_eq!(traces(bench).await, [trace_id(4)]);
    let users =
        GroupQuery { key: GroupKey::User, filter: query::Filter::All(Vec::new()), range: TimeRange::default(), limit: 5, after: None };
    assert!(bench.store().list_groups(&bench.project, &users).await.unwrap().groups.is_empty());
    assert_eq!(delete(bench, found("")).await, (1, 1, 0, 0));
    assert_eq!(traces(bench).await, []);
}

pub(super) async fn logs_without_a_trace_go_by_what_they_say(bench: &mut Bench) {
    let said = |key: &str, word: &str, time| {
        let mut record = log(None, time);
        record.attributes.push(key, word.to_owned());
        record
    };
    let sent = vec![said("session.id", "one", 1), said("conversation.id", "one", 2), said("session.id", "two", 3), log(None, 4)];
    bench.records(vec![span(1, 1, 1, 2)], sent.clone()).await;
    let said_by_logs = Some(SaidByLog { keys: vec!["session.id".into(), "conversation.id".into()], value: "one".into() });
    let Chosen::Found { filter, range, .. } = found("session:one") else { unreachable!("it is a query") };
    assert_eq!(delete(bench, Chosen::Found { filter, range, said_by_logs }).await, (0, 0, 2, 0));
    let left = logs(bench).await;
    assert_eq!(left.iter().map(|log| log.time_unix_nanos).collect::<Vec<_>>(), [4, 3]);
    let receipt = bench.records(Vec::new(), sent).await;
    assert_eq!((receipt.stored, receipt.duplicate), (2, 2));
}

pub(super) async fn a_project_deletes_nothing_of_another(bench: &mut Bench) {
    let other: ProjectSlug = "other".parse().unwrap();
    let parts = |project: &ProjectSlug| BatchParts {
        spans: vec![span(1, 1, 1, 2), call(1, 2, 1)],
        logs: vec![log(Some((1, 1)), 1)],
        points: vec![point(1)],
        ..empty_parts(project)
    };
    let own = bench.project.clone();
    bench.parts(parts(&own)).await;
    bench.parts(parts(&other)).await;
    assert_eq!(delete(bench, found("")).await, (1, 2, 1, 0));
    assert_eq!(bench.store().projects_of_trace(trace_id(1)).await.unwrap(), [other.clone()]);
    assert_eq!(bench.store().trace(&other, trace_id(1), Detail::Whole).await.unwrap().unwrap().logs.len(), 1);
    assert_eq!(bench.parts(parts(&other)).await.duplicate, 4);
    let receipt = bench.parts(parts(&own)).await;
    assert_eq!((receipt.stored, receipt.duplicate), (3, 1), "a metric point belongs to no trace");
}

pub(super) async fn a_deleted_trace_gives_its_calls_up(bench: &mut Bench) {
    bench.spans(vec![call(1, 1, 1)]).await;
    delete(bench, Chosen::Traces(vec![trace_id(1)])).await;
    bench.spans(vec![call(2, 1, 1)]).await;
    bench.spans(vec![call(3, 1, 1)]).await;
    let billed_in = async |trace| bench.trace(trace_id(trace), Detail::Columns).await.unwrap().spans[0].billed_in;
    assert_eq!((billed_in(2).await, billed_in(3).await), (None, Some(trace_id(2))));
}

/// A trace that began before the limit and had a log record or an end after it, and one that had not.
pub(super) async fn what_ended_before_a_time_goes_whole(bench: &mut Bench) {
    bench.records(vec![span(1, 1, 10, 20), span(2, 1, 10, 60)], vec![log(Some((3, 1)), 55), log(Some((4, 1)), 20), log(None, 30)]).await;
    let parts = BatchParts {
        spans: vec![span(3, 1, 10, 20), span(1, 2, 20, 30), span(5, 1, 70, 80)],
        logs: vec![log(None, 70)],
        points: vec![point(49), point(50)],
        ..empty_parts(&bench.project)
    };
    bench.parts(parts).await;
    assert_eq!(delete(bench, Chosen::EndedBefore { unix_nanos: 50 }).await, (2, 2, 2, 1));
    assert_eq!(traces(bench).await, [trace_id(5), trace_id(3), trace_id(2)]);
    assert_eq!(logs(bench).await.iter().map(|log| log.time_unix_nanos).collect::<Vec<_>>(), [70, 55]);
    let points = bench.store().list_points(&bench.project, &PointQuery { limit: 9, ..PointQuery::default() }).await.unwrap().points;
    assert_same(&points, &vec![point(50)]);
}

/// A span that was first said to start after the limit, and then before it, started before it.
pub(super) async fn a_time_that_was_taken_back_keeps_nothing(bench: &mut Bench) {
    bench.spans(vec![span(1, 1, 70, 0), span(2, 1, 10, 0)]).await;
    bench.spans(vec![span(1, 1, 10, 0), span(2, 1, 70, 0)]).await;
    assert_eq!(delete(bench, Chosen::EndedBefore { unix_nanos: 50 }).await, (1, 1, 0, 0));
    assert_eq!(traces(bench).await, [trace_id(2)]);
}

pub(super) async fn a_dry_run_counts_and_removes_nothing(bench: &mut Bench) {
    bench.records(vec![span(1, 1, 1, 2), span(2, 1, 1, 2)], vec![log(Some((1, 1)), 1)]).await;
    bench.spans(vec![span(1, 1, 1, 9), span(1, 2, 1, 2)]).await;
    let request = Deletion { dry_run: true, ..deletion(&bench.project, Chosen::Traces(vec![trace_id(1)])) };
    let receipt = bench.store().delete(request).await.unwrap();
    assert_eq!((counts(&receipt), receipt.checked.is_done), ((1, 2, 1, 0), false));
    assert_eq!(bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans.len(), 2);
}

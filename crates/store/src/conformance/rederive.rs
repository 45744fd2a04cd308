//! Columns made anew: everywhere they are asked for, and nothing else with them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use model::{ProjectSlug, Span};
use query::Filter;

use super::records::{SpanSeed, call, log, point, span, trace_id, whole};
use super::subject::{Bench, assert_same, empty_parts};
use crate::{BatchParts, Detail, GroupKey, GroupQuery, Rederive, RederiveReceipt, SpanQuery, TimeRange};

/// A derivation that needs the raw span and leaves the session out.
pub(super) fn renamed(word: &str) -> impl Fn(Span) -> Span + Send + Sync + 'static {
    let word = word.to_owned();
    move |span| {
        let raw_name = &span.raw.as_ref().expect("a span comes with its raw span").name;
        Span { name: format!("{word} {raw_name}"), session_id: None, tags: vec![word.clone()], ..span }
    }
}

fn receipt(spans_seen: u64, spans_changed: u64) -> RederiveReceipt {
    RederiveReceipt { spans_seen, spans_changed }
}

async fn names(bench: &Bench, project: &ProjectSlug) -> Vec<String> {
    let query = SpanQuery { order: crate::Order::Ascending, limit: 100, ..SpanQuery::default() };
    let spans = bench.store().list_spans(project, &query).await.unwrap().spans;
    spans.into_iter().map(|span| span.name).collect()
}

pub(super) async fn columns_are_replaced_and_raw_spans_stay(bench: &mut Bench) {
    let sent = SpanSeed { trace: 1, span: 1, start: 10, end: 20, session: Some(1), ..SpanSeed::default() }.build();
    bench.spans(vec![sent.clone()]).await;
    assert_eq!(bench.store().rederive(Rederive::all(renamed("new"))).await.unwrap(), receipt(1, 1));
    bench.settle().await;
    let expected = whole(&renamed("new")(sent));
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &vec![expected]);
    assert_eq!(names(bench, &bench.project).await, ["new span 1"]);
    let sessions = GroupQuery { key: GroupKey::Session, range: TimeRange::default(), filter: Filter::everything(), limit: 5, after: None };
    assert!(bench.store().list_groups(&bench.project, &sessions).await.unwrap().groups.is_empty());
}

/// A span of three versions, of which the first alone names a session and the last alone an end.
/// The derivation sees all of it, and what it leaves out does not come back from an older version.
pub(super) async fn a_span_of_several_versions_is_one_span(bench: &mut Bench) {
    let version = |end, session, flavour| SpanSeed { trace: 1, span: 1, start: 5, end, session, flavour, ..SpanSeed::default() }.build();
    for (end, session, flavour) in [(0, Some(1), 0), (0, None, 1), (9, None, 2)] {
        bench.spans(vec![version(end, session, flavour)]).await;
    }
    let seen = Arc::new(Mutex::new(Vec::new()));
    let request = Rederive::all({
        let seen = Arc::clone(&seen);
        move |span| {
            seen.lock().unwrap().push((span.end_unix_nanos, span.session_id.clone(), span.raw.as_ref().unwrap().end_unix_nanos));
            renamed("new")(span)
        }
    });
    assert_eq!(bench.store().rederive(request).await.unwrap(), receipt(1, 1));
    assert_eq!(seen.lock().unwrap()[0], (9, Some("session 1".into()), 9));
    bench.settle().await;
    let trace = bench.trace(trace_id(1), Detail::Whole).await.unwrap();
    let [span] = &trace.spans[..] else { panic!("{:?}", trace.spans) };
    assert_eq!((span.name.as_str(), &span.session_id, span.end_unix_nanos), ("new span 1", &None, 9));
    assert_eq!(span.raw.as_ref().unwrap().attributes.0.len(), 2, "the raw versions are merged as before");
    assert_eq!(bench.store().rederive(Rederive::all(renamed("new"))).await.unwrap(), receipt(1, 0));
    assert_eq!(bench.spans(vec![version(0, None, 1)]).await.duplicate, 1);
}

pub(super) async fn other_times_and_projects_are_left_alone(bench: &mut Bench) {
    let other: ProjectSlug = "other".parse().unwrap();
    bench.spans(vec![span(1, 1, 10, 20), span(1, 2, 20, 30), span(2, 3, 30, 40)]).await;
    bench.parts(BatchParts { spans: vec![span(1, 4, 20, 30)], ..empty_parts(&other) }).await;
    let range = TimeRange { from_unix_nanos: Some(20), to_unix_nanos: Some(30) };
    let request = Rederive { project: Some(bench.project.clone()), range, ..Rederive::all(renamed("new")) };
    assert_eq!(bench.store().rederive(request).await.unwrap(), receipt(1, 1));
    bench.settle().await;
    assert_eq!(names(bench, &bench.project).await, ["span 1", "new span 2", "span 3"]);
    assert_eq!(names(bench, &other).await, ["span 4"]);
    let request = Rederive { range, ..Rederive::all(renamed("newer")) };
    assert_eq!(bench.store().rederive(request).await.unwrap(), receipt(2, 2));
    bench.settle().await;
    assert_eq!(names(bench, &bench.project).await, ["span 1", "newer span 2", "span 3"]);
    assert_eq!(names(bench, &other).await, ["newer span 4"]);
}

pub(super) async fn what_was_received_stays_received(bench: &mut Bench) {
    let parts = BatchParts {
        spans: vec![span(1, 1, 1, 2), span(1, 2, 3, 4)],
        logs: vec![log(Some((1, 1)), 5)],
        points: vec![point(1)],
        ..empty_parts(&bench.project)
    };
    bench.parts(parts.clone()).await;
    let ledger = bench.store().ledger(TimeRange::default()).await.unwrap();
    assert_eq!(bench.store().rederive(Rederive::all(renamed("new"))).await.unwrap(), receipt(2, 2));
    bench.settle().await;
    assert_eq!(bench.store().ledger(TimeRange::default()).await.unwrap(), ledger);
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().logs, &parts.logs);
    let receipt = bench.parts(parts).await;
    assert_eq!((receipt.stored, receipt.updated, receipt.duplicate), (0, 0, 4));
    let receipt = bench.spans(vec![span(1, 1, 1, 9), span(1, 3, 1, 2)]).await;
    assert_eq!((receipt.stored, receipt.updated), (1, 1));
    assert_eq!(names(bench, &bench.project).await, ["span 1", "span 3", "new span 2"], "a newer version brings its own columns");
}

pub(super) async fn a_derivation_decides_neither_ids_nor_who_bills(bench: &mut Bench) {
    bench.spans(vec![call(1, 1, 1)]).await;
    bench.spans(vec![call(2, 2, 1)]).await;
    let meddling = |span: Span| Span {
        trace_id: trace_id(9),
        span_id: super::records::span_id(9),
        billed_in: span.billed_in.is_none().then(|| trace_id(9)),
        raw: None,
        name: "new".into(),
        ..span
    };
    assert_eq!(bench.store().rederive(Rederive::all(meddling)).await.unwrap(), receipt(2, 2));
    bench.settle().await;
    for (sent, billed_in) in [(call(1, 1, 1), None), (call(2, 2, 1), Some(trace_id(1)))] {
        let expected = Span { name: "new".into(), billed_in, ..whole(&sent) };
        assert_same(&bench.trace(sent.trace_id, Detail::Whole).await.unwrap().spans, &vec![expected]);
    }
    bench.spans(vec![call(3, 1, 1)]).await;
    assert_eq!(bench.trace(trace_id(3), Detail::Columns).await.unwrap().spans[0].billed_in, Some(trace_id(1)));
}

pub(super) async fn every_column_can_be_derived(bench: &mut Bench) {
    let full = super::exactness::full_span();
    bench.spans(vec![Span::from_raw(full.raw.clone().unwrap()), span(1, 9, 900, 901)]).await;
    let derive = {
        let full = full.clone();
        move |span: Span| if span.span_id == full.span_id { full.clone() } else { span }
    };
    assert_eq!(bench.store().rederive(Rederive::all(derive)).await.unwrap(), receipt(2, 1));
    bench.settle().await;
    let expected = vec![whole(&full), whole(&span(1, 9, 900, 901))];
    assert_same(&bench.trace(trace_id(1), Detail::Whole).await.unwrap().spans, &expected);
}

pub(super) async fn a_derivation_that_changes_nothing_changes_nothing(bench: &mut Bench) {
    bench.spans(vec![super::exactness::full_span(), span(2, 1, 1, 2)]).await;
    bench.spans(vec![span(2, 1, 1, 9)]).await;
    let told = Arc::new(AtomicU64::new(0));
    let request = Rederive {
        progress: Arc::new({
            let told = Arc::clone(&told);
            move |receipt| told.store(receipt.spans_seen, Ordering::SeqCst)
        }),
        ..Rederive::all(|span| span)
    };
    assert_eq!(bench.store().rederive(request).await.unwrap(), receipt(2, 0));
    assert_eq!(told.load(Ordering::SeqCst), 2, "progress ends with all of it");
    assert_eq!(
        bench.store().rederive(Rederive { project: "none".parse().ok(), ..Rederive::all(|span| span) }).await.unwrap(),
        receipt(0, 0)
    );
}

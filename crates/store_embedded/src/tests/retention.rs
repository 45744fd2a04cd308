//! Retention at times made by hand: what goes, what stays, and what waits.

use std::time::Duration;

use model::{ProjectSlug, Span};
use store::conformance::SpanSeed;
use store::{BatchParts, CleanBatch, Detail, Retention, SpanStore};

use super::{batch, manual, project};
use crate::{EmbeddedStore, open, verify};

const DAY_NANOS: u64 = 86_400_000_000_000;

fn kept_for(days: u64) -> Retention {
    let keep = Duration::from_secs(days * 86_400);
    Retention { default: Some(keep), projects: [("chat".parse().unwrap(), Duration::from_secs(86_400))].into() }
}

/// A span that starts and ends at days after 1970.
fn span(trace: u8, number: u8, start: u64, end: u64) -> Span {
    SpanSeed { trace, span: number, start: start * DAY_NANOS, end: end * DAY_NANOS, ..SpanSeed::default() }.build()
}

async fn is_there(store: &EmbeddedStore, trace: u8) -> bool {
    let trace = store.trace(&project(), span(trace, 1, 1, 1).trace_id, Detail::Whole).await.unwrap();
    trace.is_some()
}

/// One segment of which everything is old, one of which a half is, one in which a trace that began in the first goes on.
#[tokio::test]
async fn what_ended_before_the_limit_goes_and_whole_segments_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    for spans in [vec![span(1, 1, 50, 51), span(2, 1, 50, 52)], vec![span(3, 1, 53, 54), span(4, 1, 80, 95)], vec![span(2, 2, 94, 96)]] {
        store.append(batch(spans)).await.unwrap();
        store.flush().await.unwrap();
    }
    store.retain_for_tests(&kept_for(10), 100 * DAY_NANOS).await.unwrap();
    for (trace, stays) in [(1, false), (2, true), (3, false), (4, true)] {
        assert_eq!(is_there(&store, trace).await, stays, "trace {trace}");
    }
    let status = store.status();
    assert_eq!((status.segments, status.retention.traces, status.retention.spans), (3, 2, 2));
    assert_eq!(status.retention.applied_unix_nanos, Some(100 * DAY_NANOS));
    store.retain_for_tests(&kept_for(10), 120 * DAY_NANOS).await.unwrap();
    assert_eq!((store.status().segment_rows, store.status().segments), (0, 1), "the newest stays, empty");
    store.close().await.unwrap();
    drop(store);
    assert_eq!(verify(directory.path(), std::sync::Arc::new(|_, _| {})).await.unwrap().findings, []);
}

#[tokio::test]
async fn a_project_has_a_limit_of_its_own() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let chat: ProjectSlug = "chat".parse().unwrap();
    let spans = || vec![span(1, 1, 95, 95), span(2, 1, 99, 100)];
    store.append(batch(spans())).await.unwrap();
    let parts = BatchParts {
        project: chat.clone(),
        received_unix_nanos: 0,
        request_bytes: 0,
        spans: spans(),
        logs: Vec::new(),
        points: Vec::new(),
        rejected: Default::default(),
    };
    store.append(CleanBatch::seal(parts)).await.unwrap();
    store.retain_for_tests(&kept_for(10), 100 * DAY_NANOS).await.unwrap();
    assert!(is_there(&store, 1).await && is_there(&store, 2).await);
    let left = store.list_spans(&chat, &store::SpanQuery { limit: 9, ..store::SpanQuery::default() }).await.unwrap().spans;
    assert_eq!(left.iter().map(|span| span.trace_id).collect::<Vec<_>>(), [span(2, 1, 1, 1).trace_id]);
}

/// One of twenty traces is some hours too old: to write the others again for it can wait, but not for more than a day.
#[tokio::test]
async fn little_that_is_too_old_waits_for_a_day() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let spans = (1..=20).map(|trace| span(trace, 1, if trace == 1 { 89 } else { 100 }, 100 - 11 * u64::from(trace == 1)));
    store.append(batch(spans.collect())).await.unwrap();
    store.retain_for_tests(&kept_for(10), 99 * DAY_NANOS + DAY_NANOS / 2).await.unwrap();
    assert!(is_there(&store, 1).await);
    store.retain_for_tests(&kept_for(10), 100 * DAY_NANOS + 1).await.unwrap();
    assert!(!is_there(&store, 1).await && is_there(&store, 2).await);
}

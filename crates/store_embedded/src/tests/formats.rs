//! What earlier versions left on disk is read, and the store goes on from there.

use std::path::Path;
use std::sync::Arc;

use model::{Labels, Origin, Span};
use store::{Detail, LogQuery, Rederive, SpanQuery, SpanStore, TimeRange, TraceQuery};
use tempfile::TempDir;

use super::{batch, manual, project, span};
use crate::{EmbeddedStore, open};

/// Copies a sample of `fixtures/store`, for the store writes where it reads.
fn sample(name: &str) -> TempDir {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/store").join(name);
    let directory = tempfile::tempdir().unwrap();
    copy(&source, directory.path());
    directory
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}

/// What was sent to the version that wrote a format: see `fixtures/store/README.md`.
struct Sent {
    received: u64,
    stored: u64,
    duplicate: u64,
    traces: usize,
    spans: usize,
    logs: usize,
    points: u64,
}

const FIRST: Sent = Sent { received: 294, stored: 271, duplicate: 23, traces: 35, spans: 166, logs: 22, points: 83 };
const SECOND: Sent = Sent { received: 413, stored: 391, duplicate: 22, traces: 42, spans: 189, logs: 62, points: 140 };

async fn assert_complete(store: &EmbeddedStore, sent: &Sent) {
    let ledger = store.ledger(TimeRange::default()).await.unwrap();
    assert_eq!((ledger.received(), ledger.stored, ledger.duplicate), (sent.received, sent.stored, sent.duplicate));
    let traces = store.list_traces(&project(), &TraceQuery { limit: 100, ..TraceQuery::default() }).await.unwrap();
    assert_eq!((traces.traces.len(), traces.total.count as usize), (sent.traces, sent.traces));
    let spans = store.list_spans(&project(), &SpanQuery { limit: 1_000, ..SpanQuery::default() }).await.unwrap().spans;
    let logs = store.list_logs(&project(), &LogQuery { limit: 1_000, ..LogQuery::default() }).await.unwrap().logs;
    assert_eq!((spans.len(), logs.len(), points(store)), (sent.spans, sent.logs, sent.points));
    assert!(spans.iter().any(|span| span.request_model.is_some() && !span.usage.is_empty() && span.previews.input.is_some()));
    for trace in traces.traces {
        let whole = store.trace(&project(), trace.trace_id, Detail::Whole).await.unwrap().unwrap();
        assert_eq!(whole.spans.len() as u64, trace.span_count);
        for span in &whole.spans {
            let raw = span.raw.as_ref().unwrap();
            assert_eq!((raw.trace_id, raw.span_id, &raw.name), (span.trace_id, span.span_id, &span.raw_name));
        }
    }
}

fn points(store: &EmbeddedStore) -> u64 {
    let shared = store.engine_for_tests().read();
    let in_segments = shared.segments.iter().map(|segment| segment.description.point_rows);
    in_segments.sum::<u64>() + shared.tails().map(|tail| tail.points.rows() as u64).sum::<u64>()
}

/// The columns that came after the first format: absent is unknown.
fn knows_nothing_of_newer_columns(span: &Span) -> bool {
    span.origin == Origin::default()
        && (span.billed_in, span.http_status, span.price.computed) == (None, None, None)
        && (&span.price.reason, &span.rate_limit, &span.labels) == (&None, &Vec::new(), &Labels::default())
}

#[tokio::test]
async fn the_first_format_is_read_flushed_and_merged() {
    let directory = sample("format-1");
    let store = open(directory.path(), manual()).await.unwrap();
    let tail_rows = store.status().tail_rows;
    assert_eq!((store.status().segments, store.status().segment_rows, tail_rows), (1, 256, 15));
    assert_flushed_and_merged(directory, store, &FIRST).await;
}

async fn assert_flushed_and_merged(directory: TempDir, store: Arc<EmbeddedStore>, sent: &Sent) {
    assert_complete(&store, sent).await;
    store.flush().await.unwrap();
    assert_complete(&store, sent).await;
    store.compact_for_tests().await.unwrap();
    assert_eq!((store.status().segments, store.status().segment_rows), (1, sent.stored));
    assert_complete(&store, sent).await;
    drop(store);
    let store = open(directory.path(), manual()).await.unwrap();
    assert_complete(&store, sent).await;
    assert_eq!(store.status().damaged, []);
}

/// Its log has a short record, which is compressed, and long ones, which are not.
#[tokio::test]
async fn the_second_format_is_read_flushed_and_merged() {
    let directory = sample("format-2");
    let store = open(directory.path(), manual()).await.unwrap();
    assert_eq!((store.status().segments, store.status().segment_rows, store.status().tail_rows), (1, 324, 67));
    assert_flushed_and_merged(directory, store, &SECOND).await;
}

#[tokio::test]
async fn the_first_format_takes_new_rows() {
    let directory = sample("format-1");
    let store = open(directory.path(), manual()).await.unwrap();
    let spans = store.list_spans(&project(), &SpanQuery { limit: 1_000, ..SpanQuery::default() }).await.unwrap().spans;
    assert!(spans.iter().all(knows_nothing_of_newer_columns), "{spans:?}");
    let mut again = Vec::new();
    for span in &spans {
        let trace = store.trace(&project(), span.trace_id, Detail::Whole).await.unwrap().unwrap();
        again.extend(trace.spans.into_iter().filter(|whole| whole.span_id == span.span_id));
    }
    let receipt = store.append(batch(again)).await.unwrap();
    assert_eq!(
        (receipt.stored, receipt.updated, receipt.duplicate),
        (0, 0, FIRST.spans as u64),
        "they are known as what was stored before"
    );
    assert_eq!(store.append(batch(vec![span(1, 1)])).await.unwrap().stored, 1);
    store.flush().await.unwrap();
    store.compact_for_tests().await.unwrap();
    drop(store);
    let store = open(directory.path(), manual()).await.unwrap();
    let page = store.list_spans(&project(), &SpanQuery { limit: 1_000, ..SpanQuery::default() }).await.unwrap();
    assert_eq!(page.total.count as usize, FIRST.spans + 1);
}

#[tokio::test]
async fn the_first_format_gets_the_columns_of_today() {
    let directory = sample("format-1");
    let store = open(directory.path(), manual()).await.unwrap();
    let receipt = store.rederive(Rederive::all(|span| Span { http_status: Some(200), ..span })).await.unwrap();
    assert_eq!((receipt.spans_seen, receipt.spans_changed), (FIRST.spans as u64, FIRST.spans as u64));
    drop(store);
    let store = open(directory.path(), manual()).await.unwrap();
    let spans = store.list_spans(&project(), &SpanQuery { limit: 1_000, ..SpanQuery::default() }).await.unwrap().spans;
    assert_eq!(spans.iter().filter(|span| span.http_status == Some(200)).count(), FIRST.spans);
}

//! What a crash, a failing disk or a second process leaves behind.

use std::sync::Arc;

use model::TraceId;
use store::conformance::Subject;
use store::{Detail, SpanStore, TimeRange};

use super::{Embedded, State, batch, manual, project, span, wal_files};
use crate::{open, segment};

fn trace_id() -> TraceId {
    span(1, 1).trace_id
}

async fn span_count(store: &dyn SpanStore) -> usize {
    store.trace(&project(), trace_id(), Detail::Whole).await.unwrap().map_or(0, |trace| trace.spans.len())
}

async fn assert_holds(store: &dyn SpanStore, spans: usize) {
    assert_eq!(span_count(store).await, spans);
    let ledger = store.ledger(TimeRange::default()).await.unwrap();
    assert_eq!((ledger.stored, ledger.received()), (spans as u64, spans as u64));
}

/// A segment was written and the process died before the manifest named it.
/// Its directory goes, and its rows are there once.
#[tokio::test]
async fn a_segment_without_a_manifest_entry_is_removed() {
    let mut subject = Embedded::new(State::Crashed).await;
    let store = subject.store.clone().unwrap();
    store.append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    let segments = subject.directory.path().join("segments");
    let rows = segment::SegmentRows::of_tail(&store.engine_for_tests().read().active);
    segment::write(&segments, 1, 0, &rows, &store::PlainUnderstanding).unwrap();
    assert!(segments.join("0000000001").join("core.parquet").exists());
    drop(store);
    subject.reopen().await;
    assert!(!segments.join("0000000001").exists());
    assert_holds(subject.store().as_ref(), 2).await;
    subject.store().flush().await.unwrap();
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 2).await;
    assert_eq!(subject.store().status().segments, 1);
}

/// The manifest named the segment and the process died before the log files were deleted.
/// Their rows are there once, and the files go.
#[tokio::test]
async fn log_files_of_flushed_rows_are_not_replayed() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    let file = wal_files(subject.directory.path()).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    subject.store().flush().await.unwrap();
    assert!(!file.exists());
    std::fs::write(&file, bytes).unwrap();
    subject.reopen().await;
    assert!(!file.exists());
    assert_holds(subject.store().as_ref(), 2).await;
    assert_eq!(subject.store().status().tail_rows, 0);
    let receipt = subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    assert_eq!(receipt.duplicate, 1);
}

/// The last record is half on disk.
/// The one before it is there, the half one is gone, and the store goes on.
#[tokio::test]
async fn an_unfinished_record_is_cut_and_the_store_goes_on() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    drop(subject.store.take());
    let file = wal_files(subject.directory.path()).remove(0);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 40]).unwrap();
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 1).await;
    let receipt = subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    assert_eq!(receipt.stored, 1);
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 2).await;
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let mut subject = Embedded::new(State::InMemory).await;
    let error = open(subject.directory.path(), manual()).await.err().unwrap().to_string();
    assert!(error.contains(subject.directory.path().to_str().unwrap()), "{error}");
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    subject.reopen().await;
}

/// Seals fail because no new log file can be made.
/// Rows stay, appends go on, and the next flush succeeds.
#[tokio::test]
async fn a_failed_flush_can_be_tried_again() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    // A file stands where the segment's directory should be made.
    let segments = subject.directory.path().join("segments");
    std::fs::remove_dir(&segments).unwrap();
    std::fs::write(&segments, "in the way").unwrap();
    subject.store().flush().await.unwrap_err();
    subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    assert_holds(subject.store().as_ref(), 2).await;
    assert_eq!(subject.store().append(batch(vec![span(1, 1)])).await.unwrap().duplicate, 1);
    std::fs::remove_file(&segments).unwrap();
    std::fs::create_dir(&segments).unwrap();
    subject.store().flush().await.unwrap();
    assert_eq!(subject.store().status().tail_rows, 0);
    subject.reopen().await;
    assert_eq!(span_count(subject.store().as_ref()).await, 2);
}

/// Segments are merged while a reader holds them, and the process dies at once afterwards.
#[tokio::test]
async fn merged_segments_go_and_their_rows_stay_once() {
    let mut subject = Embedded::new(State::Crashed).await;
    for number in 1..=4 {
        subject.store().append(batch(vec![span(1, number)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    let directories = |subject: &Embedded| std::fs::read_dir(subject.directory.path().join("segments")).unwrap().count();
    assert_eq!(directories(&subject), 4);
    let store = subject.store.clone().unwrap();
    let reader = Arc::clone(&store.engine_for_tests().read().segments);
    store.compact_for_tests().await.unwrap();
    assert_eq!(store.status().segments, 1);
    assert_eq!(directories(&subject), 5, "what a reader holds stays");
    drop(reader);
    assert_eq!(directories(&subject), 1);
    drop(store);
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 4).await;
    assert_eq!(subject.store().append(batch(vec![span(1, 3)])).await.unwrap().duplicate, 1);
}

#[tokio::test]
async fn a_closed_store_leaves_nothing_to_replay() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    subject.store().close().await.unwrap();
    subject.reopen().await;
    assert_eq!(subject.store().status().tail_rows, 0);
    assert_holds(subject.store().as_ref(), 2).await;
}

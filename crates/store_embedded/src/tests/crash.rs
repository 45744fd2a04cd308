//! What a crash, a failing disk or a second process leaves behind.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::TraceId;
use store::conformance::Subject;
use store::{Detail, SpanStore, StoreError, TimeRange};

use super::{Embedded, State, batch, manual, project, span, wal_files};
use crate::files::{AppendFile, DiskFiles, FileMaker};
use crate::store::open_with_files;
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
    std::fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 1).await;
    let receipt = subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    assert_eq!(receipt.stored, 1);
    subject.reopen().await;
    assert_holds(subject.store().as_ref(), 2).await;
}

#[tokio::test]
async fn harm_in_the_middle_of_the_log_is_named() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    let file = wal_files(subject.directory.path()).remove(0);
    let middle = std::fs::metadata(&file).unwrap().len() as usize - 100;
    subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    drop(subject.store.take());
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[middle] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let error = open(subject.directory.path(), manual()).await.err().unwrap();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    assert!(error.to_string().contains(file.to_str().unwrap()), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "nothing was cut");
}

#[tokio::test]
async fn a_missing_file_of_the_log_is_named() {
    let subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    let directory = subject.directory.path().to_owned();
    drop(subject.store.clone());
    let Embedded { store, directory: _keep, .. } = subject;
    drop(store);
    // A second opening begins a second file; then the first goes missing.
    drop(open(&directory, manual()).await.unwrap());
    std::fs::remove_file(&wal_files(&directory)[0]).unwrap();
    let error = open(&directory, manual()).await.err().unwrap();
    assert!(error.to_string().contains("a file is missing"), "{error}");
}

#[tokio::test]
async fn a_cut_segment_file_is_found_at_start() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    drop(subject.store.take());
    let file = subject.directory.path().join("segments/0000000001/content.parquet");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[1..]).unwrap();
    let error = open(subject.directory.path(), manual()).await.err().unwrap();
    assert!(error.to_string().contains("content.parquet"), "{error}");
}

#[tokio::test]
async fn a_second_process_is_refused() {
    let mut subject = Embedded::new(State::InMemory).await;
    let error = open(subject.directory.path(), manual()).await.err().unwrap().to_string();
    assert!(error.contains(subject.directory.path().to_str().unwrap()), "{error}");
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    subject.reopen().await;
}

/// Files that fail from some append on, after writing half of it.
struct FailingFiles {
    appends_left: Arc<AtomicUsize>,
}

struct FailingFile {
    file: Box<dyn AppendFile>,
    appends_left: Arc<AtomicUsize>,
}

impl FileMaker for FailingFiles {
    fn create(&self, path: &Path) -> io::Result<Box<dyn AppendFile>> {
        Ok(Box::new(FailingFile { file: DiskFiles.create(path)?, appends_left: Arc::clone(&self.appends_left) }))
    }
}

impl AppendFile for FailingFile {
    fn append_durably(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.appends_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return self.file.append_durably(bytes);
        }
        self.file.append_durably(&bytes[..bytes.len() / 2])?;
        Err(io::Error::other("no space left"))
    }
}

/// The disk fails in the middle of a record.
/// Nobody is told that it is stored, nobody is told so afterwards, and what was acknowledged before survives.
#[tokio::test]
async fn a_failed_write_stops_all_acknowledgement() {
    let directory = tempfile::tempdir().unwrap();
    // The head of the file and one record.
    let files = Arc::new(FailingFiles { appends_left: Arc::new(AtomicUsize::new(2)) });
    let store = open_with_files(directory.path(), manual(), files.clone()).await.unwrap();
    store.append(batch(vec![span(1, 1)])).await.unwrap();
    let error = store.append(batch(vec![span(1, 2)])).await.unwrap_err();
    assert!(matches!(&error, StoreError::Stopped { reason } if reason.contains("no space left")), "{error:?}");
    // The disk works again, and still nothing is acknowledged: what is in the file is not known.
    files.appends_left.store(100, Ordering::SeqCst);
    assert!(matches!(store.append(batch(vec![span(1, 3)])).await, Err(StoreError::Stopped { .. })));
    assert!(matches!(store.flush().await, Err(StoreError::Stopped { .. })));
    assert!(!store.status().accepting);
    assert_eq!(span_count(store.as_ref()).await, 1, "what was stored can be read");
    drop(store);
    let store = open(directory.path(), manual()).await.unwrap();
    assert_holds(store.as_ref(), 1).await;
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

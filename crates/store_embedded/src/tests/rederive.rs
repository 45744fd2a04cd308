//! Rewritten segments: what a crash, a reader, a merge or a caller that goes away does to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use model::Span;
use store::conformance::Subject;
use store::{Detail, Rederive, RederiveReceipt, SpanStore, TimeRange};

use super::{Embedded, State, batch, project, span};
use crate::{EmbeddedStore, segment};

fn renamed(span: Span) -> Span {
    Span { name: format!("new {}", span.raw.as_ref().unwrap().name), ..span }
}

/// Names of the spans of the first trace, in order; reads everything there is of them.
async fn names(store: &dyn SpanStore) -> Vec<String> {
    let trace = store.trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().unwrap();
    assert!(trace.spans.iter().all(|span| span.raw.as_ref().unwrap().span_id == span.span_id));
    trace.spans.into_iter().map(|span| span.name).collect()
}

fn segment_directories(subject: &Embedded) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(subject.directory.path().join("segments")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn copy_directory(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

async fn flushed(spans: Vec<Span>) -> Embedded {
    let subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(spans)).await.unwrap();
    subject.store().flush().await.unwrap();
    subject
}

/// The new files are there, and the process died before the manifest named them.
/// The old columns are there, and so is every file they need.
#[tokio::test]
async fn a_rewrite_that_was_not_committed_never_was() {
    let mut subject = flushed(vec![span(1, 1), span(1, 2)]).await;
    let store = subject.store.clone().unwrap();
    let segments = subject.directory.path().join("segments");
    let old = Arc::clone(&store.engine_for_tests().read().segments[0]);
    let ranges = [segment::ProjectRange { project: project(), rows: 0..2 }];
    let rewritten = segment::rewrite(&segments, 2, &old, &ranges, &store::PlainUnderstanding, |_, stored| {
        let pair = |span: Span| Some((Span { raw: None, ..span.clone() }, Span { raw: None, ..renamed(span) }));
        segment::Renewed::new(&stored.into_iter().map(|stored| pair(stored.span)).collect::<Vec<_>>())
    });
    assert_eq!(rewritten.unwrap().unwrap().files.keys().collect::<Vec<_>>(), old.description.files.keys().collect::<Vec<_>>());
    assert_eq!(segment_directories(&subject).len(), 2);
    drop((old, store));
    subject.reopen().await;
    assert_eq!(segment_directories(&subject).len(), 1);
    assert_eq!(names(subject.store().as_ref()).await, ["span 1", "span 2"]);
    assert_eq!(subject.store().append(batch(vec![span(1, 1)])).await.unwrap().duplicate, 1);
    subject.store().rederive(Rederive::all(renamed)).await.unwrap();
    assert_eq!(names(subject.store().as_ref()).await, ["new span 1", "new span 2"]);
}

/// The manifest names the new files, and the process died before the old ones were deleted.
/// The new columns are there, each span once, and the old files go.
#[tokio::test]
async fn the_files_before_a_committed_rewrite_go() {
    let mut subject = flushed(vec![span(1, 1), span(1, 2)]).await;
    let [old] = &segment_directories(&subject)[..] else { panic!("one segment was written") };
    let aside = subject.directory.path().join("aside");
    copy_directory(old, &aside);
    subject.store().rederive(Rederive::all(renamed)).await.unwrap();
    drop(subject.store.take());
    std::fs::rename(&aside, old).unwrap();
    subject.reopen().await;
    assert!(!old.exists());
    assert_eq!(names(subject.store().as_ref()).await, ["new span 1", "new span 2"]);
    assert_eq!(subject.store().append(batch(vec![span(1, 2)])).await.unwrap().duplicate, 1);
}

#[tokio::test]
async fn a_segment_without_changes_is_not_written_again() {
    let subject = flushed(vec![span(1, 1)]).await;
    subject.store().append(batch(vec![span(1, 100)])).await.unwrap();
    subject.store().flush().await.unwrap();
    let before = segment_directories(&subject);
    let range = TimeRange { from_unix_nanos: Some(50), to_unix_nanos: None };
    let receipt = subject.store().rederive(Rederive { range, ..Rederive::all(renamed) }).await.unwrap();
    assert_eq!(receipt, RederiveReceipt { spans_seen: 1, spans_changed: 1 });
    let after = segment_directories(&subject);
    assert_eq!((after.len(), &after[0]), (2, &before[0]));
    assert_ne!(after[1], before[1]);
    subject.store().rederive(Rederive::all(|span| span)).await.unwrap();
    subject.store().rederive(Rederive { range, ..Rederive::all(renamed) }).await.unwrap();
    assert_eq!(segment_directories(&subject), after);
    assert_eq!(names(subject.store().as_ref()).await, ["span 1", "new span 100"]);
}

#[tokio::test]
async fn a_reader_keeps_the_files_it_reads() {
    let subject = flushed(vec![span(1, 1)]).await;
    let store = subject.store.clone().unwrap();
    let reader = Arc::clone(&store.engine_for_tests().read().segments);
    store.rederive(Rederive::all(renamed)).await.unwrap();
    assert_eq!(segment_directories(&subject).len(), 2);
    drop(reader);
    assert_eq!(segment_directories(&subject).len(), 1);
}

/// Rewriting, flushes and merges run while spans arrive and are asked for.
/// Every acknowledged span is in the next answer, once, with its raw span; at the end all have new columns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rewriting_hides_and_doubles_nothing() {
    let subject = Embedded::new(State::Crashed).await;
    let store = subject.store.clone().unwrap();
    let is_done = Arc::new(AtomicBool::new(false));
    let rewriting = tokio::spawn(rewrite_until(Arc::clone(&store), Arc::clone(&is_done)));
    for number in 0..40_u8 {
        store.append(batch(vec![span(1, number)])).await.unwrap();
        if number % 9 == 0 {
            store.flush().await.unwrap();
            store.compact_for_tests().await.unwrap();
        }
        assert_eq!(names(store.as_ref()).await.len(), usize::from(number) + 1);
        assert_eq!(store.ledger(TimeRange::default()).await.unwrap().stored, u64::from(number) + 1);
    }
    is_done.store(true, Ordering::SeqCst);
    rewriting.await.unwrap();
    assert_eq!(store.rederive(Rederive::all(renamed)).await.unwrap().spans_seen, 40);
    assert!(names(store.as_ref()).await.iter().all(|name| name.starts_with("new span")));
}

async fn rewrite_until(store: Arc<EmbeddedStore>, is_done: Arc<AtomicBool>) {
    let mut round = 0_u64;
    while !is_done.load(Ordering::SeqCst) {
        round += 1;
        let receipt = store.rederive(Rederive::all(move |span| Span { name: format!("round {round}"), ..span })).await.unwrap();
        assert_eq!(receipt.spans_seen, receipt.spans_changed);
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The caller goes away in the middle.
/// What was begun comes to its end, nothing is lost, and everything goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_goes_away_leaves_nothing_half_done() {
    let mut subject = flushed(vec![span(1, 1)]).await;
    subject.store().append(batch(vec![span(1, 2)])).await.unwrap();
    let store = subject.store.clone().unwrap();
    let (begun, began) = tokio::sync::oneshot::channel();
    let begun = std::sync::Mutex::new(Some(begun));
    let slow = move |span| {
        if let Some(begun) = begun.lock().unwrap().take() {
            begun.send(()).unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
        renamed(span)
    };
    tokio::select! {
        _ = store.rederive(Rederive::all(slow)) => panic!("it takes longer"),
        begun = began => begun.unwrap(),
    }
    store.append(batch(vec![span(1, 3)])).await.unwrap();
    store.flush().await.unwrap();
    store.compact_for_tests().await.unwrap();
    assert_eq!(names(store.as_ref()).await, ["new span 1", "span 2", "span 3"]);
    drop(store);
    subject.reopen().await;
    assert_eq!(names(subject.store().as_ref()).await, ["new span 1", "span 2", "span 3"]);
    assert_eq!(segment_directories(&subject).len() as u64, subject.store().status().segments);
}

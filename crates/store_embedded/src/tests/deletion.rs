//! Deletions: what is left on disk, and what a crash, a reader or an append in the middle does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Attributes, ProjectSlug, RawSpan, Span, TraceId};
use store::conformance::{SpanSeed, Subject};
use store::{Chosen, Deletion, DeriveContent, Detail, SpanQuery, SpanStore, TimeRange};

use super::{Embedded, State, batch, has_spare, manual, project, span, until};
use crate::manifest::PendingDeletion;
use crate::segment::DoomedRows;
use crate::{Options, open, verify};

/// Stands in what was sent of the spans that go, and nowhere else.
const MARKER: &str = "quicksilverlantern";

fn of_traces(traces: &[TraceId]) -> Deletion {
    Deletion { project: project(), chosen: Chosen::Traces(traces.to_vec()), dry_run: false }
}

fn marked(trace: u8, span: u8) -> Span {
    let seed = SpanSeed { trace, span, start: 5, end: 9, session: Some(1), response: Some(span), ..SpanSeed::default() };
    let mut attributes = Attributes::default();
    attributes.push("gen_ai.prompt", format!("please {MARKER} this {span}"));
    let raw = RawSpan { attributes, ..seed.raw() };
    Span { raw: Some(Arc::new(raw)), name: format!("{MARKER} {span}"), ..seed.build() }
}

/// What was asked is what is searched.
fn with_prompt(raw: Arc<RawSpan>) -> Span {
    let input = raw.attributes.text("gen_ai.prompt").map(|prompt| serde_json::Value::from(prompt.to_owned()));
    let span = Span::from_raw(raw);
    Span { content: model::Content { input, ..span.content.clone().into_inner() }.into(), ..span }
}

async fn assert_well(directory: &Path) {
    let verified = verify(directory, Arc::new(|_, _| {})).await.unwrap();
    assert_eq!(verified.findings, []);
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}

/// Everything a file says: its bytes, and what its columns, its terms and its records say decoded.
fn said_by(path: &Path) -> Vec<u8> {
    let mut said = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap().to_owned();
    if name.ends_with(".parquet") {
        let file = std::fs::File::open(path).unwrap();
        let reader = datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        for batch in reader {
            for column in batch.unwrap().columns() {
                column.to_data().buffers().iter().for_each(|buffer| said.extend(buffer.as_slice()));
                column
                    .to_data()
                    .child_data()
                    .iter()
                    .for_each(|child| said.extend(child.buffers().iter().flat_map(|b| b.as_slice().to_vec())));
            }
        }
    }
    if name == "search.index" {
        said.extend(crate::search::terms_of(path));
    }
    said
}

fn holds(said: &[u8], needle: &[u8]) -> bool {
    said.windows(needle.len()).any(|window| window == needle)
}

/// Files in which an id, as bytes or as text, or the marker stands.
fn files_that_know(directory: &Path, trace_id: TraceId) -> Vec<PathBuf> {
    let knows = |path: &PathBuf| {
        let said = said_by(path);
        holds(&said, trace_id.as_bytes()) || holds(&said, trace_id.to_string().as_bytes()) || holds(&said, MARKER.as_bytes())
    };
    files(directory).into_iter().filter(knows).collect()
}

/// A trace in two segments and in memory, beside others, with a search index; then the deletion.
/// Before it the reading finds the id and the marker in files of every kind, afterwards in none.
#[tokio::test]
async fn nothing_of_a_deleted_trace_is_left_in_any_file() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { search_delay: std::time::Duration::ZERO, derive_content: DeriveContent::new(1, with_prompt), ..manual() };
    let store = open(directory.path(), options).await.unwrap();
    let trace_id = marked(1, 1).trace_id;
    for round in 1..=2 {
        store.append(batch(vec![marked(1, round), span(2, round), span(0, round)])).await.unwrap();
        store.flush().await.unwrap();
    }
    store.append(batch(vec![marked(1, 1), marked(1, 3), span(3, 1)])).await.unwrap();
    store.engine_for_tests().indexes.wait_until_all_are_ready();
    let knowing = files_that_know(directory.path(), trace_id);
    for name in ["core.parquet", "content.parquet", "traces.parquet", "traces.index", "keys.index", "search.index", "manifest.sqlite"] {
        assert!(knowing.iter().any(|path| path.ends_with(name)), "{name} is not among {knowing:?}");
    }

    let receipt = store.delete(of_traces(&[trace_id])).await.unwrap();
    assert_eq!((receipt.traces, receipt.spans, receipt.segments_rewritten), (1, 3, 3));
    assert!(receipt.checked.is_done && receipt.checked.found.is_empty() && receipt.checked.left.is_empty(), "{:?}", receipt.checked);
    assert!(receipt.bytes_after < receipt.bytes_before, "{receipt:?}");
    store.engine_for_tests().indexes.wait_until_all_are_ready();
    assert_eq!(files_that_know(directory.path(), trace_id), Vec::<PathBuf>::new());
    assert_eq!(store.list_spans(&project(), &SpanQuery { limit: 9, ..SpanQuery::default() }).await.unwrap().total.count, 5);
    store.close().await.unwrap();
    drop(store);
    assert_eq!(files_that_know(directory.path(), trace_id), Vec::<PathBuf>::new());
    assert_well(directory.path()).await;
}

/// The file of the log that is written now held the trace before, and nothing was written over it yet.
#[tokio::test]
async fn nothing_of_a_deleted_trace_is_left_in_a_file_that_is_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { flush_bytes: 1, ..manual() };
    let store = open(directory.path(), options).await.unwrap();
    let trace_id = marked(1, 1).trace_id;
    let logs_that_know = || {
        let mut knowing = files_that_know(&directory.path().join("wal"), trace_id);
        knowing.retain(|path| path.extension().is_some_and(|extension| extension == "wal"));
        knowing
    };
    // Long enough that it is not compressed.
    let long = marked(1, 1);
    let name = long.name.repeat(8_000);
    store.append(batch(vec![Span { name, ..long }])).await.unwrap();
    until("its log is kept", || has_spare(directory.path())).await;
    store.append(batch(vec![span(2, 1)])).await.unwrap();
    until("its log is written over", || store.status().tail_rows == 0 && !logs_that_know().is_empty()).await;
    let receipt = store.delete(of_traces(&[trace_id])).await.unwrap();
    assert!(receipt.checked.is_done && receipt.checked.left.is_empty(), "{:?}", receipt.checked);
    assert_eq!(files_that_know(directory.path(), trace_id), Vec::<PathBuf>::new());
    store.append(batch(vec![span(2, 2)])).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    assert_eq!(files_that_know(directory.path(), trace_id), Vec::<PathBuf>::new());
    assert_well(directory.path()).await;
}

/// The deletion was written down and the process died before anything was done.
/// The next start does it before anybody can ask.
#[tokio::test]
async fn a_deletion_that_was_begun_is_finished_at_the_next_start() {
    let mut subject = Embedded::new(State::Crashed).await;
    let store = subject.store.clone().unwrap();
    store.append(batch(vec![span(1, 1), span(2, 1)])).await.unwrap();
    store.flush().await.unwrap();
    store.append(batch(vec![span(1, 2), span(2, 2)])).await.unwrap();
    let rows = DoomedRows { traces: [span(1, 1).trace_id].into(), ..DoomedRows::default() };
    store.engine_for_tests().manifest.begin_deletion(&PendingDeletion::new(&project(), &rows)).await.unwrap();
    drop(store);
    for _ in 0..2 {
        subject.reopen().await;
        assert!(subject.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().is_none());
        assert_eq!(subject.store().trace(&project(), span(2, 1).trace_id, Detail::Whole).await.unwrap().unwrap().spans.len(), 2);
        assert_eq!(subject.store.as_ref().unwrap().engine_for_tests().manifest.pending_deletions().await.unwrap(), []);
    }
    assert_eq!(subject.store().append(batch(vec![span(1, 1)])).await.unwrap().stored, 1);
    subject.store().flush().await.unwrap();
    drop(subject.store.take());
    assert_well(subject.directory.path()).await;
}

/// Segments without the rows were written and the process died before the manifest named them.
#[tokio::test]
async fn a_deletion_that_was_not_recorded_never_was() {
    let mut subject = Embedded::new(State::Crashed).await;
    let store = subject.store.clone().unwrap();
    store.append(batch(vec![span(1, 1), span(2, 1)])).await.unwrap();
    store.flush().await.unwrap();
    let segments = subject.directory.path().join("segments");
    let rows = DoomedRows { traces: [span(1, 1).trace_id].into(), ..DoomedRows::default() };
    let doomed = crate::segment::Doomed::of_project(&project(), rows);
    let inputs: Vec<_> = store.engine_for_tests().segments().to_vec();
    let understand = &store::PlainUnderstanding;
    let request = crate::segment::Combine { inputs: &inputs, level: 0, loose_traces: Vec::new(), doomed: &doomed, understand };
    let (description, removed) = crate::segment::combine(&segments, 2, &request).unwrap();
    assert_eq!((description.span_rows, removed.spans, removed.stored), (1, 1, 1));
    drop((store, inputs));
    subject.reopen().await;
    assert!(!segments.join("0000000002").exists());
    assert_eq!(subject.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().unwrap().spans.len(), 1);
}

/// A segment of which everything goes leaves no folder; the newest leaves an empty one, which says how far the log is in segments.
#[tokio::test]
async fn a_segment_of_which_nothing_is_left_goes() {
    let mut subject = Embedded::new(State::Crashed).await;
    let directories = |subject: &Embedded| std::fs::read_dir(subject.directory.path().join("segments")).unwrap().count();
    for trace in 1..=3 {
        subject.store().append(batch(vec![span(trace, 1)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    subject.store().delete(of_traces(&[span(1, 1).trace_id, span(3, 1).trace_id])).await.unwrap();
    assert_eq!(directories(&subject), 2);
    subject.reopen().await;
    assert_eq!((directories(&subject), subject.store().status().segments, subject.store().status().segment_rows), (2, 2, 1));
    subject.store().append(batch(vec![span(4, 1)])).await.unwrap();
    drop(subject.store.take());
    crate::rebuild_manifest(subject.directory.path()).await.unwrap();
    subject.reopen().await;
    assert_eq!(subject.store().status().damaged, []);
    assert!(subject.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().is_none());
    subject.store().flush().await.unwrap();
    subject.store.as_ref().unwrap().compact_for_tests().await.unwrap();
    drop(subject.store.take());
    assert_well(subject.directory.path()).await;
}

/// Spans of the trace arrive all the time while it is deleted again and again.
/// An append is in what went or in what stayed, whole: each span is there once or not, and the counts hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_come_before_a_deletion_or_behind_it() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let other: ProjectSlug = "other".parse().unwrap();
    let deleting = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            let mut removed = 0;
            for _ in 0..6 {
                removed += store.delete(of_traces(&[span(1, 1).trace_id])).await.unwrap().spans;
            }
            removed
        }
    });
    let mut stored = 0;
    while !deleting.is_finished() || stored == 0 {
        for number in 0..20 {
            stored += store.append(batch(vec![span(1, number), span(2, number)])).await.unwrap().stored;
        }
        let pair = store.list_spans(&project(), &SpanQuery { limit: 1, ..SpanQuery::default() }).await.unwrap().total.count;
        assert!(pair <= 40, "{pair} spans, and there are 40 different ones");
        tokio::task::yield_now().await;
    }
    let removed = deleting.await.unwrap();
    let left = store.list_spans(&project(), &SpanQuery { limit: 1, ..SpanQuery::default() }).await.unwrap().total.count;
    assert_eq!(stored, removed + left);
    assert_eq!(store.ledger(TimeRange::default()).await.unwrap().stored, stored);
    assert_eq!(store.list_spans(&other, &SpanQuery { limit: 1, ..SpanQuery::default() }).await.unwrap().total.count, 0);
    store.close().await.unwrap();
    drop(store);
    assert_well(directory.path()).await;
}

/// A damaged segment cannot be read when the trace is deleted; later it is whole again.
/// Its part of the trace goes at that start, and what was sent since stays.
#[tokio::test]
async fn what_a_damaged_segment_holds_goes_once_it_can_be_read() {
    let mut subject = Embedded::new(State::Crashed).await;
    for number in 1..=2 {
        subject.store().append(batch(vec![span(1, number)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    let file = subject.directory.path().join("segments/0000000001/core.parquet");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..9]).unwrap();
    subject.reopen().await;
    let receipt = subject.store().delete(of_traces(&[span(1, 1).trace_id])).await.unwrap();
    assert!(receipt.checked.left.iter().any(|left| left.contains("segments/0000000001 is damaged")), "{:?}", receipt.checked);
    subject.store().append(batch(vec![span(1, 3)])).await.unwrap();
    drop(subject.store.take());
    std::fs::write(&file, &bytes).unwrap();
    subject.reopen().await;
    let trace = subject.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().unwrap();
    assert_eq!(trace.spans.iter().map(|span| span.span_id).collect::<Vec<_>>(), [span(1, 3).span_id]);
    subject.store().flush().await.unwrap();
    drop(subject.store.take());
    assert_well(subject.directory.path()).await;
}

/// Nothing can be written, so nothing is removed, now or at the next start.
#[tokio::test]
async fn a_deletion_that_failed_never_was() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    // A file stands where the folder of the next segment should be made.
    let in_the_way = subject.directory.path().join("segments/0000000002");
    std::fs::write(&in_the_way, "in the way").unwrap();
    subject.store().delete(of_traces(&[span(1, 1).trace_id])).await.unwrap_err();
    std::fs::remove_file(&in_the_way).unwrap();
    for _ in 0..2 {
        assert!(subject.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap().is_some());
        subject.reopen().await;
    }
    assert_eq!(subject.store().append(batch(vec![span(1, 1)])).await.unwrap().duplicate, 1);
}

//! Bytes that are not as they were written: in segments, in the log, in the manifest. What is harmed is named, the rest answers.

use std::path::{Path, PathBuf};

use model::TraceId;
use store::conformance::Subject;
use store::{Detail, SpanQuery, SpanStore, StoreError, TimeRange};

use super::{Embedded, State, batch, manual, project, span, wal_files};
use crate::{Options, open};

/// Three traces, each in a segment of its own.
async fn three_segments() -> Embedded {
    let subject = Embedded::new(State::Crashed).await;
    for trace in 1..=3 {
        subject.store().append(batch(vec![span(trace, 1), span(trace, 2)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    subject
}

fn trace_id(trace: u8) -> TraceId {
    span(trace, 1).trace_id
}

/// The traces that are whole; a trace is never half there.
async fn traces(store: &dyn SpanStore) -> Vec<u8> {
    let mut found = Vec::new();
    for trace in 1..=3 {
        if let Some(whole) = store.trace(&project(), trace_id(trace), Detail::Whole).await.unwrap() {
            assert_eq!(whole.spans.len(), 2);
            found.push(trace);
        }
    }
    let listed = store.list_spans(&project(), &SpanQuery { limit: 100, ..SpanQuery::default() }).await.unwrap();
    assert_eq!((listed.spans.len(), listed.total.count), (found.len() * 2, found.len() as u64 * 2), "lists and traces agree");
    found
}

fn files_of_segment(directory: &Path, id: u64) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory.join(format!("segments/{id:010}"))).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().unwrap() != "json").collect();
    files.sort();
    files
}

fn flip(file: &Path, at: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[at] ^= 4;
    std::fs::write(file, bytes).unwrap();
}

fn damaged(subject: &Embedded) -> Vec<String> {
    subject.store().status().damaged.into_iter().map(|damage| format!("{}: {}", damage.name, damage.reason)).collect()
}

/// Any file of a segment is missing or cut.
/// The store opens, names the segment, answers from all others, takes records, and leaves the files alone.
#[tokio::test]
async fn a_segment_with_a_missing_or_cut_file_is_set_aside_at_start() {
    let mut subject = three_segments().await;
    let directory = subject.directory.path().to_owned();
    for file in files_of_segment(&directory, 2) {
        let bytes = std::fs::read(&file).unwrap();
        for harmed in [None, Some(&bytes[..bytes.len() - 1])] {
            drop(subject.store.take());
            match harmed {
                None => std::fs::remove_file(&file).unwrap(),
                Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            }
            subject.reopen().await;
            assert_eq!(traces(subject.store().as_ref()).await, [1, 3]);
            let damaged = damaged(&subject);
            assert_eq!(damaged.len(), 1, "{damaged:?}");
            assert!(damaged[0].starts_with("segments/0000000002: "), "{damaged:?}");
            assert!(damaged[0].contains(file.file_name().unwrap().to_str().unwrap()), "{damaged:?}");
            std::fs::write(&file, &bytes).unwrap();
        }
    }
    subject.reopen().await;
    assert_eq!(traces(subject.store().as_ref()).await, [1, 2, 3], "its files were left alone");
    assert_eq!(damaged(&subject), Vec::<String>::new());
}

/// A segment in the middle is set aside, and small segments are merged.
/// Nothing is merged across it, and when it is repaired everything is there once.
#[tokio::test]
async fn a_segment_that_is_set_aside_is_not_merged_over() {
    let mut subject = three_segments().await;
    drop(subject.store.take());
    let file = subject.directory.path().join("segments/0000000002/keys.index");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    subject.reopen().await;
    subject.store.as_ref().unwrap().compact_for_tests().await.unwrap();
    assert_eq!(subject.store().status().segments, 2);
    subject.store().append(batch(vec![span(9, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    subject.store.as_ref().unwrap().compact_for_tests().await.unwrap();
    assert_eq!(subject.store().status().segments, 2, "the two behind it are merged");
    drop(subject.store.take());
    std::fs::write(&file, bytes).unwrap();
    subject.reopen().await;
    let ledger = subject.store().ledger(TimeRange::default()).await.unwrap();
    let listed = subject.store().list_spans(&project(), &SpanQuery { limit: 100, ..SpanQuery::default() }).await.unwrap();
    assert_eq!((ledger.stored, listed.total.count), (7, 7));
}

/// A byte is wrong anywhere in a file of a segment, and nobody has noticed when questions come.
/// No question panics or fails for good; the check of everything finds each of them.
#[tokio::test]
async fn a_wrong_byte_anywhere_in_a_segment_is_found_and_isolated() {
    let subject = three_segments().await;
    let directory = subject.directory.path().to_owned();
    let Embedded { store, directory: _keep, .. } = subject;
    drop(store);
    for file in files_of_segment(&directory, 2) {
        let bytes = std::fs::read(&file).unwrap();
        for at in [bytes.len() / 3, bytes.len() - 12, bytes.len() - 1] {
            flip(&file, at);
            let store = open(&directory, manual()).await.unwrap();
            let listed = store.list_spans(&project(), &SpanQuery { limit: 100, ..SpanQuery::default() }).await.unwrap();
            assert!([4, 6].contains(&listed.spans.len()), "{} at {at}: {}", file.display(), listed.spans.len());
            for trace in [1, 3] {
                assert_eq!(store.trace(&project(), trace_id(trace), Detail::Whole).await.unwrap().unwrap().spans.len(), 2);
            }
            store.trace(&project(), trace_id(2), Detail::Whole).await.unwrap();
            assert_eq!(store.append(batch(vec![span(1, 1)])).await.unwrap().duplicate, 1);
            drop(store);
            let scrubbing = Options { scrub_bytes_per_second: u64::MAX, ..manual() };
            let store = open(&directory, scrubbing).await.unwrap();
            let found = async {
                while store.status().damaged.is_empty() {
                    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
                }
            };
            tokio::time::timeout(std::time::Duration::from_secs(60), found).await.expect("everything is read against its checksum");
            let status = store.status();
            assert_eq!(status.damaged.len(), 1, "{:?}", status.damaged);
            assert_eq!((status.damaged[0].name.as_str(), status.segments), ("segments/0000000002", 2));
            assert!(status.damaged[0].reason.contains(file.file_name().unwrap().to_str().unwrap()), "{:?}", status.damaged);
            assert_eq!(traces(store.as_ref()).await, [1, 3]);
            drop(store);
            std::fs::write(&file, &bytes).unwrap();
        }
    }
}

/// Wrong bytes must not get a right checksum by a merge.
#[tokio::test]
async fn a_harmed_segment_is_not_merged() {
    let subject = three_segments().await;
    let store = subject.store.as_ref().unwrap();
    flip(&subject.directory.path().join("segments/0000000002/content.parquet"), 40);
    store.compact_for_tests().await.unwrap();
    let status = store.status();
    assert_eq!((status.damaged.len(), status.damaged[0].name.as_str()), (1, "segments/0000000002"));
    assert_eq!(traces(store.as_ref()).await, [1, 3]);
    assert!(subject.directory.path().join("segments/0000000002/content.parquet").exists());
}

/// What a harmed segment knew is not known any more: a sender that sends again repairs the loss.
#[tokio::test]
async fn records_of_a_segment_that_is_set_aside_can_be_sent_again() {
    let mut subject = three_segments().await;
    drop(subject.store.take());
    std::fs::remove_file(subject.directory.path().join("segments/0000000002/core.parquet")).unwrap();
    subject.reopen().await;
    let receipt = subject.store().append(batch(vec![span(2, 1), span(2, 2), span(3, 1)])).await.unwrap();
    assert_eq!((receipt.stored, receipt.duplicate), (2, 1));
    assert_eq!(traces(subject.store().as_ref()).await, [1, 2, 3]);
}

/// A byte is wrong in the middle of the log.
/// The store opens with every other record, says which rows are lost, keeps the file, and says so after the next start too.
#[tokio::test]
async fn harm_in_the_middle_of_the_log_is_named_and_the_rest_is_read() {
    let mut subject = Embedded::new(State::Crashed).await;
    let file = wal_files(subject.directory.path()).remove(0);
    let mut ends = Vec::new();
    for trace in 1..=3 {
        subject.store().append(batch(vec![span(trace, 1), span(trace, 2)])).await.unwrap();
        ends.push(std::fs::metadata(&file).unwrap().len() as usize);
    }
    drop(subject.store.take());
    flip(&file, ends[1] - 100);
    let bytes = std::fs::read(&file).unwrap();
    subject.reopen().await;
    assert_eq!(traces(subject.store().as_ref()).await, [1, 3]);
    let first = damaged(&subject);
    assert_eq!(first, [format!("wal/0000000001.wal: at byte {}: the checksum does not match; the rows 3 to 4 are lost", ends[0])]);
    subject.store().flush().await.unwrap();
    assert!(!file.exists());
    subject.reopen().await;
    assert_eq!(traces(subject.store().as_ref()).await, [1, 3]);
    let later = damaged(&subject);
    assert!(later.len() == 1 && later[0].starts_with("wal/0000000001.wal.damaged: "), "{later:?}");
    assert_eq!(std::fs::read(file.with_extension("wal.damaged")).unwrap(), bytes);
    assert_eq!(subject.store().append(batch(vec![span(2, 1), span(2, 2)])).await.unwrap().stored, 2);
}

#[tokio::test]
async fn a_missing_file_of_the_log_is_named() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    // A second opening begins a second file; then the first goes missing.
    subject.reopen().await;
    subject.store().append(batch(vec![span(2, 1), span(2, 2)])).await.unwrap();
    drop(subject.store.take());
    std::fs::remove_file(&wal_files(subject.directory.path())[0]).unwrap();
    subject.reopen().await;
    assert_eq!(traces(subject.store().as_ref()).await, [2]);
    assert_eq!(damaged(&subject), ["wal/0000000001.wal: the file is missing; the rows 1 to 2 are lost"]);
}

/// The manifest is harmed, empty of sense, or gone.
/// Nothing is opened and nothing deleted, and the error says what to do.
#[tokio::test]
async fn a_harmed_manifest_is_refused_with_the_way_out() {
    let subject = three_segments().await;
    let directory = subject.directory.path().to_owned();
    let Embedded { store, directory: _keep, .. } = subject;
    drop(store);
    let manifest = directory.join("manifest.sqlite");
    let bytes = std::fs::read(&manifest).unwrap();
    let mut wrong = bytes.clone();
    wrong[4_096..4_196].fill(0xA5);
    for harmed in [None, Some(b"no database at all, but long enough to be looked at as one".as_slice()), Some(&wrong)] {
        match harmed {
            None => std::fs::remove_file(&manifest).unwrap(),
            Some(bytes) => std::fs::write(&manifest, bytes).unwrap(),
        }
        let error = open(&directory, manual()).await.err().unwrap();
        assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("manifest.sqlite") && text.contains("clew restore") && text.contains("clew verify --rebuild"), "{text}");
        assert_eq!(files_of_segment(&directory, 1).len(), files_of_segment(&directory, 3).len(), "no segment was deleted");
        std::fs::write(&manifest, &bytes).unwrap();
    }
    let store = open(&directory, manual()).await.unwrap();
    assert_eq!(traces(store.as_ref()).await, [1, 2, 3]);
}

/// The manifest is an old copy that does not know the newest segment, and the log behind it is gone.
/// The segment is kept and named in place of being taken for a leftover.
#[tokio::test]
async fn a_segment_the_manifest_has_forgotten_is_kept() {
    let mut subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    subject.store().flush().await.unwrap();
    let manifest = subject.directory.path().join("manifest.sqlite");
    let old = std::fs::read(&manifest).unwrap();
    subject.store().append(batch(vec![span(2, 1), span(2, 2)])).await.unwrap();
    subject.store().flush().await.unwrap();
    drop(subject.store.take());
    std::fs::write(&manifest, old).unwrap();
    subject.reopen().await;
    assert_eq!(traces(subject.store().as_ref()).await, [1]);
    assert!(subject.directory.path().join("segments/0000000002.damaged/core.parquet").exists());
    let names: Vec<_> = subject.store().status().damaged.into_iter().map(|damage| damage.name).collect();
    assert!(names.contains(&"segments/0000000002.damaged".to_owned()), "{names:?}");
    // And it stays, whatever is written meanwhile.
    subject.store().append(batch(vec![span(3, 1), span(3, 2)])).await.unwrap();
    subject.store().flush().await.unwrap();
    subject.reopen().await;
    assert!(subject.directory.path().join("segments/0000000002.damaged/core.parquet").exists());
    assert_eq!(traces(subject.store().as_ref()).await, [1, 3]);
}

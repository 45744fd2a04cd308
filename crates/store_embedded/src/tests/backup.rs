//! Backups made while senders write, and what comes back from them.

use std::path::Path;
use std::sync::Arc;

use store::conformance::Subject;
use store::{BackupRest, Detail, SpanStore, StoreError, TimeRange};

use super::{Embedded, State, batch, manual, project, span};
use crate::{EmbeddedStore, open, restore, verify};

/// What others keep: nothing, or a file of their own.
fn rest() -> BackupRest {
    Box::pin(async { Ok(()) })
}

/// Everything that is there of some traces, as text; raw spans too.
async fn digest(store: &EmbeddedStore, traces: std::ops::Range<u8>) -> Vec<String> {
    let mut digest = Vec::new();
    for trace in traces {
        let records = store.trace(&project(), span(trace, 1).trace_id, Detail::Whole).await.unwrap();
        digest.push(format!("{records:?}"));
    }
    digest
}

async fn assert_well(directory: &Path) {
    let verified = verify(directory, Arc::new(|_, _| {})).await.unwrap();
    assert_eq!(verified.findings, []);
}

/// Senders write while a backup is made, restored and opened.
/// Everything acknowledged before the backup began is in it to the byte, each record once; what came during it is there whole or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_holds_everything_acknowledged_before_it() {
    let subject = Embedded::new(State::InMemory).await;
    let store = subject.store.clone().unwrap();
    for trace in 1..=8 {
        store.append(batch(vec![span(trace, 1), span(trace, 2)])).await.unwrap();
        if trace % 3 == 0 {
            store.flush().await.unwrap();
            store.compact_for_tests().await.unwrap();
        }
    }
    let before = digest(&store, 1..9).await;
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for trace in 9..40 {
                store.append(batch(vec![span(trace, 1), span(trace, 2), span(trace, 3)])).await.unwrap();
                if trace % 8 == 0 {
                    store.flush().await.unwrap();
                    store.compact_for_tests().await.unwrap();
                }
            }
        }
    });
    let places = tempfile::tempdir().unwrap();
    let (copy, data) = (places.path().join("copy"), places.path().join("data"));
    let catalog = copy.join("catalog.db");
    let receipt = store
        .backup(&copy, Box::pin(async move { std::fs::write(catalog, "projects").map_err(|error| StoreError::failed("write", error)) }));
    let receipt = receipt.await.unwrap();
    writing.await.unwrap();
    assert!(receipt.rows >= 16 && receipt.damaged.is_empty(), "{receipt:?}");
    assert_well(&copy).await;
    let restored = restore(&copy, &data).await.unwrap();
    assert_eq!((restored.rows, restored.files, restored.bytes), (receipt.rows, receipt.files, receipt.bytes));
    assert_eq!(std::fs::read_to_string(data.join("catalog.db")).unwrap(), "projects");
    assert_well(&data).await;
    let restored = open(&data, manual()).await.unwrap();
    assert_eq!(digest(&restored, 1..9).await, before);
    let mut spans = 16;
    for trace in 9..40 {
        if let Some(whole) = restored.trace(&project(), span(trace, 1).trace_id, Detail::Whole).await.unwrap() {
            assert_eq!(whole.spans.len(), 3);
            spans += 3;
        }
    }
    assert_eq!((spans, restored.ledger(TimeRange::default()).await.unwrap().stored), (receipt.rows, receipt.rows));
    let again = restored.append(batch(vec![span(1, 1), span(50, 1)])).await.unwrap();
    assert_eq!((again.duplicate, again.stored), (1, 1), "it knows what it holds and takes more");
}

#[tokio::test]
async fn a_backup_wants_a_folder_of_its_own() {
    let subject = Embedded::new(State::InMemory).await;
    let places = tempfile::tempdir().unwrap();
    std::fs::write(places.path().join("letter.txt"), "mine").unwrap();
    let error = subject.store().backup(places.path(), rest()).await.unwrap_err();
    assert!(matches!(&error, StoreError::Invalid(text) if text.contains("not empty")), "{error:?}");
    let (copy, data) = (places.path().join("copy"), places.path().join("data"));
    subject.store().backup(&copy, rest()).await.unwrap();
    assert!(subject.store().backup(&copy, rest()).await.is_err(), "an older backup is not written over");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("letter.txt"), "mine").unwrap();
    let error = restore(&copy, &data).await.unwrap_err();
    assert!(error.to_string().contains("not empty"), "{error}");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 1);
}

/// Any file of a backup has a wrong byte, or is missing.
/// It is named, and what was restored of it cannot be taken for a data directory.
#[tokio::test]
async fn a_harmed_backup_is_found_and_not_restored() {
    let subject = Embedded::new(State::InMemory).await;
    subject.store().append(batch(vec![span(1, 1), span(1, 2)])).await.unwrap();
    let places = tempfile::tempdir().unwrap();
    let copy = places.path().join("copy");
    subject.store().backup(&copy, rest()).await.unwrap();
    let mut files = vec![copy.join("manifest.sqlite"), copy.join("backup.json")];
    files.extend(std::fs::read_dir(copy.join("segments/0000000001")).unwrap().map(|entry| entry.unwrap().path()));
    for (number, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file).unwrap();
        let mut wrong = bytes.clone();
        wrong[bytes.len() / 2] ^= 1;
        std::fs::write(file, wrong).unwrap();
        let data = places.path().join(format!("data-{number}"));
        let error = restore(&copy, &data).await.unwrap_err();
        assert!(error.to_string().contains(file.file_name().unwrap().to_str().unwrap()), "{error}");
        assert!(!data.join("segments").exists() || open(&data, manual()).await.is_err(), "{}", file.display());
        if !file.ends_with("segment.json") {
            let verified = verify(&copy, Arc::new(|_, _| {})).await;
            assert!(verified.is_err() || !verified.unwrap().findings.is_empty(), "{}", file.display());
        }
        std::fs::remove_file(file).unwrap();
        assert!(restore(&copy, &places.path().join(format!("other-{number}"))).await.is_err());
        std::fs::write(file, bytes).unwrap();
    }
    restore(&copy, &places.path().join("whole")).await.unwrap();
}

/// A segment is harmed when the backup is made.
/// It is left out and told, and everything else comes back.
#[tokio::test]
async fn a_backup_leaves_out_what_is_harmed() {
    let subject = Embedded::new(State::InMemory).await;
    for trace in 1..=2 {
        subject.store().append(batch(vec![span(trace, 1)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    let file = subject.directory.path().join("segments/0000000001/core.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let places = tempfile::tempdir().unwrap();
    let (copy, data) = (places.path().join("copy"), places.path().join("data"));
    let receipt = subject.store().backup(&copy, rest()).await.unwrap();
    assert_eq!((receipt.rows, receipt.damaged[0].name.as_str()), (1, "segments/0000000001"));
    assert_eq!(subject.store().status().damaged.len(), 1);
    restore(&copy, &data).await.unwrap();
    let restored = open(&data, manual()).await.unwrap();
    assert!(restored.trace(&project(), span(2, 1).trace_id, Detail::Whole).await.unwrap().is_some());
    assert_eq!(restored.status().damaged[0].name, "segments/0000000001", "the loss is still told");
}

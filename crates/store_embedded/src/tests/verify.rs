//! What a reading of everything finds, and what it does not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use store::conformance::{SpanSeed, Subject};
use store::{Detail, SpanStore, StoreError, TimeRange};

use super::{Embedded, State, batch, manual, project, span, wal_files};
use crate::{Verified, open, rebuild_manifest, verify};

async fn verified(directory: &Path) -> Verified {
    verify(directory, Arc::new(|_, _| {})).await.unwrap()
}

async fn findings(directory: &Path) -> Vec<String> {
    verified(directory).await.findings.into_iter().map(|damage| format!("{}: {}", damage.name, damage.reason)).collect()
}

/// Two segments, one of them merged, an update across them, and rows in the log.
async fn directory() -> tempfile::TempDir {
    let subject = Embedded::new(State::Crashed).await;
    for trace in 1..=2 {
        subject.store().append(batch(vec![span(trace, 1), span(trace, 2)])).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    subject.store.as_ref().unwrap().compact_for_tests().await.unwrap();
    let update = SpanSeed { trace: 1, span: 1, start: 2, end: 400, ..SpanSeed::default() }.build();
    subject.store().append(batch(vec![update, span(3, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    subject.store().append(batch(vec![span(4, 1), span(1, 2)])).await.unwrap();
    let Embedded { store, directory, .. } = subject;
    drop(store);
    directory
}

fn segment_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for segment in std::fs::read_dir(directory.join("segments")).unwrap() {
        files.extend(std::fs::read_dir(segment.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().unwrap() != "json");
    files.sort();
    files
}

#[tokio::test]
async fn a_directory_in_order_has_no_findings() {
    let directory = directory().await;
    let found = verified(directory.path()).await;
    assert_eq!(found.findings, []);
    assert_eq!((found.segments, found.wal_records, found.spans, found.ledger.stored), (2, 1, 7, 5));
    // It has changed nothing.
    let store = open(directory.path(), manual()).await.unwrap();
    assert_eq!((store.status().tail_rows, store.ledger(TimeRange::default()).await.unwrap().stored), (1, 6));
}

#[tokio::test]
async fn a_directory_in_use_is_refused() {
    let subject = Embedded::new(State::InMemory).await;
    let error = verify(subject.directory.path(), Arc::new(|_, _| {})).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    let error = verify(Path::new("/no/such/place"), Arc::new(|_, _| {})).await.unwrap_err();
    assert!(matches!(error, StoreError::Invalid(_)), "{error:?}");
}

#[tokio::test]
async fn any_wrong_byte_in_a_segment_is_found() {
    let directory = directory().await;
    for file in segment_files(directory.path()) {
        let bytes = std::fs::read(&file).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            std::fs::write(&file, wrong).unwrap();
            let found = findings(directory.path()).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(file.file_name().unwrap().to_str().unwrap()) && found[0].contains("checksum"), "{found:?}");
        }
        std::fs::write(&file, bytes).unwrap();
    }
    assert_eq!(findings(directory.path()).await, Vec::<String>::new());
}

#[tokio::test]
async fn harm_in_the_log_is_found_and_left_alone() {
    let directory = directory().await;
    let file = wal_files(directory.path()).into_iter().max_by_key(|file| std::fs::metadata(file).unwrap().len()).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let found = findings(directory.path()).await;
    assert!(found.len() == 1 && found[0].contains("the checksum does not match"), "{found:?}");
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
    assert!(wal_files(directory.path()).iter().all(|file| file.extension().unwrap() == "wal"), "nothing was put aside");
}

/// What the manifest says was changed in a way that no checksum of a file tells.
async fn tamper(directory: &Path, sql: &str) {
    use sqlx::Connection;
    let path = directory.join("manifest.sqlite");
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn sums_that_do_not_hold_are_found() {
    let directory = directory().await;
    tamper(directory.path(), "UPDATE ledger SET count = count + 1 WHERE bucket = 'stored'").await;
    assert_eq!(findings(directory.path()).await, ["ledger: it says that 6 records are stored, 5 are in segments and 0 were deleted"]);
}

/// A segment was put in a second time, as a restore by hand may do.
#[tokio::test]
async fn records_that_are_there_twice_are_found() {
    let directory = directory().await;
    let copy = directory.path().join("segments/0000000009");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(directory.path().join("segments/0000000003")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.join(path.file_name().unwrap())).unwrap();
    }
    tamper(
        directory.path(),
        "INSERT INTO segments (id, description) SELECT 9, replace(description, '{\"id\":3,', '{\"id\":9,') FROM segments WHERE id = 3",
    )
    .await;
    let found = findings(directory.path()).await;
    assert!(found.iter().any(|finding| finding.starts_with("rows: 4 records are stored twice, e.g. in trace ")), "{found:?}");
    assert!(found.iter().any(|finding| finding.starts_with("ledger: ")), "{found:?}");
}

/// The description of a segment is harmed inside the manifest, where SQLite sees nothing wrong.
/// The one in the folder of the segment takes its place; without it the segment is set aside and named.
#[tokio::test]
async fn a_harmed_description_is_read_from_the_folder() {
    let directory = directory().await;
    tamper(directory.path(), "UPDATE segments SET description = replace(description, '\"span_rows\":4', '\"span_rows\":5')").await;
    assert_eq!(findings(directory.path()).await, Vec::<String>::new());
    std::fs::remove_file(directory.path().join("segments/0000000003/segment.json")).unwrap();
    let found = findings(directory.path()).await;
    assert!(found.iter().any(|finding| finding.starts_with("segments/0000000003: the checksum of its description")), "{found:?}");
    let store = open(directory.path(), manual()).await.unwrap();
    assert_eq!((store.status().segments, store.status().damaged[0].name.as_str()), (1, "segments/0000000003"));
    assert!(store.trace(&project(), span(3, 1).trace_id, Detail::Whole).await.unwrap().is_some());
}

/// The manifest is harmed or lost and is made anew.
/// Everything is there again, once, with its counts, and so are the rows of the log.
#[tokio::test]
async fn a_manifest_is_made_anew_from_the_segments() {
    for is_lost in [true, false] {
        let directory = directory().await;
        let manifest = directory.path().join("manifest.sqlite");
        if is_lost {
            std::fs::remove_file(&manifest).unwrap();
        } else {
            std::fs::write(&manifest, "harmed").unwrap();
        }
        assert!(!findings(directory.path()).await.is_empty());
        let rebuilt = rebuild_manifest(directory.path()).await.unwrap();
        assert_eq!((rebuilt.segments, rebuilt.rows, rebuilt.left_out.len()), (2, 6, 0));
        assert_eq!(directory.path().join("manifest.sqlite.damaged").exists(), !is_lost);
        assert_eq!(findings(directory.path()).await, Vec::<String>::new());
        let store = open(directory.path(), manual()).await.unwrap();
        let ledger = store.ledger(TimeRange::default()).await.unwrap();
        assert_eq!((ledger.stored, ledger.updated, ledger.duplicate, ledger.received()), (6, 1, 1, 8));
        for (trace, spans) in [(1, 2), (2, 2), (3, 1), (4, 1)] {
            assert_eq!(store.trace(&project(), span(trace, 1).trace_id, Detail::Whole).await.unwrap().unwrap().spans.len(), spans);
        }
        assert_eq!(store.append(batch(vec![span(2, 1)])).await.unwrap().duplicate, 1);
        store.append(batch(vec![span(5, 1)])).await.unwrap();
        store.flush().await.unwrap();
        drop(store);
        assert_eq!(findings(directory.path()).await, Vec::<String>::new());
    }
}

/// A segment that the manifest had forgotten is taken in again.
#[tokio::test]
async fn a_forgotten_segment_is_taken_in_again() {
    let subject = Embedded::new(State::Crashed).await;
    subject.store().append(batch(vec![span(1, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    let manifest = subject.directory.path().join("manifest.sqlite");
    let old = std::fs::read(&manifest).unwrap();
    subject.store().append(batch(vec![span(2, 1)])).await.unwrap();
    subject.store().flush().await.unwrap();
    let Embedded { store, directory, .. } = subject;
    drop(store);
    std::fs::write(&manifest, old).unwrap();
    drop(open(directory.path(), manual()).await.unwrap());
    let rebuilt = rebuild_manifest(directory.path()).await.unwrap();
    assert_eq!((rebuilt.segments, rebuilt.rows), (2, 2));
    let store = open(directory.path(), manual()).await.unwrap();
    for trace in [1, 2] {
        assert!(store.trace(&project(), span(trace, 1).trace_id, Detail::Whole).await.unwrap().is_some(), "{trace}");
    }
}

/// An older segment gets the table of traces that it lacks, and newer ones have theirs.
/// The next flush does not take the number of a segment that is there, and so does not write over it.
#[tokio::test]
async fn completing_an_old_segment_gives_no_number_twice() {
    let directory = directory().await;
    tamper(
        directory.path(),
        "UPDATE segments SET description = json_remove(description, '$.files.\"traces.parquet\"'), crc32c = NULL WHERE id = 3",
    )
    .await;
    let store = open(directory.path(), manual()).await.unwrap();
    store.append(batch(vec![span(5, 1)])).await.unwrap();
    store.flush().await.unwrap();
    drop(store);
    assert_eq!(findings(directory.path()).await, Vec::<String>::new());
    let store = open(directory.path(), manual()).await.unwrap();
    assert_eq!(store.status().damaged, []);
    for (trace, spans) in [(1, 2), (2, 2), (3, 1), (4, 1), (5, 1)] {
        assert_eq!(store.trace(&project(), span(trace, 1).trace_id, Detail::Whole).await.unwrap().unwrap().spans.len(), spans);
    }
}

//! Disks that fail: full, cut short, refusing to sync. And clocks that go back.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use store::conformance::SpanSeed;
use store::{BatchParts, CleanBatch, Detail, SpanStore, StoreError, TimeRange};
use tempfile::TempDir;

use super::{batch, manual, project, span, wal_files};
use crate::files::{DiskFiles, FileMaker, LogFile};
use crate::store::open_with_files;
use crate::{EmbeddedStore, open};

/// What the disk does to the next operations, and how much of each file it has promised to keep.
#[derive(Debug, Default)]
struct Disk {
    fault: Option<Fault>,
    synced: Vec<(PathBuf, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Half of what is written finds room.
    Full,
    /// And what was written cannot be taken back.
    FullAndStuck,
    /// All finds room but the last byte, and a file that is there can be written over.
    FullAtTheEnd,
    /// Half is written, then the device answers no more.
    Write,
    Sync,
}

#[derive(Clone, Default)]
struct FaultyFiles(Arc<Mutex<Disk>>);

impl FaultyFiles {
    fn set(&self, fault: Option<Fault>) {
        self.0.lock().unwrap().fault = fault;
    }

    fn fault(&self) -> Option<Fault> {
        self.0.lock().unwrap().fault
    }
}

struct FaultyFile {
    file: Box<dyn LogFile>,
    path: PathBuf,
    length: u64,
    files: FaultyFiles,
}

impl FileMaker for FaultyFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        if matches!(self.fault(), Some(Fault::Full | Fault::FullAndStuck)) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(Box::new(FaultyFile { file: DiskFiles.open(path)?, path: path.to_owned(), length: 0, files: self.clone() }))
    }
}

impl LogFile for FaultyFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let kind = match self.files.fault() {
            None | Some(Fault::Sync) => {
                self.length = offset + bytes.len() as u64;
                return self.file.write_at(bytes, offset);
            }
            Some(Fault::Full | Fault::FullAndStuck | Fault::FullAtTheEnd) => ErrorKind::StorageFull,
            Some(Fault::Write) => ErrorKind::Other,
        };
        let written = if self.files.fault() == Some(Fault::FullAtTheEnd) { bytes.len() - 1 } else { bytes.len() / 2 };
        self.file.write_at(&bytes[..written], offset)?;
        Err(kind.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        if self.files.fault() == Some(Fault::Sync) {
            return Err(io::Error::other("input/output error"));
        }
        self.files.0.lock().unwrap().synced.push((self.path.clone(), self.length));
        self.file.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        if self.files.fault() == Some(Fault::FullAndStuck) {
            return Err(io::Error::other("input/output error"));
        }
        self.length = length;
        self.file.cut(length)
    }
}

struct Subject {
    files: FaultyFiles,
    directory: TempDir,
    store: Option<Arc<EmbeddedStore>>,
}

impl Subject {
    async fn new() -> Self {
        let (files, directory) = (FaultyFiles::default(), tempfile::tempdir().unwrap());
        let store = open_with_files(directory.path(), manual(), Arc::new(files.clone())).await.unwrap();
        Self { files, directory, store: Some(store) }
    }

    fn store(&self) -> &EmbeddedStore {
        self.store.as_ref().unwrap()
    }

    async fn append(&self, number: u8) -> Result<(), StoreError> {
        self.store().append(batch(vec![span(1, number)])).await.map(drop)
    }

    async fn assert_holds(&self, spans: usize) {
        let trace = self.store().trace(&project(), span(1, 1).trace_id, Detail::Whole).await.unwrap();
        assert_eq!(trace.map_or(0, |trace| trace.spans.len()), spans);
        let ledger = self.store().ledger(TimeRange::default()).await.unwrap();
        assert_eq!((ledger.stored, ledger.received()), (spans as u64, spans as u64));
    }

    /// Ends the store without a word and opens the directory on a disk that is well.
    async fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(open(self.directory.path(), manual()).await.unwrap());
    }
}

/// The disk is full in the middle of a record, and has room again later.
/// Senders are told to come again, nothing of the refused records stays, and nobody has to do anything.
#[tokio::test]
async fn a_full_disk_puts_senders_off_until_there_is_room() {
    let mut subject = Subject::new().await;
    subject.append(1).await.unwrap();
    subject.files.set(Some(Fault::Full));
    for _ in 0..3 {
        let error = subject.append(2).await.unwrap_err();
        assert!(matches!(error, StoreError::Busy { retry_after, .. } if !retry_after.is_zero()), "{error:?}");
    }
    let status = subject.store().status();
    assert!(status.accepting && status.held_up.as_ref().is_some_and(|reason| reason.contains(".wal")), "{status:?}");
    subject.assert_holds(1).await;
    // No new log file can be made, so that the rows in memory stay there.
    subject.store().flush().await.unwrap_err();
    subject.files.set(None);
    subject.append(2).await.unwrap();
    assert_eq!(subject.store().status().held_up, None);
    subject.assert_holds(2).await;
    subject.reopen().await;
    subject.assert_holds(2).await;
    assert_eq!(subject.store().status().damaged, []);
    subject.store().flush().await.unwrap();
    subject.append(3).await.unwrap();
    subject.assert_holds(3).await;
}

/// The disk is full behind all of a record but its last byte; the log goes on in another file, and the segment finds no room.
/// The refused record is not there at the next start, and does not stand in the way of the one that was acknowledged.
#[tokio::test]
async fn a_refused_record_does_not_come_back_from_the_file_before() {
    let mut subject = Subject::new().await;
    subject.append(1).await.unwrap();
    subject.files.set(Some(Fault::FullAtTheEnd));
    assert!(matches!(subject.append(2).await.unwrap_err(), StoreError::Busy { .. }));
    subject.files.set(None);
    let segments = subject.directory.path().join("segments");
    std::fs::remove_dir(&segments).unwrap();
    std::fs::write(&segments, "in the way").unwrap();
    subject.store().flush().await.unwrap_err();
    std::fs::remove_file(&segments).unwrap();
    subject.append(3).await.unwrap();
    subject.reopen().await;
    subject.assert_holds(2).await;
    assert_eq!(subject.store().status().damaged, []);
    assert_eq!(subject.store().append(batch(vec![span(1, 3)])).await.unwrap().duplicate, 1);
    assert_eq!(subject.store().append(batch(vec![span(1, 2)])).await.unwrap().stored, 1);
}

#[tokio::test]
async fn a_flush_goes_on_once_there_is_room_for_a_log_file() {
    let subject = Subject::new().await;
    subject.append(1).await.unwrap();
    subject.files.set(Some(Fault::Full));
    subject.store().flush().await.unwrap_err();
    subject.files.set(None);
    subject.store().flush().await.unwrap();
    assert_eq!((subject.store().status().tail_rows, subject.store().status().segments), (0, 1));
    subject.assert_holds(1).await;
}

/// After these nobody knows what is on disk.
/// Nothing is acknowledged any more, whatever the disk does later; reading goes on, and what was acknowledged is there at the next start.
#[tokio::test]
async fn a_disk_that_cannot_be_trusted_stops_all_acknowledgement() {
    for fault in [Fault::Sync, Fault::Write, Fault::FullAndStuck] {
        let mut subject = Subject::new().await;
        subject.append(1).await.unwrap();
        subject.files.set(Some(fault));
        let error = subject.append(2).await.unwrap_err();
        assert!(matches!(&error, StoreError::Stopped { reason } if reason.contains("0000000001.wal")), "{fault:?}: {error:?}");
        subject.files.set(None);
        assert!(matches!(subject.append(3).await, Err(StoreError::Stopped { .. })), "{fault:?}");
        assert!(matches!(subject.store().flush().await, Err(StoreError::Stopped { .. })), "{fault:?}");
        let status = subject.store().status();
        assert!(!status.accepting && status.stopped.is_some(), "{fault:?}: {status:?}");
        subject.assert_holds(1).await;
        subject.reopen().await;
        // The second record was written whole where only the sync failed: it may be there, and then it is there whole.
        let spans = if fault == Fault::Sync { 2 } else { 1 };
        subject.assert_holds(spans).await;
        assert_eq!(subject.store().status().damaged, [], "{fault:?}");
        subject.append(2).await.unwrap();
        let ledger = subject.store().ledger(TimeRange::default()).await.unwrap();
        assert_eq!((ledger.stored, ledger.duplicate), (2, spans as u64 - 1), "{fault:?}");
    }
}

/// The power goes: of each file there is what was synced, and no more.
/// Everything acknowledged is there.
#[tokio::test]
async fn what_was_acknowledged_was_synced_before() {
    let mut subject = Subject::new().await;
    for number in 1..=5 {
        subject.append(number).await.unwrap();
    }
    subject.files.set(Some(Fault::Sync));
    subject.append(6).await.unwrap_err();
    drop(subject.store.take());
    let file = wal_files(subject.directory.path()).remove(0);
    // It was synced for the first time before it had its name.
    let is_of_file = |path: &Path| path.file_stem() == file.file_stem();
    let disk = subject.files.0.lock().unwrap();
    let synced = disk.synced.iter().filter(|(path, _)| is_of_file(path)).map(|(_, length)| *length).max().unwrap();
    drop(disk);
    assert!(synced < std::fs::metadata(&file).unwrap().len(), "the last record was written and not synced");
    std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(synced).unwrap();
    subject.reopen().await;
    subject.assert_holds(5).await;
}

fn received_at(minute: u64, seed: SpanSeed) -> CleanBatch {
    CleanBatch::seal(BatchParts {
        project: project(),
        received_unix_nanos: minute * 60_000_000_000,
        request_bytes: 0,
        spans: vec![seed.build()],
        logs: Vec::new(),
        points: Vec::new(),
        rejected: Default::default(),
    })
}

/// The clock is set back between two versions of a span, with a flush between and a restart behind.
/// The one that came later stays the newer one, and every record is counted in the minute its receiver told.
#[tokio::test]
async fn a_clock_that_goes_back_changes_no_order_and_no_count() {
    let mut subject = Subject::new().await;
    let seed = SpanSeed { trace: 1, span: 1, start: 10, end: 20, ..SpanSeed::default() };
    for (minute, end) in [(1_000, 20), (10, 30), (500, 40)] {
        subject.store().append(received_at(minute, SpanSeed { end, ..seed })).await.unwrap();
        subject.store().flush().await.unwrap();
    }
    subject.store().compact_for_tests().await.unwrap();
    subject.store().append(received_at(0, SpanSeed { end: 50, ..seed })).await.unwrap();
    subject.reopen().await;
    let trace = subject.store().trace(&project(), seed.build().trace_id, Detail::Columns).await.unwrap().unwrap();
    assert_eq!(
        trace.spans.iter().map(|span| span.end_unix_nanos).collect::<Vec<_>>(),
        [SpanSeed { end: 50, ..seed }.build().end_unix_nanos]
    );
    let ledger = subject.store().ledger(TimeRange::default()).await.unwrap();
    assert_eq!((ledger.stored, ledger.updated, ledger.received()), (1, 3, 4));
    let minute =
        |minute: u64| TimeRange { from_unix_nanos: Some(minute * 60_000_000_000), to_unix_nanos: Some((minute + 1) * 60_000_000_000) };
    for number in [1_000, 10, 500, 0] {
        assert_eq!(subject.store().ledger(minute(number)).await.unwrap().received(), 1, "minute {number}");
    }
}

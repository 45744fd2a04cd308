//! Many senders, full memory, flushes by themselves.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use store::conformance::SpanSeed;
use store::{Detail, SpanQuery, SpanStore, StoreError};

use super::{batch, has_spare, manual, project, span, until, wal_files};
use crate::files::{DiskFiles, FileMaker, LogFile};
use crate::store::open_with_files;
use crate::{Options, open};

/// Counts how often the disk is asked to hold something.
struct CountingFiles(Arc<AtomicUsize>);

struct CountingFile(Box<dyn LogFile>, Arc<AtomicUsize>);

impl FileMaker for CountingFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn LogFile>> {
        Ok(Box::new(CountingFile(DiskFiles.open(path)?, Arc::clone(&self.0))))
    }
}

impl LogFile for CountingFile {
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_at(bytes, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0.sync()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.0.cut(length)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_wait_share_a_write() {
    let directory = tempfile::tempdir().unwrap();
    let writes = Arc::new(AtomicUsize::new(0));
    let store = open_with_files(directory.path(), manual(), Arc::new(CountingFiles(Arc::clone(&writes)))).await.unwrap();
    let receipts = join_all((0..200).map(|number| store.append(batch(vec![span(number / 20, number % 20)])))).await;
    let mut sequences: Vec<_> = receipts.into_iter().map(|receipt| receipt.unwrap().sequence).collect();
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
    assert!(writes.load(Ordering::SeqCst) < 200, "{} writes", writes.load(Ordering::SeqCst));
    for trace in 0..10 {
        let trace = store.trace(&project(), span(trace, 0).trace_id, Detail::Columns).await.unwrap().unwrap();
        assert_eq!(trace.spans.len(), 20);
    }
}

/// The same call comes in twenty traces at once, and some are written together.
/// One of them bills it, and all others know which.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_that_wait_agree_on_who_bills() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let call = |trace| SpanSeed { trace, span: 1, start: 1, end: 2, response: Some(1), ..SpanSeed::default() }.build();
    join_all((1..=20).map(|trace| store.append(batch(vec![call(trace)])))).await.into_iter().for_each(|receipt| drop(receipt.unwrap()));
    let query = SpanQuery { limit: 100, ..SpanQuery::default() };
    let spans = store.list_spans(&project(), &query).await.unwrap().spans;
    let billed: Vec<_> = spans.iter().filter(|span| span.billed_in.is_none()).map(|span| span.trace_id).collect();
    let [billed] = billed[..] else { panic!("{billed:?}") };
    assert!(spans.iter().all(|span| span.trace_id == billed || span.billed_in == Some(billed)));
}

#[tokio::test]
async fn a_full_memory_refuses_early_and_recovers() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { tail_bytes_max: 20_000, ..manual() };
    let store = open(directory.path(), options).await.unwrap();
    let mut stored = 0;
    let refused = loop {
        match store.append(batch(vec![span(1, stored)])).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, StoreError::Busy { retry_after, .. } if retry_after > Duration::ZERO), "{refused:?}");
    assert!(stored > 2, "{stored}");
    store.flush().await.unwrap();
    store.append(batch(vec![span(1, stored)])).await.unwrap();
    let trace = store.trace(&project(), span(1, 0).trace_id, Detail::Columns).await.unwrap().unwrap();
    assert_eq!(trace.spans.len(), usize::from(stored) + 1);
}

async fn wait_for_segment(options: Options) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), options).await.unwrap();
    store.append(batch(vec![span(1, 1)])).await.unwrap();
    until("the tail is flushed by itself", || store.status().segments > 0).await;
    assert_eq!(store.status().tail_rows, 0);
}

#[tokio::test]
async fn an_old_tail_is_flushed() {
    wait_for_segment(Options { flush_interval: Duration::from_millis(1), ..manual() }).await;
}

#[tokio::test]
async fn a_large_tail_is_flushed() {
    wait_for_segment(Options { flush_bytes: 1, ..manual() }).await;
}

/// While tails are full before their time, what was flushed of the log is written over; when it gets quiet it goes.
#[tokio::test]
async fn under_load_the_log_writes_its_files_over() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options { flush_bytes: 1, rest_interval: Duration::from_secs(2), ..manual() };
    let store = open(directory.path(), options).await.unwrap();
    let length = || {
        let log = wal_files(directory.path()).into_iter().find(|path| path.extension().is_some_and(|extension| extension == "wal"));
        std::fs::metadata(log.unwrap()).unwrap().len()
    };
    let mut lengths = Vec::new();
    for number in 0..8 {
        store.append(batch(vec![span(1, number)])).await.unwrap();
        until("a flushed file is kept", || store.status().tail_rows == 0 && has_spare(directory.path())).await;
        lengths.push(length());
    }
    assert!(lengths[7] > lengths[0], "the last file has its length from before: {lengths:?}");
    assert!(store.status().wal_bytes >= lengths[0]);
    until("no file is kept", || !has_spare(directory.path()) && length() == lengths[0]).await;
    assert_eq!(store.status().wal_bytes, 0);
    store.close().await.unwrap();
    drop(store);
    let store = open(directory.path(), manual()).await.unwrap();
    assert_eq!(store.trace(&project(), span(1, 0).trace_id, Detail::Columns).await.unwrap().unwrap().spans.len(), 8);
    assert_eq!(store.status().damaged, []);
}

/// Flushes and merges run while spans arrive and are asked for.
/// Every acknowledged span is in the next answer, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flushes_and_merges_hide_and_double_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    let flushing = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for _ in 0..12 {
                store.flush().await.unwrap();
                store.compact_for_tests().await.unwrap();
            }
        }
    });
    for number in 0..60_u8 {
        store.append(batch(vec![span(1, number)])).await.unwrap();
        let trace = store.trace(&project(), span(1, 0).trace_id, Detail::Columns).await.unwrap().unwrap();
        assert_eq!(trace.spans.len(), usize::from(number) + 1);
        let listed = store.list_spans(&project(), &SpanQuery { limit: 1, ..SpanQuery::default() }).await.unwrap();
        assert_eq!(listed.total.count, u64::from(number) + 1);
        let ledger = store.ledger(store::TimeRange::default()).await.unwrap();
        assert_eq!(ledger.stored, u64::from(number) + 1);
    }
    flushing.await.unwrap();
}

#[tokio::test]
async fn turns_that_repeat_what_was_said_before_are_packed_together() {
    const TURNS: u8 = 12;
    const TURN_CHARS: usize = 8_192;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), manual()).await.unwrap();
    // Sixteen different characters: packed, a character that was not there before takes half a byte.
    let said = |number: usize| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&number.to_le_bytes()));
    let said: String = (0..usize::from(TURNS) * TURN_CHARS / 16).map(said).collect();
    for turn in 0..TURNS {
        let mut turned = span(1, turn);
        let mut raw = turned.raw.as_deref().unwrap().clone();
        raw.attributes.push("gen_ai.input.messages", said[..(usize::from(turn) + 1) * TURN_CHARS].to_owned());
        turned.raw = Some(Arc::new(raw));
        store.append(batch(vec![turned])).await.unwrap();
    }
    store.flush().await.unwrap();
    let segment = std::fs::read_dir(directory.path().join("segments")).unwrap().next().unwrap().unwrap();
    let bytes = std::fs::metadata(segment.path().join("content.parquet")).unwrap().len() as usize;
    assert!(bytes < said.len() * 3 / 4, "{bytes} bytes for {} that were said", said.len());
}

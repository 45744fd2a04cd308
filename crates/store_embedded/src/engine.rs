//! What all parts of the engine share: the tail, the segments, and whether it still accepts.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use store::{StoreError, StoreStatus, Understand};
use tokio::sync::Notify;
use tracing::error;

use crate::limits;
use crate::lock::DirectoryLock;
use crate::manifest::Manifest;
use crate::options::Options;
use crate::planner::Planner;
use crate::search::Indexes;
use crate::segment::Segment;
use crate::tail::Tail;

/// The engine behind the store; lives as long as anybody works on it, and so does the lock.
pub(crate) struct Engine {
    pub(crate) directory: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) planner: Planner,
    /// Size at which the tail is flushed.
    pub(crate) flush_bytes: u64,
    tail_bytes_max: u64,
    pub(crate) merge_segments: usize,
    pub(crate) understand: Arc<dyn Understand>,
    pub(crate) indexes: Arc<Indexes>,
    /// Told when there is something to flush.
    pub(crate) flush_wanted: Arc<Notify>,
    /// Held while the manifest and the shared state change together, and while both are read together.
    pub(crate) commit_gate: tokio::sync::RwLock<()>,
    shared: RwLock<Shared>,
    /// Bytes of appends on their way to the writer.
    queued_bytes: AtomicU64,
    wal_bytes: AtomicU64,
    _lock: Arc<DirectoryLock>,
}

/// Everything a question is answered from.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) active: Tail,
    /// A tail that is being written to a segment.
    pub(crate) sealed: Option<Sealed>,
    /// In the order of their rows' versions.
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    pub(crate) stopped: Option<String>,
}

/// A tail that takes no more rows.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) tail: Arc<Tail>,
    /// The newest file of the write-ahead log that holds rows of it.
    pub(crate) wal_file_last: u64,
}

impl Shared {
    /// Puts a segment in the place of others, which it returns.
    pub(crate) fn exchange_segments(&mut self, replaced: &[u64], segment: Option<Arc<Segment>>) -> Vec<Arc<Segment>> {
        let all = self.segments.iter().cloned().chain(segment);
        let (gone, mut kept): (Vec<_>, Vec<_>) = all.partition(|segment| replaced.contains(&segment.description.id));
        kept.sort_by_key(|segment| segment.description.sequence_last);
        self.segments = Arc::new(kept);
        gone
    }

    /// The tails, newest first.
    pub(crate) fn tails(&self) -> impl Iterator<Item = &Tail> {
        std::iter::once(&self.active).chain(self.sealed.as_ref().map(|sealed| sealed.tail.as_ref()))
    }
}

impl Engine {
    pub(crate) fn new(
        directory: &Path,
        manifest: Manifest,
        planner: Planner,
        shared: Shared,
        lock: DirectoryLock,
        options: &Options,
    ) -> Self {
        Self {
            directory: directory.to_owned(),
            manifest,
            planner,
            flush_bytes: options.flush_bytes,
            tail_bytes_max: options.tail_bytes_max,
            merge_segments: options.merge_segments.max(2),
            understand: Arc::clone(&options.understand),
            indexes: Arc::new(Indexes::new(options.derive_content.clone(), options.search_delay)),
            flush_wanted: Arc::new(Notify::new()),
            commit_gate: tokio::sync::RwLock::new(()),
            shared: RwLock::new(shared),
            queued_bytes: AtomicU64::new(0),
            wal_bytes: AtomicU64::new(0),
            _lock: Arc::new(lock),
        }
    }

    pub(crate) fn wal_directory(&self) -> PathBuf {
        wal_directory(&self.directory)
    }

    pub(crate) fn segments_directory(&self) -> PathBuf {
        segments_directory(&self.directory)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Shared> {
        self.shared.read().expect("no holder of the lock panics: state changes by moves and publishing only")
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Shared> {
        self.shared.write().expect("no holder of the lock panics: state changes by moves and publishing only")
    }

    pub(crate) fn segments(&self) -> Arc<Vec<Arc<Segment>>> {
        Arc::clone(&self.read().segments)
    }

    /// Stops acknowledging for good: what is on disk and what is in memory may differ.
    pub(crate) fn stop(&self, reason: &str) {
        error!(reason, directory = %self.directory.display(), "the store stops accepting records");
        self.write().stopped.get_or_insert_with(|| reason.to_owned());
    }

    pub(crate) fn check_running(&self) -> Result<(), StoreError> {
        match &self.read().stopped {
            Some(reason) => Err(StoreError::Stopped { reason: reason.clone() }),
            None => Ok(()),
        }
    }

    /// Takes room for an append, or says when there may be some.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: u64) -> Result<Reservation, StoreError> {
        let queued = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let reservation = Reservation { engine: Arc::clone(self), bytes };
        let in_memory: u64 = self.read().tails().map(Tail::bytes).sum();
        // One append of any size is let in when nothing else is there.
        if in_memory + queued > 0 && in_memory + queued + bytes > self.tail_bytes_max {
            self.flush_wanted.notify_one();
            return Err(StoreError::Busy { what: "rows wait in memory to be written to disk", retry_after: limits::RETRY_AFTER });
        }
        Ok(reservation)
    }

    pub(crate) fn add_wal_bytes(&self, bytes: u64) {
        self.wal_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn set_wal_bytes(&self, bytes: u64) {
        self.wal_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn status(&self) -> StoreStatus {
        let shared = self.read();
        let sum = |get: fn(&Segment) -> u64| shared.segments.iter().map(|segment| get(segment)).sum();
        let search = self.indexes.lag(&shared.segments);
        StoreStatus {
            accepting: shared.stopped.is_none(),
            sequence: shared.active.sequence_last(),
            tail_rows: shared.tails().map(Tail::rows).sum(),
            tail_bytes: shared.tails().map(Tail::bytes).sum(),
            wal_bytes: self.wal_bytes.load(Ordering::Relaxed),
            segments: shared.segments.len() as u64,
            segment_rows: sum(Segment::rows),
            segment_bytes: sum(Segment::bytes),
            search_bytes: search.bytes,
            search_rows_waiting: search.rows,
            search_waiting_for: search.age,
        }
    }
}

pub(crate) fn wal_directory(directory: &Path) -> PathBuf {
    directory.join("wal")
}

pub(crate) fn segments_directory(directory: &Path) -> PathBuf {
    directory.join("segments")
}

/// Room for an append that waits for the writer; given back when it is dropped.
pub(crate) struct Reservation {
    engine: Arc<Engine>,
    bytes: u64,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.engine.queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

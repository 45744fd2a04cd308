//! What all parts of the engine share: the tail, the segments, and whether it still accepts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Instant;

use store::{Damage, DeletionReceipt, Retention, RetentionStatus, StoreError, StoreStatus, Understand};
use tokio::sync::Notify;
use tracing::{error, info, warn};

use crate::limits;
use crate::lock::DirectoryLock;
use crate::manifest::Manifest;
use crate::options::Options;
use crate::partials::Partials;
use crate::planner::Planner;
use crate::search::Indexes;
use crate::segment::{Segment, directory_of_segments};
use crate::tail::Tail;
use crate::wal::{Spares, directory_of_wal};

/// The engine behind the store; lives as long as anybody works on it, and so does the lock.
pub(crate) struct Engine {
    pub(crate) directory: PathBuf,
    pub(crate) manifest: Manifest,
    pub(crate) planner: Planner,
    pub(crate) partials: Partials,
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
    pub(crate) spares: Arc<Spares>,
    /// Bytes of appends on their way to the writer.
    queued_bytes: AtomicU64,
    wal_bytes: AtomicU64,
    /// Of the log, found at start.
    wal_damage: Vec<Damage>,
    held_up: Mutex<HeldUp>,
    pub(crate) retention: Retention,
    retained: Mutex<RetentionStatus>,
    /// When segments were last read against their checksums because a question failed.
    checked: Mutex<HashMap<u64, Instant>>,
    _lock: Arc<DirectoryLock>,
}

/// What the disk does not take at present, and why.
#[derive(Debug, Default)]
struct HeldUp {
    append: Option<String>,
    flush: Option<String>,
}

/// Everything a question is answered from.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) active: Tail,
    /// A tail that is being written to a segment.
    pub(crate) sealed: Option<Sealed>,
    /// In the order of their rows' versions.
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    /// Segments that no question is asked of any more, for their files are not as they were written.
    pub(crate) set_aside: Vec<SetAside>,
    pub(crate) stopped: Option<String>,
}

/// A segment that is there and cannot be used; its files stay.
#[derive(Debug, Clone)]
pub(crate) struct SetAside {
    pub(crate) id: u64,
    /// The newest version of its rows; None where not even that is known.
    pub(crate) sequence_last: Option<u64>,
    pub(crate) damage: Damage,
}

impl SetAside {
    pub(crate) fn new(id: u64, sequence_last: Option<u64>, reason: String) -> Self {
        Self { id, sequence_last, damage: Damage { name: format!("segments/{id:010}"), reason } }
    }
}

/// A tail that takes no more rows.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) tail: Arc<Tail>,
    /// The newest file of the write-ahead log that holds rows of it.
    pub(crate) wal_file_last: u64,
    /// Of the log, up to the end of that file.
    pub(crate) wal_bytes: u64,
}

impl Shared {
    /// Puts a segment in the place of others, which it returns.
    pub(crate) fn exchange_segments(&mut self, replaced: &[u64], segment: impl IntoIterator<Item = Arc<Segment>>) -> Vec<Arc<Segment>> {
        let all = self.segments.iter().cloned().chain(segment);
        let (gone, mut kept): (Vec<_>, Vec<_>) = all.partition(|segment| replaced.contains(&segment.description.id));
        kept.sort_by_key(|segment| segment.description.sequence_last);
        self.segments = Arc::new(kept);
        // Set aside while its rows, which were right when they were read, became part of another.
        self.set_aside.retain(|segment| !replaced.contains(&segment.id));
        gone
    }

    /// Whether there is a segment of this number, be it one that is set aside.
    pub(crate) fn knows_segment(&self, id: u64) -> bool {
        let mut open = self.segments.iter().map(|segment| segment.description.id);
        open.any(|known| known == id) || self.set_aside.iter().any(|segment| segment.id == id)
    }

    /// Whether no segment that is set aside stands, or may stand, between two others.
    pub(crate) fn are_neighbours(&self, older: &Segment, newer: &Segment) -> bool {
        let between = older.description.sequence_last..=newer.description.sequence_last;
        !self.set_aside.iter().any(|segment| segment.sequence_last.is_none_or(|sequence| between.contains(&sequence)))
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
        shared: Shared,
        spares: Arc<Spares>,
        wal_damage: Vec<Damage>,
        lock: DirectoryLock,
        options: &Options,
    ) -> Self {
        Self {
            directory: directory.to_owned(),
            manifest,
            planner: Planner::new(),
            partials: Partials::new(limits::PARTIALS_BYTES_MAX),
            flush_bytes: options.flush_bytes,
            tail_bytes_max: options.tail_bytes_max,
            merge_segments: options.merge_segments.max(2),
            understand: Arc::clone(&options.understand),
            indexes: Arc::new(Indexes::new(options.derive_content.clone(), options.search_delay)),
            flush_wanted: Arc::new(Notify::new()),
            commit_gate: tokio::sync::RwLock::new(()),
            shared: RwLock::new(shared),
            spares,
            queued_bytes: AtomicU64::new(0),
            wal_bytes: AtomicU64::new(0),
            wal_damage,
            held_up: Mutex::default(),
            retention: options.retention.clone(),
            retained: Mutex::new(RetentionStatus { limits: options.retention.clone(), ..RetentionStatus::default() }),
            checked: Mutex::default(),
            _lock: Arc::new(lock),
        }
    }

    pub(crate) fn wal_directory(&self) -> PathBuf {
        directory_of_wal(&self.directory)
    }

    pub(crate) fn segments_directory(&self) -> PathBuf {
        directory_of_segments(&self.directory)
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

    /// Takes a segment out of all questions; its files stay. Returns whether it was among them.
    pub(crate) fn set_aside(&self, id: u64, reason: &str) -> bool {
        let mut shared = self.write();
        let Some(segment) = shared.segments.iter().find(|segment| segment.description.id == id).cloned() else {
            return false;
        };
        error!(segment = %segment.directory().display(), reason, rows = segment.rows(), "a segment is damaged and set aside: its rows are missing from all answers, its files stay");
        let kept = shared.segments.iter().filter(|segment| segment.description.id != id).cloned().collect();
        shared.segments = Arc::new(kept);
        shared.set_aside.push(SetAside::new(id, Some(segment.description.sequence_last), reason.to_owned()));
        true
    }

    /// Says whether a segment has not been checked for a while, and notes that it is now.
    pub(crate) fn is_due_for_check(&self, id: u64) -> bool {
        let mut checked = self.checked.lock().expect("nothing panics while the lock is held");
        let is_due = checked.get(&id).is_none_or(|at| at.elapsed() >= limits::CHECK_AGAIN_INTERVAL);
        if is_due {
            checked.insert(id, Instant::now());
        }
        is_due
    }

    /// Notes whether the disk takes appends.
    pub(crate) fn note_append(&self, failure: Option<String>) {
        let mut held_up = self.held_up.lock().expect("nothing panics while the lock is held");
        match (&held_up.append, &failure) {
            (None, Some(reason)) => warn!(reason, "the disk has no room for appends: they are refused until it has"),
            (Some(_), None) => info!("the disk takes appends again"),
            _ => {}
        }
        held_up.append = failure;
    }

    /// Notes whether the disk takes segments.
    pub(crate) fn note_flush(&self, failure: Option<String>) {
        self.held_up.lock().expect("nothing panics while the lock is held").flush = failure;
    }

    /// Adds what retention has removed.
    pub(crate) fn note_retained(&self, receipt: &DeletionReceipt) {
        let mut retained = self.retained.lock().expect("nothing panics while the lock is held");
        retained.traces += receipt.traces;
        retained.spans += receipt.spans;
        retained.logs += receipt.logs;
        retained.points += receipt.points;
    }

    pub(crate) fn note_retention_applied(&self, unix_nanos: u64) {
        self.retained.lock().expect("nothing panics while the lock is held").applied_unix_nanos = Some(unix_nanos);
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

    /// Of records that are not in segments yet.
    pub(crate) fn wal_bytes(&self) -> u64 {
        self.wal_bytes.load(Ordering::Relaxed)
    }

    /// Takes off what was flushed.
    pub(crate) fn subtract_wal_bytes(&self, bytes: u64) {
        self.wal_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn status(&self) -> StoreStatus {
        // Whoever removes files holds these for a while.
        let spare_bytes = self.spares.bytes();
        let shared = self.read();
        let sum = |get: fn(&Segment) -> u64| shared.segments.iter().map(|segment| get(segment)).sum();
        let set_aside = shared.set_aside.iter().map(|segment| segment.damage.clone());
        let held_up = self.held_up.lock().expect("nothing panics while the lock is held");
        let search = self.indexes.lag(&shared.segments);
        StoreStatus {
            accepting: shared.stopped.is_none(),
            sequence: shared.active.sequence_last(),
            tail_rows: shared.tails().map(Tail::rows).sum(),
            tail_bytes: shared.tails().map(Tail::bytes).sum(),
            wal_bytes: self.wal_bytes() + spare_bytes,
            segments: shared.segments.len() as u64,
            segment_rows: sum(Segment::rows),
            segment_bytes: sum(Segment::bytes),
            stopped: shared.stopped.clone(),
            held_up: held_up.append.clone().or_else(|| held_up.flush.clone()),
            damaged: self.wal_damage.iter().cloned().chain(set_aside).collect(),
            search_bytes: search.bytes,
            search_rows_waiting: search.rows,
            search_waiting_for: search.age,
            retention: self.retained.lock().expect("nothing panics while the lock is held").clone(),
        }
    }
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

//! Moves the tail into a segment, on a timer, by size, or when asked; then merges small segments.

mod removal;

pub(crate) use removal::{Recorded, Removal};

use std::sync::{Arc, Weak};
use std::time::Duration;

use store::{StoreError, with_causes};
use tokio::sync::{Mutex, MutexGuard, Notify, mpsc, oneshot};
use tracing::{debug, warn};

use crate::background::behind;
use crate::damage::set_aside_if_damaged;
use crate::engine::{Engine, Sealed};
use crate::files::Unlinked;
use crate::limits;
use crate::manifest::Flushed;
use crate::segment::{self, Description, Segment, SegmentRows};
use crate::writer::Command;

/// One flush at a time.
pub(crate) struct Flusher {
    engine: Arc<Engine>,
    /// None once the store is closed.
    commands: std::sync::Mutex<Option<mpsc::Sender<Command>>>,
    turn: Mutex<()>,
    /// Held while segments are merged, and while each is rewritten in its turn: none goes into another meanwhile.
    merging: Mutex<()>,
}

impl Flusher {
    pub(crate) fn new(engine: Arc<Engine>, commands: mpsc::Sender<Command>) -> Self {
        Self { engine, commands: std::sync::Mutex::new(Some(commands)), turn: Mutex::new(()), merging: Mutex::new(()) }
    }

    /// The way to the writer; None once the store is closed.
    pub(crate) fn commands(&self) -> Option<mpsc::Sender<Command>> {
        self.commands.lock().expect("nothing panics while the lock is held").clone()
    }

    /// Lets the writer end when it has done what it was given.
    pub(crate) fn hang_up(&self) {
        self.commands.lock().expect("nothing panics while the lock is held").take();
    }

    /// Writes everything in memory to segments.
    pub(crate) async fn flush(&self) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        // A tail whose flush failed before comes first; what arrived since comes after.
        if self.engine.read().sealed.is_some() {
            self.flush_once().await?;
        }
        self.flush_once().await
    }

    /// Keeps flushes, merges and rewriting away while the answer is held.
    pub(crate) async fn still(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Merges small segments until there are few of each level.
    pub(crate) async fn compact(&self) -> Result<(), StoreError> {
        // Others merge already, or segments are being rewritten: the rest comes with the next flush after it.
        let Ok(_merging) = self.merging.try_lock() else {
            return Ok(());
        };
        while let Some(chosen) = self.to_merge() {
            self.engine.check_running()?;
            self.merge(chosen).await?;
        }
        Ok(())
    }

    fn to_merge(&self) -> Option<Vec<Arc<Segment>>> {
        let shared = self.engine.read();
        let mut runs = shared.segments.chunk_by(|older, newer| shared.are_neighbours(older, newer));
        runs.find_map(|run| segment::to_merge(run, self.engine.merge_segments))
    }

    async fn merge(&self, chosen: Vec<Arc<Segment>>) -> Result<(), StoreError> {
        let id = self.engine.manifest.segment_next().await?;
        let replaced: Vec<u64> = chosen.iter().map(|segment| segment.description.id).collect();
        let (engine, segments) = (Arc::clone(&self.engine), Arc::clone(&self.engine.read().segments));
        let merged = behind("store-merge", limits::MERGE_NICENESS, move || {
            // What is wrong in one of them must not get a right checksum.
            if chosen.iter().filter(|segment| set_aside_if_damaged(&engine, segment)).count() > 0 {
                return Ok(None);
            }
            // Those flushed meanwhile are newer, and know themselves what they share.
            let first = chosen.first().map_or(0, |segment| segment.description.sequence_last);
            let older: Vec<_> = segments.iter().filter(|segment| segment.description.sequence_last < first).cloned().collect();
            let merged = segment::merge(&engine.segments_directory(), id, &chosen, &older, engine.understand.as_ref());
            or_remove(&engine, id, merged).map(Some)
        });
        let Some(description) = merged.await? else {
            return Ok(());
        };
        debug!(segments = replaced.len(), rows = description.rows(), "merged segments");
        // Flushes go on while the merge is written, which may take a minute; the exchange has its turn.
        let _turn = self.turn.lock().await;
        self.replace(&replaced, description).await
    }

    /// Rewrites all segments there are, one by one; `rewrite` returns None for one that stays, and whatever it wants to tell.
    pub(crate) async fn rewrite_segments<Told: Send + 'static>(
        self: &Arc<Self>,
        rewrite: impl Fn(&Engine, u64, &Segment) -> Result<(Option<Description>, Told), StoreError> + Clone + Send + 'static,
        mut hear: impl FnMut(Told),
    ) -> Result<(), StoreError> {
        let _merging = self.merging.lock().await;
        let segments: Vec<_> = self.engine.read().segments.iter().map(|segment| segment.description.id).collect();
        for id in segments {
            let (flusher, rewrite) = (Arc::clone(self), rewrite.clone());
            // A task of its own: nobody else may have the turn before it has come to its end, even if nobody waits for it.
            let rewritten = tokio::spawn(async move { flusher.rewrite_segment(id, rewrite).await });
            if let Some(told) = rewritten.await.map_err(|error| StoreError::failed("failed to rewrite a segment", error))?? {
                hear(told);
            }
        }
        // What was not merged meanwhile.
        self.engine.flush_wanted.notify_one();
        Ok(())
    }

    /// Returns None for a segment that is damaged: it stays as it is.
    async fn rewrite_segment<Told: Send + 'static>(
        &self,
        id: u64,
        rewrite: impl FnOnce(&Engine, u64, &Segment) -> Result<(Option<Description>, Told), StoreError> + Send + 'static,
    ) -> Result<Option<Told>, StoreError> {
        let _turn = self.turn.lock().await;
        self.engine.check_running()?;
        let segment = self.engine.read().segments.iter().find(|segment| segment.description.id == id).cloned();
        let Some(segment) = segment else {
            return Ok(None);
        };
        let id_next = self.engine.manifest.segment_next().await?;
        let engine = Arc::clone(&self.engine);
        let rewritten = blocking(move || {
            if set_aside_if_damaged(&engine, &segment) {
                return Ok(None);
            }
            or_remove(&engine, id_next, rewrite(&engine, id_next, &segment)).map(Some)
        });
        let Some((description, told)) = rewritten.await? else {
            return Ok(None);
        };
        if let Some(description) = description {
            self.replace(&[id], description).await?;
        }
        Ok(Some(told))
    }

    /// Puts a written segment in the place of others, first in the manifest, then for questions.
    async fn replace(&self, replaced: &[u64], description: Description) -> Result<(), StoreError> {
        let segment = self.open(Some(description.clone())).await?;
        self.engine.manifest.replace(replaced, &description).await?;
        let gone = self.engine.write().exchange_segments(replaced, segment);
        gone.iter().for_each(|segment| segment.mark_replaced());
        self.engine.indexes.segments_changed(&self.engine.segments());
        Ok(())
    }

    /// Gives the disk back what the log keeps to write over.
    pub(crate) async fn rest(&self) {
        let engine = Arc::clone(&self.engine);
        match blocking(move || engine.spares.clear()).await {
            Ok(unlinked) => free_behind(unlinked),
            Err(error) => warn!(error = with_causes(&error), "files that the write-ahead log has no use for stay until the next start"),
        }
        if let Some(commands) = self.commands() {
            // A writer that is gone writes to no file.
            let _ = commands.send(Command::Rest).await;
        }
    }

    async fn flush_once(&self) -> Result<(), StoreError> {
        match self.seal(None).await? {
            Some(sealed) => self.flush_sealed(sealed).await,
            None => Ok(()),
        }
    }

    async fn flush_sealed(&self, sealed: Sealed) -> Result<(), StoreError> {
        let description = match self.description_of_earlier_try(&sealed).await? {
            Some(description) => description,
            None => self.write_and_commit(&sealed).await?,
        };
        self.engine.subtract_wal_bytes(sealed.wal_bytes);
        // A tail that is full before its time: the next ones will be, too.
        let is_busy = sealed.tail.bytes() >= self.engine.flush_bytes;
        let engine = Arc::clone(&self.engine);
        let retire = move || engine.spares.retire_through(sealed.wal_file_last, is_busy);
        let retired = blocking(move || retire().map_err(|source| StoreError::failed("failed to delete flushed log files", source))).await;
        match retired {
            Ok(unlinked) => free_behind(unlinked),
            // They are deleted with the next ones.
            Err(error) => warn!(error = with_causes(&error), "flushed files of the write-ahead log stay for now"),
        }
        debug!(rows = description.map_or(0, |description| description.rows()), "flushed the tail");
        Ok(())
    }

    /// Closes the tail; the writer then takes nothing until `hold` is gone.
    async fn seal(&self, hold: Option<oneshot::Receiver<()>>) -> Result<Option<Sealed>, StoreError> {
        let closed = || StoreError::Stopped { reason: "it is closed".into() };
        let (answer, sealed) = oneshot::channel();
        self.commands().ok_or_else(closed)?.send(Command::Seal { answer, hold }).await.map_err(|_| closed())?;
        sealed.await.map_err(|_| closed())?
    }

    /// Finds the segment whose commit seemed to fail and did not.
    async fn description_of_earlier_try(&self, sealed: &Sealed) -> Result<Option<Option<Description>>, StoreError> {
        let state = self.engine.manifest.state().await?;
        if state.flushed_wal_file < sealed.wal_file_last {
            return Ok(None);
        }
        let description = state.segments.into_iter().find(|description| !self.engine.read().knows_segment(description.id));
        self.publish(self.open(description.clone()).await?);
        Ok(Some(description))
    }

    async fn write_and_commit(&self, sealed: &Sealed) -> Result<Option<Description>, StoreError> {
        let description = self.write_segment(sealed).await?;
        let segment = self.open(description.clone()).await?;
        let tail = &sealed.tail;
        let flushed = Flushed {
            segment: description.as_ref(),
            wal_file: sealed.wal_file_last,
            sequence: tail.sequence_last(),
            ledger: tail.ledger(),
        };
        let _gate = self.engine.commit_gate.write().await;
        self.engine.manifest.commit(&flushed).await?;
        self.publish(segment);
        Ok(description)
    }

    /// Returns None for a tail that holds counts only.
    async fn write_segment(&self, sealed: &Sealed) -> Result<Option<Description>, StoreError> {
        if sealed.tail.rows() == 0 {
            return Ok(None);
        }
        let id = self.engine.manifest.segment_next().await?;
        // The engine goes along, so that the directory stays locked while anything is written to it.
        let (engine, tail) = (Arc::clone(&self.engine), Arc::clone(&sealed.tail));
        let write = move || {
            let written = segment::write(&engine.segments_directory(), id, 0, &SegmentRows::of_tail(&tail), engine.understand.as_ref());
            or_remove(&engine, id, written)
        };
        behind("store-flush", limits::FLUSH_NICENESS, write).await.map(Some)
    }

    async fn open(&self, description: Option<Description>) -> Result<Option<Arc<Segment>>, StoreError> {
        let Some(description) = description else {
            return Ok(None);
        };
        let segments = self.engine.segments_directory();
        blocking(move || Segment::open(&segments, description)).await.map(|segment| Some(Arc::new(segment)))
    }

    /// The segment takes the place of the sealed tail in one step.
    fn publish(&self, segment: Option<Arc<Segment>>) {
        let mut shared = self.engine.write();
        shared.exchange_segments(&[], segment);
        shared.sealed = None;
        drop(shared);
        self.engine.indexes.segments_changed(&self.engine.segments());
    }
}

/// Takes away what a failed try has written: it may be in the way of the log on a full disk.
fn or_remove<Written>(engine: &Engine, id: u64, written: Result<Written, StoreError>) -> Result<Written, StoreError> {
    if written.is_err() {
        // What stays is removed before the next try, or at the next start.
        let _ = std::fs::remove_dir_all(segment::directory_of_segment(&engine.segments_directory(), id));
    }
    written
}

/// Runs what may block on a thread for it.
pub(crate) async fn blocking<Answer: Send + 'static>(
    work: impl FnOnce() -> Result<Answer, StoreError> + Send + 'static,
) -> Result<Answer, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(error) => Err(StoreError::failed("failed to finish a piece of work", error)),
    }
}

/// Nobody waits for it.
fn free_behind(unlinked: Unlinked) {
    drop(tokio::task::spawn_blocking(|| unlinked.free_in_pieces()));
}

/// Flushes by size and age until the store is gone; sleeps while there is nothing to flush.
pub(crate) async fn flush_in_time(flusher: Weak<Flusher>, wanted: Arc<Notify>, age_max: Duration, rest_after: Duration) {
    loop {
        if tokio::time::timeout(rest_after, wanted.notified()).await.is_err() {
            rest(&flusher).await;
            wanted.notified().await;
        }
        let age = tokio::time::sleep(age_max);
        tokio::pin!(age);
        while tail_is_small(&flusher) {
            tokio::select! {
                () = &mut age => break,
                () = wanted.notified() => {}
            }
        }
        let Some(flusher) = flusher.upgrade() else {
            return;
        };
        let flushed = flusher.flush().await;
        flusher.engine.note_flush(flushed.as_ref().err().map(|error| with_causes(error)));
        match flushed {
            Ok(()) => merge_behind(flusher),
            Err(StoreError::Stopped { .. }) => return,
            Err(error) => {
                warn!(error = with_causes(&error), "failed to flush; nothing is lost, it is tried again");
                // There may be no room.
                flusher.rest().await;
                drop(flusher);
                tokio::time::sleep(limits::FLUSH_RETRY_INTERVAL).await;
                wanted.notify_one();
            }
        }
    }
}

/// It has become quiet.
async fn rest(flusher: &Weak<Flusher>) {
    if let Some(flusher) = flusher.upgrade() {
        flusher.rest().await;
    }
}

/// Merges while further flushes go on.
fn merge_behind(flusher: Arc<Flusher>) {
    tokio::spawn(async move {
        match flusher.compact().await {
            Ok(()) | Err(StoreError::Stopped { .. }) => {}
            Err(error) => warn!(error = with_causes(&error), "failed to merge segments; nothing is lost, it is tried after the next flush"),
        }
    });
}

/// Whether the store is there and its tail may wait for the timer.
fn tail_is_small(flusher: &Weak<Flusher>) -> bool {
    flusher.upgrade().is_some_and(|flusher| flusher.engine.read().active.bytes() < flusher.engine.flush_bytes)
}

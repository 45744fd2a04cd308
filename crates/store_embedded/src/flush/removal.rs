//! Removes rows from all segments at one moment.
//!
//! What the segments are without the rows is written beside them while appends and questions go on. Then appends wait: the tail is
//! flushed, what it brought is written again too where it has such rows, and the manifest exchanges all of them in one transaction.
//! So a question sees all the rows or none, and an append comes before the removal or behind it.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use store::{StoreError, with_causes};
use tokio::sync::oneshot;
use tracing::warn;

use super::{Flusher, blocking};
use crate::damage::set_aside_if_damaged;
use crate::engine::Engine;
use crate::manifest::{Exchange, FolderNote, PendingDeletion};
use crate::segment::{Combine, Description, Doomed, Removed, Segment, combine, directory_of_segment};
use crate::wal::Closed;

/// What was removed, and from where.
#[derive(Debug, Default)]
pub(crate) struct Removal {
    pub(crate) removed: Removed,
    pub(crate) bytes_before: u64,
    pub(crate) bytes_after: u64,
    /// Numbers of segments that are new.
    pub(crate) written: Vec<u64>,
    /// Folders of segments that are gone, or go with their last reader.
    pub(crate) gone: Vec<PathBuf>,
    /// The version of the newest row that was there when it happened.
    pub(crate) sequence_last: u64,
    /// The newest file of the write-ahead log of which nothing may be left.
    pub(crate) wal_file_last: u64,
}

/// A deletion in the manifest, which is done with the removal.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) id: u64,
    pub(crate) deletion: PendingDeletion,
}

/// What takes the place of a segment: None where nothing is left of it.
struct Successor {
    of: Arc<Segment>,
    description: Option<Description>,
    removed: Removed,
}

impl Flusher {
    /// Removes rows. A task of its own should wait for it: dropped half-way it leaves files behind until the next start.
    pub(crate) async fn remove(&self, doomed: &Arc<Doomed>, recorded: Option<&Recorded>) -> Result<Removal, StoreError> {
        let mut successors = Vec::new();
        let removal = self.remove_in_steps(doomed, recorded, &mut successors).await;
        let unused = successors.into_iter().filter_map(|successor| successor.description);
        unused.for_each(|description| remove_folder(&self.engine, description.id));
        // What was not merged meanwhile.
        self.engine.flush_wanted.notify_one();
        removal
    }

    async fn remove_in_steps(
        &self,
        doomed: &Arc<Doomed>,
        recorded: Option<&Recorded>,
        successors: &mut Vec<Successor>,
    ) -> Result<Removal, StoreError> {
        let _merging = self.merging.lock().await;
        // They hold what was flushed lately, and so may the file that is written now: it is left, or cut, before the exchange.
        let _closed = self.close_spares().await?;
        let mut seen = HashSet::new();
        let through = recorded.and_then(|recorded| recorded.deletion.through_sequence);
        self.write_successors(doomed, through, &mut seen, successors).await?;
        let _turn = self.turn.lock().await;
        // Most of what came meanwhile, so that appends wait for little.
        if self.engine.read().sealed.is_some() {
            self.flush_once().await?;
        }
        self.flush_once().await?;
        self.write_successors(doomed, through, &mut seen, successors).await?;
        let (release, hold) = oneshot::channel::<()>();
        if let Some(sealed) = self.seal(Some(hold)).await? {
            self.flush_sealed(sealed).await?;
        }
        self.write_successors(doomed, through, &mut seen, successors).await?;
        let removal = self.exchange(std::mem::take(successors), recorded).await;
        drop(release);
        removal
    }

    async fn close_spares(&self) -> Result<Closed, StoreError> {
        let engine = Arc::clone(&self.engine);
        blocking(move || engine.spares.close()).await
    }

    /// Writes what is left of each segment that has such rows and was not looked at yet.
    async fn write_successors(
        &self,
        doomed: &Arc<Doomed>,
        through_sequence: Option<u64>,
        seen: &mut HashSet<u64>,
        successors: &mut Vec<Successor>,
    ) -> Result<(), StoreError> {
        for segment in self.engine.segments().iter() {
            let is_newer = through_sequence.is_some_and(|through| segment.description.sequence_last > through);
            if !seen.insert(segment.description.id) || is_newer {
                continue;
            }
            self.engine.check_running()?;
            successors.extend(self.successor(segment, doomed).await?);
        }
        Ok(())
    }

    async fn successor(&self, segment: &Arc<Segment>, doomed: &Arc<Doomed>) -> Result<Option<Successor>, StoreError> {
        let (asked, rows) = (Arc::clone(segment), Arc::clone(doomed));
        if !blocking(move || asked.has_doomed(&rows)).await? {
            return Ok(None);
        }
        let id = self.engine.manifest.segment_next().await?;
        let (engine, segment, doomed) = (Arc::clone(&self.engine), Arc::clone(segment), Arc::clone(doomed));
        let write = move || {
            // What is wrong in it must not get a right checksum; it keeps its rows and answers nothing.
            if set_aside_if_damaged(&engine, &segment) {
                return Ok(None);
            }
            let written = write_successor(&engine, id, segment, &doomed);
            super::or_remove(&engine, id, written).map(Some)
        };
        blocking(write).await
    }

    /// Exchanges the segments, first in the manifest, then for questions.
    async fn exchange(&self, mut successors: Vec<Successor>, recorded: Option<&Recorded>) -> Result<Removal, StoreError> {
        let mut removal = Removal { bytes_before: self.bytes(), ..Removal::default() };
        removal.sequence_last = self.engine.read().active.sequence_last();
        removal.wal_file_last = self.engine.manifest.state().await?.flushed_wal_file;
        self.keep_newest(&mut successors);
        let mut segments = Vec::new();
        for successor in &successors {
            segments.extend(self.open(successor.description.clone()).await?);
        }
        let exchanges: Vec<_> = successors.iter().map(Successor::exchange).collect();
        // Segments that cannot be read now may be, one day.
        let rest = recorded.filter(|_| !self.engine.read().set_aside.is_empty());
        let rest = rest.map(|recorded| recorded.deletion.clone().through(removal.sequence_last));
        self.engine.manifest.exchange(&exchanges, recorded.map(|recorded| recorded.id), rest.as_ref()).await?;
        let replaced: Vec<u64> = exchanges.iter().map(|exchange| exchange.replaced).collect();
        let gone = self.engine.write().exchange_segments(&replaced, segments);
        gone.iter().for_each(|segment| segment.mark_replaced());
        self.engine.indexes.segments_changed(&self.engine.segments());
        for Successor { of, description, removed } in successors {
            removal.removed.add(removed);
            removal.written.extend(description.as_ref().map(|description| description.id));
            removal.gone.push(of.directory().to_owned());
            if description.is_none() {
                forget(&of);
            }
        }
        removal.bytes_after = self.bytes();
        Ok(removal)
    }

    /// Leaves an empty segment where the newest would go: how far the log is in segments stands in its note, too.
    fn keep_newest(&self, successors: &mut [Successor]) {
        let newest = self.engine.segments().last().map(|segment| segment.description.id);
        for successor in successors {
            let is_empty = successor.description.as_ref().is_some_and(|description| description.rows() == 0);
            if is_empty && Some(successor.of.description.id) != newest {
                successor.description.take().iter().for_each(|description| remove_folder(&self.engine, description.id));
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.engine.segments().iter().map(|segment| segment.bytes()).sum()
    }
}

impl Successor {
    fn exchange(&self) -> Exchange {
        Exchange { replaced: self.of.description.id, segment: self.description.clone(), deleted: self.removed.stored }
    }
}

fn write_successor(engine: &Engine, id: u64, segment: Arc<Segment>, doomed: &Doomed) -> Result<Successor, StoreError> {
    let inputs = [Arc::clone(&segment)];
    let loose_traces = segment.loose_traces.iter().copied().filter(|trace_id| !doomed.has_everywhere(&segment, *trace_id)).collect();
    let (level, understand) = (segment.description.level, engine.understand.as_ref());
    let (description, removed) =
        combine(&engine.segments_directory(), id, &Combine { inputs: &inputs, level, loose_traces, doomed, understand })?;
    Ok(Successor { of: segment, description: Some(description), removed })
}

fn remove_folder(engine: &Engine, id: u64) {
    // What stays is removed at the next start, for the manifest does not name it.
    let _ = std::fs::remove_dir_all(directory_of_segment(&engine.segments_directory(), id));
}

fn forget(segment: &Segment) {
    if let Err(error) = FolderNote::forget(segment.directory()) {
        warn!(path = %segment.directory().display(), error = with_causes(&error), "the note of a removed segment stays until its folder goes");
    }
}

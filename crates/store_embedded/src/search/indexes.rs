//! The indexes of the segments there are, and which segments wait for theirs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use store::DeriveContent;
use tracing::warn;

use super::build::FORMAT_VERSION;
use super::file::IndexFile;
use super::index::SearchIndex;
use super::pack::Made;
use crate::limits;
use crate::segment::Segment;

/// What questions, the thread that builds indexes, and the status share.
pub(crate) struct Indexes {
    pub(crate) content: DeriveContent,
    /// The wait before a new segment gets its index.
    delay: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ready: HashMap<u64, Arc<IndexFile>>,
    /// Segments without an index, or without the file of it, and since when.
    waiting: BTreeMap<u64, Instant>,
    stopped: bool,
}

/// How far indexing is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lag {
    pub(crate) rows: u64,
    /// Since when the first of them wait.
    pub(crate) age: Duration,
    /// Of all indexes.
    pub(crate) bytes: u64,
}

impl Indexes {
    pub(crate) fn new(content: DeriveContent, delay: Duration) -> Self {
        Self { content, delay, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Returns the index of a segment; None where there is none yet, or where it turns out that it cannot be read.
    pub(super) fn of_segment(&self, id: u64) -> Option<Arc<SearchIndex>> {
        let file = self.file_of_segment(id)?;
        match file.index() {
            Ok(index) => Some(index),
            Err(error) => {
                warn!(segment = id, %error, "a search index cannot be read and is made anew");
                self.give_up(id, &file);
                None
            }
        }
    }

    pub(super) fn file_of_segment(&self, id: u64) -> Option<Arc<IndexFile>> {
        self.state().ready.get(&id).cloned()
    }

    /// The segment waits for another index than this.
    fn give_up(&self, id: u64, file: &Arc<IndexFile>) {
        let mut state = self.state();
        if state.ready.get(&id).is_some_and(|ready| Arc::ptr_eq(ready, file)) {
            state.ready.remove(&id);
            state.waiting.insert(id, Instant::now());
            self.changed.notify_all();
        }
    }

    /// Closes indexes that nobody asked for in a while.
    pub(super) fn rest(&self, unasked: Duration) {
        // Files are not waited for with the lock in hand: whoever sends may need it.
        let files: Vec<_> = self.state().ready.values().cloned().collect();
        files.iter().for_each(|file| file.rest(unasked));
    }

    /// Says which segments there are now: new ones wait for an index, and those of others go.
    pub(crate) fn segments_changed(&self, segments: &[Arc<Segment>]) {
        let mut state = self.state();
        let State { ready, waiting, .. } = &mut *state;
        for segment in segments.iter().filter(|segment| segment.description.span_rows > 0) {
            let id = segment.description.id;
            if ready.contains_key(&id) || waiting.contains_key(&id) {
                continue;
            }
            waiting.insert(id, Instant::now());
            // Where the columns of a segment were written again, its raw spans were not: the index answers, and waits for its file only.
            let made = self.made_of(segment);
            if let Some(same) = ready.values().find(|file| file.made == made).cloned() {
                ready.insert(id, same);
            }
        }
        let ids: HashSet<u64> = segments.iter().map(|segment| segment.description.id).collect();
        ready.retain(|id, _| ids.contains(id));
        waiting.retain(|id, _| ids.contains(id));
        self.changed.notify_all();
    }

    /// What the index of a segment has to be made of.
    pub(super) fn made_of(&self, segment: &Segment) -> Made {
        let content = segment.content.path().file_name().and_then(|name| segment.description.files.get(name.to_str()?));
        Made {
            format: FORMAT_VERSION,
            derivation: self.content.version(),
            content: content.map(|seal| (seal.bytes, seal.crc32c)).unwrap_or_default(),
            rows: segment.description.span_rows,
        }
    }

    pub(super) fn add(&self, id: u64, file: IndexFile) {
        let mut state = self.state();
        // A segment that is gone meanwhile waits for nothing.
        if state.waiting.remove(&id).is_some() {
            state.ready.insert(id, Arc::new(file));
        }
        self.changed.notify_all();
    }

    /// Waits for a segment that has been without an index for a while, and returns the newest; None when it is time to stop.
    /// Meanwhile indexes close that nobody asks for.
    pub(super) fn wait(&self) -> Option<u64> {
        loop {
            self.rest(limits::SEARCH_UNASKED);
            let state = self.state();
            if state.stopped {
                return None;
            }
            let is_due = |since: &Instant| since.elapsed() >= self.delay;
            // What was just sent is what is looked for.
            if let Some((id, _)) = state.waiting.iter().rev().find(|(_, since)| is_due(since)) {
                return Some(*id);
            }
            let due = state.waiting.values().map(|since| self.delay.saturating_sub(since.elapsed())).min();
            let left = due.map_or(limits::SEARCH_REST_INTERVAL, |due| due.min(limits::SEARCH_REST_INTERVAL));
            drop(self.changed.wait_timeout(state, left).expect("nothing panics while the lock is held"));
        }
    }

    /// Waits a while, unless it is time to stop.
    pub(super) fn pause(&self, time: Duration) {
        let paused = self.changed.wait_timeout_while(self.state(), time, |state| !state.stopped);
        drop(paused.expect("nothing panics while the lock is held"));
    }

    pub(crate) fn stop(&self) {
        self.state().stopped = true;
        self.changed.notify_all();
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.state().stopped
    }

    pub(crate) fn lag(&self, segments: &[Arc<Segment>]) -> Lag {
        let state = self.state();
        let waits = |segment: &&Arc<Segment>| !state.ready.contains_key(&segment.description.id);
        Lag {
            rows: segments.iter().filter(waits).map(|segment| segment.description.span_rows).sum(),
            age: state
                .waiting
                .iter()
                .filter(|(id, _)| !state.ready.contains_key(id))
                .map(|(_, since)| since.elapsed())
                .max()
                .unwrap_or_default(),
            bytes: state.ready.values().map(|file| file.bytes).sum(),
        }
    }

    #[cfg(test)]
    pub(crate) fn wait_until_all_are_ready(&self) {
        drop(self.changed.wait_while(self.state(), |state| !state.stopped && !state.waiting.is_empty()).unwrap());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while the lock is held")
    }
}

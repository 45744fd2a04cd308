//! Parts of answers that segments gave, kept in memory: a segment never changes, and so what it says to a question stays.
//!
//! Bounded in bytes; what was asked for longest ago goes first. Everything here can be made again.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use xxhash_rust::xxh3::xxh3_128;

/// A segment and a question.
type PartKey = (u64, u128);

#[derive(Debug)]
pub(crate) struct Partials {
    bytes_max: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    kept: HashMap<PartKey, Kept>,
    bytes: usize,
    /// Those that there were when it was last tidied up.
    segments: HashSet<u64>,
    /// Counts what was asked for.
    clock: u64,
}

#[derive(Debug)]
struct Kept {
    part: Arc<dyn Any + Send + Sync>,
    bytes: usize,
    asked_at: u64,
}

/// What a part takes beside itself: its place in the map.
const OVERHEAD_BYTES: usize = 96;

/// A question, told from all others by its words: 128 bits are enough that no two are ever taken for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuestionHash(u128);

impl QuestionHash {
    pub(crate) fn of(question: &impl std::fmt::Debug) -> Self {
        Self(xxh3_128(format!("{question:?}").as_bytes()))
    }
}

impl Partials {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, state: Mutex::default() }
    }

    /// What a segment answered.
    pub(crate) fn get<Part: Send + Sync + 'static>(&self, segment: u64, question: QuestionHash) -> Option<Arc<Part>> {
        let mut state = self.lock();
        state.clock += 1;
        let clock = state.clock;
        let kept = state.kept.get_mut(&(segment, question.0))?;
        kept.asked_at = clock;
        Arc::clone(&kept.part).downcast().ok()
    }

    /// Keeps what a segment answered.
    pub(crate) fn keep<Part: Send + Sync + 'static>(&self, segment: u64, question: QuestionHash, part: &Arc<Part>, bytes: usize) {
        let bytes = bytes + OVERHEAD_BYTES;
        // What takes most of the room by itself would push out everything else.
        if bytes > self.bytes_max / 4 {
            return;
        }
        let mut state = self.lock();
        state.clock += 1;
        let kept = Kept { part: Arc::<Part>::clone(part), bytes, asked_at: state.clock };
        state.bytes += bytes;
        if let Some(before) = state.kept.insert((segment, question.0), kept) {
            state.bytes -= before.bytes;
        }
        if state.bytes > self.bytes_max {
            state.make_room(self.bytes_max - self.bytes_max / 8);
        }
    }

    /// Forgets segments that are not there any more.
    pub(crate) fn keep_segments(&self, segments: &HashSet<u64>) {
        let mut state = self.lock();
        if state.segments == *segments {
            return;
        }
        state.segments.clone_from(segments);
        state.kept.retain(|(segment, _), _| segments.contains(segment));
        state.bytes = state.kept.values().map(|kept| kept.bytes).sum();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while the lock is held")
    }
}

impl State {
    fn make_room(&mut self, bytes_left: usize) {
        let mut by_age: Vec<(u64, PartKey)> = self.kept.iter().map(|(key, kept)| (kept.asked_at, *key)).collect();
        by_age.sort_unstable_by_key(|(asked_at, _)| *asked_at);
        for (_, key) in by_age {
            if self.bytes <= bytes_left {
                return;
            }
            self.bytes -= self.kept.remove(&key).map_or(0, |kept| kept.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_longest_ago_goes_first() {
        let partials = Partials::new(10 * (100 + OVERHEAD_BYTES));
        let question = QuestionHash::of(&"how many");
        (0..10).for_each(|segment| partials.keep(segment, question, &Arc::new(segment), 100));
        assert_eq!(partials.get::<u64>(0, question).as_deref(), Some(&0));
        partials.keep(10, question, &Arc::new(10_u64), 100);
        assert_eq!(partials.get::<u64>(1, question), None);
        assert_eq!(partials.get::<u64>(0, question).as_deref(), Some(&0));
        assert_eq!(partials.get::<u64>(0, QuestionHash::of(&"how few")), None);
        assert!(partials.lock().bytes <= partials.bytes_max);
    }

    #[test]
    fn what_is_too_large_is_not_kept() {
        let partials = Partials::new(1_000);
        partials.keep(1, QuestionHash::of(&1), &Arc::new(1_u8), 900);
        assert_eq!(partials.get::<u8>(1, QuestionHash::of(&1)), None);
        assert_eq!(partials.lock().bytes, 0);
    }

    #[test]
    fn segments_that_are_gone_are_forgotten() {
        let partials = Partials::new(10_000);
        let question = QuestionHash::of(&1);
        (0..2).for_each(|segment| partials.keep(segment, question, &Arc::new(segment), 100));
        partials.keep_segments(&HashSet::from([1]));
        assert_eq!((partials.get::<u64>(0, question), partials.get::<u64>(1, question)), (None, Some(Arc::new(1))));
        assert_eq!(partials.lock().bytes, 100 + OVERHEAD_BYTES);
    }
}

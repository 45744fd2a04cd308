//! A question while it is answered: how far it is and what it has read, for whoever waits.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::aggregate::QueryCost;

tokio::task_local! {
    static ASKED_HERE: Arc<Asking>;
}

/// What an engine says while it answers; it says what it can.
#[derive(Debug)]
pub struct Asking {
    began: Instant,
    parts: AtomicU64,
    parts_done: AtomicU64,
    rows: AtomicU64,
    bytes: AtomicU64,
}

/// How far a question is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Pieces of the store that are to be looked into, as far as that is known; some may turn out not to be needed.
    pub parts: u64,
    pub parts_done: u64,
    /// Rows looked at.
    pub rows: u64,
    /// Bytes of their columns.
    pub bytes: u64,
}

impl Default for Asking {
    fn default() -> Self {
        let [parts, parts_done, rows, bytes] = Default::default();
        Self { began: Instant::now(), parts, parts_done, rows, bytes }
    }
}

impl Asking {
    /// Asks: what engines answer in the meantime is told here.
    pub async fn follow<Answer>(self: Arc<Self>, asking: impl Future<Output = Answer>) -> Answer {
        ASKED_HERE.scope(self, asking).await
    }

    /// What follows the questions of the current task; something that nobody looks at where nothing does.
    pub fn current() -> Arc<Self> {
        ASKED_HERE.try_with(Arc::clone).unwrap_or_default()
    }

    /// What it took so far.
    pub fn cost(&self) -> QueryCost {
        let Progress { rows, bytes, .. } = self.progress();
        QueryCost { rows, bytes, nanos: self.began.elapsed().as_nanos() as u64 }
    }

    pub fn add_parts(&self, parts: u64) {
        self.parts.fetch_add(parts, Ordering::Relaxed);
    }

    /// Says that a part is done, and what was read of it.
    pub fn end_part(&self, rows: u64, bytes: u64) {
        self.parts_done.fetch_add(1, Ordering::Relaxed);
        self.add_read(rows, bytes);
    }

    pub fn add_read(&self, rows: u64, bytes: u64) {
        self.rows.fetch_add(rows, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub fn progress(&self) -> Progress {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Progress { parts: read(&self.parts), parts_done: read(&self.parts_done), rows: read(&self.rows), bytes: read(&self.bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_read_is_told_to_whoever_follows() {
        let asking = Arc::new(Asking::default());
        let read = async {
            Asking::current().add_parts(2);
            Asking::current().end_part(10, 100);
        };
        Arc::clone(&asking).follow(read).await;
        Asking::current().end_part(1, 1);
        assert_eq!(asking.progress(), Progress { parts: 2, parts_done: 1, rows: 10, bytes: 100 });
    }
}

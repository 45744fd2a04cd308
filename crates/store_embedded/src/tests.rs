//! The engine as a whole: the suite in every state, random runs against the oracle, and the dangers.

mod asking;
mod backup;
mod conformance;
mod crash;
mod deletion;
mod faults;
mod formats;
mod harm;
pub(crate) mod measure;
mod measure_figures;
mod pressure;
mod rederive;
mod retention;
mod sql;
mod verify;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{ProjectSlug, Span};
use store::conformance::{SpanSeed, Subject};
use store::{BatchParts, CleanBatch, SpanStore};
use tempfile::TempDir;

use crate::{EmbeddedStore, Options, open};

/// What happens between an append and a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Rows are in the tail.
    InMemory,
    /// Rows are in a segment.
    Flushed,
    /// The store went away without a word and came back: rows are replayed.
    Crashed,
    /// Rows are in a segment that was opened anew.
    FlushedAndReopened,
    /// Rows are in segments that were merged.
    Merged,
}

struct Embedded {
    state: State,
    store: Option<Arc<EmbeddedStore>>,
    directory: TempDir,
}

/// No flush and no merge but those asked for, and no search index.
pub(crate) fn manual() -> Options {
    // Segments are merged two by two, so that few of them make all levels.
    let never = Duration::from_secs(86_400);
    Options {
        flush_bytes: u64::MAX,
        flush_interval: never,
        rest_interval: never,
        merge_segments: 2,
        search_delay: never,
        scrub_bytes_per_second: 0,
        ..Options::default()
    }
}

impl Embedded {
    async fn new(state: State) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path(), manual()).await.unwrap();
        Self { state, store: Some(store), directory }
    }

    async fn reopen(&mut self) {
        drop(self.store.take());
        self.store = Some(open(self.directory.path(), manual()).await.unwrap());
    }
}

#[async_trait(?Send)]
impl Subject for Embedded {
    fn store(&self) -> Arc<dyn SpanStore> {
        self.store.clone().unwrap()
    }

    async fn settle(&mut self) {
        if matches!(self.state, State::Flushed | State::FlushedAndReopened) {
            self.store().flush().await.unwrap();
        }
        if self.state == State::Merged {
            let store = self.store.clone().unwrap();
            store.flush().await.unwrap();
            store.compact_for_tests().await.unwrap();
        }
        if matches!(self.state, State::Crashed | State::FlushedAndReopened) {
            self.reopen().await;
        }
    }
}

pub(crate) fn project() -> ProjectSlug {
    ProjectSlug::default_project()
}

fn span(trace: u8, span: u8) -> Span {
    SpanSeed { trace, span, start: u64::from(span) + 1, end: 300, ..SpanSeed::default() }.build()
}

pub(crate) fn batch(spans: Vec<Span>) -> CleanBatch {
    CleanBatch::seal(BatchParts {
        project: project(),
        received_unix_nanos: 60_000_000_000,
        request_bytes: 0,
        spans,
        logs: Vec::new(),
        points: Vec::new(),
        rejected: Default::default(),
    })
}

/// Waits for what the store does by itself.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("it never was so that {what}"));
}

/// Whether there is a file of the log that waits to be written over.
fn has_spare(directory: &Path) -> bool {
    wal_files(directory).iter().any(|path| path.extension().is_some_and(|extension| extension == "spare"))
}

/// Paths of the files of the log, in order.
fn wal_files(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(directory.join("wal")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

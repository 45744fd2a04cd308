//! The store: opens the directory, and hands each question to where it is answered.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use async_trait::async_trait;
use model::{LogRecord, ProjectSlug, RawSpan, TraceId};
use store::{
    CleanBatch, Detail, GroupPage, GroupQuery, Ledger, LogPage, LogQuery, PointPage, PointQuery, RawPage, RawQuery, Receipt, Rederive,
    RederiveReceipt, SpanPage, SpanQuery, SpanStore, StoreError, StoreStatus, TimeRange, TracePage, TraceQuery, TraceRecords, Understand,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tracing::{error, info};

use crate::engine::{self, Engine, Shared};
use crate::files::{DiskFiles, FileMaker};
use crate::flush::{Flusher, blocking, flush_in_time};
use crate::limits;
use crate::lock::lock_directory;
use crate::manifest::{Manifest, State, minutes_of_range};
use crate::options::Options;
use crate::planner::Planner;
use crate::prepare::prepare;
use crate::read;
use crate::rederive::rederive;
use crate::search;
use crate::segment::{self, Segment, has_trace, remove_leftovers};
use crate::tail::Tail;
use crate::wal::{self, WalWriter};
use crate::writer::{self, Command};

/// Spans, logs and points in one directory of this machine.
pub struct EmbeddedStore {
    engine: Arc<Engine>,
    flusher: Arc<Flusher>,
    flush_timer: AbortHandle,
    writer: Mutex<Option<JoinHandle<()>>>,
    indexer: Mutex<Option<JoinHandle<()>>>,
}

/// Opens or creates the store in a directory, which is locked until the store is gone.
pub async fn open(directory: &Path, options: Options) -> Result<Arc<EmbeddedStore>, StoreError> {
    open_with_files(directory, options, Arc::new(DiskFiles)).await
}

pub(crate) async fn open_with_files(
    directory: &Path,
    options: Options,
    files: Arc<dyn FileMaker>,
) -> Result<Arc<EmbeddedStore>, StoreError> {
    create_directories(directory)?;
    let lock = lock_directory(directory)?;
    let manifest = Manifest::open(&directory.join("manifest.sqlite")).await?;
    let state = manifest.state().await?;
    let owned_directory = directory.to_owned();
    let state = complete_trace_tables(directory, &manifest, state, &options.understand).await?;
    let (shared, wal, replayed) = blocking(move || recover(&owned_directory, state, files)).await?;
    let rows = shared.active.rows();
    info!(directory = %directory.display(), segments = shared.segments.len(), rows_replayed = rows, "opened the store");
    let engine = Arc::new(Engine::new(directory, manifest, Planner::new()?, shared, lock, &options));
    engine.set_wal_bytes(replayed.bytes);
    if rows > 0 {
        engine.flush_wanted.notify_one();
    }
    let (commands, thread) = writer::start(Arc::clone(&engine), wal, replayed.sequence_last)?;
    let flusher = Arc::new(Flusher::new(Arc::clone(&engine), commands));
    let wanted = Arc::clone(&engine.flush_wanted);
    let timer = tokio::spawn(flush_in_time(Arc::downgrade(&flusher), wanted, options.flush_interval));
    engine.indexes.segments_changed(&engine.segments());
    let indexed = Arc::clone(&engine);
    let indexer = search::start(Arc::clone(&engine.indexes), move || indexed.segments())?;
    let (writer, indexer) = (Mutex::new(Some(thread)), Mutex::new(Some(indexer)));
    Ok(Arc::new(EmbeddedStore { engine, flusher, flush_timer: timer.abort_handle(), writer, indexer }))
}

fn create_directories(directory: &Path) -> Result<(), StoreError> {
    for path in [directory.to_owned(), engine::wal_directory(directory), engine::segments_directory(directory)] {
        std::fs::create_dir_all(&path).map_err(|source| StoreError::failed(format!("failed to create {}", path.display()), source))?;
    }
    Ok(())
}

/// Gives segments of an earlier version what is missing, before anybody asks for it.
async fn complete_trace_tables(
    directory: &Path,
    manifest: &Manifest,
    mut state: State,
    understand: &Arc<dyn Understand>,
) -> Result<State, StoreError> {
    for description in &mut state.segments {
        let (segments, understand, outdated) = (engine::segments_directory(directory), Arc::clone(understand), description.clone());
        let completed = blocking(move || segment::complete_trace_table(&segments, &outdated, understand.as_ref())).await?;
        if let Some(completed) = completed {
            info!(segment = completed.id, "made the table of traces of a segment of an earlier version");
            manifest.replace(&[completed.id], &completed).await?;
            *description = completed;
        }
    }
    Ok(state)
}

/// Opens the segments of the manifest and replays the log behind them.
fn recover(directory: &Path, state: State, files: Arc<dyn FileMaker>) -> Result<(Shared, WalWriter, wal::Replayed), StoreError> {
    let segments_directory = engine::segments_directory(directory);
    let wal_directory = engine::wal_directory(directory);
    remove_leftovers(&segments_directory, &state.segments)?;
    wal::delete_through(&wal_directory, state.flushed_wal_file)
        .map_err(|source| StoreError::failed("failed to delete flushed log files", source))?;
    let open = |description| Segment::open(&segments_directory, description).map(Arc::new);
    let mut segments = state.segments.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
    segments.sort_by_key(|segment| segment.description.sequence_last);
    search::remove_unfinished(&segments)?;
    let mut active = Tail::starting_at(state.flushed_sequence);
    let replayed = wal::replay(&wal_directory, state.flushed_wal_file, state.flushed_sequence, |record| {
        for trace_id in record.batches.trace_ids()?.into_iter().filter(|trace_id| !active.has_trace(*trace_id)).collect::<Vec<_>>() {
            if has_trace(&segments, trace_id)? {
                active.note_loose(trace_id);
            }
        }
        active.publish(&record)
    })?;
    let wal = WalWriter::create(&wal_directory, replayed.file_last + 1, files)?;
    Ok((Shared { active, sealed: None, segments: Arc::new(segments), stopped: None }, wal, replayed))
}

impl EmbeddedStore {
    /// Asks a question on a thread that may block.
    async fn ask<Answer: Send + 'static>(
        &self,
        question: impl FnOnce(&Engine) -> Result<Answer, StoreError> + Send + 'static,
    ) -> Result<Answer, StoreError> {
        let engine = Arc::clone(&self.engine);
        self.check_open()?;
        blocking(move || question(&engine)).await
    }

    fn check_open(&self) -> Result<(), StoreError> {
        self.flusher.commands().map(drop).ok_or_else(closed)
    }

    #[cfg(test)]
    pub(crate) fn engine_for_tests(&self) -> &Engine {
        &self.engine
    }

    #[cfg(test)]
    pub(crate) async fn compact_for_tests(&self) -> Result<(), StoreError> {
        self.flusher.compact().await
    }

    /// Ends the writer thread; what it was given is done.
    fn join_writer(&self) {
        self.flush_timer.abort();
        self.flusher.hang_up();
        let thread = self.writer.lock().expect("nothing panics while the lock is held").take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            self.engine.stop("the writer thread panicked");
        }
        self.join_indexer();
    }

    /// Ends the thread that builds search indexes; what it has not finished, it begins anew the next time.
    fn join_indexer(&self) {
        self.engine.indexes.stop();
        let thread = self.indexer.lock().expect("nothing panics while the lock is held").take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            error!("the search indexer panicked");
        }
    }
}

fn closed() -> StoreError {
    StoreError::Stopped { reason: "it is closed".into() }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.join_writer();
    }
}

#[async_trait]
impl SpanStore for EmbeddedStore {
    async fn append(&self, batch: CleanBatch) -> Result<Receipt, StoreError> {
        self.engine.check_running()?;
        let commands = self.flusher.commands().ok_or_else(closed)?;
        let prepared = Box::new(blocking(move || prepare(batch)).await?);
        let reservation = self.engine.reserve(prepared.bytes as u64)?;
        let (answer, receipt) = oneshot::channel();
        match commands.try_send(Command::Append { prepared, reservation, answer }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(StoreError::Busy { what: "appends wait to be written", retry_after: limits::RETRY_AFTER });
            }
            Err(TrySendError::Closed(_)) => return Err(closed()),
        }
        // The sender must go, or the writer would wait for it when the store is closed meanwhile.
        drop(commands);
        receipt.await.map_err(|_| StoreError::Stopped { reason: "the writer is gone".into() })?
    }

    async fn list_traces(&self, project: &ProjectSlug, query: &TraceQuery) -> Result<TracePage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::list_traces(engine, &project, &query)).await
    }

    async fn list_spans(&self, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::list_spans(engine, &project, &query)).await
    }

    async fn list_logs(&self, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::list_logs(engine, &project, &query)).await
    }

    async fn list_groups(&self, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::list_groups(engine, &project, &query)).await
    }

    async fn list_points(&self, project: &ProjectSlug, query: &PointQuery) -> Result<PointPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::list_points(engine, &project, &query)).await
    }

    async fn raw_spans(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<RawSpan>, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::raw_spans(engine, &project, &query)).await
    }

    async fn raw_logs(&self, project: &ProjectSlug, query: &RawQuery) -> Result<RawPage<LogRecord>, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::raw_logs(engine, &project, &query)).await
    }

    async fn trace(&self, project: &ProjectSlug, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError> {
        let project = project.clone();
        self.ask(move |engine| read::trace(engine, &project, trace_id, detail)).await
    }

    async fn projects_of_trace(&self, trace_id: TraceId) -> Result<Vec<ProjectSlug>, StoreError> {
        self.ask(move |engine| read::projects_of_trace(engine, trace_id)).await
    }

    async fn ledger(&self, range: TimeRange) -> Result<Ledger, StoreError> {
        self.check_open()?;
        // No flush may move counts from memory to the manifest between the two sums.
        let _gate = self.engine.commit_gate.read().await;
        let mut ledger = self.engine.manifest.ledger(range).await?;
        let minutes = minutes_of_range(range);
        let shared = self.engine.read();
        for (_, counts) in shared.tails().flat_map(|tail| tail.ledger()).filter(|(minute, _)| minutes.contains(minute)) {
            ledger.add(counts);
        }
        Ok(ledger)
    }

    async fn rederive(&self, request: Rederive) -> Result<RederiveReceipt, StoreError> {
        self.check_open()?;
        rederive(&self.engine, &self.flusher, request).await
    }

    fn status(&self) -> StoreStatus {
        self.engine.status()
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.flusher.flush().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        let flushed = self.flusher.flush().await;
        self.flusher.hang_up();
        self.engine.write().stopped.get_or_insert_with(|| "it is closed".into());
        let thread = self.writer.lock().expect("nothing panics while the lock is held").take();
        if let Some(thread) = thread {
            let join = move || {
                thread.join().map_err(|_| StoreError::Failed { context: "the writer thread panicked".into(), source: "panic".into() })
            };
            blocking(join).await?;
        }
        self.flush_timer.abort();
        flushed
    }
}

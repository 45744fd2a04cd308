//! The store: opens the directory, and hands each question to where it is answered.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use model::{LogRecord, ProjectSlug, RawSpan, SpanId, TraceId};
use store::aggregate::{AggregateAnswer, AggregateQuery};
use store::sql::{SqlAnswer, SqlError, SqlQuestion};
use store::{
    BackupReceipt, BackupRest, CleanBatch, Damage, Deletion, DeletionReceipt, Detail, GroupPage, GroupQuery, Ledger, LogPage, LogQuery,
    PointPage, PointQuery, RawPage, RawQuery, Receipt, Rederive, RederiveReceipt, SpanOutput, SpanPage, SpanQuery, SpanStore, StepPage,
    StepQuery, StoreError, StoreStatus, TimeRange, TracePage, TraceQuery, TraceRecords, TracesQuery, Understand, compute, with_causes,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tracing::{error, info};

use crate::backup::backup;
use crate::damage::{Scrubber, set_damaged_aside};
use crate::deletion;
use crate::engine::{Engine, SetAside, Shared};
use crate::files::{DiskFiles, FileMaker};
use crate::flush::{Flusher, blocking, flush_in_time};
use crate::leftovers::{Found, tidy_up};
use crate::limits;
use crate::lock::lock_directory;
use crate::manifest::{Manifest, State, minutes_of_range};
use crate::options::Options;
use crate::prepare::prepare;
use crate::read;
use crate::rederive::rederive;
use crate::retention;
use crate::search;
use crate::segment::{self, Description, Segment, directory_of_segments, has_trace};
use crate::sql;
use crate::tail::Tail;
use crate::wal::{self, Scan, Spares, WalWriter, directory_of_wal};
use crate::writer::{self, Command};

/// Spans, logs and points in one directory of this machine.
pub struct EmbeddedStore {
    scrubber: Mutex<Option<Scrubber>>,
    engine: Arc<Engine>,
    flusher: Arc<Flusher>,
    flush_timer: AbortHandle,
    retention: Option<AbortHandle>,
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
    let manifest = Manifest::open(directory).await?;
    let state = manifest.state().await?;
    let owned_directory = directory.to_owned();
    let understand = Arc::clone(&options.understand);
    let recovered = blocking(move || recover(&owned_directory, state, files, understand.as_ref())).await?;
    let Recovered { shared, wal, spares, replayed, damage, completed } = recovered;
    for description in &completed {
        manifest.replace(&[description.id], description).await?;
    }
    let rows = shared.active.rows();
    info!(directory = %directory.display(), segments = shared.segments.len(), rows_replayed = rows, "opened the store");
    let engine = Arc::new(Engine::new(directory, manifest, shared, spares, damage, lock, &options));
    if !engine.read().active.is_empty() {
        engine.add_wal_bytes(replayed.bytes);
    }
    if rows > 0 {
        engine.flush_wanted.notify_one();
    }
    let (commands, thread) = writer::start(Arc::clone(&engine), wal, replayed.sequence_last)?;
    let flusher = Arc::new(Flusher::new(Arc::clone(&engine), commands));
    if let Err(error) = deletion::resume(&engine, &flusher).await {
        error!(
            error = with_causes(&error),
            "a deletion that was begun cannot be finished: its records are shown; the next start tries again"
        );
    }
    let wanted = Arc::clone(&engine.flush_wanted);
    let timer = tokio::spawn(flush_in_time(Arc::downgrade(&flusher), wanted, options.flush_interval, options.rest_interval));
    let retention = options.retention.is_set().then(|| {
        let applied = retention::apply_in_time(Arc::downgrade(&engine), Arc::downgrade(&flusher));
        tokio::spawn(applied).abort_handle()
    });
    let scrubber = Mutex::new(Some(Scrubber::start(&engine, options.scrub_bytes_per_second)?));
    engine.indexes.segments_changed(&engine.segments());
    let indexed = Arc::clone(&engine);
    let indexer = search::start(Arc::clone(&engine.indexes), move || indexed.segments())?;
    let (writer, indexer) = (Mutex::new(Some(thread)), Mutex::new(Some(indexer)));
    Ok(Arc::new(EmbeddedStore { scrubber, engine, flusher, flush_timer: timer.abort_handle(), retention, writer, indexer }))
}

fn create_directories(directory: &Path) -> Result<(), StoreError> {
    for path in [directory.to_owned(), directory_of_wal(directory), directory_of_segments(directory)] {
        std::fs::create_dir_all(&path).map_err(|source| StoreError::failed(format!("failed to create {}", path.display()), source))?;
    }
    Ok(())
}

/// What a directory gives back.
struct Recovered {
    shared: Shared,
    wal: WalWriter,
    spares: Arc<Spares>,
    replayed: Scan,
    /// Beside the segments that are set aside.
    damage: Vec<Damage>,
    /// Segments of an earlier version that got what was missing.
    completed: Vec<Description>,
}

/// Opens the segments of the manifest and replays the log behind them; what is damaged is set aside.
fn recover(directory: &Path, state: State, files: Arc<dyn FileMaker>, understand: &dyn Understand) -> Result<Recovered, StoreError> {
    let segments_directory = directory_of_segments(directory);
    let wal_directory = directory_of_wal(directory);
    let failed = |what: &'static str| move |source| StoreError::failed(format!("failed to {what}"), source);
    let spares = Arc::new(Spares::begin(&wal_directory)?);
    drop(spares.retire_through(state.flushed_wal_file, false).map_err(failed("delete flushed log files"))?);
    let Opened { segments, set_aside, completed } = open_segments(&segments_directory, &state, understand);
    search::remove_unfinished(&segments)?;
    let mut active = Tail::starting_at(state.flushed_sequence);
    let replayed = wal::replay(&wal_directory, state.flushed_wal_file, state.flushed_sequence, |record| {
        let mut trace_ids = record.batches.trace_ids()?;
        trace_ids.retain(|trace_id| !active.has_trace(*trace_id) && has_trace(&segments, *trace_id));
        trace_ids.into_iter().for_each(|trace_id| active.note_loose(trace_id));
        active.publish(&record)
    })?;
    let found = Found { state: &state, replayed: &replayed };
    let mut damage = tidy_up(&segments_directory, &found).map_err(failed("tidy up the segments"))?;
    damage.extend(damage_of_log(&wal_directory, &replayed).map_err(failed("list the write-ahead log"))?);
    let wal = WalWriter::create(&wal_directory, replayed.file_last + 1, files, Arc::clone(&spares))?;
    let shared = Shared { active, sealed: None, segments: Arc::new(segments), set_aside, stopped: None };
    Ok(Recovered { shared, wal, spares, replayed, damage, completed })
}

/// The segments of the manifest as they were found.
struct Opened {
    segments: Vec<Arc<Segment>>,
    set_aside: Vec<SetAside>,
    completed: Vec<Description>,
}

fn open_segments(directory: &Path, state: &State, understand: &dyn Understand) -> Opened {
    let set_aside = state.unreadable.iter().map(|(id, reason)| SetAside::new(*id, None, reason.clone())).collect();
    let mut opened = Opened { segments: Vec::new(), set_aside, completed: Vec::new() };
    for description in &state.segments {
        match open_segment(directory, description, understand, &mut opened.completed) {
            Ok(segment) => opened.segments.push(Arc::new(segment)),
            Err(error) => {
                opened.set_aside.push(SetAside::new(description.id, Some(description.sequence_last), with_causes(&error)));
            }
        }
    }
    for SetAside { damage: Damage { name, reason }, .. } in &opened.set_aside {
        error!(segment = name, reason, "a segment is damaged and set aside: its rows are missing from all answers, its files stay");
    }
    opened.segments.sort_by_key(|segment| segment.description.sequence_last);
    opened
}

fn open_segment(
    directory: &Path,
    description: &Description,
    understand: &dyn Understand,
    completed: &mut Vec<Description>,
) -> Result<Segment, StoreError> {
    match segment::complete_trace_table(directory, description, understand)? {
        Some(description) => {
            info!(segment = description.id, "made the table of traces of a segment of an earlier version");
            completed.push(description.clone());
            Segment::open(directory, description)
        }
        None => Segment::open(directory, description.clone()),
    }
}

/// What is wrong with the log now, and what was at earlier starts.
fn damage_of_log(directory: &Path, replayed: &Scan) -> std::io::Result<Vec<Damage>> {
    let now: Vec<_> = replayed.harm.iter().map(|harm| harm.damage.clone()).collect();
    let is_told = |kept: &Damage| now.iter().any(|damage| kept.name.starts_with(&damage.name));
    let before: Vec<_> = wal::kept_aside(directory)?.into_iter().filter(|kept| !is_told(kept)).collect();
    Ok(now.into_iter().chain(before).collect())
}

impl EmbeddedStore {
    /// Asks a question on a thread that may block. Where a segment turns out to be damaged, it is asked again without it.
    async fn ask<Answer: Send + 'static>(
        &self,
        question: impl Fn(&Engine) -> Result<Answer, StoreError> + Send + Sync + 'static,
    ) -> Result<Answer, StoreError> {
        self.check_open()?;
        let question = Arc::new(question);
        let ask = || {
            let (engine, question) = (Arc::clone(&self.engine), Arc::clone(&question));
            blocking(move || question(&engine))
        };
        let error = match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let engine = Arc::clone(&self.engine);
        match blocking(move || Ok((set_damaged_aside(&engine, &error), error))).await? {
            (true, _) => ask().await,
            (false, error) => Err(error),
        }
    }

    /// Asks a question that is given up after some time, and when whoever asked does not wait any more.
    async fn ask_within<Answer: Send + 'static>(
        &self,
        time_max: Duration,
        question: impl Fn(&Engine, &read::Stop) -> Result<Answer, StoreError> + Send + Sync + 'static,
    ) -> Result<Answer, StoreError> {
        let (stop, _stops_when_dropped) = read::Stop::after(time_max);
        self.ask(move |engine| question(engine, &stop)).await
    }

    fn check_open(&self) -> Result<(), StoreError> {
        self.flusher.commands().map(drop).ok_or_else(closed)
    }

    #[cfg(test)]
    pub(crate) async fn sql_within_for_tests(&self, question: &SqlQuestion, time_max: std::time::Duration) -> Result<SqlAnswer, SqlError> {
        sql::answer(&self.engine, &ProjectSlug::default_project(), question, time_max).await
    }

    #[cfg(test)]
    pub(crate) fn engine_for_tests(&self) -> &Engine {
        &self.engine
    }

    #[cfg(test)]
    pub(crate) async fn retain_for_tests(&self, limits: &store::Retention, now_unix_nanos: u64) -> Result<(), StoreError> {
        retention::apply(&self.engine, &self.flusher, limits, now_unix_nanos).await
    }

    #[cfg(test)]
    pub(crate) async fn compact_for_tests(&self) -> Result<(), StoreError> {
        self.flusher.compact().await
    }

    /// Ends the threads; what the writer was given is done.
    fn join_threads(&self) {
        self.stop_scrubbing();
        self.flush_timer.abort();
        self.retention.iter().for_each(AbortHandle::abort);
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

impl EmbeddedStore {
    fn stop_scrubbing(&self) {
        drop(self.scrubber.lock().expect("nothing panics while the lock is held").take());
    }
}

fn closed() -> StoreError {
    StoreError::Stopped { reason: "it is closed".into() }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        self.join_threads();
    }
}

#[async_trait]
impl SpanStore for EmbeddedStore {
    async fn append(&self, batch: CleanBatch) -> Result<Receipt, StoreError> {
        self.engine.check_running()?;
        let commands = self.flusher.commands().ok_or_else(closed)?;
        let bytes = batch.parts().request_bytes;
        let prepared = compute(bytes, move || prepare(batch)).await;
        let prepared = Box::new(prepared.map_err(|error| StoreError::failed("failed to make rows of a batch", error))??);
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
        self.ask_within(limits::QUESTION_TIME, move |engine, stop| read::list_traces(engine, &project, &query, stop)).await
    }

    async fn list_spans(&self, project: &ProjectSlug, query: &SpanQuery) -> Result<SpanPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask_within(limits::QUESTION_TIME, move |engine, stop| read::list_spans(engine, &project, &query, stop)).await
    }

    async fn list_logs(&self, project: &ProjectSlug, query: &LogQuery) -> Result<LogPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask_within(limits::QUESTION_TIME, move |engine, stop| read::list_logs(engine, &project, &query, stop)).await
    }

    async fn list_groups(&self, project: &ProjectSlug, query: &GroupQuery) -> Result<GroupPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        self.ask_within(limits::QUESTION_TIME, move |engine, stop| read::list_groups(engine, &project, &query, stop)).await
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

    async fn aggregate(&self, project: &ProjectSlug, query: &AggregateQuery) -> Result<AggregateAnswer, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        let _admitted = self.engine.planner.figures.acquire().await.map_err(|_| closed())?;
        self.ask_within(limits::FIGURE_TIME_MAX, move |engine, stop| read::aggregate(engine, &project, &query, stop)).await
    }

    async fn runs_of_step(&self, project: &ProjectSlug, query: &StepQuery) -> Result<StepPage, StoreError> {
        let (project, query) = (project.clone(), query.clone());
        let _admitted = self.engine.planner.figures.acquire().await.map_err(|_| closed())?;
        self.ask_within(limits::FIGURE_TIME_MAX, move |engine, stop| read::runs_of_step(engine, &project, &query, stop)).await
    }

    async fn outputs(&self, project: &ProjectSlug, spans: &[(TraceId, SpanId)]) -> Result<Vec<SpanOutput>, StoreError> {
        let (project, spans) = (project.clone(), spans.to_vec());
        self.ask_within(limits::FIGURE_TIME_MAX, move |engine, stop| read::outputs(engine, &project, &spans, stop)).await
    }

    async fn sql(&self, project: &ProjectSlug, question: &SqlQuestion) -> Result<SqlAnswer, SqlError> {
        self.check_open()?;
        let error = match sql::answer(&self.engine, project, question, limits::SQL_TIME_MAX).await {
            Err(SqlError::Store(error)) => error,
            answer => return answer,
        };
        let engine = Arc::clone(&self.engine);
        match blocking(move || Ok((set_damaged_aside(&engine, &error), error))).await? {
            (true, _) => sql::answer(&self.engine, project, question, limits::SQL_TIME_MAX).await,
            (false, error) => Err(error.into()),
        }
    }

    async fn trace(&self, project: &ProjectSlug, trace_id: TraceId, detail: Detail) -> Result<Option<TraceRecords>, StoreError> {
        let project = project.clone();
        self.ask(move |engine| read::trace(engine, &project, trace_id, detail)).await
    }

    async fn traces(&self, project: &ProjectSlug, query: &TracesQuery) -> Result<Vec<TraceRecords>, StoreError> {
        query.check()?;
        let (project, query) = (project.clone(), query.clone());
        self.ask(move |engine| read::traces(engine, &project, &query)).await
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

    async fn delete(&self, request: Deletion) -> Result<DeletionReceipt, StoreError> {
        self.check_open()?;
        deletion::delete(&self.engine, &self.flusher, request).await
    }

    fn status(&self) -> StoreStatus {
        self.engine.status()
    }

    async fn backup(&self, target: &Path, rest: BackupRest) -> Result<BackupReceipt, StoreError> {
        self.check_open()?;
        backup(&self.engine, &self.flusher, target, rest).await
    }

    async fn flush(&self) -> Result<(), StoreError> {
        self.flusher.flush().await
    }

    async fn close(&self) -> Result<(), StoreError> {
        self.stop_scrubbing();
        self.retention.iter().for_each(AbortHandle::abort);
        let flushed = self.flusher.flush().await;
        self.flusher.rest().await;
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

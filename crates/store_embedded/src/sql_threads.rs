//! Threads of their own for questions in SQL: a join that takes all cores for half a minute must not hold up what receives.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use store::StoreError;
use store::sql::{SqlAnswer, SqlError};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

use crate::limits;

/// Where questions are worked on.
pub(crate) struct SqlThreads {
    /// There until it is dropped.
    threads: Option<Runtime>,
    turns: Arc<Semaphore>,
}

impl SqlThreads {
    pub(crate) fn start() -> Result<Self, StoreError> {
        let threads = Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(1, usize::from))
            .max_blocking_threads(limits::SQL_READERS_MAX)
            .thread_stack_size(limits::SQL_STACK_BYTES)
            .thread_name("sql")
            .enable_time()
            .build()
            .map_err(|source| StoreError::failed("failed to start the threads of SQL", source))?;
        Ok(Self { threads: Some(threads), turns: Arc::new(Semaphore::new(limits::SQL_QUESTIONS_MAX)) })
    }

    /// Waits for one of the places.
    pub(crate) async fn turn(&self) -> Result<OwnedSemaphorePermit, SqlError> {
        let turn = tokio::time::timeout(limits::SQL_WAIT_MAX, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// Works on a question until it is answered, out of time, or nobody waits for the answer any more.
    pub(crate) async fn run(
        &self,
        work: impl Future<Output = Result<SqlAnswer, SqlError>> + Send + 'static,
        time_max: Duration,
    ) -> Result<SqlAnswer, SqlError> {
        let threads = self.threads.as_ref().expect("the threads are there until the last question is over");
        let mut work = EndsWhenDropped(threads.spawn(work));
        match tokio::time::timeout(time_max, &mut work.0).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Err(StoreError::failed("failed to finish a question in SQL", error).into()),
            Err(_) => Err(out_of_time(time_max)),
        }
    }
}

impl Drop for SqlThreads {
    fn drop(&mut self) {
        // It may be dropped by a thread of another runtime, which must not wait.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

fn busy() -> SqlError {
    StoreError::Busy { what: "other questions in SQL are being worked on", retry_after: limits::RETRY_AFTER }.into()
}

fn out_of_time(time_max: Duration) -> SqlError {
    let what = format!("the answer took longer than {} s", time_max.as_secs());
    SqlError::TooMuch { what, hint: "Ask for a shorter time, fewer tables or fewer columns; `t` bounds the time of all tables at once." }
}

/// Work that ends at its next pause when nobody waits for it.
struct EndsWhenDropped(JoinHandle<Result<SqlAnswer, SqlError>>);

impl Drop for EndsWhenDropped {
    fn drop(&mut self) {
        self.0.abort();
    }
}

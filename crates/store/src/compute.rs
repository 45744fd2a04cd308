//! Computing for a request: at once where it is little, else on a thread that may be busy.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Work on so many bytes of a request is done where they arrived.
///
/// To hand work over and back wakes two threads, which costs as much as translating a span of 5 KB; to translate 64 KiB takes less than a millisecond, so long may another request on the same thread wait.
pub const AT_ONCE_BYTES_MAX: usize = 64 << 10;

/// The work panicked; the message is in the log.
#[derive(Debug, thiserror::Error)]
#[error("a piece of work broke off")]
pub struct BrokeOff;

/// Threads that may be busy, one for each processor: a request stays on one of them from its bytes to its rows. So it wakes no other
/// thread between two steps, what one step allocates the next one frees where it came from, and as many requests are worked on as
/// there are processors, in memory that is still near.
static WORKERS: LazyLock<std::io::Result<Workers>> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let builder = builder.enable_all().thread_name("request-worker").on_thread_start(|| IS_WORKER.set(true));
    let processors = std::thread::available_parallelism()?.get();
    Ok(Workers { threads: builder.build()?, turns: Semaphore::new(processors * CARRIED_PER_PROCESSOR) })
});

struct Workers {
    threads: Runtime,
    turns: Semaphore,
}

/// Requests that are carried at once, for each processor: one is worked on, others wait for the disk. With more of them, those whose
/// rows are on disk and that only have to be told would stand behind.
const CARRIED_PER_PROCESSOR: usize = 4;

thread_local! {
    static IS_WORKER: Cell<bool> = const { Cell::new(false) };
}

/// Carries a request of so many bytes from step to step, on threads that may be busy unless it is little.
///
/// It ends with the future that waits for it.
///
/// # Errors
/// When it panics, or no thread can be started: the request is lost, the server goes on.
pub async fn carry<Answer: Send + 'static>(
    bytes: usize,
    request: impl Future<Output = Answer> + Send + 'static,
) -> Result<Answer, BrokeOff> {
    if bytes <= AT_ONCE_BYTES_MAX {
        return Ok(request.await);
    }
    let workers = WORKERS.as_ref().map_err(|_| BrokeOff)?;
    let _turn = workers.turns.acquire().await.map_err(|_| BrokeOff)?;
    let mut carried = JoinSet::new();
    carried.spawn_on(request, workers.threads.handle());
    carried.join_next().await.ok_or(BrokeOff)?.map_err(|_| BrokeOff)
}

/// Does work whose cost goes by the bytes of a request.
///
/// # Errors
/// When it panics: the request is lost, the thread goes on.
pub async fn compute<Answer: Send + 'static>(bytes: usize, work: impl FnOnce() -> Answer + Send + 'static) -> Result<Answer, BrokeOff> {
    if bytes <= AT_ONCE_BYTES_MAX || IS_WORKER.get() {
        // What the work holds is dropped with it; nobody sees it half done.
        return catch_unwind(AssertUnwindSafe(work)).map_err(|_| BrokeOff);
    }
    tokio::task::spawn_blocking(work).await.map_err(|_| BrokeOff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn little_work_stays_on_the_thread_and_more_leaves_it() {
        let here = std::thread::current().id();
        let on = |bytes| compute(bytes, || std::thread::current().id());
        assert_eq!(on(AT_ONCE_BYTES_MAX).await.unwrap(), here);
        assert_ne!(on(AT_ONCE_BYTES_MAX + 1).await.unwrap(), here);
    }

    #[tokio::test]
    async fn work_that_panics_is_an_error_either_way() {
        for bytes in [0, AT_ONCE_BYTES_MAX + 1] {
            assert!(compute(bytes, || panic!("as a broken translation would")).await.map(|()| ()).is_err());
        }
    }

    #[tokio::test]
    async fn a_request_stays_on_its_thread() {
        let steps = || async {
            let first = compute(usize::MAX, || std::thread::current().id()).await.unwrap();
            (first, compute(usize::MAX, || std::thread::current().id()).await.unwrap())
        };
        let here = std::thread::current().id();
        let (first, second) = carry(AT_ONCE_BYTES_MAX + 1, steps()).await.unwrap();
        assert!(first == second && first != here);
        assert_eq!(carry(AT_ONCE_BYTES_MAX, async { std::thread::current().id() }).await.unwrap(), here);
    }

    #[tokio::test]
    async fn a_request_that_panics_is_an_error_and_the_next_one_is_carried() {
        for _ in 0..100 {
            assert!(carry(usize::MAX, async { panic!("as a broken translation would") }).await.map(|()| ()).is_err());
        }
        assert_eq!(carry(usize::MAX, async { 7 }).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_request_ends_with_who_waits_for_it() {
        let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
        let waiting = carry(usize::MAX, async move {
            let _held = sender;
            std::future::pending::<()>().await;
        });
        assert!(tokio::time::timeout(std::time::Duration::from_millis(50), waiting).await.is_err());
        assert!(receiver.await.is_err());
    }
}

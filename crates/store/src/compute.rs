//! Computing for a request: at once where it is little, else on a thread that may be busy.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Work on so many bytes of a request is done where they arrived.
///
/// To hand work over and back wakes two threads, which costs as much as translating a span of 5 KB; to translate 64 KiB takes less than a millisecond, so long may another request on the same thread wait.
pub const AT_ONCE_BYTES_MAX: usize = 64 << 10;

/// The work panicked; the message is in the log.
#[derive(Debug, thiserror::Error)]
#[error("a piece of work broke off")]
pub struct BrokeOff;

/// Does work whose cost goes by the bytes of a request.
///
/// # Errors
/// When it panics: the request is lost, the thread goes on.
pub async fn compute<Answer: Send + 'static>(bytes: usize, work: impl FnOnce() -> Answer + Send + 'static) -> Result<Answer, BrokeOff> {
    if bytes <= AT_ONCE_BYTES_MAX {
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
}

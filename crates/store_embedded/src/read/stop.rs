//! When a question is given up: when whoever asked has gone, and when it takes too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use store::{Asking, StoreError};

/// Looked at between two pieces of work.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    asker_gone: Arc<AtomicBool>,
    time_max: Duration,
    deadline: Instant,
    /// Is told how far the question is.
    pub(super) asking: Arc<Asking>,
}

/// Stops the question when it is dropped.
#[derive(Debug)]
pub(crate) struct StopsWhenDropped(Arc<AtomicBool>);

impl Drop for StopsWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Stop {
    /// For a question of the current task that may take so long.
    pub(crate) fn after(time_max: Duration) -> (Self, StopsWhenDropped) {
        let asker_gone = Arc::new(AtomicBool::new(false));
        let deadline = Instant::now() + time_max;
        let stop = Self { asker_gone: Arc::clone(&asker_gone), time_max, deadline, asking: Asking::current() };
        (stop, StopsWhenDropped(asker_gone))
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.asker_gone.load(Ordering::Relaxed) {
            return Err(StoreError::Invalid("the question was given up".into()));
        }
        if Instant::now() >= self.deadline {
            let seconds = self.time_max.as_secs();
            return Err(StoreError::Invalid(format!(
                "the question takes longer than {seconds} s: ask for a shorter time or with a narrower filter"
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_ends_with_whoever_asked_it() {
        let (stop, asker) = Stop::after(Duration::from_secs(30));
        assert!(stop.check().is_ok());
        drop(asker);
        assert!(stop.check().is_err());
    }

    #[test]
    fn a_question_ends_in_time() {
        let (stop, _asker) = Stop::after(Duration::from_secs(30));
        let late = Stop { deadline: Instant::now(), ..stop };
        assert!(matches!(late.check(), Err(StoreError::Invalid(text)) if text.contains("30 s")));
    }
}

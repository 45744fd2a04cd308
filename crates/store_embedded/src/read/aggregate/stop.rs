//! When a question is given up: when whoever asked has gone, and when it takes too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use store::StoreError;

use crate::limits::FIGURE_TIME_MAX;

/// Looked at between two pieces of work.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    asker_gone: Arc<AtomicBool>,
    deadline: Instant,
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
    pub(crate) fn new() -> (Self, StopsWhenDropped) {
        let asker_gone = Arc::new(AtomicBool::new(false));
        let stop = Self { asker_gone: Arc::clone(&asker_gone), deadline: Instant::now() + FIGURE_TIME_MAX };
        (stop, StopsWhenDropped(asker_gone))
    }

    pub(super) fn check(&self) -> Result<(), StoreError> {
        if self.asker_gone.load(Ordering::Relaxed) {
            return Err(StoreError::Invalid("the question was given up".into()));
        }
        if Instant::now() >= self.deadline {
            let seconds = FIGURE_TIME_MAX.as_secs();
            return Err(StoreError::Invalid(format!(
                "the answer took longer than {seconds} s: ask for a shorter time or a narrower filter"
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
        let (stop, asker) = Stop::new();
        assert!(stop.check().is_ok());
        drop(asker);
        assert!(stop.check().is_err());
    }

    #[test]
    fn a_question_ends_in_time() {
        let (stop, _asker) = Stop::new();
        let late = Stop { deadline: Instant::now(), ..stop };
        assert!(matches!(late.check(), Err(StoreError::Invalid(text)) if text.contains("30 s")));
    }
}

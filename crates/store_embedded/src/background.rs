//! Work that lets everything else go first: whoever waits for an acknowledgement or an answer does not wait for it.

use std::thread;

use store::StoreError;
use tokio::sync::oneshot;

/// Runs work on a thread of its own that has so many steps of nice(2) less claim to a core than others.
pub(crate) async fn behind<Answer: Send + 'static>(
    name: &'static str,
    niceness: i32,
    work: impl FnOnce() -> Result<Answer, StoreError> + Send + 'static,
) -> Result<Answer, StoreError> {
    let (answer, answered) = oneshot::channel();
    let run = move || {
        step_back(niceness);
        // Whoever asked may be gone.
        let _ = answer.send(work());
    };
    thread::Builder::new().name(name.into()).spawn(run).map_err(|source| StoreError::failed("failed to start a thread", source))?;
    answered.await.map_err(|_| StoreError::Failed { context: format!("the thread {name} panicked"), source: "panic".into() })?
}

/// Gives this thread less claim to a core.
#[cfg(target_os = "linux")]
pub(crate) fn step_back(niceness: i32) {
    // Of this thread only. Where it is forbidden, the thread competes like any other.
    if let Err(error) = rustix::process::nice(niceness) {
        tracing::debug!(%error, "a background thread runs at the priority of the process");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn step_back(_niceness: i32) {}

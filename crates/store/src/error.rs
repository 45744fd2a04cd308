//! Why a store could not do what it was asked.

use std::time::Duration;

/// Each variant says whose turn it is: the caller's, the operator's, or ours.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The caller comes again later.
    #[error("store is busy: {what}")]
    Busy { what: &'static str, retry_after: Duration },
    /// The operator looks at the disk; nothing is acknowledged until a restart.
    #[error("store does not accept records any more: {reason}")]
    Stopped { reason: String },
    /// The caller asks for less or otherwise.
    #[error("{0}")]
    Invalid(String),
    /// Stored bytes are not what was written.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// Ours, or the machine's.
    #[error("{context}")]
    Failed { context: String, source: Box<dyn std::error::Error + Send + Sync> },
}

impl StoreError {
    /// Wraps an error of the engine with what it was doing.
    pub fn failed(context: impl Into<String>, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Failed { context: context.into(), source: source.into() }
    }
}

/// Writes an error and its causes on one line.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

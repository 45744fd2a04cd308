//! What a backup is made of, as the caller sees it.

use std::pin::Pin;

use crate::error::StoreError;
use crate::status::Damage;

/// Adds what others keep beside the store; runs when the store's own copy is complete.
pub type BackupRest = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupReceipt {
    pub files: u64,
    pub bytes: u64,
    /// Spans, log records and metric points.
    pub rows: u64,
    /// What could not be copied because it is not as it was written.
    pub damaged: Vec<Damage>,
}

//! How an engine is doing.

use std::time::Duration;

use crate::retention::RetentionStatus;

/// How the engine is doing, for `/metrics` and the health page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreStatus {
    pub accepting: bool,
    /// Of the newest append.
    pub sequence: u64,
    pub tail_rows: u64,
    pub tail_bytes: u64,
    /// On disk, of records that are not in segments yet, and of files that wait to be written over.
    pub wal_bytes: u64,
    pub segments: u64,
    pub segment_rows: u64,
    pub segment_bytes: u64,
    /// Of search indexes.
    pub search_bytes: u64,
    /// Span rows of segments without a search index: they are searched one by one.
    pub search_rows_waiting: u64,
    /// How long the first of them have waited.
    pub search_waiting_for: Duration,
    /// Why nothing is accepted any more.
    pub stopped: Option<String>,
    /// Why the disk did not take the newest append; None once one has gone through again.
    pub held_up: Option<String>,
    pub retention: RetentionStatus,
    /// What is stored and cannot be read, or was found to be lost: answers are without it.
    pub damaged: Vec<Damage>,
}

/// A piece of stored data that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file or folder, relative to the data directory.
    pub name: String,
    pub reason: String,
}

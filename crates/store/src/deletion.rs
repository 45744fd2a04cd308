//! Records that go for good, and the receipt for it.

use model::{AnyValue, LogRecord, ProjectSlug, TraceId};
use query::Filter;

use crate::query::TimeRange;

/// Which records of a project go.
#[derive(Debug, Clone)]
pub struct Deletion {
    pub project: ProjectSlug,
    pub chosen: Chosen,
    /// Counts what would go, and changes nothing.
    pub dry_run: bool,
}

/// How the records are chosen. A trace goes whole: every span and every log record of it.
#[derive(Debug, Clone)]
pub enum Chosen {
    /// These traces, also those that have log records only.
    Traces(Vec<TraceId>),
    /// The traces that a list with the same filter and range shows, and log records without a trace that say something themselves.
    Found { filter: Filter, range: TimeRange, said_by_logs: Option<SaidByLog> },
    /// Traces of which nothing starts or ends at or after this time, by the newest versions, and log records without a trace and metric points of before.
    EndedBefore { unix_nanos: u64 },
}

/// What a log record says of itself: one of its attributes has the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidByLog {
    pub keys: Vec<String>,
    pub value: String,
}

impl SaidByLog {
    pub fn is_said_by(&self, log: &LogRecord) -> bool {
        let is_said = |value: &AnyValue| matches!(value, AnyValue::String(text) if *text == self.value);
        self.keys.iter().any(|key| log.attributes.get(key).is_some_and(is_said))
    }
}

/// What went, or would go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletionReceipt {
    pub traces: u64,
    /// Each once, whatever versions it had.
    pub spans: u64,
    pub logs: u64,
    pub points: u64,
    /// Files that were written again without the records, or went whole; none in a store that has no files.
    pub segments_rewritten: u64,
    /// Of all segments.
    pub bytes_before: u64,
    pub bytes_after: u64,
    pub checked: DeletionCheck,
}

/// What was looked at after a deletion.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletionCheck {
    /// Indexes, rows of rewritten segments and the log were looked at for each of the traces.
    pub is_done: bool,
    /// Traces of which something was found.
    pub found: Vec<TraceId>,
    /// What could not be looked at, or is still on disk for a while, and why.
    pub left: Vec<String>,
}

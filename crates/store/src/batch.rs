//! What is appended, and what became of it.

use std::collections::BTreeMap;

use model::{LogRecord, MetricPoint, ProjectSlug, Span, TraceId};

/// The records of one request after every stage of the pipeline.
#[derive(Debug, Clone)]
pub struct BatchParts {
    pub project: ProjectSlug,
    pub received_unix_nanos: u64,
    /// The bytes of the request, unpacked: what it costs to deal with the records goes by them.
    pub request_bytes: usize,
    /// Translated and priced, each with its raw span.
    pub spans: Vec<Span>,
    pub logs: Vec<LogRecord>,
    pub points: Vec<MetricPoint>,
    /// Records of the request that never got here, by reason, for the ledger.
    pub rejected: BTreeMap<String, u64>,
}

/// A batch without secrets: the only thing an engine accepts.
///
/// Sealed in `pipeline::redact` and nowhere else; `cargo xtask tidy` checks it.
#[derive(Debug, Clone)]
pub struct CleanBatch(BatchParts);

impl CleanBatch {
    /// States that the batch has been through redaction.
    pub fn seal(parts: BatchParts) -> Self {
        Self(parts)
    }

    pub fn parts(&self) -> &BatchParts {
        &self.0
    }

    pub fn into_parts(self) -> BatchParts {
        self.0
    }
}

/// What became of an appended batch, once it is on disk and visible.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Receipt {
    /// Position of the batch in the order of all appends; rises by at least one with each.
    pub sequence: u64,
    /// Records never seen before.
    pub stored: u64,
    /// Records that were there already, to the letter.
    pub duplicate: u64,
    /// Spans that were there with other content.
    pub updated: u64,
    /// Traces with new or changed spans or logs.
    pub trace_ids: Vec<TraceId>,
}

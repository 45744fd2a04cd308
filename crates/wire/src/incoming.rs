//! What a request brought: the stage between bytes and translation.

use std::sync::Arc;

use model::{LogRecord, MetricPoint, RawSpan};

use crate::rejection::{RecordError, Rejection};

/// The records of one request, each in exactly one of the four lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Incoming {
    pub spans: Vec<RawSpan>,
    pub logs: Vec<LogRecord>,
    pub points: Vec<MetricPoint>,
    pub rejected: Vec<Rejection>,
}

impl Incoming {
    /// How many records the sender sent, rejected ones included.
    pub fn received(&self) -> usize {
        self.spans.len() + self.logs.len() + self.points.len() + self.rejected.len()
    }
}

/// A resource or scope shared by many records, or why it could not be read; then none of its records can be.
pub(crate) type Shared<T> = Result<Arc<T>, RecordError>;

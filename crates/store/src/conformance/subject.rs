//! The store under test and what checks do with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use model::{LogRecord, ProjectSlug, Span, TraceId};

use crate::{BatchParts, CleanBatch, Detail, Receipt, SpanStore, TraceRecords};

/// A fresh store, and the state in which it is questioned.
#[async_trait(?Send)]
pub trait Subject {
    fn store(&self) -> Arc<dyn SpanStore>;

    /// Brings what was appended so far into the state under test: does nothing, flushes, or opens the store anew.
    async fn settle(&mut self);
}

/// A subject with shorthands.
pub(super) struct Bench {
    subject: Box<dyn Subject>,
    pub(super) project: ProjectSlug,
}

/// When test batches are received unless they say otherwise.
pub(super) const RECEIVED_UNIX_NANOS: u64 = 1_700_000_000_000_000_000;

impl Bench {
    pub(super) fn new(subject: impl Subject + 'static) -> Self {
        Self { subject: Box::new(subject), project: ProjectSlug::default_project() }
    }

    pub(super) fn store(&self) -> Arc<dyn SpanStore> {
        self.subject.store()
    }

    pub(super) async fn settle(&mut self) {
        self.subject.settle().await;
    }

    /// Appends spans and settles.
    pub(super) async fn spans(&mut self, spans: Vec<Span>) -> Receipt {
        self.records(spans, Vec::new()).await
    }

    /// Appends spans and logs and settles.
    pub(super) async fn records(&mut self, spans: Vec<Span>, logs: Vec<LogRecord>) -> Receipt {
        let parts = BatchParts { spans, logs, ..empty_parts(&self.project) };
        self.parts(parts).await
    }

    /// Appends a batch and settles.
    pub(super) async fn parts(&mut self, parts: BatchParts) -> Receipt {
        let receipt = self.store().append(CleanBatch::seal(parts)).await.expect("the store takes the batch");
        self.settle().await;
        receipt
    }

    pub(super) async fn trace(&self, trace_id: TraceId, detail: Detail) -> Option<TraceRecords> {
        self.store().trace(&self.project, trace_id, detail).await.expect("the store answers")
    }
}

pub(super) fn empty_parts(project: &ProjectSlug) -> BatchParts {
    BatchParts {
        project: project.clone(),
        received_unix_nanos: RECEIVED_UNIX_NANOS,
        request_bytes: 0,
        spans: Vec::new(),
        logs: Vec::new(),
        points: Vec::new(),
        rejected: BTreeMap::new(),
    }
}

/// Compares by text, for which NaN equals itself.
#[track_caller]
pub(super) fn assert_same(found: &impl std::fmt::Debug, expected: &impl std::fmt::Debug) {
    let (found, expected) = (format!("{found:#?}"), format!("{expected:#?}"));
    if found == expected {
        return;
    }
    let difference = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
    let line = difference.unwrap_or(found.lines().count().min(expected.lines().count()));
    let around = |text: &str| {
        text.lines().skip(line.saturating_sub(4)).take(8).map(|line| line.chars().take(200).collect()).collect::<Vec<String>>()
    };
    panic!("line {line} differs\nfound: {:#?}\nexpected: {:#?}", around(&found), around(&expected));
}

//! Spans as columns before they are rows of a segment.

use datafusion::arrow::array::RecordBatch;
use model::{ProjectSlug, Span};
use store::StoreError;

use super::writer::{columns_of_files, project};
use crate::keys::{ContentHash, RecordKey};
use crate::rows::spans::{self, batch_from_rows};
use crate::rows::{SharedBytes, SpanRow};

/// Encodes the core columns of spans; those that only a stored row has say nothing here.
pub(crate) fn core_of_spans(spans: impl Iterator<Item = Span>) -> Result<RecordBatch, StoreError> {
    let batch = batch_from_rows(&blank_rows(spans).collect::<Vec<_>>())?;
    project(&batch, &columns_of_files(&spans::schema()).0)
}

/// Rows that say of spans what their fields do, and nothing that only a stored row has.
pub(super) fn blank_rows(spans: impl Iterator<Item = Span>) -> impl Iterator<Item = SpanRow> {
    let (project, blank) = (ProjectSlug::default_project(), SharedBytes::from([]));
    spans.map(move |mut span| {
        (span.raw, span.content) = Default::default();
        SpanRow {
            project: project.clone(),
            key: RecordKey(0),
            content_hash: ContentHash(0),
            claim: None,
            version: 0,
            is_update: false,
            span: Box::new(span),
            raw: Vec::new(),
            resource: blank.clone(),
            scope: blank.clone(),
        }
    })
}

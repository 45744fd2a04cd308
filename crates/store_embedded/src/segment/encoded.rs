//! Spans as columns before they are rows of a segment.

use datafusion::arrow::array::RecordBatch;
use model::{ProjectSlug, Span};
use store::StoreError;

use super::writer::{columns_of_files, project};
use crate::keys::{ContentHash, RecordKey};
use crate::rows::spans::{self, batch_from_rows, batch_of_columns};
use crate::rows::{SharedBytes, SpanRow};

/// Encodes the core columns of spans; those that only a stored row has say nothing here.
pub(crate) fn core_of_spans(spans: impl Iterator<Item = Span>) -> Result<RecordBatch, StoreError> {
    let batch = batch_from_rows(&blank_rows(spans))?;
    project(&batch, &columns_of_files(&spans::schema()).0)
}

/// Encodes some columns of spans, of those that are fields.
pub(super) fn fields_of_spans(spans: impl Iterator<Item = Span>, columns: &[&str]) -> Result<RecordBatch, StoreError> {
    batch_of_columns(&blank_rows(spans), columns)
}

fn blank_rows(spans: impl Iterator<Item = Span>) -> Vec<SpanRow> {
    let blank: SharedBytes = [].into();
    let row = |span| SpanRow {
        project: ProjectSlug::default_project(),
        key: RecordKey(0),
        content_hash: ContentHash(0),
        claim: None,
        version: 0,
        is_update: false,
        span: Box::new(span),
        raw: Vec::new(),
        resource: blank.clone(),
        scope: blank.clone(),
    };
    spans.map(row).collect()
}

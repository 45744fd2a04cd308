//! The versions of one span, made one.

use std::sync::Arc;

use model::merge::{merge_columns, merge_raw};
use model::{RawSpan, Span};

use crate::rows::spans::StoredSpan;

/// Merges versions of one span, older to newer; None where there are none.
pub(crate) fn merge_versions(mut versions: Vec<StoredSpan>) -> Option<StoredSpan> {
    versions.sort_by_key(|stored| stored.version);
    versions.into_iter().reduce(|older, newer| StoredSpan {
        version: newer.version,
        // Whether a version older than all of these is somewhere else.
        is_update: older.is_update,
        span: merge_spans(&older.span, &newer.span),
    })
}

fn merge_spans(older: &Span, newer: &Span) -> Span {
    let mut merged = merge_columns(older, newer);
    merged.raw = merge_raws(older.raw.as_ref(), newer.raw.as_ref());
    merged
}

fn merge_raws(older: Option<&Arc<RawSpan>>, newer: Option<&Arc<RawSpan>>) -> Option<Arc<RawSpan>> {
    match (older, newer) {
        (Some(older), Some(newer)) => Some(Arc::new(merge_raw(older, newer))),
        (one, other) => other.or(one).cloned(),
    }
}

//! What the questions of lists have in common.

use model::{ProjectSlug, TraceId};
use store::TimeRange;

use super::snapshot::Snapshot;
use crate::planner::Question;

/// Asks about the spans of a project in one state of the store.
pub(super) fn question<'a>(snapshot: &'a Snapshot, project: &'a ProjectSlug, sql: String) -> Question<'a> {
    let (files, updated_spans) = (snapshot.core_files(project), &snapshot.updated_spans);
    Question { batches: &snapshot.spans, files, updated_spans, project, sql }
}

/// Writes a range of times as a condition on an expression.
pub(super) fn range_condition(expression: &str, range: TimeRange) -> String {
    let mut condition = "true".to_owned();
    if let Some(from) = range.from_unix_nanos {
        condition.push_str(&format!(" AND {expression} >= arrow_cast('{from}', 'UInt64')"));
    }
    if let Some(to) = range.to_unix_nanos {
        condition.push_str(&format!(" AND {expression} < arrow_cast('{to}', 'UInt64')"));
    }
    condition
}

/// Writes one more condition: that the span is of a trace.
pub(super) fn trace_condition(trace_id: TraceId) -> String {
    format!(" AND trace_id = arrow_cast(X'{trace_id}', 'FixedSizeBinary(16)')")
}

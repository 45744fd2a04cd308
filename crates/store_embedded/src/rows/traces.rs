//! Traces as rows: what each is as a whole, as far as one segment knows it, and where its spans lie there.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use model::{Span, TraceId};
use store::{StoreError, TraceFacts};

use super::columns::{
    Column, batch_from_columns, fixed_bytes, numbers, owned_texts, schema_of_columns, signed_numbers, small_numbers, text_lists, texts,
    truths,
};
use super::spans::{USAGE_COLUMNS, other_usage_json};

/// One trace of one project. Facts have the names of the columns of spans that say the same of a span.
#[derive(Debug, Clone)]
pub(crate) struct TraceRow {
    pub(crate) project: String,
    pub(crate) trace_id: TraceId,
    /// The first row of its spans, which stand together.
    pub(crate) row_first: u32,
    pub(crate) row_count: u32,
    /// Whether log records on its spans may tell of it what no column of a span does.
    pub(crate) is_told_by_logs: bool,
    pub(crate) extent: TraceExtent,
    /// The latest start of its spans.
    pub(crate) last_start_unix_nanos: u64,
    pub(crate) facts: TraceFacts,
}

impl TraceRow {
    /// The order in which rows stand in a table: by project, start and trace id.
    pub(crate) fn in_table(a: &Self, b: &Self) -> Ordering {
        (&a.project, a.extent.start_unix_nanos, a.trace_id).cmp(&(&b.project, b.extent.start_unix_nanos, b.trace_id))
    }
}

/// When a trace was, by its spans alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceExtent {
    pub(crate) start_unix_nanos: u64,
    /// What it is sorted by where duration is asked for: see `store::TraceSort::Duration`.
    pub(crate) sort_duration_nanos: u64,
}

impl TraceExtent {
    /// Of spans in order of start, then span id.
    pub(crate) fn of(spans: &[Span]) -> Self {
        let start_unix_nanos = spans.first().map_or(0, |span| span.start_unix_nanos);
        let sort_duration_nanos = match spans.iter().find(|span| span.parent_span_id.is_none()) {
            Some(root) => root.duration_nanos().unwrap_or(0),
            None => spans.iter().map(|span| span.end_unix_nanos).max().unwrap_or(0).saturating_sub(start_unix_nanos),
        };
        Self { start_unix_nanos, sort_duration_nanos }
    }
}

/// The latest start of spans.
pub(crate) fn last_start(spans: &[Span]) -> u64 {
    spans.iter().map(|span| span.start_unix_nanos).max().unwrap_or(0)
}

pub(crate) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of_columns(&columns(&[])));
    Arc::clone(&SCHEMA)
}

pub(crate) fn batch_from_rows(rows: &[TraceRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(rows))
}

fn columns(rows: &[TraceRow]) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("project", texts(rows, |row| Some(row.project.as_str()))),
        ("trace_id", fixed_bytes(rows, |row| Some(*row.trace_id.as_bytes()))),
        ("row_first", small_numbers(rows, |row| Some(row.row_first))),
        ("row_count", small_numbers(rows, |row| Some(row.row_count))),
        ("told_by_logs", truths(rows, |row| Some(row.is_told_by_logs))),
        ("start_unix_nanos", numbers(rows, |row| Some(row.extent.start_unix_nanos))),
        ("last_start_unix_nanos", numbers(rows, |row| Some(row.last_start_unix_nanos))),
        ("sort_duration_nanos", numbers(rows, |row| Some(row.extent.sort_duration_nanos))),
        ("name", texts(rows, |row| Some(&row.facts.name))),
        ("status", texts(rows, |row| Some(row.facts.status.as_str()))),
        ("duration_nanos", numbers(rows, |row| row.facts.duration_nanos)),
        ("span_count", numbers(rows, |row| Some(row.facts.span_count))),
        ("error_count", numbers(rows, |row| Some(row.facts.error_count))),
        ("llm_call_count", numbers(rows, |row| Some(row.facts.llm_call_count))),
        ("tool_call_count", numbers(rows, |row| Some(row.facts.tool_call_count))),
        ("models", text_lists(rows, |row| &row.facts.models)),
        ("providers", text_lists(rows, |row| &row.facts.providers)),
        ("cost_nanousd", signed_numbers(rows, |row| row.facts.cost.map(|cost| cost.0))),
        ("cost_status", texts(rows, |row| Some(row.facts.cost_status.as_str()))),
        ("ttft_nanos", numbers(rows, |row| row.facts.ttft_nanos)),
        ("session_id", texts(rows, |row| row.facts.session_id.as_deref())),
        ("user_id", texts(rows, |row| row.facts.user_id.as_deref())),
        ("service_name", texts(rows, |row| row.facts.service_name.as_deref())),
        ("environment", texts(rows, |row| row.facts.environment.as_deref())),
        ("release", texts(rows, |row| row.facts.release.as_deref())),
        ("tags", text_lists(rows, |row| &row.facts.tags)),
        ("workflow_name", texts(rows, |row| row.facts.workflow_name.as_deref())),
        ("prompt_names", text_lists(rows, |row| &row.facts.prompt_names)),
        ("error_type", texts(rows, |row| row.facts.error_type.as_deref())),
        ("input_preview", texts(rows, |row| row.facts.input_preview.as_deref())),
        ("output_preview", texts(rows, |row| row.facts.output_preview.as_deref())),
    ];
    columns.extend(USAGE_COLUMNS.iter().map(|unit| (*unit, numbers(rows, |row| row.facts.usage.get(unit)))));
    columns.push(("usage_other", owned_texts(rows, |row| other_usage_json(&row.facts.usage))));
    columns
}

//! Traces as rows: what each is as a whole, as far as one segment knows it, and where its spans lie there.

use std::cmp::Ordering;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{FixedSizeBinaryArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use model::{CostStatus, NanoUsd, Span, SpanId, SpanStatus, TraceId, TraceSummary, Usage};
use store::StoreError;

use super::columns::{
    Column, Columns, Source, batch_from_columns, fixed_bytes, numbers, owned_texts, schema_of_columns, signed_numbers, small_numbers,
    text_lists, texts, truths,
};
use super::spans::{USAGE_COLUMNS, add_other_usage, other_usage_json, pairs_from_json, pairs_json};

/// One trace of one project. It has the names of the columns of spans that say the same of a span.
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
    pub(crate) summary: TraceSummary,
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
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of_columns(&columns(Source::new(&[]))));
    Arc::clone(&SCHEMA)
}

pub(crate) fn batch_from_rows(rows: &[TraceRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(Source::new(rows)))
}

fn columns(rows: Source<'_, TraceRow>) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![
        ("project", texts(rows, |row| Some(row.project.as_str()))),
        ("trace_id", fixed_bytes(rows, |row| Some(*row.trace_id.as_bytes()))),
        ("row_first", small_numbers(rows, |row| Some(row.row_first))),
        ("row_count", small_numbers(rows, |row| Some(row.row_count))),
        ("told_by_logs", truths(rows, |row| Some(row.is_told_by_logs))),
        ("start_unix_nanos", numbers(rows, |row| Some(row.extent.start_unix_nanos))),
        ("last_start_unix_nanos", numbers(rows, |row| Some(row.last_start_unix_nanos))),
        ("sort_duration_nanos", numbers(rows, |row| Some(row.extent.sort_duration_nanos))),
        ("last_seen_unix_nanos", numbers(rows, |row| Some(row.summary.last_seen_unix_nanos))),
        ("root_span_id", fixed_bytes(rows, |row| row.summary.root_span_id.map(|id| *id.as_bytes()))),
        ("name", texts(rows, |row| Some(&row.summary.name))),
        ("status", texts(rows, |row| Some(row.summary.status.as_str()))),
        ("duration_nanos", numbers(rows, |row| row.summary.duration_nanos)),
        ("span_count", numbers(rows, |row| Some(row.summary.span_count))),
        ("error_count", numbers(rows, |row| Some(row.summary.error_count))),
        ("folded_count", numbers(rows, |row| Some(row.summary.folded_count))),
        ("llm_call_count", numbers(rows, |row| Some(row.summary.llm_call_count))),
        ("tool_call_count", numbers(rows, |row| Some(row.summary.tool_call_count))),
        ("models", text_lists(rows, |row| &row.summary.models)),
        ("providers", text_lists(rows, |row| &row.summary.providers)),
        ("cost_nanousd", signed_numbers(rows, |row| row.summary.cost.map(|cost| cost.0))),
        ("cost_status", texts(rows, |row| Some(row.summary.cost_status.as_str()))),
        ("ttft_nanos", numbers(rows, |row| row.summary.ttft_nanos)),
        ("session_id", texts(rows, |row| row.summary.session_id.as_deref())),
        ("user_id", texts(rows, |row| row.summary.user_id.as_deref())),
        ("service_name", texts(rows, |row| row.summary.service_name.as_deref())),
        ("environment", texts(rows, |row| row.summary.environment.as_deref())),
        ("release", texts(rows, |row| row.summary.release.as_deref())),
        ("tags", text_lists(rows, |row| &row.summary.tags)),
        ("metadata", owned_texts(rows, |row| pairs_json(&row.summary.metadata))),
        ("workflow_name", texts(rows, |row| row.summary.workflow_name.as_deref())),
        ("prompt_names", text_lists(rows, |row| &row.summary.prompt_names)),
        ("error_type", texts(rows, |row| row.summary.error_type.as_deref())),
        ("error_message", texts(rows, |row| row.summary.error_message.as_deref())),
        ("input_preview", texts(rows, |row| row.summary.input_preview.as_deref())),
        ("output_preview", texts(rows, |row| row.summary.output_preview.as_deref())),
    ];
    columns.extend(USAGE_COLUMNS.iter().map(|unit| (*unit, numbers(rows, |row| row.summary.usage.get(unit)))));
    columns.push(("usage_other", owned_texts(rows, |row| other_usage_json(&row.summary.usage))));
    columns
}

/// Reads what the traces of a batch are.
pub(crate) fn summaries_from_batch(batch: &RecordBatch) -> Result<Vec<TraceSummary>, StoreError> {
    let columns = Columns(batch);
    let ids = columns.get::<FixedSizeBinaryArray>("trace_id")?;
    let blank = |id| TraceId::from_bytes(id).map(blank).map_err(|error| StoreError::Damaged(error.to_string()));
    let mut rows: Vec<TraceSummary> = (0..batch.num_rows()).map(|row| blank(ids.value(row))).collect::<Result<_, _>>()?;
    read_outcome(columns, &mut rows)?;
    read_context(columns, &mut rows)?;
    read_sums(columns, &mut rows)?;
    Ok(rows)
}

/// A trace of which nothing is known yet but its id.
fn blank(trace_id: TraceId) -> TraceSummary {
    TraceSummary {
        trace_id,
        root_span_id: None,
        name: String::new(),
        start_unix_nanos: 0,
        duration_nanos: None,
        last_seen_unix_nanos: 0,
        status: SpanStatus::default(),
        span_count: 0,
        error_count: 0,
        folded_count: 0,
        llm_call_count: 0,
        tool_call_count: 0,
        models: Vec::new(),
        providers: Vec::new(),
        usage: Usage::default(),
        cost: None,
        cost_status: CostStatus::default(),
        ttft_nanos: None,
        session_id: None,
        user_id: None,
        service_name: None,
        environment: None,
        release: None,
        tags: Vec::new(),
        metadata: Vec::new(),
        workflow_name: None,
        prompt_names: Vec::new(),
        input_preview: None,
        output_preview: None,
        error_type: None,
        error_message: None,
    }
}

fn read_outcome(columns: Columns<'_>, rows: &mut [TraceSummary]) -> Result<(), StoreError> {
    columns.each_number("start_unix_nanos", |row, nanos| rows[row].start_unix_nanos = nanos)?;
    columns.each_number("last_seen_unix_nanos", |row, nanos| rows[row].last_seen_unix_nanos = nanos)?;
    columns.each_fixed_bytes("root_span_id", |row, id| rows[row].root_span_id = SpanId::from_bytes(id).ok())?;
    columns.each_text("name", |row, text| rows[row].name = text.to_owned())?;
    columns.each_text("status", |row, text| rows[row].status = SpanStatus::from_text(text).unwrap_or_default())?;
    columns.each_number("duration_nanos", |row, nanos| rows[row].duration_nanos = Some(nanos))?;
    columns.each_number("ttft_nanos", |row, nanos| rows[row].ttft_nanos = Some(nanos))?;
    columns.each_text("error_type", |row, text| rows[row].error_type = Some(text.to_owned()))?;
    columns.each_text("error_message", |row, text| rows[row].error_message = Some(text.to_owned()))?;
    columns.each_text("input_preview", |row, text| rows[row].input_preview = Some(text.to_owned()))?;
    columns.each_text("output_preview", |row, text| rows[row].output_preview = Some(text.to_owned()))
}

fn read_context(columns: Columns<'_>, rows: &mut [TraceSummary]) -> Result<(), StoreError> {
    columns.each_text_list("models", |row, list| rows[row].models = list)?;
    columns.each_text_list("providers", |row, list| rows[row].providers = list)?;
    columns.each_text("session_id", |row, text| rows[row].session_id = Some(text.to_owned()))?;
    columns.each_text("user_id", |row, text| rows[row].user_id = Some(text.to_owned()))?;
    columns.each_text("service_name", |row, text| rows[row].service_name = Some(text.to_owned()))?;
    columns.each_text("environment", |row, text| rows[row].environment = Some(text.to_owned()))?;
    columns.each_text("release", |row, text| rows[row].release = Some(text.to_owned()))?;
    columns.each_text_list("tags", |row, list| rows[row].tags = list)?;
    columns.each_text("metadata", |row, json| rows[row].metadata = pairs_from_json(json))?;
    columns.each_text("workflow_name", |row, text| rows[row].workflow_name = Some(text.to_owned()))?;
    columns.each_text_list("prompt_names", |row, list| rows[row].prompt_names = list)
}

fn read_sums(columns: Columns<'_>, rows: &mut [TraceSummary]) -> Result<(), StoreError> {
    columns.each_number("span_count", |row, count| rows[row].span_count = count)?;
    columns.each_number("error_count", |row, count| rows[row].error_count = count)?;
    columns.each_number("folded_count", |row, count| rows[row].folded_count = count)?;
    columns.each_number("llm_call_count", |row, count| rows[row].llm_call_count = count)?;
    columns.each_number("tool_call_count", |row, count| rows[row].tool_call_count = count)?;
    columns.each_signed_number("cost_nanousd", |row, nanos| rows[row].cost = Some(NanoUsd(nanos)))?;
    columns.each_text("cost_status", |row, text| rows[row].cost_status = CostStatus::from_text(text).unwrap_or_default())?;
    for unit in USAGE_COLUMNS {
        columns.each_number(unit, |row, count| rows[row].usage.set(unit, count))?;
    }
    columns.each_text("usage_other", |row, json| add_other_usage(&mut rows[row].usage, json))
}

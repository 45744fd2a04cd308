//! The columns that SQL sees, made from what is stored.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    TimestampNanosecondArray, UInt64Array, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit, UInt64Type};
use model::{Billing, SpanStatus, Usage};
use store::StoreError;
use store::sql::{Column, SqlType, Table};

use super::contents::from_contents;
use crate::engine::Engine;
use crate::read::{Contents, StoredRows, StoredTable};

/// Digits of an amount of dollars, and those behind the point: any number of nano-dollars that 64 bits hold.
const DOLLAR_DIGITS: u8 = 19;
const DOLLAR_SCALE: i8 = 9;

/// Where a column comes from.
pub(super) struct Origin {
    pub(super) stored: Vec<&'static str>,
    /// Whether what was sent has to be read.
    pub(super) needs_contents: bool,
}

/// The stored table behind a table of SQL.
pub(super) fn stored_table(table: &Table) -> StoredTable {
    match table.name {
        "traces" => StoredTable::Traces,
        "logs" => StoredTable::Logs,
        "metrics" => StoredTable::Points,
        "scores" => StoredTable::Scores,
        // A step is a span.
        _ => StoredTable::Spans,
    }
}

pub(super) fn origin(table: &Table, column: &Column) -> Origin {
    let stored = |stored: &[&'static str]| Origin { stored: stored.to_vec(), needs_contents: false };
    let contents = || Origin { stored: Vec::new(), needs_contents: true };
    match (stored_table(table), column.name) {
        (_, "attributes" | "resource_attributes") => contents(),
        (StoredTable::Spans, "input" | "output") => contents(),
        (StoredTable::Logs, "event_name" | "body" | "scope_name") => contents(),
        (StoredTable::Points, "value" | "count" | "sum" | "min" | "max" | "scope_name") => contents(),
        (StoredTable::Scores, "name" | "value" | "label" | "explanation" | "annotator_kind") => contents(),
        (StoredTable::Spans, "duration_nanos") => stored(&["start_unix_nanos", "end_unix_nanos"]),
        (StoredTable::Spans, "status") => stored(&["status", "end_unix_nanos"]),
        (StoredTable::Spans, "billed") => stored(&["billing", "billed_in"]),
        (StoredTable::Spans, "model") => stored(&["response_model", "request_model"]),
        (StoredTable::Logs, "severity") => stored(&["severity_text", "severity_number"]),
        (_, name) => stored(&[stored_name(name)]),
    }
}

fn stored_name(name: &'static str) -> &'static str {
    match name {
        "obs_type" => "observation_type",
        "span_name" => "name",
        "attempt" => "step_attempt",
        "start_time" => "start_unix_nanos",
        "end_time" => "end_unix_nanos",
        "last_seen_time" => "last_seen_unix_nanos",
        "time" => "time_unix_nanos",
        "cost_usd" => "cost_nanousd",
        "cost_reported_usd" => "cost_reported_nanousd",
        "cost_computed_usd" => "cost_computed_nanousd",
        "output_reasoning_tokens" => Usage::REASONING,
        name => name,
    }
}

/// The type of a column in Arrow.
pub(super) fn data_type(kind: SqlType) -> DataType {
    match kind {
        SqlType::Text | SqlType::Json => DataType::Utf8,
        SqlType::Integer => DataType::Int64,
        SqlType::Double => DataType::Float64,
        SqlType::Truth => DataType::Boolean,
        SqlType::Moment => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        SqlType::Dollars => DataType::Decimal128(DOLLAR_DIGITS, DOLLAR_SCALE),
        SqlType::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
    }
}

pub(super) fn schema_of(table: &Table) -> SchemaRef {
    let fields = table.columns.iter().map(|column| Field::new(column.name, data_type(column.kind), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Makes some columns of a table.
pub(super) fn columns_of_rows(
    engine: &Engine,
    table: &Table,
    columns: &[&Column],
    schema: &SchemaRef,
    rows: &StoredRows,
) -> Result<RecordBatch, StoreError> {
    let made = columns.iter().map(|column| made(engine, table, column, rows));
    let arrays = made.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.columns.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options).map_err(failed)
}

fn made(engine: &Engine, table: &Table, column: &Column, rows: &StoredRows) -> Result<ArrayRef, StoreError> {
    let origin = origin(table, column);
    if origin.needs_contents {
        return Ok(match &rows.contents {
            Contents::Unread => new_null_array(&data_type(column.kind), rows.columns.num_rows()),
            contents => from_contents(engine, column.name, contents),
        });
    }
    let stored = origin
        .stored
        .iter()
        .map(|name| rows.columns.column_by_name(name).ok_or_else(|| StoreError::Damaged(format!("column `{name}` was not read"))));
    let stored: Vec<&ArrayRef> = stored.collect::<Result<_, _>>()?;
    match (stored_table(table), column.name) {
        (StoredTable::Spans, "duration_nanos") => Ok(durations(stored[0], stored[1])),
        (StoredTable::Spans, "status") => Ok(statuses(stored[0], stored[1])),
        (StoredTable::Spans, "billed") => Ok(billed(stored[0], stored[1])),
        (StoredTable::Spans, "model") => Ok(first_known(stored[0], stored[1])),
        (StoredTable::Logs, "severity") => Ok(severities(stored[0], stored[1])),
        (StoredTable::Points, "temporality") => Ok(temporalities(stored[0])),
        (_, "scope_name" | "scope_version" | "unit" | "severity_text") => Ok(without_empty(stored[0])),
        // Zero says that a span runs, or that a sender did not say when a counter began.
        (StoredTable::Spans, "end_time" | "end_unix_nanos") | (StoredTable::Points, "start_time" | "start_unix_nanos") => {
            converted(&without_zero(stored[0]), column.kind)
        }
        _ => converted(stored[0], column.kind),
    }
}

fn converted(stored: &ArrayRef, kind: SqlType) -> Result<ArrayRef, StoreError> {
    let wanted = data_type(kind);
    Ok(match (stored.data_type(), kind) {
        (known, _) if *known == wanted => Arc::clone(stored),
        (DataType::FixedSizeBinary(_), SqlType::Text) => {
            Arc::new(stored.as_fixed_size_binary().iter().map(|id| id.map(hex::encode)).collect::<StringArray>())
        }
        (DataType::UInt64, SqlType::Moment) => {
            let moments = stored.as_primitive::<UInt64Type>().iter().map(|nanos| i64::try_from(nanos?).ok());
            Arc::new(moments.collect::<TimestampNanosecondArray>().with_timezone("UTC"))
        }
        (DataType::Int64, SqlType::Dollars) => {
            let amounts = stored.as_primitive::<Int64Type>().iter().map(|nanos| nanos.map(i128::from));
            Arc::new(amounts.collect::<Decimal128Array>().with_precision_and_scale(DOLLAR_DIGITS, DOLLAR_SCALE).map_err(failed)?)
        }
        _ => cast(stored, &wanted).map_err(failed)?,
    })
}

fn failed(source: datafusion::arrow::error::ArrowError) -> StoreError {
    StoreError::failed("failed to make a column", source)
}

fn numbers(stored: &ArrayRef) -> impl Iterator<Item = Option<u64>> + '_ {
    stored.as_primitive::<UInt64Type>().iter()
}

fn texts(stored: &ArrayRef) -> impl Iterator<Item = Option<&str>> {
    stored.as_string::<i32>().iter()
}

/// From start to end; none while a span runs. See `model::Span::duration_nanos`.
fn durations(starts: &ArrayRef, ends: &ArrayRef) -> ArrayRef {
    let duration = |(start, end): (Option<u64>, Option<u64>)| {
        let end = end.filter(|end| *end != 0)?;
        i64::try_from(end.saturating_sub(start?)).ok()
    };
    Arc::new(numbers(starts).zip(numbers(ends)).map(duration).collect::<Int64Array>())
}

/// A span that has not ended runs, unless it has failed already.
fn statuses(statuses: &ArrayRef, ends: &ArrayRef) -> ArrayRef {
    let unset = SpanStatus::Unset.as_str();
    let status = |(status, end): (Option<_>, Option<u64>)| match status {
        None => Some(if end == Some(0) { SpanStatus::Running.as_str() } else { unset }),
        Some(status) if status == unset && end == Some(0) => Some(SpanStatus::Running.as_str()),
        status => status,
    };
    Arc::new(texts(statuses).zip(numbers(ends)).map(status).collect::<StringArray>())
}

fn billed(billings: &ArrayRef, elsewhere: &ArrayRef) -> ArrayRef {
    let billed = texts(billings).enumerate().map(|(row, billing)| billing == Some(Billing::Leaf.as_str()) && elsewhere.is_null(row));
    Arc::new(billed.map(Some).collect::<BooleanArray>())
}

fn first_known(first: &ArrayRef, second: &ArrayRef) -> ArrayRef {
    Arc::new(texts(first).zip(texts(second)).map(|(first, second)| first.or(second)).collect::<StringArray>())
}

/// OTLP has no word for an absent text but the empty one.
fn without_empty(stored: &ArrayRef) -> ArrayRef {
    Arc::new(texts(stored).map(|text| text.filter(|text| !text.is_empty())).collect::<StringArray>())
}

fn without_zero(stored: &ArrayRef) -> ArrayRef {
    Arc::new(numbers(stored).map(|number| number.filter(|number| *number != 0)).collect::<UInt64Array>())
}

/// OTLP numbers severities in six groups of four (logs data model, "SeverityNumber").
fn severities(texts_sent: &ArrayRef, numbers: &ArrayRef) -> ArrayRef {
    const GROUPS: [&str; 6] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let group = |number: i32| GROUPS.get(usize::try_from(number - 1).ok()? / 4).copied();
    let severity = |(text, number): (Option<_>, Option<i32>)| text.filter(|text: &&str| !text.is_empty()).or(number.and_then(group));
    Arc::new(texts(texts_sent).zip(numbers.as_primitive::<Int32Type>()).map(severity).collect::<StringArray>())
}

/// OTLP aggregation temporality.
fn temporalities(numbers: &ArrayRef) -> ArrayRef {
    let word = |number: Option<i32>| match number? {
        1 => Some("delta"),
        2 => Some("cumulative"),
        _ => None,
    };
    Arc::new(numbers.as_primitive::<Int32Type>().iter().map(word).collect::<StringArray>())
}

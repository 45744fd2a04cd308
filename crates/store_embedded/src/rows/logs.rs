//! Log records as rows: what they are found by, and the raw record with who sent it.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, BinaryArray, FixedSizeBinaryArray, RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::SchemaRef;
use model::{LogRecord, ProjectSlug, SpanId, TraceId};
use store::StoreError;

use super::SharedBytes;
use super::columns::{
    Column, Columns, Source, batch_from_columns, bytes, fixed_bytes, numbers, schema_of_columns, small_signed_numbers, texts,
};
use super::spans::Senders;
use crate::keys::{ContentHash, RecordKey};

/// A log record on its way to disk.
#[derive(Debug, Clone)]
pub(crate) struct LogRow {
    pub(crate) project: ProjectSlug,
    pub(crate) key: RecordKey,
    pub(crate) content_hash: ContentHash,
    pub(crate) version: u64,
    pub(crate) time_unix_nanos: u64,
    pub(crate) trace_id: Option<TraceId>,
    pub(crate) span_id: Option<SpanId>,
    pub(crate) severity_number: i32,
    pub(crate) severity_text: String,
    pub(crate) event_name: String,
    pub(crate) service_name: Option<String>,
    pub(crate) raw: Vec<u8>,
    pub(crate) resource: SharedBytes,
    pub(crate) scope: SharedBytes,
}

/// A log record read back.
#[derive(Debug, Clone)]
pub(crate) struct StoredLog {
    pub(crate) version: u64,
    pub(crate) log: LogRecord,
}

/// When a record happened: when it was observed, where it does not say.
pub(crate) fn effective_time(log: &LogRecord) -> u64 {
    if log.time_unix_nanos == 0 { log.observed_time_unix_nanos } else { log.time_unix_nanos }
}

pub(crate) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of_columns(&columns(Source::new(&[]))));
    Arc::clone(&SCHEMA)
}

pub(crate) fn batch_from_rows(rows: &[LogRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(Source::new(rows)))
}

fn columns(rows: Source<'_, LogRow>) -> Vec<Column> {
    vec![
        ("project", texts(rows, |row| Some(row.project.as_str()))),
        ("trace_id", fixed_bytes(rows, |row| row.trace_id.map(|id| *id.as_bytes()))),
        ("span_id", fixed_bytes(rows, |row| row.span_id.map(|id| *id.as_bytes()))),
        ("version", numbers(rows, |row| Some(row.version))),
        ("content_hash", fixed_bytes(rows, |row| Some(row.content_hash.0.to_be_bytes()))),
        ("time_unix_nanos", numbers(rows, |row| Some(row.time_unix_nanos))),
        ("severity_number", small_signed_numbers(rows, |row| Some(row.severity_number))),
        ("severity_text", texts(rows, |row| Some(&row.severity_text))),
        ("event_name", texts(rows, |row| Some(&row.event_name))),
        ("service_name", texts(rows, |row| row.service_name.as_deref())),
        ("raw", bytes(rows, |row| row.raw.as_slice())),
        ("resource", bytes(rows, |row| row.resource.as_ref())),
        ("scope", bytes(rows, |row| row.scope.as_ref())),
    ]
}

/// Reads every row of a batch.
pub(crate) fn rows_from_batch(batch: &RecordBatch) -> Result<Vec<StoredLog>, StoreError> {
    let columns = Columns(batch);
    let versions = columns.get::<UInt64Array>("version")?;
    let raws = columns.get::<BinaryArray>("raw")?;
    let (resources, scopes) = (columns.get::<BinaryArray>("resource")?, columns.get::<BinaryArray>("scope")?);
    // Pages of what was sent leave them out; then nobody asks what the record belongs to.
    let trace_ids = columns.find::<FixedSizeBinaryArray>("trace_id")?;
    let span_ids = columns.find::<FixedSizeBinaryArray>("span_id")?;
    let mut senders = Senders::default();
    let mut rows = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let (resource, scope) = (senders.resource(resources.value(row))?, senders.scope(scopes.value(row))?);
        let mut log = wire::raw::decode_log(raws.value(row), resource, scope)
            .map_err(|error| StoreError::Damaged(format!("log record {}: {error}", versions.value(row))))?;
        if log.span_id.is_none() {
            log.belongs_to = place_at(trace_ids, span_ids, row);
        }
        rows.push(StoredLog { version: versions.value(row), log });
    }
    Ok(rows)
}

/// The span that the columns name, where both ids are there.
fn place_at(trace_ids: Option<&FixedSizeBinaryArray>, span_ids: Option<&FixedSizeBinaryArray>, row: usize) -> Option<(TraceId, SpanId)> {
    let id_at = |ids: Option<&'_ FixedSizeBinaryArray>| ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row).to_vec());
    Some((TraceId::from_bytes(&id_at(trace_ids)?).ok()?, SpanId::from_bytes(&id_at(span_ids)?).ok()?))
}

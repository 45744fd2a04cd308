//! Metric points as rows: series and time as columns, the whole point as raw bytes.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{BinaryArray, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use model::{MetricKind, MetricPoint, ProjectSlug};
use store::StoreError;

use super::SharedBytes;
use super::columns::{
    Column, Columns, Source, batch_from_columns, bytes, fixed_bytes, numbers, schema_of_columns, small_signed_numbers, texts, truths,
};
use super::spans::Senders;
use crate::keys::{ContentHash, RecordKey};

/// A metric point on its way to disk.
#[derive(Debug, Clone)]
pub(crate) struct PointRow {
    pub(crate) project: ProjectSlug,
    pub(crate) key: RecordKey,
    pub(crate) content_hash: ContentHash,
    pub(crate) version: u64,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) kind: MetricKind,
    pub(crate) temporality: i32,
    pub(crate) monotonic: bool,
    pub(crate) start_unix_nanos: u64,
    pub(crate) time_unix_nanos: u64,
    pub(crate) service_name: Option<String>,
    pub(crate) raw: Vec<u8>,
    pub(crate) resource: SharedBytes,
    pub(crate) scope: SharedBytes,
}

pub(crate) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| schema_of_columns(&columns(Source::new(&[]))));
    Arc::clone(&SCHEMA)
}

pub(crate) fn batch_from_rows(rows: &[PointRow]) -> Result<RecordBatch, StoreError> {
    batch_from_columns(schema(), columns(Source::new(rows)))
}

fn columns(rows: Source<'_, PointRow>) -> Vec<Column> {
    vec![
        ("project", texts(rows, |row| Some(row.project.as_str()))),
        ("version", numbers(rows, |row| Some(row.version))),
        ("content_hash", fixed_bytes(rows, |row| Some(row.content_hash.0.to_be_bytes()))),
        ("name", texts(rows, |row| Some(&row.name))),
        ("unit", texts(rows, |row| Some(&row.unit))),
        ("kind", texts(rows, |row| Some(row.kind.as_str()))),
        ("temporality", small_signed_numbers(rows, |row| Some(row.temporality))),
        ("monotonic", truths(rows, |row| Some(row.monotonic))),
        ("start_unix_nanos", numbers(rows, |row| Some(row.start_unix_nanos))),
        ("time_unix_nanos", numbers(rows, |row| Some(row.time_unix_nanos))),
        ("service_name", texts(rows, |row| row.service_name.as_deref())),
        ("raw", bytes(rows, |row| row.raw.as_slice())),
        ("resource", bytes(rows, |row| row.resource.as_ref())),
        ("scope", bytes(rows, |row| row.scope.as_ref())),
    ]
}

/// Reads every row of a batch.
pub(crate) fn points_from_batch(batch: &RecordBatch) -> Result<Vec<MetricPoint>, StoreError> {
    let columns = Columns(batch);
    let [raws, resources, scopes] = ["raw", "resource", "scope"].map(|name| columns.get::<BinaryArray>(name));
    let (raws, resources, scopes) = (raws?, resources?, scopes?);
    let mut senders = Senders::default();
    let mut points = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let (resource, scope) = (senders.resource(resources.value(row))?, senders.scope(scopes.value(row))?);
        let point = wire::raw::decode_point(raws.value(row), resource, scope);
        points.push(point.map_err(|error| StoreError::Damaged(format!("a metric point: {error}")))?);
    }
    Ok(points)
}
